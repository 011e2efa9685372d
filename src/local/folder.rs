//! The folder of one environment on this machine: all that it has there lies in it.
#![expect(clippy::disallowed_methods, reason = "the owner of the environment's folder")]

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{faulty, io_failed};
use crate::model::{Environment, Name};
use crate::provider::Error;

/// ```text
/// STATE/ports.lock               one allocation at a time
/// STATE/APP-ENVIRONMENT-HASH/
///   environment.toml             whose it is
///   ports.toml                   the ports that it keeps
///   secrets.toml                 values; for the owner's eyes alone
///   databases/NAME.toml          what a database was made with
///   databases/NAME/              its server's own folder
///   components/NAME/             a component's supervisor: its lock and its state
///   logs/NAME.log
/// STATE/APP-ENVIRONMENT-HASH.record.json   who changes it, and its past; a lock beside it
/// ```
///
/// The hash is of the project's place, so that two worktrees of one project share nothing. The folder does not lie in
/// the project: what cleans a worktree must not take a database with it, and a server that runs as another user has to
/// reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    state: PathBuf,
    path: PathBuf,
}

/// Whose folder it is, for whoever finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub app: String,
    pub environment: String,
    pub project: PathBuf,
    /// Random: the processes of this environment carry it, and no others do.
    pub id: String,
}

const IDENTITY: &str = "environment.toml";

impl Folder {
    /// The folder that an environment of the project at `root` (its canonical path) has below `state`.
    pub fn of(state: &Path, root: &Path, app: &Name, environment: &Name) -> Self {
        let mut hash = Sha256::new();
        for part in [root.as_os_str().as_encoded_bytes(), app.as_str().as_bytes(), environment.as_str().as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        // Two names of 63 characters and a hash are less than the 255 that file systems take.
        let path = state.join(format!("{app}-{environment}-{hash}"));
        Self { state: state.to_owned(), path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where all environments of this machine have their folders.
    pub fn state(&self) -> &Path {
        &self.state
    }

    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets.toml")
    }

    /// It stays when the environment goes, so it lies beside its folder.
    pub fn record(&self) -> PathBuf {
        self.path.with_extension("record.json")
    }

    /// The environments of a project that have a record on this machine, whether or not anything else of them exists.
    pub fn recorded(state: &Path, root: &Path, app: &Name) -> Result<Vec<(Name, Self)>, Error> {
        let stems = names(state, ".record.json")?.into_iter();
        let recorded = stems.filter_map(|stem| {
            let (name, _hash) = stem.strip_prefix(&format!("{app}-"))?.rsplit_once('-')?;
            let name = Name::new(name).ok()?;
            let folder = Self::of(state, root, app, &name);
            // Another project's has another hash.
            folder.path.ends_with(&stem).then_some((name, folder))
        });
        Ok(recorded.collect())
    }

    pub fn ports(&self) -> PathBuf {
        self.path.join("ports.toml")
    }

    pub fn database(&self, name: &str) -> PathBuf {
        self.path.join("databases").join(name)
    }

    pub fn component(&self, name: &str) -> PathBuf {
        self.path.join("components").join(name)
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.path.join("logs").join(format!("{name}.log"))
    }

    /// Those that a file says exist: `databases/NAME.toml`.
    pub fn databases(&self) -> Result<Vec<String>, Error> {
        names(&self.path.join("databases"), ".toml")
    }

    pub fn components(&self) -> Result<Vec<String>, Error> {
        names(&self.path.join("components"), "")
    }

    /// What can be made in it, or it in what is there of the path that leads to it.
    pub fn is_writable(&self) -> bool {
        let there = self.path.ancestors().find(|folder| folder.exists());
        let access = nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK;
        there.is_some_and(|folder| folder.is_dir() && nix::unistd::access(folder, access).is_ok())
    }

    /// Makes the folder, if it is not there, and says whose it is.
    pub fn make(&self, environment: &Environment, root: &Path) -> Result<Identity, Error> {
        if let Some(identity) = self.identity()? {
            return Ok(identity);
        }
        private_folder(&self.state)?;
        // Of two steps that make it at once, both are to have the same.
        let _one_at_a_time = lock(&self.state.join("ports.lock"))?;
        if let Some(identity) = self.identity()? {
            return Ok(identity);
        }
        private_folder(&self.path)?;
        let identity = Identity {
            app: environment.app.to_string(),
            environment: environment.name.to_string(),
            project: root.to_owned(),
            id: chance(24),
        };
        let text = toml::to_string(&identity).map_err(faulty)?;
        write_private(&self.path.join(IDENTITY), text.as_bytes())?;
        Ok(identity)
    }

    pub fn identity(&self) -> Result<Option<Identity>, Error> {
        read_toml(&self.path.join(IDENTITY))
    }

    /// All environments of this machine, with whose they are.
    pub fn all(state: &Path) -> Result<Vec<(Identity, Self)>, Error> {
        let mut all = Vec::new();
        let paths = entries(state)?.into_iter().map(|name| state.join(name));
        for path in paths.filter(|path| path.is_dir()) {
            let folder = Self { state: state.to_owned(), path };
            all.extend(folder.identity()?.map(|identity| (identity, folder)));
        }
        Ok(all)
    }

    /// Whether anything but secrets lies in it.
    pub fn stands(&self) -> Result<bool, Error> {
        Ok(!self.databases()?.is_empty() || !self.components()?.is_empty())
    }

    /// The mark of a component's processes.
    pub fn mark(identity: &Identity, component: &str) -> String {
        format!("{}/{component}", identity.id)
    }

    /// Removes what is left when the environment is gone: everything but secrets that somebody has set.
    pub fn remove(&self, keep_secrets: bool) -> Result<(), Error> {
        if !keep_secrets {
            return match fs::remove_dir_all(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                result => result.map_err(io_failed("remove", &self.path)),
            };
        }
        for left in ["logs", "databases", "components"] {
            let path = self.path.join(left);
            match fs::remove_dir_all(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(io_failed("remove", &path))?,
            }
        }
        remove_file(&self.ports())
    }
}

/// Removes a file, if it is there.
pub fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(io_failed("remove", path)),
    }
}

