use std::time::Duration;

use rand::RngExt;

use super::options::Options;

/// The pauses between attempts at one call: exponential, with full jitter, so that many steps that are throttled at
/// once do not come back at once.
///
/// 1 s at first and 20 s at most are the AWS SDKs' own figures for their standard retries
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>). The step's deadline bounds how many
/// there are.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(20);

    pub(super) fn new(options: &Options) -> Self {
        Self { next: options.scaled(Self::FIRST), most: options.scaled(Self::MOST) }
    }

    #[expect(clippy::disallowed_methods, reason = "a backoff without chance makes all steps try again at once")]
    pub(super) fn pause(&mut self) -> Duration {
        let ceiling = self.next.min(self.most);
        self.next = ceiling.saturating_mul(2);
        ceiling.mul_f64(rand::rng().random_range(0.0..=1.0))
    }
}

/// The pauses between looks at what is not ready yet: short at first, since much is ready soon, then growing to the
/// interval that the provider asks for.
#[derive(Debug)]
pub(super) struct Looks {
    next: Duration,
    most: Duration,
}

impl Looks {
    const FIRST: Duration = Duration::from_secs(1);
    const GROWTH: f64 = 1.5;
    /// So that no provider's interval makes a busy loop.
    const LEAST: Duration = Duration::from_millis(1);

    pub(super) fn new(options: &Options, interval: Duration) -> Self {
        let most = interval.max(Self::LEAST);
        Self { next: options.scaled(Self::FIRST).clamp(Self::LEAST, most), most }
    }

    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = self.next.mul_f64(Self::GROWTH).min(self.most);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_of_a_pause_doubles_up_to_the_most() {
        let mut backoff = Backoff::new(&Options::default());
        for ceiling in [1, 2, 4, 8, 16, 20, 20, 20] {
            let (next, most) = (backoff.next, backoff.most);
            assert_eq!(next.min(most), Duration::from_secs(ceiling));
            assert!(backoff.pause() <= Duration::from_secs(ceiling));
        }
    }

    #[test]
    fn pauses_are_spread() {
        let first = |_| Backoff::new(&Options::default()).pause();
        let pauses: std::collections::BTreeSet<Duration> = (0..20).map(first).collect();
        assert!(pauses.len() > 15);
    }

    #[test]
    fn looks_start_short_and_grow_to_the_interval() {
        let mut looks = Looks::new(&Options::default(), Duration::from_secs(2));
        let pauses: Vec<u128> = (0..4).map(|_| looks.pause().as_millis()).collect();
        assert_eq!(pauses, [1000, 1500, 2000, 2000]);
        let mut looks = Looks::new(&Options::default(), Duration::from_millis(100));
        assert_eq!((looks.pause().as_millis(), looks.pause().as_millis()), (100, 100));
        assert!(!Looks::new(&Options::default(), Duration::ZERO).pause().is_zero());
    }
}
