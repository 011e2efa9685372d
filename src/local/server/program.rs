use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::account::Account;
use super::error::Error;

/// Where scripts among the engines' programs find the system's own tools.
const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// A program of the engine's that runs to its end.
///
/// It starts with an empty environment: the developer's variables (`PGHOST`, `PGOPTIONS`, …) would change what it
/// does, and his secrets are none of its business. A process group of its own keeps Ctrl-C from it: a step under way
/// is finished, and the caller decides what comes next.
pub struct Program {
    what: &'static str,
    path: PathBuf,
    command: Command,
    input: Option<Vec<u8>>,
    deadline: Duration,
}

#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    /// `what` is done, for messages: "initdb".
    pub fn new(what: &'static str, path: &Path, deadline: Duration) -> Self {
        let mut command = Command::new(path);
        let own = path.parent().map(|folder| format!("{}:", folder.display())).unwrap_or_default();
        command.env_clear().env("PATH", format!("{own}{SYSTEM_PATH}"));
        // Messages are read by this program, which knows their English form.
        command.env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        Self { what, path: path.to_owned(), command, input: None, deadline }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// As whom it runs, and in which folder: one that this user can be in.
    pub fn account(mut self, account: &Account, folder: &Path) -> Self {
        account.run(&mut self.command);
        self.command.current_dir(folder);
        self
    }

    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.command.stdin(Stdio::piped());
        self.input = Some(input.into());
        self
    }

    pub fn input_from(mut self, file: File) -> Self {
        self.command.stdin(file);
        self
    }

    pub fn output_to(mut self, file: File) -> Self {
        self.command.stdout(file);
        self
    }

    /// The command itself, for what does not end by itself.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// # Errors
    /// Where it cannot be run, or does not end in time. How it ended is the caller's to judge.
    pub async fn output(mut self) -> Result<Output, Error> {
        tracing::debug!(program = %self.path.display(), "{}", self.what);
        let failed = |source| Error::Program { program: self.path.clone(), source };
        let mut child = self.command.spawn().map_err(failed)?;
        let group = Group::of(child.id());
        let stdin = child.stdin.take();
        let input = self.input.take();
        let feed = async {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // Who stops reading says why by other means.
                drop(stdin.write_all(&input).await);
            }
        };
        let ended = tokio::time::timeout(self.deadline, async { tokio::join!(child.wait_with_output(), feed).0 });
        let Ok(ended) = ended.await else {
            group.kill();
            return Err(Error::Timeout { what: self.what, after: self.deadline });
        };
        group.has_ended();
        let ended = ended.map_err(failed)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Output { status: ended.status, stdout: text(&ended.stdout), stderr: text(&ended.stderr) })
    }

    /// # Errors
    /// As [`output`](Self::output), and where it ends in failure.
    pub async fn succeed(self) -> Result<Output, Error> {
        let what = self.what;
        let output = self.output().await?;
        if output.status.success() { Ok(output) } else { Err(Error::Failed { what, said: output.said() }) }
    }
}

impl Output {
    /// The last of what it said, for a message.
    pub fn said(&self) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let said = last_lines(text, 8);
        if said.is_empty() { self.status.to_string() } else { said }
    }
}

/// Shorter values than this are found anywhere.
const SHORTEST_SECRET: usize = 4;

/// What a program said, without a secret that it was given.
pub fn without<'a>(said: &str, secrets: impl IntoIterator<Item = &'a SecretString>) -> String {
    let mut hidden = vec![false; said.len()];
    for secret in secrets.into_iter().map(ExposeSecret::expose_secret) {
        // Of a key over many lines each one tells something.
        let parts = std::iter::once(secret).chain(secret.lines()).map(str::trim);
        for part in parts.filter(|part| part.len() >= SHORTEST_SECRET) {
            said.match_indices(part).for_each(|(at, found)| hidden[at..at + found.len()].fill(true));
        }
    }
    let mut shown = String::new();
    for (at, letter) in said.char_indices() {
        match hidden[at] {
            false => shown.push(letter),
            true if at == 0 || !hidden[at - 1] => shown.push_str("***"),
            true => {}
        }
    }
    shown
}

/// The last lines that are not empty.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Ends a process with all that it started, unless it has ended by itself.
pub struct Group(Option<Pid>);

impl Group {
    pub fn of(leader: Option<u32>) -> Self {
        Self(leader.and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }

    pub fn has_ended(mut self) {
        self.0 = None;
    }

    /// For those that had all the time they need.
    pub fn kill(mut self) {
        self.signal(Signal::SIGKILL);
    }

    fn signal(&mut self, signal: Signal) {
        // It may be gone already.
        self.0.take().map(|leader| killpg(leader, signal).ok());
    }
}

impl Drop for Group {
    /// Politely, for whoever tidies up before it ends.
    fn drop(&mut self) {
        self.signal(Signal::SIGTERM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_secret_is_said_whatever_else_is_hidden() {
        let secrets =
            ["test", "sk_test_4eC39HqLyjWD", "-----BEGIN KEY-----\nMIIEvQ\n\nIBADAN\n-----END KEY-----\n", "abc", ""];
        let secrets = secrets.map(SecretString::from);
        let said = |text: &str| without(text, &secrets);
        assert_eq!(said("ENV=test\nKEY=sk_test_4eC39HqLyjWD!"), "ENV=***\nKEY=***!");
        assert_eq!(said("MIIEvQ\nIBADAN — abc, tes"), "***\n*** — abc, tes");
        assert_eq!(said("sk_test_4eC39HqLyjWDtest"), "***", "what adjoins is one");
        assert_eq!(said(""), "");
    }
}
