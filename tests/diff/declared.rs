use envctl::diff::{Kind, Parity, Severity, Verdict, declared};
use envctl::model::{
    ConfigValue, Data, Days, Definition, EngineVersion, Local, Path, Permission, SecretSpec, Seed, Size, Target,
};
use jiff::civil::date;

use super::builder::{TODAY, component, deliberate, main_database, name, origin, shared, shop, text};

/// Staging as `change` leaves it, compared with prod.
fn after(change: impl FnOnce(&mut Definition, &mut Definition)) -> Parity {
    let (mut staging, mut prod) = (shop("staging"), shop("prod"));
    change(&mut staging, &mut prod);
    declared(&staging, &prod, TODAY)
}

fn found(parity: &Parity) -> Vec<(Severity, Kind, String)> {
    parity.findings.iter().map(|one| (one.severity, one.kind, one.path.to_string())).collect()
}

fn only(severity: Severity, kind: Kind, path: &str) -> Vec<(Severity, Kind, String)> {
    vec![(severity, kind, path.to_owned())]
}

#[test]
fn copies_of_one_template_are_the_same() {
    let parity = after(|_, _| {});
    assert_eq!(found(&parity), []);
    assert_eq!(parity.verdict(), Verdict::Same);
    assert!(parity.notes.iter().any(|note| note.path.to_string() == "audience.domain"));
}

