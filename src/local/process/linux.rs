//! What Linux says of processes: /proc.
#![expect(clippy::disallowed_methods, reason = "/proc is the system's, not the project's")]

use std::fs;
use std::sync::LazyLock;

use super::MARK;

/// Tells one boot from another: what counts from the boot begins anew.
static BOOT: LazyLock<String> = LazyLock::new(|| {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    boot.trim().to_owned()
});

/// The clock's ticks from the boot to the start of a process.
pub fn started(pid: i32) -> Option<String> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The second field is a name in parentheses that may itself hold spaces and parentheses.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    // It is the 22nd field (proc_pid_stat(5)); the state is the third.
    let ticks = fields.nth(18)?;
    (!["Z", "X", "x"].contains(&state)).then(|| format!("{ticks}@{}", *BOOT))
}

/// Within which process ids mean one process each: a boot, and a namespace in it.
pub fn space() -> Option<String> {
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}@{}", namespace.display(), *BOOT))
}

/// Whether whoever started this process had it ignore that its terminal goes away, as `nohup` does.
pub fn ignores_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    // SIGHUP is the first of the signals, and so of the bits (proc_pid_status(5)).
    mask.is_none_or(|mask| mask & 1 == 1)
}

pub fn pids() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Every process with a mark whose environment may be read, and the mark.
pub fn marks() -> Vec<(i32, String)> {
    pids().into_iter().filter_map(|pid| Some((pid, mark(pid)?))).collect()
}

fn mark(pid: i32) -> Option<String> {
    mark_in(&fs::read(format!("/proc/{pid}/environ")).ok()?)
}

/// A shell that begins sets a zero in the place of each `=` while it takes the variable over (bash's
/// `initialize_shell_variables`), and can be kept from going on right then.
fn mark_in(environment: &[u8]) -> Option<String> {
    let mut words = environment.split(|byte| *byte == 0);
    let value = words.find_map(|word| match word.strip_prefix(MARK.as_bytes())? {
        [] => Some(None),
        [b'=', value @ ..] => Some(Some(value)),
        _ => None,
    })?;
    String::from_utf8(value.or_else(|| words.next())?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_whatever_a_shell_is_at() {
        let found = |environment: &str| mark_in(environment.as_bytes());
        assert_eq!(found("A=b\0ENVCTL_MARK=shop.1\0Z=\0").as_deref(), Some("shop.1"));
        assert_eq!(found("A=b\0ENVCTL_MARK\0shop.1\0Z=\0").as_deref(), Some("shop.1"));
        assert_eq!(found("A=ENVCTL_MARK=shop\0ENVCTL_MARKS=shop\0"), None);
    }
}
