//! Copies of an environment that no file defines.

use envctl::definition::{Preview, Sources, resolve};
use envctl::model::Name;

use super::support::{SHAPE, sources};

const OWN: &str = r#"template = "shop"
release = "1.5.0"
protected = true

[aws]
account = "111111111111"
region = "eu-west-1"

[audience]
domain = "{environment}.shop.example"
allow = ["203.0.113.0/24"]
[audience.config]
PUBLIC_URL = "https://{audience.domain}"
"#;

fn with_preview(own: &str) -> Sources {
    let preview = Preview { name: Name::new("pr-1").unwrap(), like: Name::new("staging").unwrap() };
    Sources { previews: vec![preview], ..sources(SHAPE, own) }
}

#[test]
fn a_preview_is_its_original_under_another_name_with_data_that_nobody_keeps() {
    let project = resolve(&with_preview(OWN));
    assert!(!project.is_faulty(), "{:#?}", project.diagnostics);
    let [preview, staging] = ["pr-1", "staging"].map(|name| &project.definitions[name].environment);
    assert_eq!(staging.audience.domain.as_deref(), Some("staging.shop.example"));
    assert_eq!(preview.audience.domain.as_deref(), Some("pr-1.shop.example"));
    assert_eq!((preview.argument().as_str(), staging.argument().as_str()), ("pr-1 --like staging", "staging"));
    assert!(staging.protected && !preview.protected);
    assert!(!staging.data.contains_key("main") && preview.data["main"].throwaway);
    assert_eq!((&preview.target, &preview.release), (&staging.target, &staging.release));
    let config = |of: &str| project.definitions[of].environment.audience.config.clone();
    assert_eq!(config("pr-1"), config("staging"));
}

#[test]
fn what_is_wrong_with_its_original_is_wrong_with_it_and_is_said_once() {
    let project = resolve(&with_preview(&OWN.replace("eu-west-1", "nowhere")));
    let [fault] = project.diagnostics.as_slice() else { panic!("{:#?}", project.diagnostics) };
    assert_eq!(fault.environments.iter().map(Name::as_str).collect::<Vec<_>>(), ["pr-1", "staging"]);
    assert_eq!(project.definitions.keys().map(Name::as_str).collect::<Vec<_>>(), ["prod"]);
}

#[test]
fn no_other_placeholder_stands_in_a_domain() {
    let project = resolve(&with_preview(&OWN.replace("{environment}.shop", "{app}.shop")));
    assert!(project.diagnostics.iter().any(|diagnostic| diagnostic.code == "invalid-domain"));
}
