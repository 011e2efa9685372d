//! Which process is a server's. A number alone says little: after a reboot it belongs to somebody else.

use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::Error;

/// How often is looked whether something has begun or ended.
pub const LOOK: Duration = Duration::from_millis(20);

/// Whether the process runs and was started with these arguments, one after the other.
pub async fn is(pid: i32, arguments: &[String]) -> bool {
    pid > 0 && system::command_line(pid).await.is_some_and(|line| system::holds(&line, arguments))
}

/// The process that was started with these arguments. Of several, the one with the lowest number.
pub async fn find(arguments: &[String]) -> Option<i32> {
    system::find(arguments).await
}

/// The processes of this program whose working folder it is. None where the system does not say.
pub fn within(folder: &Path, program: &str) -> Vec<i32> {
    system::within(folder, program)
}

/// Asks it to end. What is gone already is no error.
pub fn signal(pid: i32, signal: Signal) -> Result<(), Error> {
    match kill(Pid::from_raw(pid), signal) {
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(error) => Err(Error::Failed { what: "stopping the server", said: format!("process {pid}: {error}") }),
    }
}

/// Whether it has ended within this time.
pub async fn gone(pid: i32, arguments: &[String], deadline: Duration) -> bool {
    let ended = async {
        while is(pid, arguments).await {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(deadline, ended).await.is_ok()
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::{Path, PathBuf};

    use crate::local::server::files;

    fn of(pid: i32) -> PathBuf {
        Path::new("/proc").join(pid.to_string()).join("cmdline")
    }

    /// Empty for a process that has ended and that nobody has asked after yet: it holds no arguments.
    #[expect(clippy::unused_async, reason = "elsewhere a program is asked")]
    pub async fn command_line(pid: i32) -> Option<Vec<u8>> {
        files::read(&of(pid)).ok().flatten()
    }

    pub fn holds(line: &[u8], arguments: &[String]) -> bool {
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words.windows(arguments.len().max(1)).any(|some| some.iter().zip(arguments).all(|(a, b)| *a == b.as_bytes()))
    }

    pub fn within(folder: &Path, program: &str) -> Vec<i32> {
        let names = files::names(Path::new("/proc")).unwrap_or_default();
        let pids = names.iter().filter_map(|name| name.parse::<i32>().ok());
        let is = |pid: &i32| {
            let leads_to = |link: &str| files::target(&Path::new("/proc").join(pid.to_string()).join(link));
            // An update of the package has taken the program's file away: ` (deleted)`.
            let runs = |path: PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(program));
            leads_to("cwd").is_some_and(|cwd| cwd == folder) && leads_to("exe").is_some_and(runs)
        };
        pids.filter(is).collect()
    }

    #[expect(clippy::unused_async, reason = "elsewhere a program is asked")]
    pub async fn find(arguments: &[String]) -> Option<i32> {
        let names = files::names(Path::new("/proc")).unwrap_or_default();
        let mut pids: Vec<i32> = names.iter().filter_map(|name| name.parse().ok()).collect();
        pids.sort_unstable();
        let is = |pid: &i32| files::read(&of(*pid)).ok().flatten().is_some_and(|line| holds(&line, arguments));
        pids.into_iter().find(is)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;
    use std::time::Duration;

    use crate::local::server::program::Program;

    pub fn within(_: &Path, _: &str) -> Vec<i32> {
        Vec::new()
    }

    async fn ps(args: &[&str]) -> Option<String> {
        let program = Program::new("ps", Path::new("/bin/ps"), Duration::from_secs(10)).args(args);
        program.succeed().await.ok().map(|output| output.stdout)
    }

    pub async fn command_line(pid: i32) -> Option<Vec<u8>> {
        ps(&["-ww", "-o", "command=", "-p", &pid.to_string()]).await.map(String::into_bytes)
    }

    /// The words are not told apart here; a path that another begins with is told by what comes after.
    pub fn holds(line: &[u8], arguments: &[String]) -> bool {
        format!("{} ", String::from_utf8_lossy(line).trim()).contains(&format!(" {} ", arguments.join(" ")))
    }

    pub async fn find(arguments: &[String]) -> Option<i32> {
        let all = ps(&["-ww", "-axo", "pid=,command="]).await?;
        let mut pids: Vec<i32> = all
            .lines()
            .filter(|line| holds(line.as_bytes(), arguments))
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        pids.sort_unstable();
        pids.into_iter().next()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::system::holds;

    #[test]
    fn arguments_are_compared_whole() {
        let line = b"/usr/bin/postgres\0-D\0/home/me/dev/data\0";
        let holds = |words: &[&str]| holds(line, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert!(holds(&["-D", "/home/me/dev/data"]));
        assert!(!holds(&["-D", "/home/me/dev/dat"]));
        assert!(!holds(&["/home/me/dev/data", "-D"]));
    }
}
