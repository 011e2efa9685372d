use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::Error;
use super::{files, scan};

/// In a comment before the first statement: the file runs outside a transaction.
const NO_TRANSACTION: &str = "envctl: no-transaction";

/// What is known of a file of SQL before it runs.
pub struct Script {
    pub digest: String,
    pub transaction: bool,
}

impl Script {
    /// A seed may be large: it is read in pieces.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = files::failed("read", path);
        let mut reader = BufReader::new(files::open(path)?);
        let mut sha = Sha256::new();
        loop {
            let piece = reader.fill_buf().map_err(&failed)?;
            if piece.is_empty() {
                break;
            }
            sha.update(piece);
            let length = piece.len();
            reader.consume(length);
        }
        let digest = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut beginning = Vec::new();
        files::open(path)?.take(8192).read_to_end(&mut beginning).map_err(&failed)?;
        Ok(Self { digest, transaction: !is_marked(&String::from_utf8_lossy(&beginning)) })
    }

    /// A file that ends the transaction around it would break the promise that it is applied whole or not at all.
    pub fn check_transaction(path: &Path) -> Result<(), Error> {
        let mut found = None;
        scan::statements(files::open(path)?, &mut |statement| {
            if statement.controls_transaction() {
                found = Some((statement.first, statement.words.join(" ")));
            }
            found.is_none()
        });
        match found {
            Some((line, statement)) => Err(Error::OwnTransaction { file: path.display().to_string(), line, statement }),
            None => Ok(()),
        }
    }
}

fn is_marked(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut comments = lines.map_while(|line| line.strip_prefix("--"));
    comments.any(|comment| comment.trim().eq_ignore_ascii_case(NO_TRANSACTION))
}
