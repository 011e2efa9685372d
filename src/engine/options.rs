use std::time::Duration;

use crate::provider::Patience;

/// How a plan is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Divides every pause and interval, for a provider whose clock runs faster than ours; 1 is real time. What is not
    /// above 0 and finite counts as 1. Deadlines stay: they are there for what is stuck, and calls take real time.
    pub time_scale: f64,
    /// How many calls to the provider may be under way at once, at least 1. Steps that wait hold none, so any number
    /// of them can.
    pub concurrency: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { time_scale: 1.0, concurrency: 32 }
    }
}

impl Options {
    pub fn scaled(&self, duration: Duration) -> Duration {
        if self.time_scale > 0.0 && self.time_scale.is_finite() {
            Duration::try_from_secs_f64(duration.as_secs_f64() / self.time_scale).unwrap_or(Duration::MAX)
        } else {
            duration
        }
    }

    pub(super) fn patience(&self, patience: Patience) -> Patience {
        Patience { interval: self.scaled(patience.interval), ..patience }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_divides_and_nonsense_is_real_time() {
        let scaled = |time_scale| Options { time_scale, ..Options::default() }.scaled(Duration::from_secs(10));
        assert_eq!(scaled(1.0), Duration::from_secs(10));
        assert_eq!(scaled(100.0), Duration::from_millis(100));
        assert_eq!(scaled(f64::MIN_POSITIVE), Duration::MAX);
        for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(scaled(nonsense), Duration::from_secs(10));
        }
    }
}
