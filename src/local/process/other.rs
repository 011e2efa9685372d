//! What systems other than Linux say of processes.

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::MARK;

/// The second of a process's start.
pub fn started(pid: i32) -> Option<String> {
    let pid = Pid::from_u32(u32::try_from(pid).ok()?);
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    let process = system.process(pid)?;
    (!matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)).then(|| process.start_time().to_string())
}

/// Nothing here tells one boot from another, or one container.
#[cfg_attr(target_os = "linux", expect(dead_code, reason = "Linux, where this is tested, can tell"))]
pub fn space() -> Option<String> {
    None
}

/// Nobody tells, so what a hang-up does is left as it is.
pub fn ignores_hangup() -> bool {
    true
}

pub fn pids() -> Vec<i32> {
    of_all(ProcessRefreshKind::nothing(), |_| Some(())).into_iter().map(|(pid, ())| pid).collect()
}

/// Every process with a mark whose environment may be read, and the mark. macOS hides the environment of its own
/// programs (`/bin/sh` among them); those are found by their group.
pub fn marks() -> Vec<(i32, String)> {
    of_all(ProcessRefreshKind::nothing().with_environ(UpdateKind::Always), |process| {
        let variables = process.environ().iter().filter_map(|variable| variable.to_str()?.split_once('='));
        variables.filter(|(name, _)| *name == MARK).map(|(_, value)| value.to_owned()).next()
    })
}

fn of_all<T>(what: ProcessRefreshKind, wanted: impl Fn(&Process) -> Option<T>) -> Vec<(i32, T)> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what.without_tasks());
    let found = system.processes().iter();
    found.filter_map(|(pid, process)| Some((i32::try_from(pid.as_u32()).ok()?, wanted(process)?))).collect()
}
