use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use crate::model::{Name, Origin};

use super::source::{Files, Place};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The environments concerned cannot be resolved.
    Error,
    Warning,
}

/// What is wrong with a definition: where, what was expected, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A stable name for this sort of fault, in kebab case.
    pub code: &'static str,
    pub message: String,
    #[serde(flatten)]
    pub origin: Origin,
    /// Bytes of the file that the origin names.
    pub span: Range<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What most probably was meant, to be put in place of the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Another place that has to do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<Related>,
    /// The environments that have this fault. A fault of a template is reported once for all of them.
    pub environments: BTreeSet<Name>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    #[serde(flatten)]
    pub origin: Origin,
    pub span: Range<usize>,
    pub message: String,
}

/// A [`Diagnostic`] before its place is known.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    severity: Severity,
    code: &'static str,
    message: String,
    expected: Option<String>,
    help: Option<String>,
    suggestion: Option<String>,
    related: Option<(Place, String)>,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            expected: None,
            help: None,
            suggestion: None,
            related: None,
        }
    }

    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(code, message) }
    }

    pub fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }

    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub fn suggest(self, suggestion: Option<impl Into<String>>) -> Self {
        Self { suggestion: suggestion.map(Into::into), ..self }
    }

    pub fn related(self, place: Option<Place>, message: impl Into<String>) -> Self {
        Self { related: place.map(|place| (place, message.into())), ..self }
    }
}

/// Collects the faults of all files. Readers share it, each adds its own.
pub(super) struct Report<'s> {
    pub files: &'s Files<'s>,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'s> Report<'s> {
    pub fn new(files: &'s Files<'s>) -> Self {
        Self { files, found: RefCell::default() }
    }

    pub fn push(&self, place: Place, fault: Fault, environments: &BTreeSet<Name>) {
        self.found.borrow_mut().push(Diagnostic {
            severity: fault.severity,
            code: fault.code,
            message: fault.message,
            origin: self.files.origin(place),
            span: place.start..place.end,
            expected: fault.expected,
            help: fault.help,
            suggestion: fault.suggestion,
            related: fault.related.map(|(place, message)| Related {
                origin: self.files.origin(place),
                span: place.start..place.end,
                message,
            }),
            environments: environments.clone(),
        });
    }

    /// In the order of the files and the places in them. The same fault of several environments is one.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut sorted: BTreeMap<_, Diagnostic> = BTreeMap::new();
        for found in self.found.into_inner() {
            let key = (found.origin.file.clone(), found.span.start, found.span.end, found.code, found.message.clone());
            match sorted.get_mut(&key) {
                Some(known) => known.environments.extend(found.environments),
                None => drop(sorted.insert(key, found)),
            }
        }
        sorted.into_values().collect()
    }
}
