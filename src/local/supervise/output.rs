use std::fmt::Write;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

use super::rotate::Rotating;
use super::spec::Spec;
use crate::local::clock;
use crate::local::logs::{REMARK, SAID, stamp};

/// A longer line is written in pieces, so that output without line ends takes no more memory than this.
const LONGEST_LINE: usize = 16 << 10;

/// A component's log: what its instances write, and the supervisor's remarks on them.
pub struct Log {
    component: String,
    inner: Mutex<Inner>,
}

struct Inner {
    file: Rotating,
    /// Lines that could not be written: the disk was full.
    lost: u64,
}

impl Log {
    pub fn open(spec: &Spec) -> io::Result<Self> {
        let file = Rotating::open(&spec.log, spec.limits.log_bytes, spec.limits.log_files)?;
        Ok(Self { component: spec.component.clone(), inner: Mutex::new(Inner { file, lost: 0 }) })
    }

    pub fn remark(&self, number: u32, text: &str) {
        self.write(number, REMARK, [text.as_bytes()]);
    }

    /// Begins a new file where somebody removed the present one.
    pub fn restore(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Tried again the next time.
        inner.file.restore().ok();
    }

    /// Copies an instance's output until all who could write to it are gone.
    pub async fn copy(&self, number: u32, output: OwnedFd) -> io::Result<()> {
        let mut output = pipe::Receiver::from_owned_fd(output)?;
        let mut lines = Lines::default();
        let mut read = vec![0; 8 << 10];
        loop {
            let count = output.read(&mut read).await?;
            if count == 0 {
                break;
            }
            lines.push(&read[..count]);
            self.write(number, SAID, lines.whole());
            lines.forget();
        }
        self.write(number, SAID, lines.rest());
        Ok(())
    }

    fn write<'a>(&self, number: u32, kind: char, lines: impl IntoIterator<Item = &'a [u8]>) {
        let prefix = format!("{} {}.{number} {kind} ", stamp(clock::timestamp()), self.component);
        let (mut text, mut count) = (String::new(), 0);
        for line in lines {
            let line = String::from_utf8_lossy(line);
            // A string takes all.
            writeln!(text, "{prefix}{}", line.trim_end_matches('\r')).ok();
            count += 1;
        }
        if count > 0 {
            let inner = &mut *self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            if inner.lost > 0 {
                let lost = inner.lost;
                text.insert_str(
                    0,
                    &format!(
                        "{}{lost} lines were lost: they could not be written\n",
                        prefix.replace(SAID, &REMARK.to_string())
                    ),
                );
            }
            inner.lost = if inner.file.write(text.as_bytes()).is_ok() { 0 } else { inner.lost + count };
        }
    }
}

/// Cuts a stream of bytes into lines, and those too long into pieces.
#[derive(Default)]
struct Lines {
    buffer: Vec<u8>,
    /// How much of the buffer has been given as lines.
    given: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The lines that are whole, or too long to wait for their end.
    fn whole(&mut self) -> Vec<&[u8]> {
        let mut lines = Vec::new();
        loop {
            let rest = &self.buffer[self.given..];
            let within = &rest[..rest.len().min(LONGEST_LINE)];
            if let Some(end) = within.iter().position(|byte| *byte == b'\n') {
                lines.push(&rest[..end]);
                self.given += end + 1;
            } else if rest.len() >= LONGEST_LINE {
                let end = LONGEST_LINE - unfinished(within);
                lines.push(&rest[..end]);
                self.given += end;
            } else {
                return lines;
            }
        }
    }

    fn forget(&mut self) {
        self.buffer.drain(..self.given);
        self.given = 0;
    }

    /// What came after the last line end.
    fn rest(&self) -> Option<&[u8]> {
        Some(&self.buffer[..]).filter(|rest| !rest.is_empty())
    }
}

/// How many bytes at the end begin a character that the next piece ends.
fn unfinished(bytes: &[u8]) -> usize {
    let begins = |last: &[u8]| matches!(str::from_utf8(last), Err(error) if error.error_len().is_none() && error.valid_up_to() == 0);
    (1..=3).find(|count| bytes.len() > *count && begins(&bytes[bytes.len() - count..])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(chunks: &[&[u8]]) -> (Vec<String>, Option<String>) {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        for chunk in chunks {
            lines.push(chunk);
            all.extend(lines.whole().into_iter().map(text));
            lines.forget();
            assert!(lines.buffer.len() < LONGEST_LINE);
        }
        (all, lines.rest().map(text))
    }

    #[test]
    fn a_stream_is_cut_into_lines() {
        let (lines, rest) = cut(&[b"a\nb", b"c\n\nd\xff\n", b"e"]);
        assert_eq!(lines, ["a", "bc", "", "d\u{fffd}"]);
        assert_eq!(rest.as_deref(), Some("e"));
        assert_eq!(cut(&[b""]), (vec![], None));
    }

    #[test]
    fn output_without_line_ends_is_cut_between_characters() {
        let text = "x".to_owned() + &"é".repeat(LONGEST_LINE);
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(1000).collect();
        let (lines, rest) = cut(&chunks);
        assert_eq!(lines.concat() + &rest.unwrap(), text);
        assert!(lines.iter().all(|line| line.len() <= LONGEST_LINE && !line.contains('\u{fffd}')));
    }
}
