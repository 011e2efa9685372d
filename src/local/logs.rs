//! What components wrote, out of files that are turned over while they are read.
//!
//! A line is `TIME COMPONENT.N | what an instance wrote`; a star in place of the bar marks a remark of envctl's own:
//! that an instance ended, and when it starts again.
#![expect(
    clippy::disallowed_methods,
    reason = "the owner of the components' logs, with the supervisor that writes them"
)]

use std::collections::VecDeque;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

/// Between source and text: written by the instance, or a remark of envctl's.
pub(super) const SAID: char = '|';
pub(super) const REMARK: char = '*';
/// No log is kept in more files.
const MOST_FILES: u32 = 100;
/// How often a log is looked at while it is followed.
const INTERVAL: Duration = Duration::from_millis(200);

/// A moment as it stands in a log: always as long, so that text sorts as time does.
pub(super) fn stamp(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// An older file of a log: the newest has no number, the one before it the first.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(format!(".{number}"));
    path.into()
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// In UTC; its text sorts as time does.
    pub time: String,
    /// The component and the instance's number: `web.1`.
    pub source: String,
    /// A remark of envctl's, not written by the instance.
    pub remark: bool,
    pub text: String,
}

impl Line {
    /// None where envctl did not write it so.
    fn parse(line: &str) -> Option<Self> {
        let (time, rest) = line.split_once(' ')?;
        let (source, rest) = rest.split_once(' ')?;
        let text = rest.strip_prefix([SAID, REMARK])?;
        let text = text.strip_prefix(' ').unwrap_or(text);
        let own = |text: &str| text.to_owned();
        Some(Self { time: own(time), source: own(source), remark: rest.starts_with(REMARK), text: own(text) })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.remark { REMARK } else { SAID };
        write!(f, "{} {} {kind} {}", self.time, self.source, self.text)
    }
}

/// The last lines of several logs, in the order of time. The paths are those of their newest files.
pub fn tail(paths: &[PathBuf], lines: usize) -> io::Result<Vec<Line>> {
    Logs::open(paths, lines).map(|(_, lines)| lines)
}

/// Logs that are read on as they grow.
pub struct Logs {
    files: Vec<Followed>,
}

impl Logs {
    /// The last lines, as [`tail`] gives them, and what follows right after those. A log that does not exist yet is
    /// empty.
    pub fn open(paths: &[PathBuf], lines: usize) -> io::Result<(Self, Vec<Line>)> {
        let mut files = Vec::new();
        let mut last = Vec::new();
        for path in paths {
            let mut followed = Followed { path: path.clone(), file: None, begun: Vec::new() };
            last.extend(followed.begin(lines)?);
            files.push(followed);
        }
        let last = in_order(last);
        let surplus = last.len().saturating_sub(lines);
        Ok((Self { files }, last.into_iter().skip(surplus).collect()))
    }

    /// What came since, in the order of time; waits until there is some. May be dropped at any time.
    pub async fn more(&mut self) -> io::Result<Vec<Line>> {
        loop {
            let mut lines = Vec::new();
            for file in &mut self.files {
                lines.extend(file.more()?);
            }
            if !lines.is_empty() {
                return Ok(in_order(lines));
            }
            sleep(INTERVAL).await;
        }
    }
}

/// What several logs say at the same time stays in the order of the logs.
fn in_order(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|a, b| a.time.cmp(&b.time));
    lines
}

/// One log, and how far it has been read.
struct Followed {
    path: PathBuf,
    file: Option<File>,
    /// A line that was not whole when it was read.
    begun: Vec<u8>,
}

impl Followed {
    /// The last lines, from the newest file back as far as it takes.
    fn begin(&mut self, lines: usize) -> io::Result<Vec<Line>> {
        let Some(mut newest) = open(&self.path)? else { return Ok(Vec::new()) };
        let length = newest.metadata()?.len();
        let (mut last, begun) = last_lines(&mut newest, length, lines)?;
        self.begun = begun;
        let held = identity(&newest)?;
        for number in 1..MOST_FILES {
            if last.len() >= lines {
                break;
            }
            let Some(mut older) = open(&numbered(&self.path, number))? else { break };
            // The log was turned over since: this is the file that has been read.
            if identity(&older)? == held {
                continue;
            }
            let length = older.metadata()?.len();
            let (before, _) = last_lines(&mut older, length, lines - last.len())?;
            last = [before, last].concat();
        }
        newest.seek(SeekFrom::Start(length))?;
        self.file = Some(newest);
        Ok(last)
    }

    fn more(&mut self) -> io::Result<Vec<Line>> {
        let mut lines = Vec::new();
        if self.file.is_none() {
            self.file = open(&self.path)?;
        }
        let Some(file) = &mut self.file else { return Ok(lines) };
        let held = identity(file)?;
        let newer = newer_than(&self.path, held)?;
        // What was written to it before it was turned over.
        read_on(file, &mut self.begun, &mut lines)?;
        for mut file in newer {
            // A file that is turned over ends with a whole line.
            self.begun.clear();
            read_on(&mut file, &mut self.begun, &mut lines)?;
            self.file = Some(file);
        }
        Ok(lines)
    }
}