/// Removes a folder with all in it, if it is there.
pub fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(io_failed("remove", path)),
    }
}

/// The entries of a folder that are a name and an ending; none if it is not there.
fn names(folder: &Path, ending: &str) -> Result<Vec<String>, Error> {
    let entries = entries(folder)?.into_iter();
    // What is being made or removed has a name that is none.
    let names = entries.filter_map(|entry| entry.strip_suffix(ending).map(str::to_owned));
    Ok(names.filter(|name| Name::new(name).is_ok()).collect())
}

/// Sorted; none if the folder is not there.
fn entries(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_failed("read", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(io_failed("read", folder))?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// A folder that its owner alone can list. Root's can be passed through, since its database servers run as others. One that
/// is there already stays as it is.
///
/// # Errors
/// Where anybody could put into it what they like.
pub fn private_folder(path: &Path) -> Result<(), Error> {
    let mode = if nix::unistd::geteuid().is_root() { 0o711 } else { 0o700 };
    let failed = io_failed("make", path);
    if let Some(above) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(mode).create(above).map_err(&failed)?;
    }
    match fs::DirBuilder::new().mode(mode).create(path) {
        // Whatever the umask.
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::metadata(path).map_err(&failed)?;
            if !found.is_dir() {
                return Err(failed(error));
            }
            if found.mode() & 0o002 == 0 {
                return Ok(());
            }
            let why = format!("anybody may write into {}, where secrets and databases are to lie", path.display());
            Err(faulty(format!("{why}\nname a folder of your own: `ENVCTL_STATE`")))
        }
        Err(error) => Err(failed(error)),
    }
}

/// What a file of ours holds; `None` if it is not there.
pub fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(io_failed("read", path))?,
    };
    // The parser's own message would quote the line, and with it a secret.
    let parsed = toml::from_str(&text);
    parsed.map(Some).map_err(|_| faulty(format!("{} is damaged: envctl wrote it, and cannot read it", path.display())))
}

pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(io_failed("read", path))?,
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| faulty(format!("{}, which envctl wrote, cannot be read: {error}", path.display())))
}

/// Puts a file that its owner alone can read in the place of what was there, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension(format!("{}{NEW}", chance(6)));
    let written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        drop(fs::remove_file(&beside));
    }
    placed.map_err(io_failed("write", path))?;
    // Its name reaches the disk with the folder, where the file system can be told so.
    if let Some(Ok(folder)) = path.parent().map(fs::File::open) {
        drop(folder.sync_all());
    }
    Ok(())
}

/// How the name ends of what is being written.
const NEW: &str = ".new";

/// Removes what runs that were killed have left of this file while they wrote it. To be called by whoever alone may write
/// it.
pub fn remove_unfinished(path: &Path) -> Result<(), Error> {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str())) else {
        return Ok(());
    };
    let is_one = |name: &String| name.strip_suffix(NEW).is_some_and(|name| name.starts_with(&format!("{stem}.")));
    entries(folder)?.iter().filter(|name| is_one(name)).try_for_each(|name| remove_file(&folder.join(name)))
}

/// Holds off other commands until it is dropped.
pub fn lock(path: &Path) -> Result<fs::File, Error> {
    loop {
        let file = lock_file(path)?;
        file.lock().map_err(io_failed("lock", path))?;
        if is_in_place(&file, path)? {
            return Ok(file);
        }
    }
}

/// The same; `None` while another holds it.
pub fn try_lock(path: &Path) -> Result<Option<fs::File>, Error> {
    let file = lock_file(path)?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(io_failed("lock", path)(error)),
        Ok(()) => Ok(is_in_place(&file, path)?.then_some(file)),
    }
}

fn lock_file(path: &Path) -> Result<fs::File, Error> {
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    file.map_err(io_failed("open", path))
}

/// Whoever held it may have removed it, and then it holds off nobody any more.
fn is_in_place(file: &fs::File, path: &Path) -> Result<bool, Error> {
    let held = file.metadata().map_err(io_failed("read", path))?.ino();
    Ok(fs::metadata(path).is_ok_and(|there| there.ino() == held))
}

pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Letters and digits from the operating system's generator, 5.95 bits each.
pub fn chance(length: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), length)
}
