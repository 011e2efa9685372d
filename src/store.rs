//! The project's files. No other module reads or writes them.
#![expect(clippy::disallowed_methods, reason = "the owner of the project's files")]

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rand::distr::{Alphanumeric, SampleString};

use crate::definition::{FileKind, SourceFile, Sources, Unreadable};

const TEMPLATES: &str = "templates";
const ENVIRONMENTS: &str = "environments";
/// A definition is a few kilobytes; what is larger than this is no definition.
const LARGEST_FILE: u64 = 1 << 20;

/// A project on disk: a folder that has `environments/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

/// Why a project's files cannot be read. Paths are as the caller named the project.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "no project here: neither {} nor a folder above it has `environments/`\nname the project's folder with --project DIR",
        .from.display()
    )]
    NotFound { from: PathBuf },
    #[error("{} is no project: it has no folder `environments/`", .folder.display())]
    NotAProject { folder: PathBuf },
    #[error("cannot read {}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("cannot write {}", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{} is not text: byte {at} is not UTF-8", .path.display())]
    NotUtf8 { path: PathBuf, at: usize },
    #[error("{} is too large: more than {largest} bytes", .path.display())]
    TooLarge { path: PathBuf, largest: u64 },
    #[error("{} is neither a file nor a link to one", .path.display())]
    NotAFile { path: PathBuf },
    #[error("the name of {} is not UTF-8", .path.display())]
    NameNotUtf8 { path: PathBuf },
}

impl StoreError {
    /// What helps; `None` where the message says it already, or only the message can tell.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::NotFound { .. } => None,
            Self::NotAProject { .. } => Some("name another folder with `--project DIR`, or make that one"),
            Self::Unreadable { source, .. } | Self::Unwritable { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("use another place, or give your user the permission: `ls -l` shows whose it is")
                }
                io::ErrorKind::StorageFull => Some("make room on the disk"),
                io::ErrorKind::NotFound => Some("make what is not there, or point to what is"),
                _ => Some("put an ordinary file or folder in its place"),
            },
            Self::NotUtf8 { .. } => Some("save it as UTF-8"),
            Self::TooLarge { .. } => Some("put in its place what was meant: a few kilobytes of text"),
            Self::NotAFile { .. } => Some("put a file in its place, or move it elsewhere"),
            Self::NameNotUtf8 { .. } => Some("rename it"),
        }
    }
}

impl Store {
    /// The named project, or else the nearest of the current folder and those above it that has `environments/`.
    pub fn find(project: Option<&Path>) -> Result<Self, StoreError> {
        if let Some(folder) = project {
            return Self::open(folder).ok_or_else(|| StoreError::NotAProject { folder: folder.to_owned() });
        }
        let here =
            std::env::current_dir().map_err(|source| StoreError::Unreadable { path: PathBuf::from("."), source })?;
        Self::nearest(&here)
    }

    fn nearest(from: &Path) -> Result<Self, StoreError> {
        from.ancestors().find_map(Self::open).ok_or_else(|| StoreError::NotFound { from: from.to_owned() })
    }

    fn open(folder: &Path) -> Option<Self> {
        folder.join(ENVIRONMENTS).is_dir().then(|| Self { root: folder.to_owned() })
    }

    /// The folder that paths in definitions are relative to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the project has it; a path is relative to its root.
    pub fn has(&self, path: &str, kind: FileKind) -> bool {
        let path = self.root.join(path);
        match kind {
            FileKind::File => path.is_file(),
            FileKind::Folder => path.is_dir(),
        }
    }

    /// All templates and environments, in the order of their names. A file that cannot be read says why.
    pub fn read(&self) -> Result<Sources, StoreError> {
        let (templates, environments) = (self.folder(TEMPLATES)?, self.folder(ENVIRONMENTS)?);
        Ok(Sources { templates, environments, previews: Vec::new() })
    }

    /// The definitions right in a folder. What lies deeper belongs to them (migrations, seeds) but is none.
    fn folder(&self, name: &str) -> Result<Vec<SourceFile>, StoreError> {
        let folder = self.root.join(name);
        let unreadable = |source| StoreError::Unreadable { path: folder.clone(), source };
        let entries = match folder.read_dir() {
            Ok(entries) => entries,
            // A project whose environments say everything themselves has no templates.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(unreadable(source)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_none_or(|extension| extension != "toml") || hidden(&path) {
                continue;
            }
            let named = Path::new(name).join(path.file_name().unwrap_or_default());
            let shown = named.to_string_lossy();
            files.push(match definition(&path, &named) {
                Ok(text) => SourceFile::new(shown, text),
                Err(error) => {
                    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                    let help = error.remedy().map(str::to_owned);
                    SourceFile::unreadable(shown, Unreadable { message: format!("{error}{cause}"), help })
                }
            });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

/// A text file that the caller named on the command line.
pub fn read_text(path: &Path) -> Result<String, StoreError> {
    read_text_of(path, LARGEST_FILE)
}

/// The same, of at most so many bytes.
pub fn read_text_of(path: &Path, largest: u64) -> Result<String, StoreError> {
    text(path, path, largest)
}

/// Puts a text into the file that the caller named on the command line, whole or not at all. A link stays one, and what is no
/// file, as `/dev/stdout`, is written to and not replaced.
pub fn write_text(path: &Path, text: &str) -> Result<(), StoreError> {
    let unwritable = |source| StoreError::Unwritable { path: path.to_owned(), source };
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // As `/dev/stdout`, even where that is a file; and a link that leads to where nothing is yet.
    if path.starts_with("/dev") || target.is_symlink() || target.exists() && !target.is_file() {
        return std::fs::write(&target, text).map_err(unwritable);
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", chance()));
    let beside = target.with_file_name(name);
    let mut file = File::create_new(&beside).map_err(unwritable)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| {
        if let Ok(there) = target.metadata() {
            file.set_permissions(there.permissions())?;
        }
        std::fs::rename(&beside, &target)
    });
    written.map_err(|source| {
        drop(std::fs::remove_file(&beside));
        unwritable(source)
    })
}

/// Nobody else's file has it in its name.
fn chance() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 6)
}

