use envctl::diff::{Live, Parity, Side, declared, live};
use envctl::model::{
    Address, Data, Days, Definition, Deliberate, EngineVersion, Inventory, Observed, SecretSpec, Seed, Size, State,
    Value,
};
use envctl::ui::diff::{human, json, markdown};
use jiff::civil::date;
use snapbox::{assert_data_eq, file};

use super::builder::{TODAY, component, deliberate, main_database, name, origin, set_in, shared, shop, text};

/// What real pairs hold: one of each thing that goes apart between a staging and a production.
fn pair() -> (Definition, Definition) {
    let (mut staging, mut prod) = (shop("staging"), shop("prod"));
    let database = main_database(&mut staging);
    database.standby = false;
    database.backups = Days(1);
    database.version = EngineVersion::parse("14").unwrap();
    database.storage = Size { gib: 20 };
    database.deletion_protection = Some(false);
    database.parameters.insert("rds.force_ssl".to_owned(), "0".to_owned());
    database.parameters.insert("log_statement".to_owned(), "all".to_owned());
    component(&mut staging, "web").count.min = 1;
    component(&mut staging, "web").count.max = 2;
    component(&mut staging, "worker").count.max = 12;
    component(&mut staging, "web").command =
        text("bin/web --workers 4 --timeout 30s --log-format json --listen 0.0.0.0:8080 --feature new-checkout");
    component(&mut prod, "web").command =
        text("bin/web --workers 4 --timeout 30s --log-format json --listen 0.0.0.0:8080");

    let environment = &mut staging.environment;
    environment.release = Some("1.6.0".to_owned());
    environment.shape.config.insert("PAYMENTS_MODE".to_owned(), shared("mock"));
    environment.shape.config.insert("MAIL_LOGIN".to_owned(), shared("s3cr3t"));
    environment.shape.config.insert("PROD_URL".to_owned(), shared("https://shop.example/api"));
    environment.audience.config.insert("PUBLIC_URL".to_owned(), text("https://shop.example"));
    environment.data.insert(name("main"), Data { seed: Some(Seed::File("seeds/all.sql".to_owned())), throwaway: true });
    environment.deliberate = vec![
        deliberate("compute.web.count"),
        Deliberate {
            reason: "waiting for the upgrade window | see `OPS-12`".to_owned(),
            expires: date(2026, 10, 31),
            origin: origin("environments/staging.toml", 46),
            ..deliberate("database.main.version")
        },
        Deliberate { origin: origin("environments/staging.toml", 52), ..deliberate("network.egress") },
        Deliberate { origin: origin("environments/staging.toml", 58), ..deliberate("config.**") },
    ];

    let environment = &mut prod.environment;
    environment.protected = true;
    environment.shape.config.insert("PAYMENTS_MODE".to_owned(), shared("live"));
    environment.shape.config.insert("PROD_URL".to_owned(), shared("https://shop.example/api"));
    environment.shape.config.insert("SENTRY_DSN".to_owned(), shared("https://sentry.example/1"));
    environment.shape.secrets.insert("MAIL_LOGIN".to_owned(), SecretSpec::default());
    environment.shape.secrets.insert("STRIPE_KEY".to_owned(), SecretSpec::default());
    environment
        .data
        .insert(name("main"), Data { seed: Some(Seed::File("seeds/all.sql".to_owned())), throwaway: false });

    let parameters = ["database", "main", "parameters"];
    let force_ssl = [&parameters[..], &["rds.force_ssl"]].concat();
    let both: [&[&str]; 9] = [
        &["database", "main", "version"],
        &["database", "main", "storage"],
        &["database", "main", "standby"],
        &["database", "main", "backups"],
        &force_ssl,
        &["compute", "web", "command"],
        &["compute", "web", "count", "min"],
        &["compute", "web", "count", "max"],
        &["config", "PAYMENTS_MODE"],
    ];
    set_in(&mut staging, "environments/staging.toml", &both);
    set_in(&mut staging, "environments/staging.toml", &[&["database", "main", "deletion_protection"]]);
    set_in(&mut prod, "templates/shop.toml", &both);
    set_in(&mut prod, "environments/prod.toml", &[&["config", "SENTRY_DSN"], &["secrets", "STRIPE_KEY"]]);
    (staging, prod)
}

fn parity() -> Parity {
    let (staging, prod) = pair();
    declared(&staging, &prod, TODAY)
}

fn database(id: &str, standby: bool, storage: i32) -> Inventory {
    Inventory::new(vec![Observed {
        address: Address::new("database", "main"),
        id: id.to_owned(),
        state: State::Ready,
        properties: [("standby", Value::from(standby)), ("storage", storage.into()), ("version", "16.9".into())]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        attributes: [("host".to_owned(), format!("{id}.abc.eu-west-1.rds.amazonaws.com"))].into(),
        holds_data: Some("database.main".to_owned()),
    }])
}

fn observed() -> Live {
    let (staging, prod) = pair();
    let (left, right) = (database("shop-staging-main", false, 100), database("shop-prod-main", true, 50));
    let drift = [envctl::diff::Drift {
        address: Address::new("database", "main"),
        property: Some("storage".to_owned()),
        declared: Some(20.into()),
        live: Some(100.into()),
    }];
    live(
        &Side { environment: &staging.environment, inventory: &left, drift: &drift },
        &Side { environment: &prod.environment, inventory: &right, drift: &[] },
        TODAY,
    )
}

fn plain(parity: &Parity, live: Option<&Live>) -> String {
    anstream::adapter::strip_str(&human(parity, live)).to_string()
}

#[test]
fn people_read() {
    assert_data_eq!(plain(&parity(), Some(&observed())), file!["snapshots/pair.txt"].raw());
}

#[test]
fn reviewers_read() {
    assert_data_eq!(markdown(&parity(), Some(&observed())), file!["snapshots/pair.md"].raw());
}

#[test]
fn programs_read() {
    let text = serde_json::to_string_pretty(&json(&parity(), Some(&observed()))).unwrap() + "\n";
    assert_data_eq!(text, file!["snapshots/pair.json": Text].raw());
}

#[test]
fn copies_that_are_the_same_say_so() {
    let parity = declared(&shop("staging"), &shop("prod"), TODAY);
    assert_data_eq!(plain(&parity, None), file!["snapshots/same.txt"].raw());
    assert_eq!(json(&parity, None)["verdict"], "same");
    assert!(markdown(&parity, None).starts_with("### ✅ same: staging has the shape of prod\n"));
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let text = plain(&parity(), Some(&observed()));
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > envctl::ui::WIDTH).collect();
    assert_eq!(wide, Vec::<&str>::new());
}

#[test]
fn values_cannot_steer_a_terminal() {
    let (mut staging, prod) = (shop("staging"), shop("prod"));
    staging.environment.shape.config.insert("LOG_LEVEL".to_owned(), shared("\u{9b}2J\u{1b}[31m"));
    let text = plain(&declared(&staging, &prod, TODAY), None);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
}
