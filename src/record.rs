//! What an environment keeps of itself: who is changing it now, and what was done to it.
//!
//! A [`Record`] lies where the environment is (see [`Keep`](crate::provider::Keep)). Whoever changes it says which version
//! of it they have read, so that of two at once one has to look again. All else is decided here, without a clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a lock lasts that nobody renews.
pub const LEASE: SignedDuration = SignedDuration::from_mins(30);

/// How much is kept: what a secret of Secrets Manager holds is 64 KiB.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const ENTRIES: usize = 200;
const BYTES: usize = 60_000;
/// Of a text that somebody writes.
const CHARACTERS: usize = 300;

/// The form that a record is kept in; its number rises when an older envctl would lose or misread what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Format;

impl Format {
    const VERSION: u32 = 1;
}

impl TryFrom<u32> for Format {
    type Error = &'static str;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version > Self::VERSION { Err("a newer envctl wrote it, which is needed here as well") } else { Ok(Self) }
    }
}

impl From<Format> for u32 {
    fn from(_: Format) -> Self {
        Format::VERSION
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Comes first, so that it is read before anything that only a newer envctl knows.
    #[serde(default)]
    pub format_version: Format,
    /// Who is changing the environment, or was when something ended them.
    #[serde(default)]
    pub lock: Option<Lock>,
    /// What was done to it, oldest first; beyond a bound the oldest are dropped.
    #[serde(default)]
    pub entries: Vec<Entry>,
    /// Of an environment that no file defines: what it is a copy of, and for how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// The migrations that have been applied, by database: of those that nobody can ask from outside.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub migrated: BTreeMap<String, Migrated>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The environment that it is a copy of.
    pub like: String,
    /// The release that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// From then on `reap` removes it.
    pub until: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Migrated {
    /// Which database it was, where somebody applied them by hand: one that takes its place has had none of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub database: String,
    /// The release that brought the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Those that a promotion judged, or somebody applied by hand.
    pub files: BTreeSet<String>,
    /// More that the project held when `up` brought a release. They need not have been in it: a build may be older than the
    /// checkout.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unjudged: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    /// Random: it tells two locks of one holder apart.
    pub id: String,
    pub by: Actor,
    pub operation: Operation,
    /// The release that the environment is to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    pub since: Timestamp,
    /// From then on somebody else may take it.
    pub until: Timestamp,
}

/// Who did it, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The provider's name for the caller: an ARN, or a user of this machine.
    pub who: String,
    pub host: String,
    /// The process, such that only its own machine can tell whether it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    Up,
    Down,
    Reset,
    Promote,
    Rollback,
    Unlock,
    SkipGate,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// Some steps failed; the rest is done.
    Partly,
    Failed,
    /// The release did not hold, and what ran before runs again.
    RolledBack,
    /// Nobody knows how far it came: its process was ended, or its lock was broken.
    Abandoned,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    pub by: Actor,
    pub operation: Operation,
    pub outcome: Outcome,
    /// The release that the environment was to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The digest of the plan that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The reason that somebody gave, or what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Record {
    /// With the lock taken. One that has expired, or whose holder `is_dead`, is taken over, and its operation goes down as
    /// abandoned.
    ///
    /// # Errors
    /// The lock that stands in the way.
    pub fn taken(self, lock: Lock, is_dead: impl Fn(&Actor) -> bool) -> Result<Self, Box<Lock>> {
        let mut record = self.as_of(lock.since, is_dead);
        match record.lock.replace(lock) {
            Some(held) => Err(Box::new(held)),
            None => Ok(record),
        }
    }

    /// Without a lock that holds nothing any more, and with its operation as one that was abandoned.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp, is_dead: impl Fn(&Actor) -> bool) -> Self {
        if let Some(held) = self.lock.take_if(|held| held.until <= now || is_dead(&held.by)) {
            // By then at the latest. When a process died, nobody knows.
            let at = held.until.min(now);
            self.append(held.abandoned(at));
        }
        self
    }

    /// With the lock lasting longer; `None` if it is somebody else's by now.
    pub fn renewed(mut self, id: &str, until: Timestamp) -> Option<Self> {
        self.lock.as_mut().filter(|lock| lock.id == id)?.until = until;
        Some(self)
    }

    /// With the lock given back, if it still is the holder's, and what was done, if anything was, written down. That it was
    /// abandoned is there already, where somebody else has taken the lock away.
    #[must_use]
    pub fn released(mut self, id: &str, entry: Option<Entry>) -> Self {
        let is_ours = self.lock.take_if(|lock| lock.id == id).is_some();
        let entry = entry.filter(|entry| is_ours || entry.outcome != Outcome::Abandoned);
        if entry.as_ref().is_some_and(|entry| (entry.operation, entry.outcome) == (Operation::Down, Outcome::Done)) {
            // The databases that had them are gone.
            self.migrated.clear();
        }
        entry.into_iter().for_each(|entry| self.append(entry));
        self
    }

