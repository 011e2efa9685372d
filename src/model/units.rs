use std::cmp::Ordering;
use std::fmt;

use bytesize::ByteSize;
use serde::{Serialize, Serializer};

/// Why a text has no unit that envctl knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    #[error("expected a size such as \"50 GiB\"")]
    Size,
    #[error("a disk is a whole number of GiB")]
    NotWholeGib,
    #[error("expected whole days such as \"7 days\"")]
    Days,
    #[error("expected a version such as \"16\" or \"16.9\"")]
    Version,
}

/// A disk's size in whole GiB (2^30 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    pub gib: u32,
}

impl Size {
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        if text.trim().chars().all(|c| c.is_ascii_digit()) {
            return Err(UnitError::Size);
        }
        let size: ByteSize = text.trim().parse().map_err(|_| UnitError::Size)?;
        let gib = size.as_u64() / bytesize::GIB;
        if gib * bytesize::GIB != size.as_u64() {
            return Err(UnitError::NotWholeGib);
        }
        Ok(Self { gib: u32::try_from(gib).map_err(|_| UnitError::Size)? })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} GiB", self.gib)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A whole number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(pub u16);

impl Days {
    #[expect(clippy::cast_possible_truncation, reason = "what it changes is refused in the next line")]
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        const HOURS_A_DAY: i64 = 24;
        let span: jiff::Span = text.trim().parse().map_err(|_| UnitError::Days)?;
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err(UnitError::Days);
        }
        let total =
            span.total((jiff::Unit::Hour, jiff::SpanRelativeTo::days_are_24_hours())).map_err(|_| UnitError::Days)?;
        let hours = total as i64;
        if hours < 0 || hours as f64 != total || hours % HOURS_A_DAY != 0 {
            return Err(UnitError::Days);
        }
        u16::try_from(hours / HOURS_A_DAY).map(Self).map_err(|_| UnitError::Days)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "day" } else { "days" })
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A database engine's version. A major alone (`16`) stands for any of its minors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineVersion(Vec<u32>);

impl EngineVersion {
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let parts = text.trim().split('.').map(|part| {
            let digits = !part.is_empty() && part.len() <= 4 && part.chars().all(|c| c.is_ascii_digit());
            if digits { part.parse().map_err(|_| UnitError::Version) } else { Err(UnitError::Version) }
        });
        let parts: Vec<u32> = parts.collect::<Result<_, _>>()?;
        if parts.len() > 4 { Err(UnitError::Version) } else { Ok(Self(parts)) }
    }

    pub fn parts(&self) -> &[u32] {
        &self.0
    }

    /// Whether one of the two names the other, or a set that the other is in: `16` matches `16.9`.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// The part that names a release line, `parts` numbers long: `16`, `8.0`.
    pub fn major(&self, parts: usize) -> String {
        let kept: Vec<String> = self.0.iter().take(parts).map(u32::to_string).collect();
        kept.join(".")
    }

    /// Orders by the numbers that both sides name.
    pub fn compare(&self, other: &Self) -> Ordering {
        if self.matches(other) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.major(self.0.len()))
    }
}

impl Serialize for EngineVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
