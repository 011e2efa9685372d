//! Incidents that definitions alone show, and those that need to know secrets' values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::builder::World;

const NOTHING: [&str; 0] = [];

fn staging(key: &str, value: &str) -> Vec<String> {
    World::new().config("staging", key, value).found()
}

/// The same config value in both.
fn both(key: &str, value: &str) -> Vec<String> {
    World::new().config("staging", key, value).config("prod", key, value).found()
}

#[test]
fn copies_that_share_nothing_have_no_findings() {
    let audit = World::new().audit();
    assert_eq!((audit.findings.len(), audit.notes.len()), (0, 0), "{audit:#?}");
}

/// Somebody ran a migration on staging, and it was production's database.
#[test]
fn one_database_under_another_name() {
    let prod = "postgres://shop:a@db.acme-data.example:5432/shop";
    for other in [
        "postgres://shop:b@db.acme-data.example:5432/shop",
        "postgresql://app:b@DB.Acme-Data.Example.:6432/shop?sslmode=require",
        "postgres://shop:b@db-pooler.acme-data.example/shop",
        "postgres://shop:b@db-ro.acme-data.example/SHOP",
        "host=db.acme-data.example dbname=shop user=shop",
        "jdbc:postgresql://db-replica-2.acme-data.example/shop?user=shop",
    ] {
        let found = World::new().config("prod", "ORDERS", prod).config("staging", "ARCHIVE", other).found();
        assert_eq!(found, ["critical shared-database prod,staging config.ORDERS"], "{other}");
    }
    let by_address = both("ORDERS", "mysql://shop@198.51.100.7/shop");
    assert_eq!(by_address, ["critical shared-database prod,staging config.ORDERS"]);
}

#[test]
fn two_databases_on_one_server_share_less() {
    let world = World::new().config("prod", "ORDERS", "postgres://a@db.acme-data.example/orders").config(
        "staging",
        "ORDERS",
        "postgres://b@db.acme-data.example/orders_next",
    );
    assert_eq!(world.found(), ["high shared-server prod,staging config.ORDERS"]);
}

#[test]
fn other_databases_are_no_shared_one() {
    for (prod, staging) in [
        ("postgres://a@db.acme-data.example/x", "postgres://a@db.acme-data-next.example/x"),
        ("postgres://postgres:postgres@localhost/x", "postgres://postgres:postgres@localhost/x"),
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        // Each in its own network.
        ("redis://10.20.1.1/0", "redis://10.10.1.1/0"),
        ("{database.main.url}", "{database.main.url}"),
        ("https://api.stripe.com/v1", "https://api.stripe.com/v1"),
    ] {
        let world = World::new().config("prod", "A", prod).config("staging", "A", staging);
        assert_eq!(world.found(), NOTHING, "{prod}");
    }
    let one_address = World::new()
        .but("staging", "10.10.0.0/16", "10.20.0.0/16")
        .config("prod", "A", "redis://10.20.1.1/0")
        .config("staging", "A", "redis://10.20.1.1/0");
    assert_eq!(one_address.found(), NOTHING, "one range in two networks that nothing joins");
}

#[test]
fn a_database_that_is_called_after_production() {
    for value in [
        "postgres://app@shop-prod-main.c1a2b3.eu-west-1.rds.amazonaws.com/shop",
        "postgres://app@shop-prod-main.cluster-ro-c1a2b3.eu-west-1.rds.amazonaws.com/shop",
        "SHOP-PROD-MAIN.C1A2B3.eu-west-1.rds.amazonaws.com.",
    ] {
        assert_eq!(staging("DB", value), ["critical foreign-database staging>prod config.DB"], "{value}");
    }
    let by_user = staging("DB", "postgres://shop_production@db.acme-data.example/shop");
    assert_eq!(by_user, ["high foreign-login staging>prod config.DB"]);
    assert_eq!(staging("DB", "postgres://app@shop-staging-main.c1a2b3.eu-west-1.rds.amazonaws.com/shop"), NOTHING);
    assert_eq!(staging("DB", "postgres://products@db.acme-data.example/reproduction"), NOTHING);
}

