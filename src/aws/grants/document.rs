use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::grant::On;
use super::scope::Scope;

/// A managed policy has at most so many characters; white space does not count.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub const LONGEST: usize = 6144;

/// The policy that allows every grant within the scope and nothing else: as few documents as hold it.
pub fn documents(scope: &Scope) -> Vec<Json> {
    let mut documents: Vec<Vec<Json>> = Vec::new();
    for (index, statement) in statements().iter().enumerate() {
        let statement = written(index + 1, statement, scope);
        match documents.last_mut() {
            Some(last) if length(&document(last)) + length(&statement) < LONGEST => last.push(statement),
            _ => documents.push(vec![statement]),
        }
    }
    documents.iter().map(|statements| document(statements)).collect()
}

/// Actions that are allowed on the same resources under the same conditions: each on each.
#[derive(Clone, Debug)]
pub struct Statement {
    pub actions: Vec<&'static str>,
    pub resources: Vec<&'static str>,
    /// Of the first resource; it has the conditions of all.
    pub on: On,
}

/// All grants in as few statements as allow no action on more than its grant says.
pub fn statements() -> Vec<Statement> {
    let mut by_thing: BTreeMap<On, Vec<&'static str>> = BTreeMap::new();
    for (_, grant) in super::all() {
        for on in grant.on {
            by_thing.entry(*on).or_default().push(grant.action);
        }
    }
    let mut statements: Vec<Statement> = Vec::new();
    for (on, mut actions) in by_thing {
        actions.sort_unstable();
        let is_alike = |other: &&mut Statement| other.on.is_alike(on) && other.actions == actions;
        match statements.iter_mut().find(is_alike) {
            Some(other) => other.resources.extend(on.resource()),
            None => statements.push(Statement { actions, resources: on.resource().into_iter().collect(), on }),
        }
    }
    statements
}

fn written(number: usize, statement: &Statement, scope: &Scope) -> Json {
    let resources: Vec<String> = statement.resources.iter().map(|resource| scope.resource(resource)).collect();
    let mut written = json!({
        "Sid": format!("{}{number}", statement.on.word()),
        "Effect": "Allow",
        "Action": statement.actions,
        "Resource": if resources.is_empty() { vec!["*".to_owned()] } else { resources },
    });
    let mut conditions: Map<String, Json> = Map::new();
    for condition in statement.on.conditions(scope) {
        let keys = conditions.entry(condition.operator).or_insert_with(|| json!({}));
        keys[condition.key] = match &condition.values[..] {
            [one] => json!(one),
            several => json!(several),
        };
    }
    if !conditions.is_empty() {
        written["Condition"] = Json::Object(conditions);
    }
    written
}

fn document(statements: &[Json]) -> Json {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn length(json: &Json) -> usize {
    json.to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::grants::all;

    fn shop() -> Scope {
        let [region, account] = ["eu-west-1", "111111111111"].map(str::to_owned);
        let [app, environment] = ["shop", "staging"].map(str::to_owned);
        Scope { partition: "aws", region, account, app, environment }
    }

    #[test]
    fn no_document_is_longer_than_iam_takes() {
        let long = Scope { app: "a".repeat(63), environment: "b".repeat(63), ..shop() };
        for scope in [shop(), long, Scope::any()] {
            let documents = documents(&scope);
            assert!(documents.iter().all(|document| length(document) <= LONGEST));
            assert!(documents.len() <= 5, "{} policies are much to attach to a role", documents.len());
        }
    }

    #[test]
    fn each_action_is_granted_once_and_stands_in_the_policy() {
        let mut actions: Vec<&str> = all().map(|(_, grant)| grant.action).collect();
        actions.sort_unstable();
        let number = actions.len();
        actions.dedup();
        assert_eq!(actions.len(), number);
        let text = serde_json::to_string(&documents(&shop())).unwrap();
        assert!(actions.iter().all(|action| text.contains(&format!("\"{action}\""))));
    }

    #[test]
    fn nothing_that_changes_is_allowed_on_everything() {
        let reads = ["Describe", "Get", "List", "BatchGet"];
        for (_, grant) in all().filter(|(_, grant)| grant.on.contains(&On::All)) {
            let name = grant.action.split(':').nth(1).unwrap();
            assert!(reads.iter().any(|read| name.starts_with(read)), "{}", grant.action);
        }
    }

    #[test]
    fn roles_are_passed_by_name_and_to_instances_alone() {
        let documents = documents(&shop());
        let statements = documents.iter().flat_map(|document| document["Statement"].as_array().unwrap());
        let passing: Vec<&Json> =
            statements.filter(|one| one["Action"].as_array().unwrap().contains(&json!("iam:PassRole"))).collect();
        assert_eq!(passing.len(), 1);
        assert_eq!(passing[0]["Resource"], json!(["arn:aws:iam::111111111111:role/shop-staging-*"]));
        assert_eq!(passing[0]["Condition"], json!({ "StringEquals": { "iam:PassedToService": "ec2.amazonaws.com" } }));
    }
}
