use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::local::Settings;

use super::{Error, While};

/// Where local environments live on this machine, and where its programs are found.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Machine {
    /// The folder of all local environments [default: `envctl` in $XDG_STATE_HOME or ~/.local/state; for root
    /// /var/lib/envctl]
    #[arg(long, value_name = "DIR", env = "ENVCTL_STATE", hide = true, global = true)]
    pub state: Option<OsString>,
    #[arg(long, env = "XDG_STATE_HOME", hide = true, global = true)]
    pub xdg_state_home: Option<OsString>,
    /// Where the binaries of database servers are looked for
    #[arg(long, env = "PATH", hide = true, hide_env_values = true, global = true)]
    pub search_path: Option<OsString>,
}

/// Root's home is closed to others, and database servers do not run as root.
const OF_ROOT: &str = "/var/lib/envctl";

impl Machine {
    pub fn settings(&self) -> Result<Settings, Error> {
        Ok(Settings {
            state: self.state()?,
            program: std::env::current_exe().while_doing("cannot find envctl's own program")?,
            search: self.search_path.as_ref().map(|paths| std::env::split_paths(paths).collect()).unwrap_or_default(),
        })
    }

    fn state(&self) -> Result<PathBuf, Error> {
        // A variable that is set and empty is as one that is not set.
        if let Some(state) = self.state.as_ref().filter(|state| !state.is_empty()) {
            return std::path::absolute(state).while_doing("cannot find the folder of local environments");
        }
        if nix::unistd::geteuid().is_root() {
            return Ok(PathBuf::from(OF_ROOT));
        }
        // A relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
        let given = self.xdg_state_home.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || std::env::home_dir().map(|home| home.join(".local/state"));
        let base = given.or_else(home).ok_or_else(|| Error::Use {
            message: "there is no home folder to keep local environments in".to_owned(),
            hint: Some("name one with `ENVCTL_STATE`".to_owned()),
        })?;
        Ok(base.join(Path::new("envctl")))
    }
}
