//! The files of a server's folder. As root these belong to a lesser user, who could have put a link where a file is
//! about to be written: each is made anew under a name of its own, and moved to its place.
#![expect(clippy::disallowed_methods, reason = "the owner of the servers' folders")]

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown, lchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};

use super::account::Account;
use super::error::Error;
use super::process;

/// Names the file in an error: `.map_err(failed("read", path))`.
pub fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::File { action, path: path.to_owned(), source }
}

/// `None`: there is no such file.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    present(fs::read(path)).map_err(failed("read", path))
}

/// As far as it can be read; a file that helps to tell something, and no more.
pub fn text(path: &Path) -> Option<String> {
    fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// What stands in the file from this byte on.
pub fn text_from(path: &Path, offset: u64) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(offset))?;
        file.read_to_end(&mut bytes)
    });
    if read.is_ok() { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() }
}

/// 0 where there is none.
pub fn size(path: &Path) -> u64 {
    path.symlink_metadata().map_or(0, |file| file.len())
}

pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A file that the project names. Asked before it is opened: a pipe would wait for a writer, and a device may never end.
pub fn open(path: &Path) -> Result<File, Error> {
    let failed = failed("read", path);
    if !path.metadata().map_err(&failed)?.is_file() {
        return Err(failed(io::Error::other("it is neither a file nor a link to one")));
    }
    File::open(path).map_err(failed)
}

/// A file that nobody but the account can read, in place of any that was there.
pub fn write(path: &Path, bytes: &[u8], account: &Account) -> Result<(), Error> {
    let partial = with_suffix(path, ".partial");
    let mut file = create(&partial, account)?;
    file.write_all(bytes).map_err(failed("write", &partial))?;
    drop(file);
    rename(&partial, path)
}

/// A new file, empty, that nobody but the account can read.
pub fn create(path: &Path, account: &Account) -> Result<File, Error> {
    remove(path)?;
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = options.map_err(failed("write", path))?;
    if let Some((uid, gid)) = account.ids() {
        fchown(&file, Some(uid), Some(gid)).map_err(failed("give away", path))?;
    }
    Ok(file)
}

/// To write at the end of. A link is not followed.
pub fn append(path: &Path, account: &Account) -> Result<File, Error> {
    if !exists(path) {
        return create(path, account);
    }
    let flags = OFlag::O_NOFOLLOW.bits();
    OpenOptions::new().append(true).custom_flags(flags).open(path).map_err(failed("write", path))
}

/// Taken for this process alone, until it is dropped. `None`: another has it.
pub fn lock(path: &Path, account: &Account) -> Result<Option<Flock<File>>, Error> {
    match Flock::lock(append(path, account)?, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, error)) => Err(failed("lock", path)(error.into())),
    }
}

/// A folder that only the account can enter, and those above it as the system makes them.
pub fn make_folder(path: &Path, account: &Account) -> Result<(), Error> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(failed("make", above))?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made.map_err(failed("make", path))?,
    }
    if let Some((uid, gid)) = account.ids() {
        lchown(path, Some(uid), Some(gid)).map_err(failed("give away", path))?;
    }
    Ok(())
}

/// Without links and dots on the way, so that it is written one way everywhere. What is not there yet has its parent's.
pub fn canonical(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    match (path.parent(), path.file_name()) {
        (Some(above), Some(name)) if !above.as_os_str().is_empty() => canonical(above).join(name),
        (_, Some(name)) => Path::new(".").canonicalize().map_or_else(|_| path.to_owned(), |here| here.join(name)),
        _ => path.to_owned(),
    }
}

/// Mode, owner and group.
pub fn access(path: &Path) -> Result<(u32, u32, u32), Error> {
    let found = fs::metadata(path).map_err(failed("look at", path))?;
    Ok((found.mode(), found.uid(), found.gid()))
}

pub fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(failed("move", from))
}

/// Moves a file to its place, such that it stands there whole whatever becomes of the machine.
pub fn settle(from: &Path, to: &Path) -> Result<(), Error> {
    File::open(from).and_then(|file| file.sync_all()).map_err(failed("write", from))?;
    rename(from, to)?;
    // Not every file system can be told so of a folder.
    if let Some(Ok(folder)) = to.parent().map(File::open) {
        drop(folder.sync_all());
    }
    Ok(())
}

/// Has all that is written below this folder reach the disk. `false`: the system has no one call for that.
pub fn sync(folder: &Path) -> Result<bool, Error> {
    #[cfg(target_os = "linux")]
    {
        let synced = File::open(folder).and_then(|folder| Ok(nix::unistd::syncfs(&folder)?));
        synced.map_err(failed("write", folder)).map(|()| true)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        Ok(false)
    }
}

/// What is gone already is no error.
pub fn remove(path: &Path) -> Result<(), Error> {
    present(fs::remove_file(path)).map(drop).map_err(failed("remove", path))
}

/// For how long a program that outlived its envctl may go on writing into a folder that is to go.
const TO_LET_GO: Duration = Duration::from_secs(10);

/// A whole folder, off the threads that wait for others.
pub async fn remove_folder(path: PathBuf) -> Result<(), Error> {
    let began = Instant::now();
    let remove = move || loop {
        match present(fs::remove_dir_all(&path)) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && began.elapsed() < TO_LET_GO => {
                std::thread::sleep(process::LOOK);
            }
            removed => return removed.map(drop).map_err(failed("remove", &path)),
        }
    };
    tokio::task::spawn_blocking(remove).await.unwrap_or(Ok(()))
}

/// The names in a folder; none where it is missing.
pub fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let Some(entries) = present(fs::read_dir(folder)).map_err(failed("read", folder))? else { return Ok(Vec::new()) };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    names.collect::<io::Result<_>>().map_err(failed("read", folder))
}

/// Where a link leads, if it is one.
pub fn target(path: &Path) -> Option<PathBuf> {
    fs::read_link(path).ok()
}

pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut whole = path.as_os_str().to_owned();
    whole.push(suffix);
    PathBuf::from(whole)
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `initdb` does for a while, whose envctl was killed.
    #[tokio::test]
    async fn a_folder_goes_though_somebody_still_writes_into_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("partial");
        fs::create_dir(&path).unwrap();
        let within = path.clone();
        let (tell, begun) = std::sync::mpsc::channel();
        let writer = std::thread::spawn(move || {
            let mut began = Instant::now();
            for number in 0_u32.. {
                if number == 100 {
                    began = Instant::now();
                    tell.send(()).unwrap();
                }
                // The folder itself may be gone already.
                if number > 100 && began.elapsed() > Duration::from_millis(300)
                    || fs::write(within.join(number.to_string()), "").is_err()
                {
                    return number;
                }
            }
            0
        });
        begun.recv().unwrap();
        remove_folder(path.clone()).await.unwrap();
        assert!(writer.join().unwrap() >= 100);
        assert!(!path.exists());
    }
}
