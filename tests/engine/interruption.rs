use std::sync::Arc;
use std::time::Duration;

use envctl::engine::{Event, Options, Outcome, apply};
use envctl::graph::Graph;
use envctl::plan::plan;
use snapbox::{assert_data_eq, str};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use crate::support::graphs::{address, graph, thing};

use super::cloud::{Cloud, Nature, seconds};
use super::drive::{told, up};

/// Asks to stop after a while.
async fn stop_after(cloud: &Arc<Cloud>, desired: &Graph, pause: Duration) -> (Outcome, Vec<Event>) {
    stop_with(cloud, desired, pause, Options::default()).await
}

async fn stop_with(cloud: &Arc<Cloud>, desired: &Graph, pause: Duration, options: Options) -> (Outcome, Vec<Event>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let plan = plan(desired, &cloud.inventory());
    let applied = apply(Arc::clone(cloud), &plan, options, sender, stopped);
    let asked = async {
        sleep(pause).await;
        stop.send(true).expect("the engine listens");
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        outcome = applied => outcome,
        () = asked => unreachable!("it never ends"),
    };
    let mut events = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        events.push(event);
    }
    (outcome, events)
}

fn chain() -> Graph {
    graph([thing("a"), thing("b").after([address("a")]), thing("c").after([address("b")])])
}

#[tokio::test(start_paused = true)]
async fn asked_to_stop_it_stops_waiting_and_says_what_is_left() {
    let cloud = Arc::new(Cloud::new(Nature::default()));
    let (outcome, events) = stop_after(&cloud, &chain(), seconds(5)).await;
    assert!(outcome.interrupted && !outcome.is_complete());
    assert_eq!(outcome.skipped, [0, 1, 2]);
    assert_eq!(outcome.took, seconds(5));
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.a waiting: creating
thing.a interrupted: to see it ready: creating
thing.b skipped
thing.c skipped

"#]]
    );
    // Running again goes on from there.
    let (outcome, _) = up(&cloud, &chain()).await;
    assert!(outcome.is_complete());
    assert_eq!(cloud.count("create"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_under_way_is_finished_and_looked_at() {
    let cloud = Arc::new(Cloud::new(Nature { otherwise: Duration::ZERO, ..Nature::default() }));
    let (outcome, events) = stop_after(&cloud, &chain(), Duration::from_millis(50)).await;
    assert_eq!((outcome.done, outcome.skipped), (vec![0], vec![1, 2]));
    assert!(outcome.interrupted, "b and c are left");
    assert!(told(&events).ends_with("thing.a finished\nthing.b skipped\nthing.c skipped\n"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_its_turn_is_not_begun() {
    let cloud = Arc::new(Cloud::new(Nature { otherwise: Duration::ZERO, ..Nature::default() }));
    let options = Options { concurrency: 1, ..Options::default() };
    let desired = graph([thing("a"), thing("b")]);
    let (outcome, events) = stop_with(&cloud, &desired, Duration::from_millis(50), options).await;
    assert_eq!((outcome.done, outcome.skipped), (vec![0], vec![1]));
    assert!(told(&events).contains("thing.b interrupted: to create it: not begun\n"));
    assert_eq!(cloud.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn asked_before_it_begins_it_begins_nothing() {
    let cloud = Arc::new(Cloud::new(Nature::default()));
    let (sender, _receiver) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(true);
    let plan = plan(&chain(), &cloud.inventory());
    let outcome = apply(Arc::clone(&cloud), &plan, Options::default(), sender, stopped).await;
    assert!(outcome.interrupted && outcome.skipped.len() == 3);
    assert!(cloud.calls.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn asked_when_nothing_is_left_it_is_complete() {
    let cloud = Arc::new(Cloud::new(Nature { otherwise: Duration::ZERO, ..Nature::default() }));
    let (outcome, _) = stop_after(&cloud, &graph([thing("a")]), Duration::from_millis(150)).await;
    assert!(outcome.is_complete() && !outcome.interrupted);
}
