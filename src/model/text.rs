use std::fmt;

use serde::{Serialize, Serializer};

use super::Name;

/// A text in which placeholders stand: `s3://releases/{release}.tar.gz`. A literal brace is written twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Literal(String),
    Placeholder(Placeholder),
}

/// What may stand between braces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    App,
    Environment,
    Release,
    AudienceDomain,
    Database(Name, DatabaseField),
    /// Where a public component answers.
    ComputeUrl(Name),
    /// A secret's value, put in at the process's start and nowhere before.
    Secret(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatabaseField {
    Url,
    Host,
    Port,
    Name,
    User,
    Password,
}

/// Why a text is no [`Text`]. `offset` counts bytes from its beginning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceholderError {
    #[error("the brace is never closed; write {{{{ for a literal one")]
    Unclosed { offset: usize },
    #[error("a closing brace without an opening one; write }}}} for a literal one")]
    Unopened { offset: usize },
    #[error("unknown placeholder {{{name}}}")]
    Unknown { offset: usize, name: String },
}

impl DatabaseField {
    pub const ALL: [(&str, Self); 6] = [
        ("url", Self::Url),
        ("host", Self::Host),
        ("port", Self::Port),
        ("name", Self::Name),
        ("user", Self::User),
        ("password", Self::Password),
    ];

    /// As a definition writes it.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl Placeholder {
    /// The forms a placeholder can have, for messages.
    pub const FORMS: &str = "{app}, {environment}, {release}, {audience.domain}, {database.NAME.url|host|port|name|user|password}, {compute.NAME.url}, {secret.NAME}";

    fn parse(name: &str) -> Option<Self> {
        let segments: Vec<&str> = name.split('.').collect();
        match segments.as_slice() {
            ["app"] => Some(Self::App),
            ["environment"] => Some(Self::Environment),
            ["release"] => Some(Self::Release),
            ["audience", "domain"] => Some(Self::AudienceDomain),
            ["secret", secret] if !secret.is_empty() => Some(Self::Secret((*secret).to_owned())),
            ["compute", component, "url"] => Some(Self::ComputeUrl(Name::new(component).ok()?)),
            ["database", database, field] => {
                let (_, field) = DatabaseField::ALL.into_iter().find(|(known, _)| known == field)?;
                Some(Self::Database(Name::new(database).ok()?, field))
            }
            _ => None,
        }
    }
}

/// As a definition writes it, with its braces.
impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.write_str("{app}"),
            Self::Environment => f.write_str("{environment}"),
            Self::Release => f.write_str("{release}"),
            Self::AudienceDomain => f.write_str("{audience.domain}"),
            Self::ComputeUrl(component) => write!(f, "{{compute.{component}.url}}"),
            Self::Secret(secret) => write!(f, "{{secret.{secret}}}"),
            Self::Database(database, field) => {
                write!(f, "{{database.{database}.{}}}", field.as_str())
            }
        }
    }
}

impl Text {
    pub fn parse(source: &str) -> Result<Self, PlaceholderError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = source.char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '{' | '}' if chars.next_if(|(_, next)| *next == c).is_some() => literal.push(c),
                '{' => {
                    let rest = &source[offset + 1..];
                    let end = rest.find('}').ok_or(PlaceholderError::Unclosed { offset })?;
                    let name = &rest[..end];
                    let placeholder = Placeholder::parse(name)
                        .ok_or_else(|| PlaceholderError::Unknown { offset, name: name.to_owned() })?;
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Placeholder(placeholder));
                    while chars.next_if(|(at, _)| *at <= offset + 1 + end).is_some() {}
                }
                '}' => return Err(PlaceholderError::Unopened { offset }),
                _ => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// As the definition writes it.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Literal(_) => None,
        })
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_written_as_it_was_read() {
        let source = "{app}{environment}{release}{audience.domain}{database.main.url}{compute.web.url}{secret.KEY}";
        let text = Text::parse(source).unwrap();
        assert_eq!(text.placeholders().map(Placeholder::to_string).collect::<String>(), source);
    }
}
