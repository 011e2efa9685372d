//! A file that begins anew at a size, and keeps some of those before. Of the crates for it `file-rotate` brings a second
//! library for dates, and `logroller` turns by the day; what is needed is this.
#![expect(clippy::disallowed_methods, reason = "the owner of a component's log")]

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::local::logs::numbered;

pub struct Rotating {
    path: PathBuf,
    file: File,
    size: u64,
    most_bytes: u64,
    files: u32,
}

impl Rotating {
    pub fn open(path: &Path, most_bytes: u64, files: u32) -> io::Result<Self> {
        let (file, size) = open(path)?;
        Ok(Self { path: path.to_owned(), file, size, most_bytes, files })
    }

    /// Writes whole lines, which stay in one file.
    pub fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size.saturating_add(lines.len() as u64) > self.most_bytes {
            // Where that fails the file grows on: better than to lose what is said.
            self.turn().ok();
        }
        self.file.write_all(lines)?;
        self.size += lines.len() as u64;
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        for number in (1..self.files.saturating_sub(1)).rev() {
            let older = fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1));
            older.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        }
        if self.files > 1 {
            fs::rename(&self.path, numbered(&self.path, 1))?;
        } else {
            fs::remove_file(&self.path)?;
        }
        self.reopen()
    }

    /// Begins a new file where somebody removed this one.
    pub fn restore(&mut self) -> io::Result<()> {
        let (written, there) = (self.file.metadata()?, fs::metadata(&self.path));
        let same = there.is_ok_and(|there| (there.dev(), there.ino()) == (written.dev(), written.ino()));
        if same { Ok(()) } else { self.reopen() }
    }

    fn reopen(&mut self) -> io::Result<()> {
        (self.file, self.size) = open(&self.path)?;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::options().create(true).append(true).mode(0o600).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_files_get_numbers_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("web.log");
        let mut log = Rotating::open(&path, 10, 3).unwrap();
        for line in ["first\n", "second\n", "third\n", "a line longer than a file\n", "x\n", "y\n"] {
            log.write(line.as_bytes()).unwrap();
        }
        let text = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!(text(&path), "x\ny\n");
        assert_eq!(text(&numbered(&path, 1)), "a line longer than a file\n");
        assert_eq!(text(&numbered(&path, 2)), "third\n");
        assert!(!numbered(&path, 3).exists());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);

        let mut log = Rotating::open(&path, 10, 3).unwrap();
        log.write(b"goes on\n").unwrap();
        assert_eq!((text(&path), text(&numbered(&path, 1))), ("goes on\n".to_owned(), "x\ny\n".to_owned()));
        fs::remove_file(&path).unwrap();
        log.restore().unwrap();
        log.write(b"again\n").unwrap();
        assert_eq!(text(&path), "again\n");
    }
}
