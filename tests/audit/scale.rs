//! Time grows with the number of environments, not with that of pairs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use envctl::audit::Audit;
use envctl::definition::{SourceFile, Sources, resolve};
use envctl::model::Key;

use super::builder::{TEMPLATE, judge};

/// So many copies in two accounts, with things of their own and things in common.
fn sources(number: usize) -> Sources {
    let permission = "[[compute.web.permissions]]\nactions = [\"secretsmanager:Get*\", \"s3:GetObject\"]\nresources = [\"arn:aws:secretsmanager:*:*:secret:shop/*\", \"arn:aws:s3:::acme-{environment}/*\"]\n";
    let shared: String =
        (0..20).map(|n| format!("KEY_{n} = \"https://svc-{n}.acme.example/{{environment}}?n={n}\"\n")).collect();
    let template =
        TEMPLATE.replace("LOG_LEVEL", &format!("{shared}CACHE = \"redis://cache.acme-data.example/0\"\nLOG_LEVEL"));
    let environment = |n: usize| {
        let (name, head) = if n == 0 {
            ("prod".to_owned(), "protected = true".to_owned())
        } else {
            (format!("pr-{n}"), "mirrors = \"prod\"".to_owned())
        };
        let text = format!(
            "template = \"shop\"\n{head}\n\
             config.OWN = \"postgres://app_{n}:p4ss{n}w0rd@db-{n}.acme-data.example/shop_{n}\"\n\
             config.SETTINGS = '{{{{\"a\":[1,2,3],\"b\":\"https://x-{n}.acme.example\"}}}}'\n\
             [aws]\naccount = \"{}\"\nregion = \"eu-west-1\"\n\
             [audience]\ndomain = \"{name}.shop.example\"\nallow = [\"203.0.113.0/24\"]\n",
            if n == 0 { "222222222222" } else { "111111111111" },
        );
        SourceFile::new(format!("environments/{name}.toml"), text)
    };
    Sources {
        templates: vec![SourceFile::new("templates/shop.toml", template + permission)],
        environments: (0..number).map(environment).collect(),
        previews: vec![],
    }
}

fn timed(number: usize) -> (Audit, Duration) {
    let project = resolve(&sources(number));
    assert!(!project.is_faulty(), "{:#?}", project.diagnostics);
    let key = Key::new(&[5; 64]);
    let began = Instant::now();
    let audit = judge(&project.definitions, &BTreeMap::new(), &BTreeMap::new(), &key, &[]);
    (audit, began.elapsed())
}

#[test]
fn three_hundred_environments_are_no_trouble() {
    for number in [3, 30, 300] {
        let (audit, time) = timed(number);
        println!("{number} environments: {time:?}, {} findings", audit.findings.len());
        // What a template gives to all is one finding, however many they are.
        assert_eq!(
            audit.findings.len(),
            4,
            "{:#?}",
            audit.findings.iter().map(super::builder::line).collect::<Vec<_>>()
        );
        assert!(time < Duration::from_secs(20), "{number}: {time:?}");
    }
}
