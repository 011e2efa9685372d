use envctl::diff::{Finding, Kind, Severity, Verdict, declared};
use proptest::prelude::*;

use super::builder::{TODAY, deliberate};
use super::generate::definition;

/// The finding as it reads from the other side. Notes are words about it and are left out.
fn mirrored(finding: &Finding) -> Finding {
    let kind = match finding.kind {
        Kind::Missing => Kind::Extra,
        Kind::Extra => Kind::Missing,
        other => other,
    };
    Finding { kind, left: finding.right.clone(), right: finding.left.clone(), note: None, ..finding.clone() }
}

/// Which of two capacities is the larger reads the other way round, or not at all if they have no order.
fn without_order(mut finding: Finding) -> Finding {
    if finding.severity == Severity::Capacity {
        finding.kind = Kind::Differs;
    }
    finding.note = None;
    finding
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_environment_is_the_same_as_itself(it in definition("staging")) {
        let parity = declared(&it, &it, TODAY);
        prop_assert_eq!(parity.verdict(), Verdict::Same);
        prop_assert_eq!(parity.notes, []);
    }

    #[test]
    fn the_way_back_is_the_mirror_image(a in definition("staging"), b in definition("prod")) {
        let (there, back) = (declared(&a, &b, TODAY), declared(&b, &a, TODAY));
        let mut expected: Vec<Finding> = there.findings.iter().map(mirrored).map(without_order).collect();
        let mut found: Vec<Finding> = back.findings.into_iter().map(without_order).collect();
        for side in [&mut expected, &mut found] {
            side.sort_by(|a, b| (a.severity, &a.path, a.kind).cmp(&(b.severity, &b.path, b.kind)));
        }
        prop_assert_eq!(found, expected);
        let inverted = |parity: &[Finding]| parity.iter().filter(|one| one.kind == Kind::Inverted).count();
        let capacity = there.findings.iter().filter(|one| one.severity == Severity::Capacity).count();
        prop_assert!(inverted(&there.findings) <= capacity);
        prop_assert_eq!(there.notes.len(), back.notes.len());
    }

    #[test]
    fn a_waiver_for_each_difference_leaves_none(a in definition("staging"), b in definition("prod")) {
        let mut a = a;
        let before = declared(&a, &b, TODAY);
        a.environment.deliberate =
            before.findings.iter().map(|finding| deliberate(&finding.path.to_string())).collect();
        let after = declared(&a, &b, TODAY);
        prop_assert_eq!(&after.findings, &Vec::new());
        prop_assert_eq!(after.verdict(), Verdict::Same);
        prop_assert_eq!(after.waived.len(), before.findings.len());
    }

    #[test]
    fn findings_are_sorted_and_each_stands_once(a in definition("staging"), b in definition("prod")) {
        let parity = declared(&a, &b, TODAY);
        let order: Vec<_> = parity.findings.iter().map(|one| (one.severity, one.path.clone(), one.kind)).collect();
        prop_assert!(order.is_sorted());
        prop_assert!(order.windows(2).all(|two| two[0] != two[1]));
    }
}
