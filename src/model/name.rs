use std::borrow::Borrow;
use std::fmt;

use serde::Serialize;

/// The name of an app, an environment, a component or a database.
///
/// 1–63 characters of `a-z`, `0-9` and `-`; a letter first, no `--`, no `-` at the end. That is the strictest rule
/// among the services that names are derived for (an RDS identifier), so a name is never rewritten, only shortened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// Why a text is no [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name is not empty")]
    Empty,
    #[error("a name has at most {} characters", Name::MAX)]
    TooLong,
    #[error("a name begins with a letter a-z")]
    FirstNotALetter,
    #[error("a name is made of a-z, 0-9 and single hyphens, and does not end with one")]
    Characters,
}

impl Name {
    pub const MAX: usize = 63;

    pub fn new(text: &str) -> Result<Self, NameError> {
        let first = text.chars().next().ok_or(NameError::Empty)?;
        if !first.is_ascii_lowercase() {
            return Err(NameError::FirstNotALetter);
        }
        let known = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !known || text.contains("--") || text.ends_with('-') {
            return Err(NameError::Characters);
        }
        if text.len() > Self::MAX {
            return Err(NameError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}
