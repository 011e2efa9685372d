use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::pattern::stem;

/// A policy as far as access hangs on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub id: Option<String>,
    pub allows: bool,
    pub actions: Set,
    pub resources: Set,
    /// Of a resource's policy.
    pub principals: Option<Principals>,
    /// By operator, then key.
    pub conditions: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// Patterns that match, or (`NotAction`, `NotResource`) everything but what they match.
#[derive(Clone, Debug, PartialEq)]
pub enum Set {
    Of(Vec<String>),
    AllBut(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Principals {
    Of(Vec<String>),
    AllBut(Vec<String>),
}

/// The text is no policy document. Nothing of it is repeated: a policy's conditions may hold anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the policy is not the JSON of a policy document")]
pub struct Malformed;

impl Document {
    /// Reads a document, percent-encoded as IAM returns it or not.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        let json: Json =
            serde_json::from_str(text).or_else(|_| serde_json::from_str(&decoded)).map_err(|_| Malformed)?;
        let statements = match &json["Statement"] {
            Json::Array(statements) => statements.as_slice(),
            one @ Json::Object(_) => std::slice::from_ref(one),
            _ => return Err(Malformed),
        };
        Ok(Self { statements: statements.iter().map(statement).collect::<Result<_, _>>()? })
    }

    /// What all begins with that the document allows anything on.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let allowing = self.statements.iter().filter(|statement| statement.allows);
        allowing.flat_map(|statement| match &statement.resources {
            Set::Of(patterns) => patterns.iter().map(|pattern| stem(pattern)).collect(),
            Set::AllBut(_) => vec![""],
        })
    }

    /// One statement that allows.
    pub fn allowing(actions: Vec<String>, resources: Vec<String>) -> Self {
        let (actions, resources) = (Set::Of(actions), Set::Of(resources));
        let statement =
            Statement { id: None, allows: true, actions, resources, principals: None, conditions: BTreeMap::new() };
        Self { statements: vec![statement] }
    }
}

fn statement(json: &Json) -> Result<Statement, Malformed> {
    let allows = match json["Effect"].as_str() {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(Malformed),
    };
    let set = |of: &str, but: &str| match (json.get(of), json.get(but)) {
        (Some(of), _) => Some(Set::Of(texts(of))),
        (None, Some(but)) => Some(Set::AllBut(texts(but))),
        (None, None) => None,
    };
    let principals = match (json.get("Principal"), json.get("NotPrincipal")) {
        (Some(of), _) => Some(Principals::Of(principals(of))),
        (None, Some(but)) => Some(Principals::AllBut(principals(but))),
        (None, None) => None,
    };
    let conditions = json["Condition"].as_object().into_iter().flatten().map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        (operator.clone(), keys.map(|(key, values)| (key.clone(), texts(values))).collect())
    });
    Ok(Statement {
        id: json["Sid"].as_str().map(str::to_owned),
        allows,
        actions: set("Action", "NotAction").ok_or(Malformed)?,
        // The policy of a resource is about that resource; a trust policy names none.
        resources: set("Resource", "NotResource").unwrap_or_else(|| Set::Of(vec!["*".to_owned()])),
        principals,
        conditions: conditions.collect(),
    })
}

/// One text stands for a list of one; numbers and booleans are texts.
fn texts(json: &Json) -> Vec<String> {
    match json {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        Json::Bool(_) | Json::Number(_) => vec![json.to_string()],
        Json::Null | Json::Object(_) => Vec::new(),
    }
}

/// AWS principals, and `*`. Services and identity providers are no environment's role.
fn principals(json: &Json) -> Vec<String> {
    match json {
        Json::Object(kinds) => kinds.get("AWS").map(texts).unwrap_or_default(),
        other => texts(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_policy_is_said_without_its_text() {
        for text in ["", "canary", "{}", r#"{"Statement":"canary"}"#, r#"{"Statement":[{"Effect":"canary"}]}"#] {
            let error = Document::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[test]
    fn one_statement_and_one_text_stand_for_lists() {
        let text = r#"{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":["*"]}}"#;
        let document = Document::parse(text).unwrap();
        assert_eq!(document.statements[0].actions, Set::AllBut(vec!["iam:*".to_owned()]));
        let encoded = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(Document::parse(&encoded).unwrap(), document);
    }
}
