use envctl::graph::{Resource, Rule};
use envctl::model::{State, Value};
use envctl::plan::{plan, teardown};
use snapbox::{assert_data_eq, str};

use crate::support::graphs::{Seen, address, graph, inventory, seen, thing};
use crate::support::show::show;

fn pending() -> State {
    State::Pending("modifying".to_owned())
}

fn leaving() -> State {
    State::Leaving("deleting".to_owned())
}

fn failed() -> State {
    State::Failed("storage-full".to_owned())
}

#[test]
fn what_is_there_as_desired_is_left_alone_with_all_it_has_besides() {
    let plan = plan(&graph([thing("a").with("size", 1)]), &inventory([seen("a").with("size", 1).with("own", "x")]));
    assert!(plan.is_empty());
    assert_eq!(plan.unchanged.len(), 1);
}

#[test]
fn changes_are_made_in_place_property_by_property() {
    let desired = thing("a").with("size", 2).with("colour", "red").with("same", true);
    let plan = plan(&graph([desired]), &inventory([seen("a").with("size", 1).with("same", true)]));
    assert_data_eq!(
        show(&plan),
        str![[r#"
0 update thing.a
    colour: (none) -> red
    size: 1 -> 2

"#]]
    );
}

#[test]
fn a_replacement_takes_along_whoever_is_fixed_to_it() {
    let id = || address("a").attribute("id");
    let desired = graph([
        thing("a").fixed("cidr", "10.1.0.0/16"),
        thing("b").fixed("on", id()),
        thing("c").with("uses", id()),
        thing("d").after([address("a")]),
    ]);
    let observed = inventory([
        seen("a").with("cidr", "10.0.0.0/16"),
        seen("b").with("on", "a-id"),
        seen("c").with("uses", "a-id"),
        seen("d"),
    ]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 delete thing.b (b-id)
    on: a-id -> <thing.a.id>? (replaces)
1 delete thing.a (a-id) after 0
    cidr: 10.0.0.0/16 -> 10.1.0.0/16 (replaces)
2 create again thing.a after 1
3 create again thing.b after 0 2
4 update thing.c after 2
    uses: a-id -> <thing.a.id>?
= thing.d

"#]]
    );
}

#[test]
fn whoever_refers_to_a_volatile_attribute_changes_with_it() {
    let desired = |release: &str| {
        graph([
            thing("template").with("image", release).volatile("version"),
            thing("fleet").with("version", address("template").attribute("version")),
            thing("other").with("id", address("template").attribute("id")),
        ])
    };
    let observed = inventory([
        seen("template").with("image", "1").attribute("version", "4"),
        seen("fleet").with("version", "4"),
        seen("other").with("id", "template-id"),
    ]);
    assert!(plan(&desired("1"), &observed).is_empty());
    assert_data_eq!(
        show(&plan(&desired("2"), &observed)),
        str![[r#"
0 update thing.template
    image: 1 -> 2
1 update thing.fleet after 0
    version: 4 -> <thing.template.version>?
= thing.other

"#]]
    );
}

#[test]
fn an_attribute_that_is_not_shown_counts_as_a_change() {
    let desired = graph([thing("a"), thing("b").with("host", address("a").attribute("host"))]);
    let observed = inventory([seen("a").state(pending()), seen("b").with("host", "db.example")]);
    assert_data_eq!(
        show(&plan(&desired, &observed)),
        str![[r#"
0 wait for thing.a
1 update thing.b after 0
    host: db.example -> <thing.a.host>?

"#]]
    );
}

#[test]
fn a_list_of_references_is_compared_once_they_are_known() {
    let members = Value::set([address("z").attribute("id"), "b-literal".into()]);
    let desired = graph([thing("z"), thing("group").with("members", members)]);
    let group = seen("group").with("members", Value::set(["b-literal".into(), "z-id".into()]));
    assert!(plan(&desired, &inventory([seen("z"), group])).is_empty());
}

#[test]
fn growing_and_rising_go_in_place_and_the_reverse_replaces() {
    let database = |size: i32, version: &str| {
        let sized = thing("a").with("size", size).rule("size", Rule::Grow);
        graph([sized.with("version", version).rule("version", Rule::Version { line: 1 })])
    };
    let observed = inventory([seen("a").with("size", 50).with("version", "16.9").holding("database.main")]);
    assert!(plan(&database(50, "16"), &observed).is_empty());
    let up = plan(&database(60, "17"), &observed);
    assert_data_eq!(
        show(&up),
        str![[r#"
0 update thing.a
    size: 50 -> 60
    version: 16.9 -> 17

"#]]
    );
    assert!(up.data_lost().is_empty());
    for smaller in [database(40, "16"), database(50, "15")] {
        let plan = plan(&smaller, &observed);
        assert_eq!(plan.tally().replace, 1);
        assert_eq!(plan.data_lost().into_iter().collect::<Vec<_>>(), ["database.main"]);
    }
}

#[test]
fn what_is_under_way_is_waited_for_and_then_changed() {
    let observed = inventory([seen("a").with("size", 1).state(pending())]);
    assert_eq!(show(&plan(&graph([thing("a").with("size", 1)]), &observed)), "0 wait for thing.a\n");
    let change = plan(&graph([thing("a").with("size", 2)]), &observed);
    assert_eq!(show(&change), "0 update thing.a\n    size: 1 -> 2\n");
}

#[test]
fn what_is_on_its_way_out_is_waited_for_and_made_anew() {
    let observed = inventory([seen("a").state(leaving()).holding("database.main")]);
    let plan = plan(&graph([thing("a"), thing("b").with("on", address("a").attribute("id"))]), &observed);
    assert_data_eq!(
        show(&plan),
        str![[r#"
0 delete thing.a (a-id)
1 create thing.a after 0
2 create thing.b after 1

"#]]
    );
    assert!(plan.data_lost().is_empty(), "it was lost before");
    assert_eq!((plan.tally().add, plan.tally().wait, plan.tally().destroy), (2, 1, 0));
}

#[test]
fn what_has_failed_is_made_anew_unless_it_holds_data() {
    let desired = |resource: Resource| graph([resource.with("size", 1)]);
    let broken = || seen("a").with("size", 1).state(failed());
    assert_data_eq!(
        show(&plan(&desired(thing("a")), &inventory([broken()]))),
        str![[r#"
0 delete thing.a (a-id)
    state: storage-full -> ready (replaces)
1 create again thing.a after 0

"#]]
    );
    for (desired, observed) in [
        (desired(thing("a").holding("database.main")), broken()),
        (desired(thing("a")), broken().holding("database.main")),
    ] {
        let plan = plan(&desired, &inventory([observed]));
        assert_eq!(show(&plan), "0 wait for thing.a\n");
    }
    let cure = plan(&graph([thing("a").with("size", 2).holding("database.main")]), &inventory([broken()]));
    assert_eq!(show(&cure), "0 update thing.a\n    size: 1 -> 2\n");
}

#[test]
fn a_second_one_of_an_address_is_deleted() {
    let desired = graph([thing("a")]);
    let two = inventory([seen("a").id("i-1"), seen("a").id("i-2"), seen("a").id("i-0").state(leaving())]);
    assert_data_eq!(
        show(&plan(&desired, &two)),
        str![[r#"
0 delete thing.a (i-0)
1 delete thing.a (i-2)
= thing.a

"#]]
    );
    let listed_twice = inventory([seen("a"), seen("a")]);
    assert!(plan(&desired, &listed_twice).is_empty(), "one resource that is listed twice is one resource");
    assert_eq!(teardown(&desired, &listed_twice).steps.len(), 1);
}
