use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use envctl::engine::Options;
use envctl::model::Inventory;
use envctl::plan::{plan, teardown};
use envctl::provider::Patience;
use snapbox::{assert_data_eq, str};

use crate::support::graphs::{address, graph, thing};

use super::cloud::{Cloud, Nature, seconds};
use super::drive::{run, run_with, told, up};

#[tokio::test(start_paused = true)]
async fn everything_takes_no_longer_than_the_critical_path_and_a_tenth() {
    // network 10 → gateway 90 → fleet 40; network 10 → database 300 → worker 20: 330 seconds.
    let id = |name: &str| address(name).attribute("id");
    let desired = graph([
        thing("network"),
        thing("gateway").with("in", id("network")),
        thing("database").with("in", id("network")),
        thing("fleet").with("out", id("gateway")),
        thing("worker").with("reads", id("database")),
    ]);
    let making = [("gateway", 90), ("database", 300), ("fleet", 40), ("worker", 20)];
    let making: BTreeMap<_, _> = making.into_iter().map(|(name, time)| (name, seconds(time))).collect();
    let cloud = Arc::new(Cloud::new(Nature { making, ..Nature::default() }));
    let (outcome, _) = up(&cloud, &desired).await;
    assert!(outcome.is_complete());
    let critical = seconds(330);
    assert!(outcome.took >= critical && outcome.took <= critical.mul_f64(1.1), "{:?}", outcome.took);
    assert!(plan(&desired, &cloud.inventory()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_at_once_is_not_waited_for() {
    let chain: Vec<_> = (0..10).map(|index| format!("link-{index}")).collect();
    let things = chain.iter().enumerate().map(|(index, name)| {
        let before = index.checked_sub(1).map(|before| address(&chain[before]));
        thing(name).after(before)
    });
    let cloud = Arc::new(Cloud::new(Nature { otherwise: Duration::ZERO, ..Nature::default() }));
    let (outcome, events) = up(&cloud, &graph(things)).await;
    assert_eq!(outcome.done.len(), 10);
    assert_eq!(cloud.calls.lock().unwrap().len(), 20, "one call to create and one to look, each");
    assert!(outcome.took < Duration::from_millis(10 * 2 * 100 + 100), "{:?}", outcome.took);
    assert!(!told(&events).contains("waiting"));
}

#[tokio::test(start_paused = true)]
async fn calls_at_once_are_bounded_and_waits_are_not() {
    let names: Vec<String> = (0..50).map(|index| format!("one-{index}")).collect();
    let desired = graph(names.iter().map(|name| thing(name)));
    let cloud = Arc::new(Cloud::new(Nature { otherwise: seconds(100), ..Nature::default() }));
    let options = Options { concurrency: 4, ..Options::default() };
    let (outcome, _) = run_with(&cloud, &plan(&desired, &Inventory::default()), options).await;
    assert_eq!(outcome.done.len(), 50);
    assert_eq!(cloud.most_at_once.load(Ordering::SeqCst), 4);
    assert!(outcome.took < seconds(110), "{:?}", outcome.took);
}

#[tokio::test(start_paused = true)]
async fn a_teardown_goes_in_reverse_and_leaves_nothing() {
    let desired = graph([
        thing("network"),
        thing("gateway").with("in", address("network").attribute("id")),
        thing("fleet").with("out", address("gateway").attribute("id")),
    ]);
    let cloud = Arc::new(Cloud::new(Nature::default()));
    up(&cloud, &desired).await;
    let (outcome, events) = run(&cloud, &teardown(&desired, &cloud.inventory())).await;
    assert!(outcome.is_complete());
    assert!(cloud.inventory().is_empty());
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.fleet started
thing.fleet waiting: deleting
thing.fleet finished
thing.gateway started
thing.gateway waiting: deleting
thing.gateway finished
thing.network started
thing.network waiting: deleting
thing.network finished

"#]]
    );
}

#[tokio::test(start_paused = true)]
async fn scaled_time_runs_so_much_faster() {
    let millis = |millis| Duration::from_millis(millis);
    let nature = Nature {
        otherwise: millis(1000),
        patience: Patience { interval: seconds(50), deadline: seconds(6000) },
        ..Nature::default()
    };
    let cloud = Arc::new(Cloud::new(nature));
    let options = Options { time_scale: 100.0, ..Options::default() };
    let (outcome, _) = run_with(&cloud, &plan(&graph([thing("a")]), &Inventory::default()), options).await;
    assert!(outcome.is_complete());
    assert!(outcome.took < millis(1000 + 500 + 300), "{:?}", outcome.took);
}

#[tokio::test(start_paused = true)]
async fn an_empty_plan_is_done() {
    let cloud = Arc::new(Cloud::new(Nature::default()));
    let (outcome, events) = up(&cloud, &graph([])).await;
    assert!(outcome.is_complete() && !outcome.interrupted && events.is_empty());
}
