use std::collections::BTreeSet;

use envctl::graph::Graph;
use envctl::model::{Address, Inventory, Observed, State};
use envctl::plan::{Action, Plan, plan, teardown};
use proptest::prelude::*;

use crate::support::graphs::graphs;
use crate::support::simulation::simulate;

fn position(plan: &Plan, address: &Address, wanted: impl Fn(&Action) -> bool) -> Option<usize> {
    plan.steps.iter().position(|step| step.address == *address && wanted(&step.action))
}

fn creates(action: &Action) -> bool {
    matches!(action, Action::Create { .. })
}

fn deletes(action: &Action) -> bool {
    matches!(action, Action::Delete { .. })
}

fn assert_ordered(plan: &Plan) {
    for (index, step) in plan.steps.iter().enumerate() {
        assert!(step.after.iter().all(|before| *before < index), "step {index} comes after a later one");
    }
}

/// All the steps that must be done before this one.
fn before(plan: &Plan, index: usize) -> BTreeSet<usize> {
    let direct = plan.steps[index].after.iter();
    direct.flat_map(|before_it| before(plan, *before_it).into_iter().chain([*before_it])).collect()
}

fn made(graph: &Graph) -> Inventory {
    simulate(&plan(graph, &Inventory::default()), &Inventory::default())
}

/// What a provider could show: resources of a graph in any state, with leftovers and missing attributes.
fn mess() -> impl Strategy<Value = Inventory> {
    let state = prop_oneof![
        3 => Just(State::Ready),
        1 => Just(State::Pending("creating".to_owned())),
        1 => Just(State::Leaving("deleting".to_owned())),
        1 => Just(State::Failed("incompatible".to_owned())),
    ];
    let touch = (0..9_usize, state, 0..4_u8);
    (graphs(), prop::collection::vec(touch, 0..6)).prop_map(|(graph, touches)| {
        let mut resources = made(&graph).resources;
        for (index, state, what) in touches {
            let count = resources.len();
            let Some(seen) = resources.get_mut(index % count.max(1)) else { continue };
            seen.state = state;
            match what {
                0 => seen.attributes.clear(),
                1 => seen.properties.clear(),
                2 => {
                    let twin = Observed { id: format!("{}-twin-{count}", seen.id), ..seen.clone() };
                    resources.push(twin);
                }
                _ => {}
            }
        }
        // Whatever is ready shows all its attributes.
        for seen in resources.iter_mut().filter(|seen| seen.state == State::Ready && seen.attributes.is_empty()) {
            seen.state = State::Pending("creating".to_owned());
        }
        Inventory::new(resources)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn against_nothing_everything_is_created_after_what_it_depends_on(graph in graphs()) {
        let plan = plan(&graph, &Inventory::default());
        assert_ordered(&plan);
        prop_assert_eq!(plan.steps.len(), graph.resources().count());
        prop_assert!(plan.steps.iter().all(|step| creates(&step.action)));
        for resource in graph.resources() {
            let index = position(&plan, &resource.address, creates).expect("it is created");
            for dependency in resource.dependencies() {
                let dependency = position(&plan, &dependency, creates).expect("it is created");
                prop_assert!(plan.steps[index].after.contains(&dependency));
            }
        }
    }

    #[test]
    fn after_it_is_carried_out_nothing_is_left_to_do(from in graphs(), to in graphs()) {
        let there = made(&from);
        prop_assert!(plan(&from, &there).is_empty());
        let change = plan(&to, &there);
        assert_ordered(&change);
        let then = simulate(&change, &there);
        prop_assert_eq!(plan(&to, &then), Plan { steps: Vec::new(), unchanged: then.resources });
    }

    #[test]
    fn whatever_is_observed_one_plan_is_enough(graph in graphs(), mess in mess()) {
        let change = plan(&graph, &mess);
        assert_ordered(&change);
        // What has failed and holds data is left to a person; simulated, the waiting heals it.
        let then = simulate(&change, &mess);
        prop_assert!(plan(&graph, &then).is_empty());
        prop_assert_eq!(change, plan(&graph, &mess), "deterministic");
    }

    #[test]
    fn teardown_leaves_nothing_and_goes_in_reverse(graph in graphs(), mess in mess()) {
        let there = made(&graph);
        let down = teardown(&graph, &there);
        assert_ordered(&down);
        for resource in graph.resources() {
            let index = position(&down, &resource.address, deletes).expect("it is deleted");
            for dependency in resource.dependencies() {
                let dependency = position(&down, &dependency, deletes).expect("it is deleted");
                prop_assert!(before(&down, dependency).contains(&index));
            }
        }
        prop_assert!(simulate(&down, &there).is_empty());
        let down = teardown(&graph, &mess);
        assert_ordered(&down);
        prop_assert!(simulate(&down, &mess).is_empty());
    }

    #[test]
    fn data_is_lost_only_with_what_holds_it(from in graphs(), to in graphs()) {
        let there = made(&from);
        let change = plan(&to, &there);
        let then = simulate(&change, &there);
        let survived = |seen: &&Observed| then.resources.iter().any(|other| other.id == seen.id);
        let lost: BTreeSet<&str> =
            there.resources.iter().filter(|seen| !survived(seen)).filter_map(|seen| seen.holds_data.as_deref()).collect();
        prop_assert_eq!(change.data_lost(), lost);
    }
}
