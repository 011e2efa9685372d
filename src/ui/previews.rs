//! The previews that stand, and what became of those whose time was over.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::model::Name;
use crate::record::Preview;

use super::style::{ALARM, paint};
use super::table::table;
use super::text::{visible, wrap};
use super::{FORMAT_VERSION, WIDTH};

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: Name,
    pub preview: Preview,
    /// An environment of the project where it was found.
    pub beside: Name,
    /// Why it could not be removed.
    pub error: Option<String>,
}

/// All those that were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub rows: Vec<Row>,
    /// Environments beside which there may be more, and why nobody knows.
    pub unseen: Vec<(Name, String)>,
}

impl Row {
    pub fn json(&self) -> Json {
        let Preview { like, release, until } = &self.preview;
        json!({ "name": self.name, "like": like, "release": release, "until": until })
    }

    fn reaped(&self) -> String {
        match &self.error {
            None => format!("{} is gone.\n", self.name),
            Some(error) => trouble(&format!("{} is not gone", self.name), error),
        }
    }
}

impl Standing {
    /// A row a preview; nothing where there are none.
    pub fn human(&self, now: Timestamp) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let rows = self.rows.iter().map(|Row { name, preview, .. }| {
            let release = preview.release.as_deref().map_or_else(|| "-".to_owned(), visible);
            [name.to_string(), preview.like.clone(), release, left(preview.until, now)]
        });
        table(["PREVIEW", "LIKE", "RELEASE", "TIME LEFT"], rows.collect())
    }

    /// Of those whose time is over.
    pub fn reaped_human(&self, dry_run: bool, now: Timestamp) -> String {
        let mut text = match self.rows.is_empty() {
            true if self.unseen.is_empty() => "No preview is past its time.\n".to_owned(),
            _ if dry_run => self.human(now),
            _ => self.rows.iter().map(Row::reaped).collect(),
        };
        let unseen = self.unseen.iter();
        text.extend(unseen.map(|(name, why)| trouble(&format!("where {name} is could not be asked"), why)));
        text
    }

    pub fn reaped_json(&self, dry_run: bool) -> Json {
        let previews = self.rows.iter().map(|row| {
            let mut json = row.json();
            json["removed"] = (!dry_run && row.error.is_none()).into();
            json["error"] = row.error.clone().into();
            json
        });
        let unseen = self.unseen.iter().map(|(name, why)| json!({ "environment": name, "error": why }));
        json!({
            "format_version": FORMAT_VERSION,
            "previews": previews.collect::<Vec<_>>(),
            "unseen": unseen.collect::<Vec<_>>(),
        })
    }
}

/// What went wrong, and why.
pub(super) fn trouble(what: &str, why: &str) -> String {
    let why: String = wrap(why, WIDTH - 2).iter().map(|line| format!("  {line}\n")).collect();
    format!("{}\n{why}", paint(ALARM, what))
}

/// To the hour, and to the minute when it is less than one.
fn left(until: Timestamp, now: Timestamp) -> String {
    let left = until.duration_since(now);
    let rough = |time: SignedDuration| match (time.as_hours(), time.as_mins()) {
        (0, minutes) => format!("{minutes} min"),
        (hours, _) => format!("{hours} h"),
    };
    match left.is_positive() {
        true => rough(left),
        false => format!("over for {}", rough(left.abs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_roughly() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let at = |text: &str| left(text.parse().unwrap(), now);
        assert_eq!(at("2026-11-27T11:30:00Z"), "47 h");
        assert_eq!(at("2026-11-25T12:59:59Z"), "59 min");
        assert_eq!(at("2026-11-25T12:00:00Z"), "over for 0 min");
        assert_eq!(at("2026-11-24T12:00:00Z"), "over for 24 h");
    }
}
