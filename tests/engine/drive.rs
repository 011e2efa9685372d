use std::sync::Arc;

use envctl::engine::{Event, Options, Outcome, apply};
use envctl::graph::Graph;
use envctl::plan::{Plan, plan};
use tokio::sync::{mpsc, watch};

use super::cloud::Cloud;

/// Applies a plan with nobody stopping it.
pub async fn run(cloud: &Arc<Cloud>, plan: &Plan) -> (Outcome, Vec<Event>) {
    run_with(cloud, plan, Options::default()).await
}

pub async fn run_with(cloud: &Arc<Cloud>, plan: &Plan, options: Options) -> (Outcome, Vec<Event>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(false);
    let outcome = apply(Arc::clone(cloud), plan, options, sender, stopped).await;
    let mut events = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        events.push(event);
    }
    (outcome, events)
}

/// Plans from what is there now, and applies it.
pub async fn up(cloud: &Arc<Cloud>, desired: &Graph) -> (Outcome, Vec<Event>) {
    run(cloud, &plan(desired, &cloud.inventory())).await
}

/// The events without times, a line each.
pub fn told(events: &[Event]) -> String {
    let line = |event: &Event| match event {
        Event::Started { address, .. } => format!("{address} started\n"),
        Event::Waiting { address, detail, .. } => format!("{address} waiting: {detail}\n"),
        Event::Retrying { address, attempt, error, .. } => format!("{address} retrying {attempt}: {error}\n"),
        Event::Finished { address, .. } => format!("{address} finished\n"),
        Event::Failed { address, error, .. } => format!("{address} failed: {error}\n"),
        Event::Skipped { address, .. } => format!("{address} skipped\n"),
        Event::Interrupted { address, left, .. } => format!("{address} interrupted: {left}\n"),
    };
    events.iter().map(line).collect()
}
