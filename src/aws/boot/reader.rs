use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::manifest::Boot;
use super::problem::Problem;
use crate::model::{ConfigValue, DatabaseField, Engine, Name, Part, Placeholder, Source, Text};
use crate::variables::tls;

/// Not known before the process starts on its instance.
fn is_late(placeholder: &Placeholder) -> bool {
    matches!(placeholder, Placeholder::Database(..) | Placeholder::Secret(_))
}

pub fn holds_password(field: DatabaseField) -> bool {
    matches!(field, DatabaseField::Url | DatabaseField::Password)
}

fn is_secret(placeholder: &Placeholder) -> bool {
    match placeholder {
        Placeholder::Secret(_) => true,
        Placeholder::Database(_, field) => holds_password(*field),
        _ => false,
    }
}

/// Reads the definition's texts, noting which databases they name.
pub struct Reader<'a> {
    boot: &'a Boot<'a>,
    pub problems: Vec<Problem>,
    /// What of each database is named.
    pub databases: BTreeMap<Name, BTreeSet<DatabaseField>>,
}

impl<'a> Reader<'a> {
    pub fn new(boot: &'a Boot<'a>) -> Self {
        Self { boot, problems: Vec::new(), databases: BTreeMap::new() }
    }

    /// The component's words. They are told apart before anything is put in, so a value never becomes two words.
    pub fn command(&mut self) -> Vec<Json> {
        let component = self.boot.component.to_string();
        let Some(words) = shlex::split(self.boot.compute.command.source()) else {
            self.problems.push(Problem::Unquoted { component });
            return Vec::new();
        };
        if words.is_empty() && matches!(self.boot.compute.source, Source::Artifact(_)) {
            self.problems.push(Problem::NoCommand { component });
        }
        words.iter().map(|word| self.word(word)).collect()
    }

    fn word(&mut self, word: &str) -> Json {
        // Only quotes inside a brace's pair can break what the definition parsed; such a word stands for itself.
        let Ok(text) = Text::parse(word) else { return json!(word) };
        let component = self.boot.component.to_string();
        let secret = text.placeholders().find(|placeholder| is_secret(placeholder));
        if let Some(placeholder) = secret {
            self.problems
                .push(Problem::SecretInCommand { component: component.clone(), placeholder: placeholder.clone() });
        }
        self.template(&format!("the command of component {component}"), &text)
    }

    /// A text whose parts are all known now.
    pub fn plain(&mut self, place: &str, text: &Text) -> String {
        let template = self.template(place, text);
        if let Some(placeholder) = text.placeholders().find(|placeholder| is_late(placeholder)) {
            self.problems.push(Problem::TooLate { place: place.to_owned(), placeholder: placeholder.clone() });
        }
        template.as_str().unwrap_or_default().to_owned()
    }

    /// As `launch` renders it: a text, or a list of texts and of what is known only there.
    fn template(&mut self, place: &str, text: &Text) -> Json {
        let mut parts: Vec<Json> = Vec::new();
        let databases = &self.boot.environment.shape.database;
        let is_postgres = |name: &Name| databases.get(name).is_some_and(|database| database.engine == Engine::Postgres);
        for part in tls::required(text.parts(), is_postgres) {
            match (self.part(place, &part), parts.last_mut()) {
                (Json::String(text), Some(Json::String(last))) => last.push_str(&text),
                (part, _) => parts.push(part),
            }
        }
        match parts.as_slice() {
            [] => json!(""),
            [Json::String(whole)] => json!(whole),
            _ => Json::Array(parts),
        }
    }

    fn part(&mut self, place: &str, part: &Part) -> Json {
        let environment = self.boot.environment;
        let placeholder = match part {
            Part::Literal(text) => return json!(text),
            Part::Placeholder(placeholder) => placeholder,
        };
        let declared = match placeholder {
            Placeholder::App => return json!(environment.app),
            Placeholder::Environment => return json!(environment.name),
            Placeholder::Release => return json!(self.boot.release),
            Placeholder::AudienceDomain => {
                if environment.audience.domain.is_none() {
                    self.problems.push(Problem::NoDomain { place: place.to_owned() });
                }
                return json!(environment.audience.domain.as_deref().unwrap_or_default());
            }
            Placeholder::ComputeUrl(_) => {
                if environment.audience.domain.is_none() {
                    self.problems.push(Problem::NoDomain { place: place.to_owned() });
                }
                return json!(environment.audience.url().unwrap_or_default());
            }
            Placeholder::Secret(name) => environment.shape.secrets.contains_key(name),
            Placeholder::Database(name, _) => environment.shape.database.contains_key(name),
        };
        if !declared {
            self.problems.push(Problem::Undeclared { place: place.to_owned(), placeholder: placeholder.clone() });
        }
        match placeholder {
            Placeholder::Database(name, field) => {
                self.databases.entry(name.clone()).or_default().insert(*field);
                json!({ "database": name, "field": field.as_str() })
            }
            Placeholder::Secret(name) => json!({ "secret": name }),
            _ => json!(""),
        }
    }

    /// Each config key's template. A key without a value is a problem.
    pub fn config(&mut self) -> BTreeMap<&'a str, Json> {
        let environment = self.boot.environment;
        let mut config = BTreeMap::new();
        for (key, value) in &environment.shape.config {
            let text = match value {
                ConfigValue::Shared(text) => Some(text),
                ConfigValue::Audience => environment.audience.config.get(key),
            };
            match text {
                Some(text) => {
                    config.insert(key.as_str(), self.template(&format!("config key {key}"), text));
                }
                None => self.problems.push(Problem::Unset { key: key.clone() }),
            }
        }
        config
    }
}
