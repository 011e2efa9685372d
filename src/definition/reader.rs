use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use crate::model::Name;

use super::diagnostic::{Fault, Report};
use super::forms::Form;
use super::nearest::nearest;
use super::source::Place;
use super::tree::{Content, Node};

/// What every reader of one environment shares.
pub(super) struct Reading<'s> {
    pub report: &'s Report<'s>,
    /// The environments that the faults found here belong to.
    pub environments: BTreeSet<Name>,
    /// Only a part of the definition is at hand (its other file has syntax errors), so nothing counts as missing.
    pub partial: bool,
    /// The placeholders that can be written in it.
    pub placeholders: Vec<String>,
    /// The components behind a load balancer.
    pub public: BTreeSet<String>,
}

impl Reading<'_> {
    pub fn fault<T>(&self, place: Place, fault: Fault) -> Option<T> {
        self.report.push(place, fault, &self.environments);
        None
    }
}

/// A value about to be read. A method that finds a fault reports it and gives `None`; reading goes on elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Value<'t> {
    pub node: &'t Node,
    pub reading: &'t Reading<'t>,
}

impl<'t> Value<'t> {
    pub fn fault<T>(&self, fault: Fault) -> Option<T> {
        self.reading.fault(self.node.place, fault)
    }

    /// A fault of some bytes of a text. Where escapes part the text from its source, the whole is marked.
    pub fn fault_within<T>(&self, bytes: Range<usize>, fault: Fault) -> Option<T> {
        self.reading.fault(self.within(bytes), fault)
    }

    fn within(&self, bytes: Range<usize>) -> Place {
        let place = self.node.place;
        let source = self.reading.report.files.slice(place);
        match &self.node.content {
            Content::Text(text) if source.len() == text.len() + 2 && source[1..].starts_with(text.as_str()) => {
                Place { start: place.start + 1 + bytes.start, end: place.start + 1 + bytes.end, ..place }
            }
            _ => place,
        }
    }

