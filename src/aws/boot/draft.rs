use rand::SeedableRng as _;
use rand::distr::{Alphanumeric, SampleString as _};
use rand::rngs::StdRng;

use super::packed::packed;
use crate::model::{Reference, Value};

/// A text in the making, some of whose parts are known only once other resources exist.
pub struct Draft {
    parts: Vec<Value>,
    /// As long as the text can become, and as hard to pack: hosts and ARNs are less of a surprise than noise.
    longest: String,
    /// The same each time.
    noise: StdRng,
}

impl Draft {
    pub fn new() -> Self {
        Self { parts: Vec::new(), longest: String::new(), noise: StdRng::seed_from_u64(0) }
    }

    pub fn text(&mut self, text: &str) {
        self.longest.push_str(text);
        match self.parts.last_mut() {
            Some(Value::Text(last)) => last.push_str(text),
            _ => self.parts.push(Value::text(text)),
        }
    }

    /// `longest`: of what the reference will turn out to be, in bytes.
    pub fn reference(&mut self, reference: Reference, longest: usize) {
        Alphanumeric.append_string(&mut self.noise, &mut self.longest, longest);
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
