use crate::model::{Reference, Value};

/// A text in the making, some of whose parts are known only once other resources exist.
#[derive(Default)]
pub struct Draft {
    parts: Vec<Value>,
    /// How long it can become, in bytes.
    longest: usize,
}

impl Draft {
    pub fn text(&mut self, text: &str) {
        self.longest += text.len();
        match self.parts.last_mut() {
            Some(Value::Text(last)) => last.push_str(text),
            _ => self.parts.push(Value::text(text)),
        }
    }

    /// `longest`: of what the reference will turn out to be, in bytes.
    pub fn reference(&mut self, reference: Reference, longest: usize) {
        self.longest += longest;
        self.parts.push(Value::Reference(reference));
    }

    pub fn longest(&self) -> usize {
        self.longest
    }

    pub fn into_value(self) -> Value {
        Value::Join(self.parts)
    }
}