    pub fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let found = self.node.content.describe();
        let kind = expected.split(" such as").next().and_then(|kind| kind.split(',').next()).unwrap_or(expected);
        let mut fault = Fault::new("wrong-type", format!("{found} stands where {kind} belongs")).expected(expected);
        let bare = self.reading.report.files.slice(self.node.place);
        if matches!(self.node.content, Content::Integer(_) | Content::Float(_)) && expected.starts_with("a text") {
            fault = fault.suggest(Some(format!("\"{bare}\"")));
        }
        self.fault(fault)
    }

    /// `expected` completes "a text where … belongs"; it begins with its article and may give an example.
    pub fn text(&self, expected: &str) -> Option<&'t str> {
        if let Content::Text(text) = &self.node.content { Some(text) } else { self.wrong_type(expected) }
    }

    /// A text of a given form.
    pub fn form(&self, form: &Form) -> Option<String> {
        let text = self.text(&format!("a text, {}", form.expected))?;
        if (form.holds)(text) {
            return Some(text.to_owned());
        }
        self.fault(form.fault(text))
    }

    /// A text that a type of the model parses.
    pub fn parsed<T, E>(&self, code: &'static str, example: &str, parse: fn(&str) -> Result<T, E>) -> Option<T>
    where
        E: std::fmt::Display,
    {
        // With the unit that the example has: where there is none, or one that begins like it.
        let with_unit = |written: &str| {
            let unit = example.split_once(' ')?.1;
            let written = written.replace('_', "");
            let number = written.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
            let is_like_it = written[number.len()..].trim_start().chars().next().is_none_or(|c| unit.starts_with(c));
            let meant = format!("{number} {unit}");
            (is_like_it && !number.is_empty() && parse(&meant).is_ok()).then(|| format!("\"{meant}\""))
        };
        if let Content::Integer(_) = self.node.content
            && let Some(meant) = with_unit(self.reading.report.files.slice(self.node.place))
        {
            let fault = Fault::new("wrong-type", "a number stands without its unit");
            return self.fault(fault.expected(format!("a text such as \"{example}\"")).suggest(Some(meant)));
        }
        let text = self.text(&format!("a text such as \"{example}\""))?;
        match parse(text) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let fault = Fault::new(code, error.to_string()).expected(format!("such as \"{example}\""));
                self.fault(fault.suggest(with_unit(text)))
            }
        }
    }

    /// One of some words.
    pub fn choice<T: Copy>(&self, code: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let expected = format!("one of {}", words.join(", "));
        let text = self.text(&format!("a text, {expected}"))?;
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*choice);
        }
        let near = nearest(text, choices.iter().map(|(word, _)| *word)).map(|word| format!("\"{word}\""));
        self.fault(Fault::new(code, format!("unknown value {text:?}")).expected(expected).suggest(near))
    }

    pub fn integer<T: TryFrom<i64>>(&self, range: RangeInclusive<i64>) -> Option<T> {
        let expected = format!("an integer, {} to {}", range.start(), range.end());
        let Content::Integer(integer) = self.node.content else { return self.wrong_type(&expected) };
        let fits = integer.filter(|integer| range.contains(integer)).and_then(|integer| T::try_from(integer).ok());
        if fits.is_none() {
            let written = self.reading.report.files.slice(self.node.place);
            self.fault::<()>(Fault::new("out-of-range", format!("{written} is out of range")).expected(expected));
        }
        fits
    }

    pub fn boolean(&self) -> Option<bool> {
        if let Content::Boolean(boolean) = self.node.content { Some(boolean) } else { self.wrong_type("true or false") }
    }

    /// An array, without its faulty elements.
    pub fn list<T>(&self, expected: &str, read: impl FnMut(Value<'t>) -> Option<T>) -> Option<Vec<T>> {
        let Content::Array(elements) = &self.node.content else { return self.wrong_type(expected) };
        Some(elements.iter().map(|node| Value { node, ..*self }).filter_map(read).collect())
    }

    /// A table with keys of the definition's own choosing, without its faulty entries.
    pub fn entries<K: Ord, T>(
        &self,
        expected: &str,
        key: impl Fn(Value<'t>, &str) -> Option<K>,
        read: impl Fn(Value<'t>, &str) -> Option<T>,
    ) -> Option<BTreeMap<K, T>> {
        let Some(entries) = self.node.entries() else { return self.wrong_type(expected) };
        let read = entries.iter().filter_map(|(name, node)| {
            let value = Value { node, ..*self };
            let (name, value) = (key(value, name), read(value, name));
            Some((name?, value?))
        });
        Some(read.collect())
    }

    /// A table with known keys. `read` takes every key it knows before it gives up on any; what is left over is unknown.
    pub fn table<T>(&self, expected: &str, read: impl FnOnce(&mut Table<'t>) -> Option<T>) -> Option<T> {
        let Some(entries) = self.node.entries() else { return self.wrong_type(expected) };
        let mut table = Table { value: *self, entries, known: Vec::new() };
        let result = read(&mut table);
        table.finish();
        result
    }

    /// A fault of the key that the value stands under.
    pub fn fault_of_key<T>(&self, fault: Fault) -> Option<T> {
        self.reading.fault(self.node.key, fault)
    }
}

/// A table of which the keys are taken one by one.
pub(super) struct Table<'t> {
    pub value: Value<'t>,
    entries: &'t BTreeMap<String, Node>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    pub fn get(&mut self, key: &'static str) -> Option<Value<'t>> {
        self.known.push(key);
        let node = self.entries.get(key)?;
        Some(Value { node, reading: self.value.reading })
    }

    /// `None` when the key is absent, or its value faulty: then a fault is reported and the result no matter.
    pub fn optional<T>(&mut self, key: &'static str, read: impl FnOnce(Value<'t>) -> Option<T>) -> Option<T> {
        self.get(key).and_then(read)
    }

    /// `example` is the line that would mend its absence.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(Value<'t>) -> Option<T>,
    ) -> Option<T> {
        match self.get(key) {
            Some(value) => read(value),
            None => self.missing(Fault::new("missing-key", format!("`{key}` is missing")).expected(example)),
        }
    }

    /// A fault of absence: none while only a part of the definition is at hand.
    pub fn missing<T>(&self, fault: Fault) -> Option<T> {
        if self.value.reading.partial { None } else { self.value.fault(fault) }
    }

    fn finish(&self) {
        for (key, node) in self.entries.iter().filter(|(key, _)| !self.known.contains(&key.as_str())) {
            let near = nearest(key, self.known.iter().copied());
            let known: Vec<String> = self.known.iter().map(|known| format!("`{known}`")).collect();
            let expected = if known.is_empty() { "no key".to_owned() } else { format!("one of {}", known.join(", ")) };
            let fault = Fault::new("unknown-key", format!("unknown key `{key}`")).expected(expected).suggest(near);
            self.value.reading.fault::<()>(node.key, fault);
        }
    }
}
