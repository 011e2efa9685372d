use super::builder::World;

fn waived(path: &str, expires: &str, reason: &str) -> World {
    let entry =
        format!("[[deliberate]]\npath = '{path}'\nreason = \"{reason}\"\nowner = \"platform\"\nexpires = {expires}\n");
    World::new().config("staging", "API_URL", "https://shop.example").with("staging", &entry)
}

#[test]
fn a_waiver_covers_its_finding_and_nothing_else() {
    let audit = waived("audit.foreign-domain.config.API_URL", "2027-03-31", "why").audit();
    assert_eq!((audit.findings.len(), audit.waived.len()), (0, 1));
    assert!(waived("audit.foreign-domain.config.*_URL", "2027-03-31", "why").found().is_empty());
    assert!(waived("audit.foreign-domain.config.API_URL", "2026-11-25", "the last day").found().is_empty());
}

#[test]
fn waivers_that_waive_nothing_are_findings() {
    let finding = "high foreign-domain staging>prod config.API_URL";
    for (path, expires, code) in [
        ("audit.foreign-domain.config.API_URL", "2026-11-24", "low expired-waiver"),
        ("audit.foreign-domain.config.OTHER", "2027-03-31", "low unused-waiver"),
        ("audit.foreign-domian.config.API_URL", "2027-03-31", "low unused-waiver"),
        ("audit.foreign-domain", "2027-03-31", "low wide-waiver"),
        ("audit.foreign-domain.**", "2027-03-31", "low wide-waiver"),
        ("audit.*.config.API_URL", "2027-03-31", "low wide-waiver"),
        ("audit", "2027-03-31", "low wide-waiver"),
    ] {
        assert_eq!(waived(path, expires, "why").found(), [finding, &format!("{code} staging {path}")], "{path}");
    }
}

#[test]
fn what_only_a_live_audit_finds_is_not_called_unused_without_one() {
    let path = "audit.public-database.database.main";
    assert_eq!(waived(path, "2027-03-31", "why").found(), ["high foreign-domain staging>prod config.API_URL"]);
    let live = waived(path, "2027-03-31", "why").live("staging", |_| {});
    assert!(live.found().contains(&format!("low unused-waiver staging {path}")));
}

#[test]
fn parity_leaves_them_to_the_audit() {
    let project = waived("audit.foreign-domain.config.API_URL", "2027-03-31", "why").project();
    let [prod, staging] = ["prod", "staging"].map(|name| &project.definitions[&super::builder::name(name)]);
    let parity = envctl::diff::declared(staging, prod, super::builder::TODAY);
    let about_entries = parity.findings.iter().chain(&parity.notes).filter(|finding| finding.class.is_none());
    assert_eq!(about_entries.count(), 0);
}

#[test]
fn a_waiver_may_name_any_of_the_places() {
    for path in ["audit.shared-credential.config.DB_PASSWORD", "audit.shared-credential.config.OTHER_PASSWORD"] {
        let entry =
            format!("[[deliberate]]\npath = '{path}'\nreason = \"why\"\nowner = \"me\"\nexpires = 2027-03-31\n");
        let world = World::new()
            .config("prod", "DB_PASSWORD", "kV9x3Qm2")
            .config("staging", "OTHER_PASSWORD", "kV9x3Qm2")
            .with("staging", &entry);
        assert!(world.found().is_empty(), "{path}");
    }
}
