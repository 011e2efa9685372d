//! What a careful reader of a real pair of definitions would want to be told beyond "these differ".

use envctl::diff::{Kind, Parity, Severity, declared};
use envctl::model::{Definition, Path, SecretSpec};

use super::builder::{TODAY, component, deliberate, main_database, name, origin, shared, shop, text};

fn after(change: impl FnOnce(&mut Definition, &mut Definition)) -> Parity {
    let (mut staging, mut prod) = (shop("staging"), shop("prod"));
    change(&mut staging, &mut prod);
    declared(&staging, &prod, TODAY)
}

fn set(definition: &mut Definition, key: &str, value: &str) {
    definition.environment.shape.config.insert(key.to_owned(), shared(value));
}

/// Both sides' config has the key, each with its value.
fn values(key: &str, staging_has: &str, prod_has: &str) -> Parity {
    after(|staging, prod| {
        set(staging, key, staging_has);
        set(prod, key, prod_has);
    })
}

fn only(parity: &Parity) -> (Severity, Kind, String, String) {
    let [one] = parity.findings.as_slice() else { panic!("one finding, not {:#?}", parity.findings) };
    (one.severity, one.kind, one.path.to_string(), one.note.clone().unwrap_or_default())
}

#[test]
fn a_secret_in_plain_text_is_one_finding_and_stays_unread() {
    let demoted = |waiver: Option<&str>| {
        after(|staging, prod| {
            set(staging, "MAIL_LOGIN", "s3cr3t");
            prod.environment.shape.secrets.insert("MAIL_LOGIN".to_owned(), SecretSpec::default());
            staging.environment.deliberate = waiver.map(deliberate).into_iter().collect();
        })
    };
    let parity = demoted(None);
    let (severity, kind, path, note) = only(&parity);
    assert_eq!((severity, kind, path.as_str()), (Severity::Shape, Kind::PlainSecret, "secrets.MAIL_LOGIN"));
    assert!(note.starts_with("a secret in prod, plain config in staging"), "{note}");
    assert!(!format!("{parity:?}").contains("s3cr3t"));
    for path in ["secrets.MAIL_LOGIN", "config.MAIL_*"] {
        assert_eq!(demoted(Some(path)).findings, [], "{path}");
    }
}

#[test]
fn what_looks_like_a_secret_stays_unread() {
    for parity in [
        values("SMTP_PASSWORD", "hunter2", "hunter3"),
        values("CACHE_URL", "redis://:hunter2@a.example", "redis://:hunter3@b.example"),
        after(|staging, _| set(staging, "SMTP_PASSWORD", "hunter2")),
    ] {
        assert!(only(&parity).3.contains("declare it under [secrets]"));
        assert!(!format!("{parity:?}").contains("hunter"), "{parity:?}");
    }
    let shared = values("SMTP_PASSWORD", "hunter2", "hunter2");
    assert_eq!(shared.findings, []);
    let note = shared.notes.iter().find(|note| note.kind == Kind::Remark).unwrap();
    assert!(note.note.as_ref().unwrap().contains("the same in both"));
}

#[test]
fn no_value_leads_to_the_other_sides_domain() {
    for value in
        ["https://api.shop.example/v1", "https://staging.shop.example, https://shop.example", "api.shop.example"]
    {
        let (severity, kind, path, note) = only(&values("API_URL", value, "https://api.internal.example"));
        assert_eq!((severity, kind, path.as_str()), (Severity::Sharing, Kind::SharedAudience, "config.API_URL"));
        assert!(note.contains("staging points to") && note.contains("the domain of prod"), "{note}");
    }
    let own = values("API_URL", "https://api.staging.shop.example/v1", "https://api.shop.example/v1");
    assert_eq!(only(&own).1, Kind::ConfigValue);
    let backwards = values("API_URL", "https://a.example", "https://staging.shop.example");
    assert!(only(&backwards).3.starts_with("prod points to staging.shop.example"));
    let lone = after(|staging, _| set(staging, "ASSETS", "https://cdn.shop.example"));
    let (_, kind, _, note) = only(&lone);
    assert_eq!(kind, Kind::Extra);
    assert!(note.contains("lies under shop.example"), "{note}");
}

#[test]
fn one_url_is_one_however_it_is_written() {
    let parity = after(|staging, prod| {
        for (side, value) in [(staging, "https://CDN.example/x/"), (prod, "https://cdn.example/x")] {
            side.environment.audience.config.insert("PUBLIC_URL".to_owned(), text(value));
        }
    });
    assert_eq!(only(&parity).1, Kind::SharedAudience);
}

#[test]
fn a_host_that_both_share_is_worth_a_remark() {
    let parity = values("LOGIN_URL", "https://login.shop.example", "https://login.shop.example");
    assert_eq!(parity.findings, []);
    let remark = parity.notes.iter().find(|note| note.path == Path::new(["config", "LOGIN_URL"])).unwrap();
    assert!(remark.note.as_ref().unwrap().contains("login.shop.example"));
    let local = values("STATSD", "http://localhost:8125", "http://localhost:8125");
    assert!(local.notes.iter().all(|note| note.path != Path::new(["config", "STATSD"])));
    // staging.shop.example lies under prod's domain, and only staging's value names it.
    let own = values("PUBLIC_URL", "https://{audience.domain}", "https://{audience.domain}");
    assert!(own.notes.iter().all(|note| note.path != Path::new(["config", "PUBLIC_URL"])));
}