/// Editors leave such files beside the real ones.
fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The text of a definition, which errors name so.
fn definition(path: &Path, named: &Path) -> Result<String, StoreError> {
    if named.to_str().is_none() {
        return Err(StoreError::NameNotUtf8 { path: named.to_owned() });
    }
    // Asked before opening: to open a pipe would wait for a writer.
    let found = path.metadata().map_err(|source| StoreError::Unreadable { path: named.to_owned(), source })?;
    if !found.is_file() {
        return Err(StoreError::NotAFile { path: named.to_owned() });
    }
    let text = text(path, named, LARGEST_FILE)?;
    // A byte order mark belongs to the encoding, not to the text.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The text of a file of at most so many bytes, which errors name so.
fn text(path: &Path, named: &Path, largest: u64) -> Result<String, StoreError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(largest + 1).read_to_end(&mut bytes))
        .map_err(|source| StoreError::Unreadable { path: named.to_owned(), source })?;
    if bytes.len() as u64 > largest {
        return Err(StoreError::TooLarge { path: named.to_owned(), largest });
    }
    String::from_utf8(bytes)
        .map_err(|error| StoreError::NotUtf8 { path: named.to_owned(), at: error.utf8_error().valid_up_to() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn project(files: &[(&str, &[u8])]) -> TempDir {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join(ENVIRONMENTS)).unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn messages(folder: &TempDir) -> Vec<String> {
        let sources = Store::find(Some(folder.path())).unwrap().read().unwrap();
        sources.files().filter_map(|file| Some(file.unreadable.as_ref()?.message.clone())).collect()
    }

    #[test]
    fn reads_the_definitions_and_nothing_beside_them() {
        let folder = project(&[
            ("environments/b.toml", b"b = 1"),
            ("environments/a.toml", b"\xef\xbb\xbfa = 1"),
            ("environments/a/seed.sql", b"\xff"),
            ("environments/a/deeper.toml", b"\xff"),
            ("environments/.#a.toml", b"\xff"),
            ("environments/a.toml~", b"\xff"),
            ("templates/shop.toml", b"app = 1"),
        ]);
        let sources = Store::find(Some(folder.path())).unwrap().read().unwrap();
        let a = SourceFile::new("environments/a.toml", "a = 1");
        assert_eq!(sources.environments, [a, SourceFile::new("environments/b.toml", "b = 1")]);
        assert_eq!(sources.templates, [SourceFile::new("templates/shop.toml", "app = 1")]);
    }

    #[test]
    fn finds_the_nearest_project_above() {
        let folder = project(&[("templates/shop/migrations/1.sql", b"")]);
        let inner = folder.path().join("templates/shop/migrations");
        assert_eq!(Store::nearest(&inner).unwrap().root(), folder.path());
    }

    #[test]
    fn no_project_is_said_with_the_remedy() {
        let folder = TempDir::new().unwrap();
        let error = Store::nearest(folder.path()).unwrap_err().to_string();
        assert!(error.contains("--project DIR"), "{error}");
        assert!(matches!(Store::find(Some(folder.path())), Err(StoreError::NotAProject { .. })));
    }

    #[test]
    fn names_every_file_that_cannot_be_read() {
        let huge = vec![b'#'; usize::try_from(LARGEST_FILE).unwrap() + 1];
        let folder = project(&[
            ("environments/dev.toml", b"a = \"\xff\""),
            ("environments/folder.toml/x", b""),
            ("templates/huge.toml", &huge),
        ]);
        assert_eq!(
            messages(&folder),
            [
                "templates/huge.toml is too large: more than 1048576 bytes",
                "environments/dev.toml is not text: byte 5 is not UTF-8",
                "environments/folder.toml is neither a file nor a link to one",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_an_error_of_its_file() {
        let folder = project(&[]);
        std::os::unix::fs::symlink("loop.toml", folder.path().join("environments/loop.toml")).unwrap();
        let message = "cannot read environments/loop.toml: Too many levels of symbolic links";
        assert!(messages(&folder)[0].starts_with(message), "{:?}", messages(&folder));
    }
}
