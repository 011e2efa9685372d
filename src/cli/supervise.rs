use std::io::Read;

use nix::unistd::setsid;
use secrecy::zeroize::Zeroizing;

use crate::local::supervise::{Spec, run as supervise};

use super::{Answer, Error, While};

/// Run a component of a local environment, as `up` asks for it on stdin
#[derive(Clone, Debug, clap::Args)]
pub struct Args;

pub fn run() -> Result<Answer, Error> {
    // Away from the terminal of who started it. Where that fails it is by hand, and leads its own group.
    setsid().ok();
    let mut text = Zeroizing::new(Vec::new());
    std::io::stdin().read_to_end(&mut text).while_doing("cannot read what shall be run")?;
    let spec = Spec::parse(&text)?;
    drop(text);
    // One thread does: what it waits for is children, files and loopback, and it takes less memory.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().while_doing("cannot start")?;
    runtime.block_on(supervise(spec))?;
    Ok(Answer::done(""))
}