/// The connection string that was copied "just for a minute".
#[test]
fn values_that_point_at_production_however_they_are_wrapped() {
    let url = "https://api.shop.example/v1?a=b";
    let json = r#"{"retries":3,"upstream":{"url":"https:\/\/api.shop.example\/v1"}}"#;
    for value in [
        url.to_owned(),
        "API.SHOP.EXAMPLE.:8443".to_owned(),
        json.to_owned(),
        STANDARD.encode(json),
        "next=https%3A%2F%2Fapi.shop.example%2Fv1".to_owned(),
        format!("# generated\nTIMEOUT=3\nAPI={url}\n"),
        format!(r#"{{"file":"{}"}}"#, STANDARD.encode(format!("API={url}"))),
    ] {
        assert_eq!(staging("UPSTREAM", &value), ["high foreign-domain staging>prod config.UPSTREAM"], "{value}");
    }
    for value in
        ["https://api.staging.shop.example", "help@shop.example", "https://my-shop.example", "shop.example.org"]
    {
        assert_eq!(staging("UPSTREAM", value), NOTHING, "{value}");
    }
    let other_way = World::new().config("prod", "UPSTREAM", "https://api.staging.shop.example").found();
    assert_eq!(other_way, ["medium foreign-domain prod>staging config.UPSTREAM"], "into production is the worst");
}

#[test]
fn arns_accounts_buckets_and_queues_of_another() {
    for (key, value, code) in [
        ("CERT", "arn:aws:acm:eu-west-1:222222222222:certificate/p", "high foreign-resource"),
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/222222222222/orders", "high foreign-account"),
        ("TOPIC", "arn:aws:sns:eu-west-1:222222222222:orders", "high foreign-account"),
        ("ACCOUNT", "222222222222", "high foreign-account"),
        ("UPLOADS_BUCKET", "acme-uploads-prod", "medium foreign-resource"),
        ("UPLOADS", "s3://acme-uploads-production/in/", "medium foreign-resource"),
        ("UPLOADS", "https://acme-uploads-prod.s3.eu-west-1.amazonaws.com/in", "medium foreign-resource"),
        ("SOMETHING", "acme-shop-prod-things", "medium foreign-resource"),
        ("SEARCH", "http://search.prod.internal:9200", "medium foreign-resource"),
        ("SEARCH", "http://10.20.3.4:9200", "high foreign-address"),
    ] {
        assert_eq!(staging(key, value), [format!("{code} staging>prod config.{key}")], "{value}");
    }
    for (key, value) in [
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/111111111111/orders"),
        ("ORDER", "1222222222222"),
        ("SENTRY_ENVIRONMENT", "production"),
        ("UPLOADS_BUCKET", "acme-uploads-{environment}"),
        ("SITE", "https://prod.liveserver.example"),
        ("MIRROR", "acme-shop-prod-to-staging"),
        ("SEARCH", "http://10.10.3.4:9200"),
        ("TEXT", "shop in production quality"),
    ] {
        assert_eq!(staging(key, value), NOTHING, "{key}={value}");
    }
}

#[test]
fn a_bucket_that_a_permission_has_for_each() {
    let permission = "[[compute.web.permissions]]\nactions = [\"s3:GetObject\"]\nresources = [\"arn:aws:s3:::acme-invoices-{environment}/*\"]\n";
    let world = World::new().template(permission);
    assert_eq!(world.found(), NOTHING);
    let world = world.config("staging", "SETTINGS", r#"{"in":"acme-invoices-prod"}"#);
    assert_eq!(world.found(), ["high foreign-resource staging>prod config.SETTINGS"]);
}

#[test]
fn one_password_wherever_it_stands() {
    let found = World::new()
        .config("prod", "DB_PASSWORD", "kV9x3Qm2")
        .config("staging", "CACHE", "rediss://:kV9x3Qm2@cache.acme-next.example/0")
        .found();
    assert_eq!(found, ["critical shared-credential prod,staging config.DB_PASSWORD"]);
    let in_json = World::new().config("prod", "DB_PASSWORD", "kV9x3Qm2").config(
        "staging",
        "SETTINGS",
        r#"{"mail":{"smtp_password":"kV9x3Qm2"}}"#,
    );
    assert_eq!(in_json.found(), ["critical shared-credential prod,staging config.DB_PASSWORD"]);
    let key = both("MAIL", "AKIAZ23456789ABCDEFG");
    assert_eq!(key, ["critical shared-access-key prod,staging config.MAIL"]);
    let other = World::new().config("prod", "DB_PASSWORD", "kV9x3Qm2").config("staging", "DB_PASSWORD", "Xw71pLz0");
    assert_eq!(other.found(), NOTHING);
    assert_eq!(both("DATABASE", "postgres://app:{secret.STRIPE_KEY}@db.{environment}.acme.example/x"), NOTHING);
}

#[test]
fn secrets_are_compared_by_their_values_alone() {
    let shared = World::new().secret("prod", "SESSION_KEY", "kV9x3Qm2").secret("staging", "STRIPE_KEY", "kV9x3Qm2");
    assert_eq!(shared.found(), ["critical shared-secret prod,staging secrets.SESSION_KEY"]);
    let in_config = World::new().secret("prod", "SESSION_KEY", "kV9x3Qm2").config("staging", "API_TOKEN", "kV9x3Qm2");
    assert_eq!(in_config.found(), ["critical shared-credential prod,staging secrets.SESSION_KEY"]);
    let other = World::new().secret("prod", "SESSION_KEY", "kV9x3Qm2").secret("staging", "SESSION_KEY", "Xw71pLz0");
    assert_eq!(other.found(), NOTHING);
}

#[test]
fn secrets_point_at_others_too() {
    for (value, code) in [
        ("https://api.shop.example/hook", "high foreign-domain"),
        (r#"{"arn":"arn:aws:sns:eu-west-1:222222222222:orders"}"#, "high foreign-account"),
        ("postgres://prod_app:x9Kq@db.acme-data.example/orders", "high foreign-login"),
    ] {
        let found = World::new().secret("staging", "STRIPE_KEY", value).found();
        assert_eq!(found, [format!("{code} staging>prod secrets.STRIPE_KEY")], "{value}");
    }
    let own = World::new().secret("staging", "STRIPE_KEY", "https://api.staging.shop.example/hook");
    assert_eq!(own.found(), NOTHING);
    let database = World::new()
        .secret("staging", "STRIPE_KEY", "postgres://a:1x9@db-ro.acme-data.example/orders")
        .secret("prod", "STRIPE_KEY", "postgres://b:2x9@db.acme-data.example/orders");
    assert_eq!(database.found(), ["critical shared-database prod,staging secrets.STRIPE_KEY"]);
}

#[test]
fn one_identity_for_two() {
    let domain = World::new().but("staging", "\"staging.shop.example\"", "\"shop.example\"");
    assert_eq!(domain.found(), ["high shared-domain prod,staging audience.domain"]);
    let role = |environment: &str, account: &str| {
        let this = format!("account = \"{account}\"");
        (environment.to_owned(), this.clone(), format!("{this}\nrole = \"arn:aws:iam::222222222222:role/deploy\""))
    };
    let mut world = World::new();
    for (environment, this, that) in [role("prod", "222222222222"), role("staging", "111111111111")] {
        world = world.but(&environment, &this, &that);
    }
    assert_eq!(
        world.found(),
        ["critical shared-role prod,staging aws.role", "critical foreign-role staging>prod aws.role"]
    );
}

/// A wildcard in a staging role's policy, and staging's clean-up job emptied production's bucket.
#[test]
fn permissions_that_reach_another() {
    let permission = |actions: &str, resource: &str| {
        let toml = format!("[[compute.web.permissions]]\nactions = [{actions}]\nresources = [\"{resource}\"]\n");
        World::new()
            .but("staging", "111111111111\"\nregion", "222222222222\"\nregion")
            .but("staging", ":111111111111:", ":222222222222:")
            .with("staging", &toml)
    };
    for (actions, resource) in [
        ("\"secretsmanager:*\"", "*"),
        ("\"secretsmanager:Get*\"", "arn:aws:secretsmanager:*:*:secret:shop/*"),
        ("\"rds:Delete*\"", "arn:aws:rds:eu-west-1:222222222222:db:shop-*"),
        ("\"iam:PassRole\"", "arn:aws:iam::*:role/shop-????-web"),
    ] {
        let found = permission(actions, resource).found();
        assert_eq!(found, ["critical crossing-permission staging>prod compute.web.permissions"], "{resource}");
    }
    for (actions, resource) in [
        ("\"secretsmanager:*\"", "arn:aws:secretsmanager:*:*:secret:shop/{environment}/*"),
        ("\"cloudwatch:PutMetricData\"", "*"),
        ("\"rds:Describe*\"", "*"),
        ("\"s3:*\"", "arn:aws:s3:::acme-{environment}/*"),
    ] {
        assert_eq!(permission(actions, resource).found(), NOTHING, "{resource}");
    }
}

#[test]
fn the_other_account_still_stands_between() {
    let toml = "[[compute.web.permissions]]\nactions = [\"secretsmanager:*\"]\nresources = [\"*\"]\n";
    let found = World::new().with("staging", toml).found();
    assert_eq!(found, ["high crossing-permission staging>prod compute.web.permissions"]);
}

#[test]
fn one_account_for_all_is_told_once_and_fails_nothing() {
    let world = World::new().but("staging", "111111111111\"\nregion", "222222222222\"\nregion").but(
        "staging",
        ":111111111111:",
        ":222222222222:",
    );
    let audit = world.audit();
    assert_eq!(audit.findings.len(), 0);
    let notes: Vec<&str> = audit.notes.iter().map(|note| note.code.as_str()).collect();
    assert_eq!(notes, ["shared-account"]);
}

#[test]
fn an_audit_of_one_environment_still_compares_all() {
    let world = World::new().config("staging", "A", "https://shop.example").with("qa", &qa()).config(
        "qa",
        "B",
        "https://staging.shop.example",
    );
    let codes = |only: &[&str]| {
        world.audit_only(only).findings.iter().map(|finding| finding.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&["prod"]), ["config.A"]);
    assert_eq!(codes(&["qa"]), ["config.B"]);
    assert_eq!(codes(&[]).len(), 2);
}

fn qa() -> String {
    "template = \"shop\"\nmirrors = \"prod\"\n[aws]\naccount = \"333333333333\"\nregion = \"eu-west-1\"\ncidr = \"10.30.0.0/16\"\n[audience]\ndomain = \"qa.shop.example\"\nallow = [\"203.0.113.0/24\"]\n".to_owned()
}

#[test]
fn places_name_file_and_line() {
    let audit = World::new().config("staging", "UPSTREAM", "https://shop.example").audit();
    let origin = audit.findings[0].evidence[0].origin.clone().unwrap();
    assert_eq!((origin.file.as_str(), origin.line), ("environments/staging.toml", 1));
}
