use super::packed::packed;
use crate::model::{Reference, Value};

/// A text in the making, some of whose parts are known only once other resources exist.
#[derive(Default)]
pub struct Draft {
    parts: Vec<Value>,
    /// As long as the text can become, and as hard to pack.
    longest: String,
    noise: Noise,
}

impl Draft {
    pub fn text(&mut self, text: &str) {
        self.longest.push_str(text);
        match self.parts.last_mut() {
            Some(Value::Text(last)) => last.push_str(text),
            _ => self.parts.push(Value::text(text)),
        }
    }

    /// `longest`: of what the reference will turn out to be, in bytes.
    pub fn reference(&mut self, reference: Reference, longest: usize) {
        self.longest.extend(self.noise.by_ref().take(longest));
        self.parts.push(Value::Reference(reference));
    }

    /// How many bytes it can have when it is packed.
    pub fn longest(&self) -> usize {
        packed(&self.longest).len()
    }

    pub fn into_value(self) -> Value {
        Value::Join(self.parts)
    }
}

/// Characters in which there is nothing to find, always the same ones. Hosts and ARNs are written with fewer.
#[derive(Default)]
struct Noise {
    state: u64,
}

impl Iterator for Noise {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:";
        // Knuth's linear congruential generator, of which the upper bits are the better ones.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ALPHABET.get((self.state >> 58) as usize).map(|byte| char::from(*byte))
    }
}
