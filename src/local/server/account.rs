use std::path::Path;

use nix::unistd::{Uid, User};

use super::error::Error;
use super::files;
use crate::model::Engine;

/// Whom the server's processes run as, and its files belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// Whoever runs envctl.
    Own,
    /// Servers refuse to run as root.
    Other { name: String, uid: u32, gid: u32 },
}

impl Account {
    pub fn of(engine: Engine) -> Result<Self, Error> {
        if !Uid::effective().is_root() {
            return Ok(Self::Own);
        }
        let names = match engine {
            Engine::Postgres => ["postgres", "nobody"],
            Engine::Mysql | Engine::Mariadb => ["mysql", "nobody"],
        };
        // Who cannot be looked up is as good as absent: the next is tried, and the error names them all.
        let known = names.iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = known.ok_or_else(|| Error::NoAccount { engine, tried: names.join(" or ") })?;
        Ok(Self::Other { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    }

    /// The process drops root's other groups too: the standard library does so with the user.
    pub fn run(&self, command: &mut tokio::process::Command) {
        if let Self::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    pub fn ids(&self) -> Option<(u32, u32)> {
        match self {
            Self::Own => None,
            Self::Other { uid, gid, .. } => Some((*uid, *gid)),
        }
    }

    /// # Errors
    /// [`Error::NotTraversable`] names the uppermost folder on the way that the account cannot pass.
    pub fn check_way(&self, folder: &Path) -> Result<(), Error> {
        let Self::Other { name, uid, gid } = self else { return Ok(()) };
        let above: Vec<&Path> = folder.ancestors().collect();
        for folder in above.into_iter().rev() {
            let (mode, owner, group) = files::access(folder)?;
            if !may_enter(mode, owner == *uid, group == *gid) {
                return Err(Error::NotTraversable { account: name.clone(), folder: folder.to_owned() });
            }
        }
        Ok(())
    }
}

/// Only the first of the three that applies counts.
fn may_enter(mode: u32, is_owner: bool, in_group: bool) -> bool {
    let bit = if is_owner {
        0o100
    } else if in_group {
        0o010
    } else {
        0o001
    };
    mode & bit != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_permission_decides() {
        for (mode, is_owner, in_group, wanted) in [
            (0o700, true, false, true),
            (0o700, false, true, false),
            (0o710, false, true, true),
            (0o701, false, false, true),
            (0o701, false, true, false),
            (0o077, true, true, false),
        ] {
            assert_eq!(may_enter(mode, is_owner, in_group), wanted, "{mode:o}");
        }
    }
}
