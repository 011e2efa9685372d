//! What production still has from the day on which somebody tried things out, and what staging has of production's.

use super::builder::World;

const NOTHING: [&str; 0] = [];

fn prod(key: &str, value: &str) -> Vec<String> {
    World::new().config("prod", key, value).found()
}

/// In one piece it would be a key that scanners find.
fn key(prefix: &str) -> String {
    format!("{prefix}51HabcDEF2345678")
}

#[test]
fn placeholders_examples_and_mocks_in_production() {
    for (key, value, code) in [
        ("SMTP_PASSWORD", "changeme", "high placeholder-in-production"),
        ("ANYTHING", "CHANGE_ME", "high placeholder-in-production"),
        ("ADMIN_PASSWORD", "test", "high placeholder-in-production"),
        ("UPSTREAM", "https://api.example.com", "high placeholder-in-production"),
        ("AWS_ACCESS_KEY", "AKIAIOSFODNN7EXAMPLE", "medium example-key"),
        ("PAYMENTS_MODE", "mock", "high mock-in-production"),
    ] {
        assert_eq!(prod(key, value), [format!("{code} prod config.{key}")], "{key}={value}");
        assert_eq!(World::new().config("staging", key, value).found(), NOTHING, "{key}={value} in staging");
    }
    for (key, value) in
        [("MODE", "live"), ("LEVEL", "test"), ("USE_MOCKS", "false"), ("UPSTREAM", "https://api.acme.example")]
    {
        assert_eq!(prod(key, value), NOTHING, "{key}={value}");
    }
}

#[test]
fn a_test_key_in_production_and_a_live_key_in_staging() {
    for prefix in ["sk_test_", "pk_test_", "rzp_test_", "shippo_test_", "xnd_development_"] {
        assert_eq!(prod("PAY", &key(prefix)), ["high test-key-in-production prod config.PAY"], "{prefix}");
        assert_eq!(World::new().config("staging", "PAY", &key(prefix)).found(), NOTHING, "{prefix}");
    }
    for prefix in ["sk_live_", "rk_live_", "rzp_live_", "pdl_live_"] {
        let staging = World::new().config("staging", "PAY", &key(prefix)).found();
        assert_eq!(staging, ["critical live-key-outside-production staging>prod config.PAY"], "{prefix}");
        assert_eq!(prod("PAY", &key(prefix)), NOTHING, "{prefix}");
    }
}

#[test]
fn secrets_are_judged_by_their_form() {
    let found = World::new()
        .secret("prod", "STRIPE_KEY", &key("sk_test_"))
        .secret("prod", "SESSION_KEY", "changeme")
        .secret("staging", "STRIPE_KEY", &key("sk_live_"))
        .found();
    assert_eq!(
        found,
        [
            "critical live-key-outside-production staging>prod secrets.STRIPE_KEY",
            "high test-key-in-production prod secrets.STRIPE_KEY",
            "high placeholder-in-production prod secrets.SESSION_KEY",
        ]
    );
}

#[test]
fn production_does_not_send_its_audience_home() {
    let world = |value: &str| {
        let key = "[config.PUBLIC_URL]\naudience = true\n";
        let staging = "[audience.config]\nPUBLIC_URL = \"http://localhost:3000\"\n";
        World::new()
            .template(key)
            .with("prod", &format!("[audience.config]\nPUBLIC_URL = \"{value}\"\n"))
            .with("staging", staging)
    };
    assert_eq!(
        world("http://localhost:3000").found(),
        ["medium loopback-in-production prod audience.config.PUBLIC_URL"]
    );
    assert_eq!(world("https://shop.example").found(), NOTHING);
    assert_eq!(prod("STATSD", "udp://127.0.0.1:8125"), NOTHING, "a sidecar");
}
