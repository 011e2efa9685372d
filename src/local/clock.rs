use jiff::Timestamp;
use tokio::time::Instant;

/// The moment, for lines of a log and for what a state began.
#[expect(clippy::disallowed_methods, reason = "this is the one place of the local provider")]
pub(super) fn timestamp() -> Timestamp {
    Timestamp::now()
}

/// For pauses and deadlines.
#[expect(clippy::disallowed_methods, reason = "this is the one place of the local provider")]
pub(super) fn now() -> Instant {
    Instant::now()
}
