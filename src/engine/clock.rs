use tokio::time::Instant;

/// The engine's clock: tokio's, which tests can stop and advance.
#[expect(clippy::disallowed_methods, reason = "steps are timed and have deadlines")]
pub(super) fn now() -> Instant {
    Instant::now()
}
