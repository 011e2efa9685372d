use std::collections::BTreeSet;

use envctl::cli::{Consent, Exit, Permit, Refusal, check_account, judge};
use envctl::model::Environment;
use envctl::provider::Caller;
use envctl::ui::summary::Doing::{self, Down, Up};

use crate::ui::sample::{definition, header};

fn environment(name: &str) -> Environment {
    definition(name, header().target, None).environment
}

/// The permit, or what the remedies are.
fn judged(doing: Doing, name: &str, lost: &[&str], consent: Consent<'_>) -> Result<Permit, String> {
    let lost: BTreeSet<&str> = lost.iter().copied().collect();
    let said = |refusals: Vec<Refusal>| refusals.into_iter().map(|refusal| refusal.remedy).collect::<Vec<_>>();
    judge(doing, &environment(name), &lost, consent).map_err(|refusals| said(refusals).join("\n"))
}

const NOTHING: Consent<'_> =
    Consent { reviewed: false, yes: false, confirm: None, allow_data_loss: &[], terminal: false };

#[test]
fn a_person_is_asked_and_a_script_must_say_yes() {
    assert_eq!(judged(Up, "staging", &[], Consent { terminal: true, ..NOTHING }), Ok(Permit::Ask));
    assert_eq!(judged(Up, "staging", &[], Consent { yes: true, ..NOTHING }), Ok(Permit::Given));
    assert_eq!(judged(Up, "staging", &[], Consent { confirm: Some("staging"), ..NOTHING }), Ok(Permit::Given));
    for doing in [Up, Down] {
        assert!(judged(doing, "staging", &[], NOTHING).unwrap_err().contains("--yes"));
    }
}

#[test]
fn a_protected_environment_must_be_named() {
    for consent in [NOTHING, Consent { yes: true, ..NOTHING }, Consent { terminal: true, ..NOTHING }] {
        assert!(judged(Up, "prod", &[], consent).unwrap_err().contains("--confirm prod"));
    }
    assert_eq!(judged(Up, "prod", &[], Consent { confirm: Some("prod"), ..NOTHING }), Ok(Permit::Given));
    assert_eq!(judged(Up, "prod", &[], Consent { reviewed: true, ..NOTHING }), Ok(Permit::Given));
}

#[test]
fn a_protected_environment_is_never_taken_down() {
    let allowed = ["database.main".to_owned()];
    let everything =
        Consent { reviewed: true, yes: true, confirm: Some("prod"), allow_data_loss: &allowed, terminal: true };
    assert!(judged(Down, "prod", &["database.main"], everything).unwrap_err().contains("protected = false"));
    assert_eq!(judged(Down, "staging", &["database.main"], Consent { confirm: None, ..everything }), Ok(Permit::Given));
}

#[test]
fn another_environments_name_confirms_nothing() {
    for doing in [Up, Down] {
        for name in ["prod", "staging"] {
            let consent = Consent { yes: true, confirm: Some("prod-2"), ..NOTHING };
            assert!(judged(doing, name, &[], consent).unwrap_err().contains(&format!("--confirm {name}")));
        }
    }
}

#[test]
fn each_loss_of_data_is_permitted_by_its_own_name() {
    let lost = ["database.main", "database.old"];
    let allowed = ["database.main".to_owned(), "database.*".to_owned()];
    let all = lost.map(str::to_owned);
    for doing in [Up, Down] {
        let refused = judged(doing, "staging", &lost, Consent { yes: true, allow_data_loss: &allowed, ..NOTHING });
        assert_eq!(refused, Err("to permit that, add `--allow-data-loss database.old`".to_owned()));
        let permitted = judged(doing, "staging", &lost, Consent { yes: true, allow_data_loss: &all, ..NOTHING });
        assert_eq!(permitted, Ok(Permit::Given));
    }
}

#[test]
fn all_that_speaks_against_it_is_told_at_once() {
    let refused = judged(Up, "prod", &["database.main"], Consent { yes: true, ..NOTHING }).unwrap_err();
    assert!(refused.contains("--allow-data-loss") && refused.contains("--confirm"));
}

#[test]
fn another_account_is_refused() {
    let caller = |account: &str| Caller { account: account.to_owned(), name: "role/deploy".to_owned() };
    assert!(check_account(&environment("staging"), &caller("111111111111")).is_ok());
    let refused = check_account(&environment("staging"), &caller("222222222222")).unwrap_err();
    assert_eq!(refused.exit(), Exit::Refused);
    assert!(refused.human().contains("222222222222"));
}
