use std::collections::BTreeSet;

use envctl::engine::Outcome;
use envctl::model::Inventory;
use envctl::record::Record;
use envctl::ui::plan::json;
use envctl::ui::secrets;
use envctl::ui::status;
use envctl::ui::summary::{Doing, Summary};
use envctl::ui::{doctor, history, promote};
use serde_json::Value;

use super::sample::{definition, header, observed, plan as sample};

const DOCUMENT: &str = include_str!("../../src/ui/json.md");

/// The words in backticks of the part that tells of a command.
fn documented(command: &str) -> BTreeSet<&'static str> {
    let part = DOCUMENT.split("\n## ").find(|part| part.starts_with(&format!("{command}\n"))).expect("it has a part");
    part.split('`').skip(1).step_by(2).collect()
}

fn written(line: &str) -> Value {
    let mut command = std::process::Command::new(snapbox::cmd::cargo_bin!("envctl"));
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/parity.in");
    let output = command.args(["--project", project]).args(line.split_whitespace()).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A plan of nothing, through its file.
fn shown() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("environments");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("dev.toml"), "app = \"shop\"\n[local]\n").unwrap();
    let mut command = std::process::Command::new(snapbox::cmd::cargo_bin!("envctl"));
    command.current_dir(folder.path()).env("ENVCTL_STATE", folder.path().join("state"));
    assert!(command.args(["plan", "dev", "--out", "dev.plan"]).output().unwrap().status.success());
    let mut command = std::process::Command::new(snapbox::cmd::cargo_bin!("envctl"));
    let output = command.current_dir(folder.path()).args(["show", "dev.plan", "--format", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_document_has_its_version_and_no_field_without_a_word_on_it() {
    let (environment, plan, outcome) = (header(), sample(), Outcome::default());
    let summary = Summary {
        doing: Doing::Up,
        environment: &environment,
        plan: &plan,
        outcome: &outcome,
        address: &[],
        again: "",
    };
    let inventory = Inventory::new(vec![observed("vpc", "main", "vpc-1")]);
    let copy = definition("staging", header().target, None);
    let documents = [
        ("check", written("check --format json")),
        ("audit", written("audit --format json")),
        ("diff", written("diff qa prod --format json")),
        ("secret list", secrets::json(&[])),
        ("ls", status::environments_json([&copy])),
        ("plan", json(&environment, &plan)),
        ("up, down", summary.json()),
        ("history", history::json(&environment, &Record::default())),
        ("promote", promote::json(&[header(), header()], &[], None)),
        ("show", shown()),
        ("doctor", doctor::json(&header(), &[])),
        ("status", status::StatusReport::new(header(), &inventory).json()),
    ];
    for (command, document) in documents {
        let fields = document.as_object().unwrap();
        assert_eq!(fields.keys().next().map(String::as_str), Some("format_version"), "{command}");
        assert_eq!(fields["format_version"], 1, "{command}");
        let known = documented(command);
        for field in fields.keys().skip(1) {
            assert!(known.contains(field.as_str()), "src/ui/json.md does not tell of {command}'s `{field}`");
        }
    }
}
