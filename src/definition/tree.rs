use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::model::{Origins, Path};

use super::diagnostic::Fault;
use super::source::{Files, Place, Unreadable};

/// A TOML value that knows its place, before and after the overlay.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub content: Content,
    /// The value itself; for a `[table]` its header.
    pub place: Place,
    /// The key that it stands under; for the element of an array the element.
    pub key: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Text(String),
    /// `None` for one that no `i64` holds.
    Integer(Option<i64>),
    /// As written, but for underscores.
    Float(String),
    Boolean(bool),
    Date(Datetime),
    Array(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Content {
    /// With its article, as messages name it.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Date(_) => "a date",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// So many syntax errors are told of one file: one with more is no TOML, and to name each would bury the other files'.
const MOST_SYNTAX_ERRORS: usize = 20;

/// What speaks against a file before anything in it is looked at.
pub(super) struct Unparsed {
    pub place: Place,
    pub fault: Fault,
}

impl Node {
    /// The whole file as a table. With syntax errors, what could be recovered.
    pub fn parse(files: &Files<'_>, file: usize) -> (Self, Vec<Unparsed>) {
        if let Some(Unreadable { message, help }) = &files.get(file).unreadable {
            let place = files.place(file, 0..0);
            let mut fault = Fault::new("unreadable", message);
            if let Some(help) = help {
                fault = fault.help(help);
            }
            let nothing = Self { content: Content::Table(BTreeMap::new()), place, key: place };
            return (nothing, vec![Unparsed { place, fault }]);
        }
        let (table, mut errors) = DeTable::parse_recoverable(&files.get(file).text);
        errors.sort_by_key(|error| error.span().map(|span| span.start));
        let start = files.place(file, 0..0);
        let content = Self::table(files, file, table.get_ref());
        let syntax_error = |(index, error): (usize, &toml::de::Error)| Unparsed {
            place: files.place(file, error.span().unwrap_or(0..0)),
            fault: match (errors.len() - index, error.message()) {
                (more, _) if index + 1 == MOST_SYNTAX_ERRORS && more > 1 => {
                    Fault::new("syntax", format!("{more} more syntax errors from here on"))
                }
                // There the parser tells of itself, and not of the file.
                (_, message) if message.contains("recursion") => {
                    Fault::new("syntax", "too deeply nested").expected("at most 80 tables and arrays within each other")
                }
                (_, message) => Fault::new("syntax", message),
            },
        };
        let syntax_errors = errors.iter().enumerate().take(MOST_SYNTAX_ERRORS).map(syntax_error);
        (Self { content, place: start, key: start }, syntax_errors.collect())
    }

    fn table(files: &Files<'_>, file: usize, table: &DeTable<'_>) -> Content {
        let entries = table.iter().map(|(key, value)| {
            let node = Self::value(files, file, files.place(file, key.span()), value);
            (key.get_ref().clone().into_owned(), node)
        });
        Content::Table(entries.collect())
    }

    fn value(files: &Files<'_>, file: usize, key: Place, value: &Spanned<DeValue<'_>>) -> Self {
        let content = match value.get_ref() {
            DeValue::String(text) => Content::Text(text.clone().into_owned()),
            DeValue::Integer(integer) => Content::Integer(i64::from_str_radix(integer.as_str(), integer.radix()).ok()),
            DeValue::Float(float) => Content::Float(float.as_str().to_owned()),
            DeValue::Boolean(boolean) => Content::Boolean(*boolean),
            DeValue::Datetime(date) => Content::Date(*date),
            DeValue::Array(elements) => {
                let read = elements.iter().map(|element| {
                    let place = files.place(file, element.span());
                    Self::value(files, file, place, element)
                });
                Content::Array(read.collect())
            }
            DeValue::Table(table) => Self::table(files, file, table),
        };
        Self { content, place: files.place(file, value.span()), key }
    }

    pub fn entries(&self) -> Option<&BTreeMap<String, Self>> {
        if let Content::Table(entries) = &self.content { Some(entries) } else { None }
    }

    /// The node that the keys lead to.
    pub fn find<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Option<&Self> {
        keys.into_iter().try_fold(self, |node, key| node.entries()?.get(key))
    }

    /// Lays an environment's file over its template: tables merge, everything else replaces.
    ///
    /// A merged table counts as set by the template, unless the overlay sets every key in it.
    pub fn overlay(self, over: Self) -> Self {
        match (self.content, over.content) {
            (Content::Table(mut merged), Content::Table(above)) => {
                let all = merged.keys().all(|key| above.contains_key(key));
                for (key, node) in above {
                    let node = match merged.remove(&key) {
                        Some(below) => below.overlay(node),
                        None => node,
                    };
                    merged.insert(key, node);
                }
                let (place, key) = if all { (over.place, over.key) } else { (self.place, self.key) };
                Self { content: Content::Table(merged), place, key }
            }
            (_, content) => Self { content, ..over },
        }
    }

    /// The places that set this node's entries, and theirs, down to arrays.
    pub fn origins(&self, files: &Files<'_>) -> Origins {
        let mut origins = Origins::default();
        self.collect(&Path::root(), files, &mut origins);
        origins
    }

    fn collect(&self, path: &Path, files: &Files<'_>, origins: &mut Origins) {
        for (key, node) in self.entries().into_iter().flatten() {
            let path = path.child(key);
            origins.insert(path.clone(), files.origin(node.key));
            node.collect(&path, files, origins);
        }
    }
}