/// The files begun after this one, the oldest first.
fn newer_than(path: &Path, held: (u64, u64)) -> io::Result<Vec<File>> {
    let mut newer = VecDeque::new();
    for number in 0..MOST_FILES {
        let path = if number == 0 { path.to_owned() } else { numbered(path, number) };
        match open(&path)? {
            Some(file) if identity(&file)? == held => return Ok(newer.into()),
            Some(file) => newer.push_front(file),
            None if number == 0 => return Ok(Vec::new()),
            None => break,
        }
    }
    // It was removed: what stands there is all new, but for files that are older than it.
    Ok(newer.pop_back().into_iter().collect())
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn identity(file: &File) -> io::Result<(u64, u64)> {
    let metadata: fs::Metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Reads what came since, and adds the lines that are whole.
fn read_on(file: &mut File, begun: &mut Vec<u8>, lines: &mut Vec<Line>) -> io::Result<()> {
    file.read_to_end(begun)?;
    let whole = begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    lines.extend(parse(&begun[..whole]));
    begun.drain(..whole);
    Ok(())
}

fn parse(text: &[u8]) -> Vec<Line> {
    String::from_utf8_lossy(text).lines().filter_map(Line::parse).collect()
}

/// The last whole lines before a place, and what stands after them up to there. Read from the end, so that a large file
/// costs no more than a small one.
fn last_lines(file: &mut File, end: u64, lines: usize) -> io::Result<(Vec<Line>, Vec<u8>)> {
    const BLOCK: u64 = 64 << 10;
    let mut text = Vec::new();
    let mut begin = end;
    // One line end more than lines: the one before the first.
    while begin > 0 && text.iter().filter(|byte| **byte == b'\n').count() <= lines {
        let block = begin.min(BLOCK);
        begin -= block;
        file.seek(SeekFrom::Start(begin))?;
        let mut read = Vec::new();
        (&mut *file).take(block).read_to_end(&mut read)?;
        read.append(&mut text);
        text = read;
    }
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let begun = text.split_off(whole);
    let last = parse(&text);
    let surplus = last.len().saturating_sub(lines);
    Ok((last.into_iter().skip(surplus).collect(), begun))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn line(second: u32, source: &str, text: &str) -> String {
        format!("2026-01-01T00:00:{second:02}.000Z {source} | {text}\n")
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_line_is_what_was_written() {
        for text in ["2026-01-01T00:00:00.000Z web.1 | a | b ", "2026-01-01T00:00:00.000Z web.2 * exit status 1"] {
            assert_eq!(Line::parse(text).unwrap().to_string(), text);
        }
        assert!(Line::parse("anything else").is_none());
        assert_eq!(stamp(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_last_lines_come_from_all_files_in_the_order_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let (web, jobs) = (folder.path().join("web.log"), folder.path().join("jobs.log"));
        fs::write(numbered(&web, 2), line(1, "web.1", "one") + &line(3, "web.1", "three")).unwrap();
        fs::write(numbered(&web, 1), line(4, "web.1", "four")).unwrap();
        fs::write(&web, line(6, "web.1", "six") + "unfinished").unwrap();
        fs::write(&jobs, line(2, "jobs.1", "two") + &line(5, "jobs.1", "five")).unwrap();
        let paths = [web, jobs, folder.path().join("none.log")];
        let last = |lines| tail(&paths, lines).unwrap().into_iter().map(|line| line.text).collect::<Vec<_>>();
        assert_eq!(last(100), ["one", "two", "three", "four", "five", "six"]);
        assert_eq!(last(3), ["four", "five", "six"]);
        assert!(last(0).is_empty());
    }

    #[test]
    fn a_long_file_is_read_from_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("web.log");
        let text: String =
            (0..5000).map(|number| line(number / 100, "web.1", &format!("{number} {}", "x".repeat(50)))).collect();
        fs::write(&path, text).unwrap();
        let last = tail(&[path], 2000).unwrap();
        assert_eq!(last.len(), 2000);
        assert!(last[0].text.starts_with("3000 ") && last[1999].text.starts_with("4999 "));
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_is_followed_while_it_is_turned_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("web.log");
        let (mut logs, last) = Logs::open(std::slice::from_ref(&path), 10).unwrap();
        assert!(last.is_empty());
        let append =
            |text: &str| File::options().create(true).append(true).open(&path).unwrap().write_all(text.as_bytes());
        let turn = || {
            fs::rename(numbered(&path, 1), numbered(&path, 2)).ok();
            fs::rename(&path, numbered(&path, 1)).unwrap();
        };
        append(&line(1, "web.1", "one")).unwrap();
        assert_eq!(texts(&logs.more().await.unwrap()), ["one"]);
        let two = line(2, "web.1", "two");
        append(&two[..20]).unwrap();
        let waits = tokio::time::timeout(Duration::from_secs(5), logs.more()).await;
        assert!(waits.is_err(), "a line is given once it is whole");
        append(&two[20..]).unwrap();
        turn();
        append(&line(3, "web.1", "three")).unwrap();
        turn();
        append(&line(4, "web.1", "four")).unwrap();
        assert_eq!(texts(&logs.more().await.unwrap()), ["two", "three", "four"]);
        fs::remove_file(&path).unwrap();
        append(&line(5, "web.1", "five")).unwrap();
        assert_eq!(texts(&logs.more().await.unwrap()), ["five"]);
    }
}
