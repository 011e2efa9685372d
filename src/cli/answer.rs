use super::Exit;

/// What a command has to say on stdout, and how the process ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub text: String,
    pub exit: Exit,
}

impl Answer {
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), exit: Exit::Done }
    }

    /// A JSON document and a newline.
    pub fn json(document: &serde_json::Value, exit: Exit) -> Self {
        Self { text: format!("{document:#}\n"), exit }
    }
}
