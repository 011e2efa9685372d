use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What values are digested with. It is made anew for each run, so that no digest says anything after it.
pub struct Key(Hmac<Sha256>);

/// What is known of a value by which it can be compared and not be told: HMAC-SHA256 under a run's [`Key`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Key {
    /// From 64 random bytes, as long as a block of SHA-256.
    pub fn new(bytes: &[u8; 64]) -> Self {
        Self(Hmac::new(&(*bytes).into()))
    }
}

/// Nothing is shown: who has the key can try values.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Digest {
    pub fn of(key: &Key, value: &str) -> Self {
        let mut mac = key.0.clone();
        mac.update(value.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_digests_under_one_key_alone() {
        let (one, other) = (Key::new(&[1; 64]), Key::new(&[2; 64]));
        assert_eq!(Digest::of(&one, "a"), Digest::of(&one, "a"));
        assert_ne!(Digest::of(&one, "a"), Digest::of(&one, "b"));
        assert_ne!(Digest::of(&one, "a"), Digest::of(&other, "a"));
        assert_eq!(format!("{:?} {one:?}", Digest::of(&one, "a")), "Digest Key");
    }
}
