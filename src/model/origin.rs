use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Path;

/// The place that set a value. Lines and columns count from 1; a column counts characters, not bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Origin {
    /// Relative to the project's root, with `/` between its parts.
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// For each path of a definition, the place that set it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<Path, Origin>);

impl Origins {
    pub fn insert(&mut self, path: Path, origin: Origin) {
        self.0.insert(path, origin);
    }

    /// Forgets a path and all below it: an overlay has replaced them.
    pub fn remove_below(&mut self, path: &Path) {
        self.0.retain(|known, _| !known.starts_with(path));
    }

    /// The origin of the path, or of the nearest of its parents that has one. A default value has none of its own.
    pub fn of(&self, path: &Path) -> Option<&Origin> {
        let mut at = Some(path.clone());
        while let Some(path) = at {
            if let Some(origin) = self.0.get(&path) {
                return Some(origin);
            }
            at = path.parent();
        }
        None
    }

    /// The origin of this very path: `None` for a value that no file sets.
    pub fn exact(&self, path: &Path) -> Option<&Origin> {
        self.0.get(path)
    }
}
