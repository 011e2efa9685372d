use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, Zoned};

/// The day it is here, for what expires.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn today() -> Date {
    Zoned::now().date()
}

/// When something is done, for the record.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A time that a command is told to wait for, or that something is to stand: `10m`, `48h`, at most a year.
pub fn time(text: &str) -> Result<SignedDuration, String> {
    const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);
    let time: SignedDuration = text.parse().map_err(|error| format!("{error}; such as 10m or 48h"))?;
    match time {
        time if time.is_negative() => Err("less than no time".to_owned()),
        time if time > YEAR => Err("more than a year".to_owned()),
        time => Ok(time),
    }
}
