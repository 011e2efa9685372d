//! A secret placed in every input never shows in any output.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envctl::audit::Audit;
use envctl::model::{ExposedResource, ExposedRole, ExposedSecret};
use envctl::ui;
use proptest::prelude::*;

use super::builder::World;

/// Where a secret can stand, with `@` in its place. Some of them share a thing or point at production, so that there is a
/// finding about each.
const WRAPPINGS: [&str; 16] = [
    "@",
    "postgres://shop:@@db.acme-data.example/shop",
    "postgres://@:x9@shop-prod-main.c1.eu-west-1.rds.amazonaws.com/shop",
    "host=db.acme-data.example dbname=shop user=shop password=@",
    "https://api.shop.example/hook?token=@",
    "https://user:@@api.shop.example/hook",
    "https://@@api.shop.example/hook",
    "https://api.shop.example/services/@",
    r#"{"url":"https://api.shop.example","password":"@"}"#,
    "API=https://api.shop.example\nPASSWORD=@\n",
    "arn:aws:sns:eu-west-1:222222222222:orders @",
    "https://sqs.eu-west-1.amazonaws.com/222222222222/orders?@",
    "sk_live_@",
    "sk_test_@",
    "app:@@tcp(db.acme-data.example:3306)/shop",
    "Server=db.acme-data.example;Database=shop;Password=@",
];

/// Every output format, and what a program that embeds envctl could print.
fn outputs(audit: &Audit) -> String {
    let entries = ui::findings::of_audit(audit);
    [
        ui::audit::human(audit),
        ui::audit::json(audit).to_string(),
        ui::audit::markdown(audit),
        ui::findings::sarif(&entries).to_string(),
        ui::findings::junit(&entries, &[("audit", None)]),
        format!("{audit:?}"),
    ]
    .concat()
}

fn is_told(text: &str, canary: &str) -> bool {
    let lower = text.to_lowercase();
    let forms = [canary.to_owned(), STANDARD.encode(canary), canary.chars().rev().collect()];
    // Base64 of a text around it begins at any of three places; its middle is in all of them.
    let middle = STANDARD.encode(canary);
    forms.iter().any(|form| lower.contains(&form.to_lowercase())) || text.contains(&middle[2..middle.len() - 4])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canary_never_shows(
        canary in "[A-Za-z][0-9][A-Za-z0-9]{20,30}",
        which in 0..WRAPPINGS.len(),
        encode in any::<bool>(),
        key in prop::sample::select(vec!["SETTING", "DB_PASSWORD", "API_TOKEN", "UPSTREAM_URL", "CACHE_HOST"]),
    ) {
        let text = WRAPPINGS[which].replacen("@@", &format!("{canary}@"), 1).replace("://@:", &format!("://{canary}:"));
        let text = if text.contains(&canary) { text } else { text.replace('@', &canary) };
        let value = if encode { STANDARD.encode(&text) } else { text };
        let policy = serde_json::json!({ "Statement": [{ "Sid": canary, "Effect": "Allow", "Principal": "*", "Action": "*",
            "Resource": "*", "Condition": { "StringEquals": { "aws:ResourceTag/x": canary } } }] }).to_string();
        let audit = World::new()
            .config("prod", key, &value)
            .config("staging", key, &value)
            .secret("prod", "SESSION_KEY", &value)
            .secret("staging", "STRIPE_KEY", &value)
            .live("prod", |exposure| {
                exposure.secrets.push(ExposedSecret { name: "SESSION_KEY".to_owned(), arn: "arn:aws:secretsmanager:eu-west-1:222222222222:secret:a".to_owned(), policy: Some(policy.clone()), ..ExposedSecret::default() });
                exposure.resources.push(ExposedResource { arn: "arn:aws:s3:::acme-prod".to_owned(), policy: Some(canary.clone()) });
            })
            .live("staging", |exposure| exposure.roles.push(ExposedRole { arn: "arn:aws:iam::111111111111:role/web".to_owned(), policies: vec![policy.clone(), canary.clone()], trust: Some(canary.clone()), ..ExposedRole::default() }))
            .audit();
        let told = outputs(&audit);
        prop_assert!(!audit.findings.is_empty());
        prop_assert!(!is_told(&told, &canary), "{canary} as {value}:\n{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a value is, reading it ends, and says the same twice.
    #[test]
    fn no_value_is_too_strange(value in prop_oneof![
        "\\PC{0,60}",
        "[a-z@:/.%=;,#?\\[\\]\"' -]{0,60}",
        "(postgres|jdbc:mysql|s3|arn:aws)(://|:)[a-z@:/.%é-]{0,40}",
    ]) {
        let value = value.replace(['{', '}'], "");
        let world = World::new().secret("prod", "SESSION_KEY", &value).config("staging", "SETTING", &value);
        prop_assert_eq!(world.audit(), world.audit());
    }
}

/// The program itself, with all it logs; and with a file that it cannot read.
#[test]
fn the_program_tells_no_canary_either() {
    let canary = "c4naryQ7x2Lm9ZpT3vK8";
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/leaks.in")), folder.path());
    let staging = folder.path().join("environments/staging.toml");
    let text = std::fs::read_to_string(&staging).unwrap();
    let with_canary = text.replace("hunter2-x", canary);
    assert_ne!(text, with_canary);
    for text in [with_canary.clone(), format!("config.X = \n{with_canary}")] {
        std::fs::write(&staging, text).unwrap();
        for format in ["human", "json", "markdown", "sarif", "junit"] {
            for command in ["audit", "check"] {
                let output = Command::new(snapbox::cmd::cargo_bin!("envctl"))
                    .args([command, "--format", format, "-vv", "--log", "trace", "--project"])
                    .arg(folder.path())
                    .env("RUST_BACKTRACE", "full")
                    .output()
                    .unwrap();
                let told = [output.stdout, output.stderr].concat();
                assert!(!is_told(&String::from_utf8_lossy(&told), canary), "{command} {format}");
            }
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
