//! Faults that have to do with which files there are.

use envctl::definition::{SourceFile, Sources, resolve};

use super::support::{OWN, SHAPE, line, sources};

#[track_caller]
fn expect(sources: &Sources, wanted: &[&str]) {
    let found = resolve(sources).diagnostics;
    let lines: Vec<String> = found.iter().map(|found| line(found, sources)).collect();
    assert_eq!(lines, wanted);
}

fn names(sources: &Sources) -> Vec<String> {
    resolve(sources).definitions.keys().map(ToString::to_string).collect()
}

#[test]
fn a_file_s_name_must_be_an_environment_s() {
    let mut sources = sources(SHAPE, OWN);
    let text = "template = \"shop\"\n[locl]\n";
    sources.environments.push(SourceFile::new("environments/QA 1.toml", text));
    expect(
        &sources,
        &[
            "environments/QA 1.toml:1:1 audience-unset []",
            "environments/QA 1.toml:1:1 bad-name []",
            "environments/QA 1.toml:1:1 no-target []",
            "environments/QA 1.toml:2:2 unknown-key [locl] -> local",
        ],
    );
    assert_eq!(names(&sources), ["prod", "staging"]);
}

#[test]
fn a_template_that_nobody_uses_is_read_too_but_may_lack_parts() {
    let mut sources = sources(SHAPE, OWN);
    sources.templates.push(SourceFile::new("templates/till.toml", "app = \"till\"\n[compute.web]\nports = 1\n"));
    expect(&sources, &["templates/till.toml:3:1 unknown-key [ports] -> port"]);
    assert_eq!(names(&sources), ["prod", "staging"]);
}

#[test]
fn a_broken_template_hides_no_fault_of_an_environment_s_own_file() {
    let sources = sources("app = \n", &OWN.replace("eu-west-1\"\ncidr", "eu-west\"\ncidr"));
    expect(
        &sources,
        &["environments/staging.toml:6:10 invalid-region [\"eu-west\"]", "templates/shop.toml:1:7 syntax []"],
    );
    assert!(names(&sources).is_empty());
}

#[test]
fn a_broken_environment_leaves_the_others_whole() {
    let sources = sources(SHAPE, "template = \"shop\n");
    assert_eq!(names(&sources), ["prod"]);
    assert_eq!(resolve(&sources).diagnostics[0].code, "syntax");
}

#[test]
fn a_fault_of_a_template_is_one_fault_of_all_its_environments() {
    let project = resolve(&sources(&SHAPE.replace("8080", "80800"), OWN));
    let [fault] = project.diagnostics.as_slice() else { panic!("{:?}", project.diagnostics) };
    let concerned: Vec<&str> = fault.environments.iter().map(|name| name.as_str()).collect();
    assert_eq!(concerned, ["prod", "staging"]);
}

#[test]
fn a_secret_whose_name_ends_like_an_arn_is_refused() {
    let mut sources = sources(SHAPE, OWN);
    sources.templates[0].text.push_str("K = {}\n");
    sources.environments[0].path = "environments/a-prod.toml".to_owned();
    sources.environments[1].text = OWN.replace("mirrors = \"prod\"", "mirrors = \"a-prod\"");
    // shop/a-prod/K
    expect(&sources, &["templates/shop.toml:29:1 reserved-name [K]"]);
    assert_eq!(names(&sources), ["staging"]);
}

#[test]
fn a_file_that_is_no_toml_does_not_bury_the_others() {
    let sources = sources(SHAPE, &"=\n".repeat(1000));
    let found = resolve(&sources).diagnostics;
    assert_eq!(found.len(), 20);
    assert!(found.iter().any(|found| found.message.ends_with(" more syntax errors from here on")), "{found:?}");
}
