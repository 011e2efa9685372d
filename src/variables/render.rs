use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use super::Endpoint;
use super::tls;
use crate::model::{ConfigValue, Engine, Environment, Name, Part, Placeholder, Text};

/// What `{release}` stands for where nothing has been released: the code as it lies on the developer's machine.
pub const UNRELEASED: &str = "local";

/// All that placeholders can stand for.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub environment: &'a Environment,
    pub databases: &'a BTreeMap<Name, Endpoint>,
    pub secrets: &'a BTreeMap<String, SecretString>,
    /// Where the public components answer.
    pub urls: &'a BTreeMap<Name, String>,
}

/// What has no value, and where that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unknown {
    #[error("{place} needs {placeholder}, which has no value")]
    Placeholder { place: String, placeholder: Placeholder },
    #[error("config key {key} has no value: set it under [audience.config]")]
    Config { key: String },
    #[error("secret {name} has no value")]
    Secret { name: String },
    #[error("{name} holds a NUL character, which no environment variable can")]
    Nul { name: String },
}

/// The variables of a component's process, or of a command that is run beside it (`component`: `None`).
///
/// # Errors
///
/// All that has no value, at once.
pub fn variables(known: Known<'_>, component: Option<&Name>) -> Result<BTreeMap<String, SecretString>, Vec<Unknown>> {
    let environment = known.environment;
    let mut all: BTreeMap<String, SecretString> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (key, value) in &environment.shape.config {
        let text = match value {
            ConfigValue::Shared(text) => Some(text),
            ConfigValue::Audience => environment.audience.config.get(key),
        };
        match text.map(|text| known.text(&format!("config key {key}"), text)) {
            Some(Ok(value)) => drop(all.insert(key.clone(), value)),
            Some(Err(missing)) => unknown.push(missing),
            None => unknown.push(Unknown::Config { key: key.clone() }),
        }
    }
    for name in environment.shape.secrets.keys() {
        match known.secrets.get(name) {
            Some(value) => drop(all.insert(name.clone(), value.clone())),
            None => unknown.push(Unknown::Secret { name: name.clone() }),
        }
    }
    let release = environment.release.as_deref().unwrap_or(UNRELEASED);
    let identity = [
        ("ENVCTL_APP", Some(environment.app.as_str())),
        ("ENVCTL_COMPONENT", component.map(Name::as_str)),
        ("ENVCTL_ENVIRONMENT", Some(environment.name.as_str())),
        ("ENVCTL_RELEASE", Some(release)),
    ];
    all.extend(identity.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))));
    let with_nul = all.iter().filter(|(_, value)| value.expose_secret().contains('\0'));
    unknown.extend(with_nul.map(|(name, _)| Unknown::Nul { name: name.clone() }));
    if unknown.is_empty() { Ok(all) } else { Err(unknown) }
}

impl Known<'_> {
    /// A text with its placeholders put in: a secret, since it can hold one. `place` says in an error whose text it is.
    pub fn text(&self, place: &str, text: &Text) -> Result<SecretString, Unknown> {
        let by_tls = |name: &Name| {
            self.databases.get(name).is_some_and(|database| database.tls && database.engine == Engine::Postgres)
        };
        let mut rendered = String::new();
        for part in tls::required(text.parts(), by_tls) {
            match part {
                Part::Literal(literal) => rendered.push_str(&literal),
                Part::Placeholder(placeholder) => match self.value(&placeholder) {
                    Some(value) => rendered.push_str(&value),
                    None => return Err(Unknown::Placeholder { place: place.to_owned(), placeholder }),
                },
            }
        }
        Ok(rendered.into())
    }

    fn value(&self, placeholder: &Placeholder) -> Option<String> {
        let environment = self.environment;
        match placeholder {
            Placeholder::App => Some(environment.app.to_string()),
            Placeholder::Environment => Some(environment.name.to_string()),
            Placeholder::Release => Some(environment.release.clone().unwrap_or_else(|| UNRELEASED.to_owned())),
            Placeholder::AudienceDomain => environment.audience.domain.clone(),
            Placeholder::ComputeUrl(component) => self.urls.get(component).cloned(),
            Placeholder::Database(name, field) => Some(self.databases.get(name)?.field(*field)),
            Placeholder::Secret(name) => Some(self.secrets.get(name)?.expose_secret().to_owned()),
        }
    }
}
