//! What was done to an environment, and who is changing it now.

use serde_json::{Value as Json, json};

use crate::record::{Entry, Lock, Record};

use super::style::{BOLD, paint};
use super::table::table;
use super::text::{truncate, visible};
use super::{FORMAT_VERSION, Header};

/// `up` by ada on laptop since 2026-11-25 18:00:00Z; it expires at 18:30:00Z unless it goes on.
pub fn holder(lock: &Lock) -> String {
    let (since, until) = (lock.since.strftime("%Y-%m-%d %H:%M:%SZ"), lock.until.strftime("%H:%M:%SZ"));
    let by = visible(&format!("{} on {}", lock.by.who, lock.by.host));
    format!("`{}` by {by} since {since}; it expires at {until} unless it goes on", lock.operation.as_str())
}

/// Newest first.
pub fn human(header: &Header, record: &Record) -> String {
    let mut text = match &record.lock {
        Some(lock) => format!("{} is being changed: {}\n\n", paint(BOLD, header.environment.as_str()), holder(lock)),
        None => String::new(),
    };
    if record.entries.is_empty() {
        return text + &format!("Nothing is written down of {}.\n", header.environment);
    }
    let rows = record.entries.iter().rev().map(row).collect();
    text.push_str(&table(["WHEN", "WHAT", "OUTCOME", "RELEASE", "BY"], rows));
    for entry in record.entries.iter().rev() {
        if let Some(note) = &entry.note {
            let at = entry.at.strftime("%Y-%m-%d %H:%M:%SZ");
            text.push_str(&format!("\n{at}  {}", visible(note)));
        }
    }
    if record.entries.iter().any(|entry| entry.note.is_some()) {
        text.push('\n');
    }
    text
}

fn row(entry: &Entry) -> [String; 5] {
    // Of an ARN, the end says who it is.
    let who = entry.by.who.rsplit('/').next().unwrap_or_default();
    [
        entry.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        entry.operation.as_str().to_owned(),
        entry.outcome.as_str().to_owned(),
        entry.release.as_deref().map_or_else(|| "-".to_owned(), |release| truncate(&visible(release), 16)),
        truncate(&visible(&format!("{who} on {}", entry.by.host)), 24),
    ]
}

pub fn json(header: &Header, record: &Record) -> Json {
    json!({
        "format_version": FORMAT_VERSION,
        "environment": header.json(),
        "lock": record.lock,
        "entries": record.entries.iter().rev().collect::<Vec<_>>(),
    })
}
