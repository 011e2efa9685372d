use std::fmt;
use std::io;
use std::path::Path;

use crate::provider::{Error, ErrorKind};

/// What the file system refused, with what was tried and where.
pub fn io_failed<'a>(doing: &'a str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |error| faulty(format!("cannot {doing} {}: {error}", path.display()))
}

/// An error of ours with all that caused it.
pub fn because(error: impl std::error::Error) -> Error {
    let first: &dyn std::error::Error = &error;
    let chain = std::iter::successors(Some(first), |error| error.source());
    faulty(chain.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// What the definition or the machine does not allow.
pub fn faulty(why: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Faulty, why.to_string())
}
