//! The lock that says whether a supervisor lives. The kernel lets it go with the process, however that ends.
#![expect(clippy::disallowed_methods, reason = "the owner of a component's lock")]

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::Error;
use super::error::At;
use crate::local::clock;

const NAME: &str = "lock";
/// Who only asks whether it is held holds it for an instant.
const INSTANT: Duration = Duration::from_millis(500);

pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// None where another holds it.
    pub async fn take(folder: &Path) -> Result<Option<Self>, Error> {
        let until = clock::now() + INSTANT;
        loop {
            if let Some(lock) = Self::try_take(folder)? {
                return Ok(Some(lock));
            }
            if clock::now() >= until {
                return Ok(None);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes it where nobody holds it at this moment.
    pub fn try_take(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(NAME);
        let file = File::options().create(true).append(true).mode(0o600).open(&path).at("open", &path)?;
        match file.try_lock() {
            Ok(()) => {
                let lock = Self { file, path };
                // The folder may have been removed, and made again, between the two calls.
                Ok(lock.is_in_place().then_some(lock))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(source).at("lock", &path),
        }
    }

    /// Whether the locked file still is the one at its path: not once the folder was removed.
    pub fn is_in_place(&self) -> bool {
        let (held, there) = (self.file.metadata(), fs::metadata(&self.path));
        held.is_ok_and(|held| there.is_ok_and(|there| (held.dev(), held.ino()) == (there.dev(), there.ino())))
    }
}

/// Whether a supervisor lives in this folder.
pub fn is_held(folder: &Path) -> Result<bool, Error> {
    let path = folder.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(source).at("open", &path),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(source).at("lock", &path),
    }
}