#[test]
fn what_stands_on_one_side_is_one_finding() {
    let parity = after(|staging, _| {
        staging.environment.shape.compute.remove("worker");
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Missing, "compute.worker"));
    let parity = after(|staging, _| {
        staging.environment.shape.secrets.insert("DEBUG_KEY".to_owned(), SecretSpec::default());
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Extra, "secrets.DEBUG_KEY"));
    let parity = after(|staging, _| {
        main_database(staging).parameters.remove("rds.force_ssl");
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Missing, r#"database.main.parameters."rds.force_ssl""#));
}

#[test]
fn capacity_stands_apart_and_knows_the_larger() {
    let parity = after(|staging, _| component(staging, "web").count.min = 1);
    assert_eq!(found(&parity), only(Severity::Capacity, Kind::Differs, "compute.web.count.min"));
    let parity = after(|staging, _| component(staging, "web").count.max = 10);
    assert_eq!(found(&parity), only(Severity::Capacity, Kind::Inverted, "compute.web.count.max"));
    let parity = after(|staging, _| main_database(staging).storage = Size { gib: 100 });
    assert_eq!(found(&parity), only(Severity::Capacity, Kind::Inverted, "database.main.storage"));
    let parity = after(|staging, _| main_database(staging).instance = "db.m7g.xlarge".to_owned());
    assert_eq!(found(&parity), only(Severity::Capacity, Kind::Differs, "database.main.instance"));
    let parity = after(|staging, _| main_database(staging).instance = "db.t4g.large".to_owned());
    assert_eq!(found(&parity), only(Severity::Capacity, Kind::Inverted, "database.main.instance"));
}

#[test]
fn engine_versions_are_judged_by_what_they_name() {
    let with =
        |version: &str| after(|staging, _| main_database(staging).version = EngineVersion::parse(version).unwrap());
    assert_eq!(found(&with("16")), []);
    for (version, note) in [("16.4", "minor"), ("14", "major version")] {
        let parity = with(version);
        assert_eq!(found(&parity), only(Severity::Shape, Kind::Differs, "database.main.version"));
        assert!(parity.findings[0].note.as_ref().unwrap().contains(note), "{version}");
    }
}

#[test]
fn permissions_are_a_set() {
    let permission = |action: &str| Permission { actions: vec![action.to_owned()], resources: vec![text("*")] };
    let parity = after(|staging, prod| {
        component(staging, "web").permissions = vec![permission("s3:GetObject"), permission("sqs:SendMessage")];
        component(prod, "web").permissions = vec![permission("sqs:SendMessage"), permission("s3:GetObject")];
    });
    assert_eq!(found(&parity), []);
    let parity = after(|staging, prod| {
        component(staging, "web").permissions = vec![permission("s3:*")];
        component(prod, "web").permissions = vec![permission("s3:GetObject")];
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Differs, "compute.web.permissions"));
    assert!(parity.findings[0].note.as_ref().unwrap().starts_with("only in staging: "));
}

#[test]
fn config_that_differs_shall_be_declared_audience() {
    let parity = after(|staging, _| {
        staging.environment.shape.config.insert("LOG_LEVEL".to_owned(), shared("debug"));
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::ConfigValue, "config.LOG_LEVEL"));
    let parity = after(|staging, _| {
        staging.environment.shape.config.insert("LOG_LEVEL".to_owned(), ConfigValue::Audience);
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Differs, "config.LOG_LEVEL"));
}

#[test]
fn nobody_sends_its_users_to_the_other_side() {
    let at = |value: &str| {
        after(|staging, _| {
            staging.environment.audience.config.insert("PUBLIC_URL".to_owned(), text(value));
        })
    };
    let expected = only(Severity::Sharing, Kind::SharedAudience, "audience.config.PUBLIC_URL");
    assert_eq!(found(&at("https://shop.example")), expected, "the same once placeholders are put in");
    assert_eq!(found(&at("https://shop.example/?from=staging")), expected, "another text with the other's host");
    assert_eq!(found(&at("https://staging.shop.example")), []);

    let parity = after(|staging, prod| {
        for side in [staging, prod] {
            side.environment.shape.config.insert("API_URL".to_owned(), shared("https://shop.example/api"));
        }
    });
    assert_eq!(found(&parity), only(Severity::Sharing, Kind::SharedAudience, "config.API_URL"));
}

#[test]
fn nobody_shares_domain_or_certificate() {
    let parity = after(|staging, prod| {
        for side in [staging, prod] {
            side.environment.audience.domain = Some("shop.example".to_owned());
            side.environment.audience.certificate = Some("arn:aws:acm:eu-west-1:2:certificate/1".to_owned());
        }
    });
    let paths: Vec<String> = parity.findings.iter().map(|finding| finding.path.to_string()).collect();
    assert_eq!(paths, ["audience.certificate", "audience.config.PUBLIC_URL", "audience.domain"]);
    assert!(parity.findings.iter().all(|finding| finding.kind == Kind::SharedAudience));
}

#[test]
fn data_differs_unless_it_comes_from_one_seed() {
    let seeded = |file: &str| Data { seed: Some(Seed::File(file.to_owned())), throwaway: false };
    let parity = after(|staging, prod| {
        staging.environment.data.insert(name("main"), seeded("seeds/all.sql"));
        prod.environment.data.insert(name("main"), seeded("seeds/all.sql"));
    });
    assert_eq!(found(&parity), only(Severity::Sharing, Kind::SharedData, "data.main.seed"));
    let parity = after(|staging, _| {
        staging.environment.data.insert(name("main"), seeded("seeds/fake.sql"));
    });
    assert_eq!(parity.verdict(), Verdict::Same);
}

#[test]
fn deletion_protection_is_compared_by_its_effect() {
    let with = |staging_says, prod_says, prod_protected| {
        after(|staging, prod| {
            main_database(staging).deletion_protection = staging_says;
            main_database(prod).deletion_protection = prod_says;
            prod.environment.protected = prod_protected;
        })
    };
    let expected = only(Severity::Shape, Kind::Differs, "database.main.deletion_protection");
    assert_eq!(found(&with(Some(false), None, true)), expected);
    assert_eq!(found(&with(Some(false), Some(true), true)), expected);
    assert_eq!(found(&with(Some(true), None, true)), []);
    assert_eq!(found(&with(None, None, true)), [], "it follows from protected, which may differ");
}

#[test]
fn a_release_is_to_be_promoted() {
    let parity = after(|staging, _| staging.environment.release = Some("1.6.0".to_owned()));
    assert_eq!(parity.verdict(), Verdict::Same);
    let note = parity.notes.iter().find(|note| note.kind == Kind::ToBePromoted).unwrap();
    assert_eq!(note.left.as_ref().unwrap().value, "1.6.0");
    let unreleased = after(|_, prod| prod.environment.release = None);
    let note = unreleased.notes.iter().find(|note| note.kind == Kind::ToBePromoted).unwrap();
    assert_eq!(note.right, None);
}

#[test]
fn a_laptop_is_excused_from_what_it_cannot_have() {
    let parity = after(|dev, _| {
        dev.environment.target = Target::Local(Local::default());
        main_database(dev).standby = false;
        component(dev, "web").count.max = 1;
        main_database(dev).parameters.clear();
    });
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Missing, r#"database.main.parameters."rds.force_ssl""#));
    let excused: Vec<String> =
        parity.notes.iter().filter(|note| note.kind == Kind::Local).map(|note| note.path.to_string()).collect();
    assert_eq!(excused, ["compute.web.count.max", "database.main.standby", "local"]);
}

#[test]
fn waivers_cover_all_below_their_path_and_say_why() {
    let parity = after(|staging, _| {
        component(staging, "web").count.min = 1;
        component(staging, "web").count.max = 2;
        staging.environment.deliberate = vec![deliberate("compute.*.count")];
    });
    assert_eq!(parity.verdict(), Verdict::Same);
    assert_eq!(parity.waived.len(), 2);
    assert_eq!(parity.waived[0].waiver.owner, "platform");
}

#[test]
fn a_waiver_holds_through_its_last_day() {
    let until = |expires| {
        found(&after(|staging, _| {
            main_database(staging).backups = Days(1);
            let mut entry = deliberate("database.main.backups");
            entry.expires = expires;
            staging.environment.deliberate = vec![entry];
        }))
    };
    assert_eq!(until(TODAY), []);
    let path = "database.main.backups".to_owned();
    let expected = [(Severity::Shape, Kind::Differs, path.clone()), (Severity::Waiver, Kind::Expired, path)];
    assert_eq!(until(date(2026, 11, 22)), expected);
}

#[test]
fn bad_waivers_are_findings_and_waive_nothing() {
    for (entry, kind) in [
        (deliberate("**"), Kind::TooWide),
        (deliberate("database.*"), Kind::TooWide),
        (envctl::model::Deliberate { owner: " ".to_owned(), ..deliberate("database.main") }, Kind::Unexplained),
    ] {
        let parity = after(|staging, _| {
            main_database(staging).backups = Days(1);
            staging.environment.deliberate = vec![entry];
        });
        let kinds: Vec<Kind> = parity.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [Kind::Differs, kind]);
    }
}

#[test]
fn an_unused_waiver_is_a_finding_where_it_was_meant() {
    let unused = after(|staging, _| staging.environment.deliberate = vec![deliberate("compute.web.count")]);
    assert_eq!(found(&unused), only(Severity::Waiver, Kind::Unused, "compute.web.count"));
    let live = after(|staging, _| staging.environment.deliberate = vec![deliberate("load-balancer.web.idle")]);
    assert_eq!(found(&live), []);
    assert!(live.notes.iter().any(|note| note.kind == Kind::Remark));

    let (mut dev, staging) = (shop("dev"), shop("staging"));
    dev.environment.deliberate = vec![deliberate("compute.web.count")];
    assert_eq!(found(&declared(&dev, &staging, TODAY)), [], "dev mirrors prod: its entries are not about staging");
}

#[test]
fn a_value_of_no_file_is_a_default() {
    let parity = after(|staging, prod| {
        main_database(staging).backups = Days(1);
        let path = Path::new(["database", "main"]);
        staging.origins.insert(path.clone(), origin("environments/staging.toml", 3));
        staging.origins.insert(path.child("backups"), origin("environments/staging.toml", 4));
        prod.origins.insert(path, origin("templates/shop.toml", 9));
    });
    let finding = &parity.findings[0];
    assert_eq!(finding.left.as_ref().unwrap().origin.as_ref().unwrap().line, 4);
    assert_eq!(finding.right.as_ref().unwrap().origin, None);
}

#[test]
fn different_products_are_no_copies() {
    let parity = after(|staging, _| staging.environment.app = name("blog"));
    assert_eq!(found(&parity), only(Severity::Shape, Kind::Differs, "app"));
}
