//! Whose a process is. Nothing is ever signalled that is not proven to be envctl's own.
//!
//! A process id says little: the system gives it out again. An [`Identity`] adds when the process began. And every
//! process that envctl starts carries a mark in its environment ([`MARK`]) which all that it starts inherit, so that
//! they are found again without any record, even where they left their group and their session.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod other;

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgid, getsid};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::clock;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

/// The environment variable that marks a process.
pub const MARK: &str = "ENVCTL_MARK";

pub use system::ignores_hangup;

/// A process, for certain: its id, and when it began in the system's own words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    pub pid: i32,
    pub started: String,
}

impl Identity {
    /// The process that has this id now. One that has ended and only waits for its parent to hear of it is none.
    pub fn of(pid: i32) -> Option<Self> {
        system::started(pid).map(|started| Self { pid, started })
    }

    /// Of the calling process.
    pub fn own() -> Option<Self> {
        Self::of(Pid::this().as_raw())
    }

    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now == *self)
    }

    /// Sends a signal to this very process; whether it was there to get it.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        if !self.is_alive() {
            return Ok(false);
        }
        match kill(Pid::from_raw(self.pid), signal) {
            Ok(()) => Ok(true),
            Err(Errno::ESRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The calling process by a name that no other has, on any machine; `None` where the system cannot say.
pub fn own_name() -> Option<String> {
    let (space, own) = (system::space()?, Identity::own()?);
    Some(format!("{space} {} {}", own.pid, own.started))
}

/// Whether the process of this name has ended, for certain. Of other machines, and of containers with processes of their
/// own, nobody can say.
pub fn is_dead(name: &str) -> bool {
    let mut parts = name.splitn(3, ' ');
    let (Some(space), Some(pid), Some(started)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let Ok(pid) = pid.parse() else { return false };
    if system::space().as_deref() != Some(space) {
        return false;
    }
    match Identity::of(pid) {
        Some(now) => now.started != started,
        // A process that may not be seen is there all the same.
        None => kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH),
    }
}

/// All processes that carry this mark, or one that begins with it and a dot. The caller is none of them.
pub fn marked(mark: &str) -> Vec<Identity> {
    let is_ours = |found: &str| found.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let own = Pid::this().as_raw();
    let marked = system::marks().into_iter().filter(|(pid, found)| *pid != own && is_ours(found));
    marked.filter_map(|(pid, _)| Identity::of(pid)).collect()
}

/// The members of the process group that this process leads, itself among them. Once it has ended the number may mean
/// another group, so there are none.
pub fn group_of(leader: &Identity) -> Vec<Identity> {
    let members = among_all(|pid| getpgid(Some(pid)).is_ok_and(|group| group.as_raw() == leader.pid));
    if leader.is_alive() { members } else { Vec::new() }
}

/// The processes of the caller's session, without itself: all it started that did not leave. None where it does not
/// lead the session, since then others share it.
pub fn session() -> Vec<Identity> {
    in_session(|_| true)
}

/// The processes of a group within the caller's session, whose leader may have ended: in a session of one's own the
/// number cannot mean a stranger's group.
pub fn group_in_session(group: i32) -> Vec<Identity> {
    in_session(|pid| getpgid(Some(pid)).is_ok_and(|found| found.as_raw() == group))
}

fn in_session(wanted: impl Fn(Pid) -> bool) -> Vec<Identity> {
    let own = Pid::this();
    if getsid(None) != Ok(own) {
        return Vec::new();
    }
    among_all(|pid| pid != own && getsid(Some(pid)) == Ok(own) && wanted(pid))
}

fn among_all(wanted: impl Fn(Pid) -> bool) -> Vec<Identity> {
    let found = system::pids().into_iter().filter(|pid| wanted(Pid::from_raw(*pid)));
    found.filter_map(Identity::of).collect()
}

/// How long the kernel may take to end a killed process.
const DEATH: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(10);
/// A process that is about to become another program shows no environment for a moment: so it is looked twice.
const LOOKS: u32 = 2;

/// Ends all that `find` finds: asks each, and kills what is left after `grace`. Looks again and again, as processes
/// start others while they end. Gives those that could not be ended: they run under another user, or hang in the kernel.
pub async fn end(find: impl Fn() -> Vec<Identity>, grace: Duration) -> Vec<Identity> {
    let mut asked = BTreeSet::new();
    let ask = |process: &Identity| {
        if asked.insert(process.clone()) {
            // Who cannot be signalled is in the answer.
            process.signal(Signal::SIGTERM).ok();
        }
    };
    if gone(&find, grace, ask).await || gone(&find, DEATH, |left| _ = left.signal(Signal::SIGKILL).ok()).await {
        return Vec::new();
    }
    find()
}

/// Waits until nothing is found any more, and gives whether it came to that in time.
async fn gone(find: &impl Fn() -> Vec<Identity>, patience: Duration, mut to_each: impl FnMut(&Identity)) -> bool {
    let until = clock::now() + patience;
    let mut pause = SHORT;
    let mut looks = 0;
    loop {
        let left = find();
        left.iter().for_each(&mut to_each);
        looks = if left.is_empty() { looks + 1 } else { 0 };
        if looks == LOOKS {
            return true;
        }
        if !left.is_empty() && clock::now() >= until {
            return false;
        }
        sleep(if looks > 0 { SHORT } else { pause }).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    /// A process that ends with the test.
    struct Sleeper(Child);

    impl Sleeper {
        fn start(mark: &str) -> Self {
            Self(Command::new("sleep").arg("60").env(MARK, mark).spawn().unwrap())
        }

        fn identity(&self) -> Identity {
            Identity::of(self.pid()).unwrap()
        }

        fn pid(&self) -> i32 {
            self.0.id().try_into().unwrap()
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }

    #[test]
    fn a_process_is_itself_until_it_ends() {
        let mut sleeper = Sleeper::start("identity-test");
        let identity = sleeper.identity();
        assert!(identity.is_alive());
        sleeper.0.kill().unwrap();
        while identity.is_alive() {}
        assert!(Identity::of(sleeper.pid()).is_none(), "not yet waited for, but ended");
    }

    #[test]
    fn a_stale_id_is_not_signalled() {
        let sleeper = Sleeper::start("stale-test");
        let stale = Identity { started: "an earlier day".to_owned(), ..sleeper.identity() };
        assert!(!stale.is_alive() && !stale.signal(Signal::SIGKILL).unwrap());
        assert!(group_of(&stale).is_empty());
        assert!(sleeper.identity().is_alive());
    }

    #[test]
    fn marks_are_found_whole_or_up_to_a_dot() {
        let sleeper = Sleeper::start("mark-test-7f.1.2");
        for (mark, wanted) in [("mark-test-7f", true), ("mark-test-7f.1", true), ("mark-test-7", false)] {
            assert_eq!(marked(mark).contains(&sleeper.identity()), wanted, "{mark}");
        }
    }

    /// What other systems run, on this one.
    #[test]
    fn the_readers_agree() {
        let sleeper = Sleeper::start("readers-test");
        assert!(other::started(sleeper.pid()).is_some());
        assert!(other::pids().contains(&sleeper.pid()));
        assert!(other::marks().contains(&(sleeper.pid(), "readers-test".to_owned())));
        assert!(system::pids().contains(&sleeper.pid()));
        assert!(other::started(i32::MAX).is_none() && system::started(i32::MAX).is_none());
        assert!(other::ignores_hangup(), "left as it is where nobody tells");
    }

    #[tokio::test]
    async fn who_ignores_the_request_is_killed() {
        let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).env(MARK, "stubborn-test").stdout(std::process::Stdio::piped());
        let mut shell = Sleeper(shell.spawn().unwrap());
        let mut ready = [0; 6];
        io::Read::read_exact(shell.0.stdout.as_mut().unwrap(), &mut ready).unwrap();
        let left = end(|| marked("stubborn-test"), Duration::from_millis(200)).await;
        assert!(left.is_empty());
        assert!(Identity::of(shell.pid()).is_none());
    }
}
