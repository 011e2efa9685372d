use jiff::Zoned;
use jiff::civil::Date;

/// The day it is here, for what expires: the only place that asks the clock for a date.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn today() -> Date {
    Zoned::now().date()
}
