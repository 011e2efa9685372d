use std::io::{self, BufRead, ErrorKind, Write};

/// Whether output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    Always,
    Never,
}

impl Colour {
    /// Makes it the process's choice for stdout and stderr.
    pub fn choose(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Writes data to stdout. A reader that went away, as `head` does, is no error.
pub fn out(text: &str) -> io::Result<()> {
    out_while_read(text).map(drop)
}

/// Writes a text to stdout with all that a terminal would take for its own.
pub fn out_as_it_is(text: &str) -> io::Result<()> {
    forgive(io::stdout().lock(), text).map(drop)
}

/// The same for what goes on without an end: whether anybody still reads it.
pub fn out_while_read(text: &str) -> io::Result<bool> {
    forgive(anstream::stdout().lock(), text)
}

/// Writes a message, progress or a question to stderr. When that fails, there is nobody left to tell.
pub fn note(text: &str) {
    drop(forgive(anstream::stderr().lock(), text));
}

/// Puts a question on stderr and reads one line from stdin, trimmed. `None`: stdin has ended.
pub fn ask(question: &str) -> io::Result<Option<String>> {
    note(question);
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// The text without its styles, for a file.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Whether what is written to stderr may hold styles.
pub fn coloured_stderr() -> bool {
    !matches!(anstream::AutoStream::choice(&io::stderr()), anstream::ColorChoice::Never)
}

/// Whether the reader is still there.
fn forgive(mut to: impl Write, text: &str) -> io::Result<bool> {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        result => result.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_a_reader_that_went_away_is_forgiven() {
        assert!(matches!(forgive(Fails(ErrorKind::BrokenPipe), "text"), Ok(false)));
        assert!(forgive(Fails(ErrorKind::StorageFull), "text").is_err());
    }
}
