use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

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
