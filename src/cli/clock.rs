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
    let time: SignedDuration = text.parse().map_err(|_| match text.parse::<u64>() {
        Ok(number) => format!("it has no unit: {number}m are minutes, {number}h hours"),
        Err(_) => "it is no length of time, such as 10m or 48h".to_owned(),
    })?;
    match time {
        time if time.is_negative() => Err("less than no time".to_owned()),
        time if time > YEAR => Err("more than a year".to_owned()),
        time => Ok(time),
    }
}
