use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::lock::{self, Lock};
use super::{Error, Limits, State, state};
use crate::local::clock;
use crate::local::process::{self, Identity};

/// What a supervisor takes beyond the time that its instances have.
const MARGIN: Duration = Duration::from_secs(10);

/// Ends a component: the supervisor that lives in this folder with all it started, or what a killed one left behind.
/// Where the folder is gone, by the mark alone. It returns when nothing of the component runs any more; where nothing
/// ran, at once.
pub async fn stop(folder: &Path, mark: &str) -> Result<(), Error> {
    if !folder.exists() {
        return end_marked(mark).await;
    }
    let until = clock::now() + Limits::default().stop + MARGIN;
    let mut asked = None;
    let held = loop {
        if let Some(lock) = Lock::try_take(folder)? {
            break Some(lock);
        }
        let supervisor = supervisor(folder, mark);
        if clock::now() >= until {
            // It hangs. Its children are found without it.
            supervisor.inspect(|supervisor| _ = supervisor.signal(Signal::SIGKILL).ok());
            break Lock::take(folder).await?;
        }
        if let Some(supervisor) = supervisor
            && asked.as_ref() != Some(&supervisor)
        {
            let sent = supervisor.signal(Signal::SIGTERM);
            sent.map_err(|source| Error::System { doing: "end the supervisor", source })?;
            asked = Some(supervisor);
        }
        sleep(Duration::from_millis(20)).await;
    };
    // While it is held no other supervisor begins.
    leftovers(folder, mark, Limits::default().stop).await?;
    state::remove(folder)?;
    drop(held);
    Ok(())
}

/// Ends all that carries a mark.
pub async fn end_marked(mark: &str) -> Result<(), Error> {
    end(process::end(|| process::marked(mark), Limits::default().stop).await)
}

/// The one that holds the lock: as it wrote itself down, or else by its mark.
fn supervisor(folder: &Path, mark: &str) -> Option<Identity> {
    let recorded = state::read(folder).ok().flatten().map(|state| state.supervisor);
    let recorded = recorded.filter(Identity::is_alive);
    let held = lock::is_held(folder).unwrap_or_default();
    recorded.filter(|_| held).or_else(|| process::marked(&format!("{mark}.supervisor")).into_iter().next())
}

/// Ends what a killed supervisor left behind. Who calls this holds the lock.
pub async fn leftovers(folder: &Path, mark: &str, grace: Duration) -> Result<(), Error> {
    let recorded = state::read(folder).ok().flatten();
    end(process::end(|| left(recorded.as_ref(), mark), grace).await)
}

/// What carries the mark, and the groups whose leaders were written down and still are those.
fn left(recorded: Option<&State>, mark: &str) -> Vec<Identity> {
    let instances = recorded.iter().flat_map(|state| &state.instances);
    let leaders = instances.filter_map(|instance| instance.process.as_ref());
    let mut left: Vec<Identity> = leaders.flat_map(process::group_of).chain(process::marked(mark)).collect();
    left.sort_unstable();
    left.dedup();
    left
}

fn end(survivors: Vec<Identity>) -> Result<(), Error> {
    if survivors.is_empty() {
        return Ok(());
    }
    Err(Error::Survived { pids: survivors.into_iter().map(|process| process.pid).collect() })
}