    /// With the lock taken from whoever holds it, and that written down.
    #[must_use]
    pub fn broken(mut self, entry: Entry) -> Self {
        if let Some(held) = self.lock.take() {
            self.append(held.abandoned(entry.at));
        }
        self.append(entry);
        self
    }

    pub fn append(&mut self, mut entry: Entry) {
        entry.note = entry.note.map(|note| shortened(&note));
        self.entries.push(entry);
        self.bound();
    }

    /// The names of migrations are never dropped, so the past makes room for them.
    fn bound(&mut self) {
        let room = BYTES.saturating_sub(size(&self.migrated));
        let mut surplus = self.entries.len().saturating_sub(ENTRIES);
        while surplus + 1 < self.entries.len() && size(&self.entries[surplus..]) > room {
            surplus += 1;
        }
        self.entries.drain(..surplus);
    }

    /// With the migrations that a release has brought to its databases, if it is the last that came up well here. What
    /// earlier ones brought stays: going back takes none of them away. `judged`: whether a promotion has judged them all.
    #[must_use]
    pub fn with_migrations(
        mut self,
        release: &str,
        brought: &BTreeMap<String, BTreeSet<String>>,
        judged: bool,
    ) -> Self {
        let came_up = |entry: &Entry| entry.outcome == Outcome::Done && entry.release.as_deref() == Some(release);
        if !self.last().is_some_and(came_up) {
            return self;
        }
        for (database, files) in brought {
            let known = self.migrated.get(database);
            // Another look at the same release could see what only the next one will bring.
            if known.map_or(files.is_empty(), |known| known.release.as_deref() == Some(release)) {
                continue;
            }
            let mut migrated = known.cloned().unwrap_or_default();
            (migrated.database, migrated.release) = (String::new(), Some(release.to_owned()));
            match judged {
                true => migrated.files.extend(files.iter().cloned()),
                false => migrated.unjudged.extend(files.iter().cloned()),
            }
            migrated.unjudged.retain(|file| !migrated.files.contains(file));
            self.migrated.insert(database.clone(), migrated);
        }
        self.bound();
        self
    }

    /// The releases that ran here in good health, newest first, each once.
    pub fn healthy_releases(&self) -> Vec<&str> {
        let changes = self.entries.iter().rev().filter(|entry| entry.outcome == Outcome::Done);
        let mut releases: Vec<&str> = Vec::new();
        for release in changes.filter_map(|entry| entry.release.as_deref()) {
            if !releases.contains(&release) {
                releases.push(release);
            }
        }
        releases
    }

    /// When a change was abandoned last.
    pub fn abandoned(&self) -> Option<Timestamp> {
        self.entries.iter().rev().find(|entry| entry.outcome == Outcome::Abandoned).map(|entry| entry.at)
    }

    /// The last that was done to the environment for a release's sake.
    pub fn last(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.release.is_some())
    }

    /// The release to go back to. A rollback that did not end well is gone on with; after one that did, the way leads
    /// further back.
    pub fn previous(&self) -> Option<&str> {
        let last = self.last()?;
        let to = last.release.as_deref();
        if last.operation == Operation::Rollback && last.outcome != Outcome::Done {
            return to;
        }
        let came = |entry: &&Entry| entry.outcome == Outcome::Done && entry.release.is_some();
        let mut earlier = self.entries.iter().rev();
        if last.operation == Operation::Rollback {
            // To where that release came otherwise than by going back.
            earlier.find(|entry| entry.operation != Operation::Rollback && entry.release.as_deref() == to);
        }
        let mut others = earlier.filter(came).filter_map(|entry| entry.release.as_deref());
        others.find(|release| Some(*release) != to)
    }
}

impl Lock {
    fn abandoned(self, at: Timestamp) -> Entry {
        let Self { by, operation, release, .. } = self;
        Entry { at, by, operation, outcome: Outcome::Abandoned, release, plan: None, note: None }
    }
}

impl Operation {
    /// As one types it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Reset => "reset",
            Self::Promote => "promote",
            Self::Rollback => "rollback",
            Self::Unlock => "unlock",
            Self::SkipGate => "skip-gate",
        }
    }
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::RolledBack => "rolled back",
            Self::Abandoned => "abandoned",
        }
    }
}

/// The day on which each preview's time is over.
pub fn last_days(previews: BTreeMap<impl ToString, Preview>) -> BTreeMap<String, Date> {
    let day = |preview: Preview| preview.until.to_zoned(TimeZone::UTC).date();
    previews.into_iter().map(|(name, preview)| (name.to_string(), day(preview))).collect()
}

/// In bytes, as it is kept.
fn size(part: &(impl Serialize + ?Sized)) -> usize {
    serde_json::to_string(part).map_or(0, |text| text.len())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
