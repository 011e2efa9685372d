use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use envctl::engine::{Options, apply};
use envctl::graph::Graph;
use envctl::model::{Address, Value};
use envctl::plan::{plan, teardown};
use envctl::provider::{Error, ErrorKind};
use proptest::prelude::*;
use tokio::sync::{mpsc, watch};

use crate::support::graphs::{address, graph, graphs, thing};

use super::cloud::{Cloud, Nature, seconds};
use super::drive::{run, up};

/// Runs on a clock of its own that jumps.
fn on_paused_clock<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime needs no more").block_on(future)
}

/// One call in four fails, depending on its number only; transient, so that each goes through in the end.
fn faulty(seed: usize, strict: bool) -> Nature {
    let fault = move |number: usize, call: &str, _: &Address| {
        let unlucky = number.wrapping_mul(2_654_435_761).wrapping_add(seed).rotate_right(13).is_multiple_of(4);
        unlucky.then(|| Error::new(ErrorKind::Transient, format!("{call} was throttled")))
    };
    Nature { fault: Box::new(fault), lag: seconds(3), strict, ..Nature::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn through_any_transient_faults_it_arrives(from in graphs(), to in graphs(), seed in any::<usize>()) {
        on_paused_clock(async {
            // Not strict: what is replaced can still be in use by what will only be updated away from it.
            let cloud = Arc::new(Cloud::new(faulty(seed, false)));
            for desired in [&from, &to] {
                let (outcome, _) = up(&cloud, desired).await;
                assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
                assert!(plan(desired, &cloud.inventory()).is_empty());
            }
            let cloud = Arc::new(Cloud::new(faulty(seed, true)));
            up(&cloud, &to).await;
            let (outcome, _) = run(&cloud, &teardown(&to, &cloud.inventory())).await;
            assert!(outcome.is_complete() && cloud.inventory().is_empty(), "{:?}", outcome.failed);
        });
    }
}

/// A call of a run that was killed can come to be after the next one has looked.
#[test]
fn what_comes_to_be_by_another_definition_is_changed() {
    on_paused_clock(async {
        let cloud = Arc::new(Cloud::new(Nature::default()));
        let sized = |size: i32| {
            graph([thing("base").with("size", size), thing("top").with("of", address("base").attribute("arn"))])
        };
        let seen_nothing = plan(&sized(2), &cloud.inventory());
        up(&cloud, &sized(1)).await;
        let (outcome, _) = run(&cloud, &seen_nothing).await;
        assert!(outcome.is_complete(), "{:?}", outcome.failed);
        assert!(plan(&sized(2), &cloud.inventory()).is_empty());
        assert_eq!(cloud.count("update"), 1);
    });
}

/// What exists, without what differs from run to run: ids, and the values that are made of them.
fn shape(cloud: &Cloud) -> Vec<(Address, BTreeMap<String, Value>)> {
    let all = cloud.inventory().resources.into_iter();
    let plain = |properties: BTreeMap<String, Value>| {
        properties.into_iter().filter(|(_, value)| value.as_integer().is_some()).collect()
    };
    all.map(|seen| (seen.address, plain(seen.properties))).collect()
}

fn lagging(crash: Option<(usize, bool)>) -> Nature {
    Nature { lag: Duration::from_millis(1500), otherwise: seconds(4), deleting: seconds(3), crash, ..Nature::default() }
}

fn before() -> Graph {
    graph([
        thing("network").fixed("cidr", 1),
        thing("template").with("image", 1).volatile("revision"),
        thing("fleet").with("template", address("template").attribute("revision")),
        thing("gateway").fixed("in", address("network").attribute("id")),
        thing("old").with("in", address("network").attribute("id")),
    ])
}

/// Creates, updates, replaces and deletes.
fn after() -> Graph {
    graph([
        thing("network").fixed("cidr", 2),
        thing("template").with("image", 2).volatile("revision"),
        thing("fleet").with("template", address("template").attribute("revision")),
        thing("gateway").fixed("in", address("network").attribute("id")),
        thing("new").with("size", 3).with("out", address("gateway").attribute("id")),
    ])
}

#[test]
fn killed_at_any_call_the_next_run_arrives_at_the_same() {
    let mut expected = None;
    for takes_effect in [false, true] {
        for at in 1.. {
            let (crashed, shape) = on_paused_clock(killed_at(at, takes_effect));
            assert_eq!(expected.get_or_insert_with(|| shape.clone()), &shape, "killed at call {at}");
            if !crashed {
                assert!(at > 25, "the run makes more calls than that");
                break;
            }
        }
    }
    assert_eq!(expected.map(|shape| shape.len()), Some(5));
}

async fn killed_at(at: usize, takes_effect: bool) -> (bool, Vec<(Address, BTreeMap<String, Value>)>) {
    let first = Arc::new(Cloud::new(lagging(None)));
    up(&first, &before()).await;
    let cloud = Arc::new(first.reborn(lagging(Some((at, takes_effect)))));
    let planned = plan(&after(), &cloud.inventory());
    let (sender, _receiver) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(false);
    let crashed = tokio::select! {
        outcome = apply(Arc::clone(&cloud), &planned, Options::default(), sender, stopped) => {
            assert!(outcome.is_complete());
            false
        }
        () = cloud.crashed.notified() => true,
    };
    // The tasks of the run that was dropped end before the next begins.
    tokio::task::yield_now().await;
    let cloud = Arc::new(cloud.reborn(lagging(None)));
    let (outcome, _) = up(&cloud, &after()).await;
    assert!(outcome.failed.is_empty(), "killed at call {at}: {:?}", outcome.failed);
    assert!(plan(&after(), &cloud.inventory()).is_empty(), "killed at call {at}");
    (crashed, shape(&cloud))
}