#[test]
fn values_are_told_apart_by_what_they_mean() {
    for (key, staging, prod, told) in [
        ("PAYMENTS_MODE", "mock", "live", "staging has a stand-in"),
        ("USE_FAKE_SMTP", "true", "false", "staging has a stand-in"),
        ("USE_FAKE_SMTP", "0", "1", "prod has a stand-in"),
        ("APP_DEBUG", "true", "false", "debugging is on in staging alone"),
        ("DOCKER", "true", "True", "may well mean the same"),
        (
            "ORIGIN",
            "https://staging.shop.example",
            "https://shop.example",
            r#"write "https://{audience.domain}" in both"#,
        ),
        ("BUCKET", "acme-staging-mail", "acme-prod-mail", r#"write "acme-{environment}-mail" in both"#),
        ("RAILS_ENV", "staging", "production", "programs behave otherwise"),
        ("BUCKET", "acme-staging-mail", "acme-mail", "alike but for the environment's name"),
        ("LABEL", "staging", "prod", r#"write "{environment}" in both"#),
        ("DB", "acme_stg", "acme_production", "alike but for the environment's name"),
        ("HOST", "https://api-staging.acme.example/x", "https://api.acme.example/x", "alike but for the environment's"),
    ] {
        let parity = values(key, staging, prod);
        let (severity, kind, _, note) = only(&parity);
        assert_eq!((severity, kind), (Severity::Shape, Kind::ConfigValue), "{key}");
        assert!(note.contains(told), "{key}: {note}");
    }
    for (key, staging, prod) in [("LOG_LEVEL", "debug", "info"), ("TIMEOUT", "500", "500ms"), ("POOL", "5", "50")] {
        assert_eq!(only(&values(key, staging, prod)).3, "", "{key}");
    }
    let lone = after(|staging, _| set(staging, "USE_FAKE_SMTP", "true"));
    assert!(only(&lone).3.contains("stand-in"));
}

#[test]
fn a_misspelt_key_is_shown_beside_its_like() {
    let parity = after(|staging, prod| {
        set(staging, "SEARCH_ULR", "a");
        set(prod, "SEARCH_URL", "a");
    });
    let notes: Vec<&str> = parity.findings.iter().filter_map(|finding| finding.note.as_deref()).collect();
    assert_eq!(
        notes,
        ["prod has SEARCH_URL: is one of the two misspelt?", "staging has SEARCH_ULR: is one of the two misspelt?"]
    );
}

#[test]
fn a_renamed_component_is_recognised() {
    let parity = after(|staging, _| {
        let mut web = staging.environment.shape.compute.remove("web").unwrap();
        web.instance = "t4g.micro".to_owned();
        staging.environment.shape.compute.insert(name("frontend"), web);
    });
    let told: Vec<(String, &str)> =
        parity.findings.iter().map(|one| (one.path.to_string(), one.note.as_deref().unwrap_or_default())).collect();
    let expected = [
        ("compute.frontend".to_owned(), "like compute.web of prod but for instance: under another name?"),
        ("compute.web".to_owned(), "like compute.frontend of staging but for instance: under another name?"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_shape_says_what_a_difference_does() {
    let tls = |value: &str| {
        only(&after(|staging, _| {
            main_database(staging).parameters.insert("rds.force_ssl".to_owned(), value.to_owned());
        }))
    };
    assert_eq!(tls("0").3, "one side takes connections without TLS");
    assert!(tls("on").3.contains("mean the same"));
    let build = after(|staging, _| {
        component(staging, "web").source =
            envctl::model::Source::Artifact(text("s3://acme-releases/shop/staging.tar.gz"));
    });
    assert!(only(&build).3.contains("{release}"));
}

#[test]
fn a_count_in_one_number_has_its_place() {
    let parity = after(|staging, _| {
        let path = Path::new(["compute", "web", "count"]);
        component(staging, "web").count.min = 1;
        staging.origins.insert(path, origin("environments/staging.toml", 7));
    });
    assert_eq!(parity.findings[0].left.as_ref().unwrap().origin.as_ref().unwrap().line, 7);
}

/// Several environments of hundreds of components are compared at every push.
#[test]
fn large_definitions_take_no_time() {
    let large = |environment: &str, suffix: &str| {
        let mut it = shop(environment);
        let web = component(&mut it, "web").clone();
        let shape = &mut it.environment.shape;
        shape.compute = (0..300).map(|n| (name(&format!("service-{n}-{suffix}")), web.clone())).collect();
        shape.config = (0..2000).map(|n| (format!("SETTING_{n}_{suffix}"), shared(environment))).collect();
        it
    };
    let (staging, prod) = (large("staging", "left"), large("prod", "right"));
    let begun = std::time::Instant::now();
    let parity = declared(&staging, &prod, TODAY);
    assert_eq!(parity.findings.len(), 4600);
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
}
