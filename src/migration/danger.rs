use std::fmt;

use serde::Serialize;

/// One statement that would be felt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Danger {
    /// The migration's file, as it is called in its folder.
    pub file: String,
    pub line: usize,
    /// A rule's name, as squawk documents it, or ours.
    pub rule: String,
    pub message: String,
    /// The safer way to write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it locks out, rewrites, loses or breaks something; otherwise it is advice.
    pub is_grave: bool,
}

impl Danger {
    /// What no rule can say anything of, so that nobody has judged it.
    pub fn unjudged(file: &str, why: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 1,
            rule: "not-judged".to_owned(),
            message: why.into(),
            help: Some("judge it by hand, and skip this gate with the reason".to_owned()),
            is_grave: true,
        }
    }
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.file, self.line, self.message, self.rule)?;
        match &self.help {
            Some(help) => write!(f, ": {help}"),
            None => Ok(()),
        }
    }
}
