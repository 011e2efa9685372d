use std::collections::BTreeSet;
use std::ops::Range;

use crate::model::{DatabaseField, Name, Placeholder, PlaceholderError, Text};

use super::diagnostic::Fault;
use super::nearest::nearest;
use super::reader::{Reading, Value};
use super::tree::{Content, Node};

impl Value<'_> {
    /// A text with placeholders. `objection` says why one has no place here.
    pub fn template(&self, example: &str, objection: impl Fn(&Placeholder) -> Option<Fault>) -> Option<Text> {
        let source = self.text(&format!("a text such as \"{example}\""))?;
        let text = match Text::parse(source) {
            Ok(text) => text,
            Err(error) => return self.misplaced_brace(&error),
        };
        let mut faults = 0;
        for (bytes, placeholder) in placeholders(&text) {
            if let Some(fault) = objection(placeholder).or_else(|| self.reading.undeclared(placeholder)) {
                faults += 1;
                self.fault_within::<()>(bytes, fault);
            }
        }
        (faults == 0).then_some(text)
    }

    fn misplaced_brace<T>(&self, error: &PlaceholderError) -> Option<T> {
        let fault = Fault::new("unknown-placeholder", error.to_string());
        match error {
            PlaceholderError::Unclosed { offset } | PlaceholderError::Unopened { offset } => {
                self.fault_within(*offset..offset + 1, fault)
            }
            PlaceholderError::Unknown { offset, name } => {
                let written = format!("{{{name}}}");
                let near = nearest(&written, self.reading.placeholders.iter().map(String::as_str));
                self.fault_within(
                    *offset..offset + written.len(),
                    fault
                        .expected(format!("one of {}", Placeholder::FORMS))
                        .help("literal braces are written twice: {{ and }}")
                        .suggest(near),
                )
            }
        }
    }
}

impl Reading<'_> {
    /// The fault of a placeholder that stands for what the definition does not have.
    fn undeclared(&self, placeholder: &Placeholder) -> Option<Fault> {
        let written = placeholder.to_string();
        if self.partial || self.placeholders.contains(&written) {
            return None;
        }
        let near = nearest(&written, self.placeholders.iter().map(String::as_str));
        let fault = match placeholder {
            Placeholder::Database(name, _) => Fault::new("undeclared-database", format!("there is no database {name}"))
                .expected(format!("a table [database.{name}]")),
            Placeholder::Secret(name) => Fault::new("undeclared-secret", format!("there is no secret {name}"))
                .expected(format!("{name} = {{}} under [secrets]")),
            Placeholder::ComputeUrl(name) if !self.public.contains(name.as_str()) => {
                Fault::new("undeclared-component", format!("there is no public component {name}"))
                    .expected(format!("a table [compute.{name}] with public = true"))
            }
            _ => {
                let names: Vec<&str> = self.environments.iter().map(Name::as_str).collect();
                Fault::new("no-domain", format!("{written} has no value in {}", names.join(", ")))
                    .expected("domain = \"…\" under [audience]")
            }
        };
        Some(fault.suggest(near))
    }
}

/// The placeholders of a text, each with its bytes in the text's source.
fn placeholders(text: &Text) -> Vec<(Range<usize>, &Placeholder)> {
    let mut found = Vec::new();
    let mut rest = text.source();
    for placeholder in text.placeholders() {
        let written = placeholder.to_string();
        let skipped = text.source().len() - rest.len();
        if let Some(at) = find_unescaped(rest, &written) {
            found.push((skipped + at..skipped + at + written.len(), placeholder));
            rest = &rest[at + written.len()..];
        }
    }
    found
}

/// Where a placeholder begins; a doubled brace before it is a literal one.
fn find_unescaped(text: &str, written: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("{{") || text[at..].starts_with("}}") {
            at += 2;
        } else if text[at..].starts_with(written) {
            return Some(at);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// The names of the components behind a load balancer.
pub(super) fn public_components(root: &Node) -> BTreeSet<String> {
    let components = root.find(["compute"]).and_then(Node::entries).into_iter().flatten();
    let is_public = |node: &Node| matches!(node.find(["public"]), Some(Node { content: Content::Boolean(true), .. }));
    components.filter(|(_, node)| is_public(node)).map(|(name, _)| name.clone()).collect()
}

/// The placeholders that have a value: with the databases and secrets that the definition declares, well or ill.
pub(super) fn known_placeholders(root: &Node) -> Vec<String> {
    let declared = |key| root.find([key]).and_then(Node::entries).into_iter().flat_map(|entries| entries.keys());
    let fields = |database: &String| DatabaseField::ALL.map(|(field, _)| format!("{{database.{database}.{field}}}"));
    let mut known: Vec<String> = ["{app}", "{environment}", "{release}"].map(str::to_owned).into();
    known.extend(root.find(["audience", "domain"]).map(|_| "{audience.domain}".to_owned()));
    known.extend(declared("database").flat_map(fields));
    // On AWS a component answers under the audience's domain; on a developer's machine always.
    if root.find(["audience", "domain"]).or(root.find(["local"])).is_some() {
        known.extend(public_components(root).into_iter().map(|component| format!("{{compute.{component}.url}}")));
    }
    known.extend(declared("secrets").map(|secret| format!("{{secret.{secret}}}")));
    known
}
