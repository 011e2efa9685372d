use std::io;
use std::path::PathBuf;

/// Why a component cannot be run, seen, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {doing} {}", .path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    /// The supervisor's own words, or that it had none.
    #[error("`{component}` was not started: {why}")]
    NotStarted { component: String, why: String },
    #[error("its address http://127.0.0.1:{port} is taken by another program: end that, or choose another port")]
    PortTaken { port: u16 },
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen { port: u16, source: io::Error },
    /// What was read holds secrets, so that nothing of it is told.
    #[error("what shall be run cannot be understood: the text is wrong at line {line}, column {column}")]
    Spec { line: usize, column: usize },
    #[error(
        "{} is not what envctl writes there: {why}\nanother version of envctl may have written it; end the environment \
         with that one, or remove the file",
        .path.display()
    )]
    State { path: PathBuf, why: String },
    #[error("cannot {doing}")]
    System { doing: &'static str, source: io::Error },
    #[error("processes of the component could not be ended: {}", .pids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Survived { pids: Vec<i32> },
}

impl Error {
    /// What happened and why, in a line for whoever reads it from afar.
    pub(super) fn in_a_line(&self) -> String {
        let source = std::error::Error::source(self).map(|source| format!(": {source}"));
        format!("{self}{}", source.unwrap_or_default())
    }
}

/// The file system's answer, with what was asked of it.
pub(super) trait At<T> {
    fn at(self, doing: &'static str, path: &std::path::Path) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &std::path::Path) -> Result<T, Error> {
        self.map_err(|source| Error::File { doing, path: path.to_owned(), source })
    }
}
