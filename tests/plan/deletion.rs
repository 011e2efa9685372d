use envctl::plan::{plan, teardown};
use snapbox::{assert_data_eq, str};

use crate::support::graphs::{Seen, address, graph, inventory, seen, thing};
use crate::support::show::show;

#[test]
fn what_is_no_longer_desired_goes_first_and_after_all_that_mentions_it() {
    let desired = graph([thing("kept").with("uses", "nothing"), thing("new")]);
    let observed = inventory([
        seen("kept").with("uses", "base-id"),
        seen("base").attribute("arn", "arn:base"),
        seen("top").with("on", "arn:base"),
        seen("unrelated"),
    ]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 delete thing.top (top-id)
1 delete thing.unrelated (unrelated-id)
2 update thing.kept
    uses: base-id -> nothing
3 delete thing.base (base-id) after 0 2
4 create thing.new

"#]]
    );
}

#[test]
fn a_short_text_is_no_mention() {
    let observed = inventory([seen("a").id("tcp"), seen("b").with("protocol", "tcp")]);
    assert!(teardown(&graph([]), &observed).steps.iter().all(|step| step.after.is_empty()));
}

#[test]
fn what_mentions_each_other_is_still_deleted() {
    let observed = inventory([seen("a").with("peer", "b-id"), seen("b").with("peer", "a-id")]);
    assert_data_eq!(
        show(&teardown(&graph([]), &observed)),
        str![[r#"
0 delete thing.a (a-id)
1 delete thing.b (b-id) after 0

"#]]
    );
}

#[test]
fn the_desired_order_wins_over_a_mention() {
    let desired = graph([thing("a"), thing("b").after([address("a")])]);
    let observed = inventory([seen("a").with("peer", "b-id"), seen("b")]);
    assert_data_eq!(
        show(&teardown(&desired, &observed)),
        str![[r#"
0 delete thing.b (b-id)
1 delete thing.a (a-id) after 0

"#]]
    );
}

#[test]
fn order_holds_across_what_is_gone_already() {
    let chain = [thing("a"), thing("b").after([address("a")]), thing("c").after([address("b")])];
    let plan = teardown(&graph(chain), &inventory([seen("a"), seen("c")]));
    assert_data_eq!(
        show(&plan),
        str![[r#"
0 delete thing.c (c-id)
1 delete thing.a (a-id) after 0

"#]]
    );
}

#[test]
fn an_update_that_needs_the_deletion_does_not_hold_it_up() {
    // `old` sits on `base`, which is replaced; `user` is to be moved from `old` to the new `base`.
    let desired = graph([
        thing("base").fixed("cidr", "10.1.0.0/16"),
        thing("user").with("uses", address("base").attribute("id")),
    ]);
    let observed = inventory([
        seen("base").with("cidr", "10.0.0.0/16"),
        seen("old").with("on", "base-id"),
        seen("user").with("uses", "old-id"),
    ]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 delete thing.old (old-id)
1 delete thing.base (base-id) after 0
    cidr: 10.0.0.0/16 -> 10.1.0.0/16 (replaces)
2 create again thing.base after 1
3 update thing.user after 2
    uses: old-id -> <thing.base.id>?

"#]]
    );
}

#[test]
fn a_replaced_resource_goes_after_whoever_is_updated_to_need_neither() {
    let desired = graph([thing("base").fixed("cidr", 2), thing("user").with("uses", "nothing")]);
    let observed = inventory([seen("base").with("cidr", 1), seen("user").with("uses", "base-id")]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 update thing.user
    uses: base-id -> nothing
1 delete thing.base (base-id) after 0
    cidr: 1 -> 2 (replaces)
2 create again thing.base after 1

"#]]
    );
}

#[test]
fn what_is_renamed_is_made_then_moved_to_and_then_deleted() {
    let desired =
        graph([thing("parameters-17"), thing("database").with("parameters", address("parameters-17").attribute("id"))]);
    let observed = inventory([seen("parameters-16"), seen("database").with("parameters", "parameters-16-id")]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 create thing.parameters-17
1 update thing.database after 0
    parameters: parameters-16-id -> <thing.parameters-17.id>?
2 delete thing.parameters-16 (parameters-16-id) after 1

"#]]
    );
}

#[test]
fn a_thousand_resources_are_planned_in_no_time() {
    let names: Vec<String> = (0..1000).map(|index| format!("node-{index:04}")).collect();
    let all = names.iter().enumerate().map(|(index, name)| {
        let parent = (index > 0).then(|| format!("node-{:04}-id", index / 2));
        parent.into_iter().fold(seen(name), |seen, parent| seen.with("in", parent).with("vpc", "node-0000-id"))
    });
    let down = teardown(&graph([]), &inventory(all));
    assert_eq!(down.steps.len(), 1000);
    assert_eq!(down.steps[999].address, address("node-0000"));
}

/// A gateway that another run has attached, and one that was made after it, of which nobody knew where it belongs.
#[test]
fn of_two_the_one_stays_that_has_to_do_with_others() {
    let desired = graph([thing("net"), thing("gate").with("net", "net-id")]);
    let observed = inventory([seen("net"), seen("gate").id("gate-1"), seen("gate").id("gate-2").with("net", "net-id")]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 delete thing.gate (gate-1)
= thing.gate
= thing.net

"#]]
    );
}
