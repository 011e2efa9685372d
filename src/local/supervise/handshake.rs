use std::io::{self, Write};

use nix::unistd::dup2_stdout;
use serde::{Deserialize, Serialize};

/// The one thing that a supervisor says to who started it, on its stdout, before it lets go of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// It holds the lock, and has begun.
    Started,
    /// Another supervisor holds the lock.
    Running,
    Failed(String),
}

/// Says it, and lets go of stdout, so that who started it sees its end. It goes on where nobody listens any more.
#[expect(clippy::disallowed_methods, reason = "no file of the project's")]
pub fn say(word: &Word) -> io::Result<()> {
    let mut out = io::stdout();
    let said = serde_json::to_vec(word).map_err(io::Error::from).and_then(|text| out.write_all(&text));
    said.and_then(|()| out.flush()).ok();
    let nothing = std::fs::File::options().write(true).open("/dev/null")?;
    Ok(dup2_stdout(nothing)?)
}

/// What was said; nothing where it ended without a word.
pub fn hear(said: &[u8]) -> Option<Word> {
    serde_json::from_slice(said).ok()
}
