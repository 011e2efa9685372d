//! However it ends, nothing is left behind, and nothing runs twice.

use std::time::Duration;

use envctl::local::process::Identity;
use envctl::local::supervise::{Spawned, read, stop};
use nix::sys::signal::Signal;

use super::support::{Component, eventually, only};

/// Leaves a process in a session of its own, as a daemon does, and one in its group.
const FAMILY: &str = "setsid sh -c 'while :; do sleep 0.1; done' & sleep 60 & echo started >> starts; wait";

async fn family() -> (Component, Identity) {
    let component = Component::shell(FAMILY);
    let state = component.started().await;
    eventually("three processes", || component.running().len() >= 3).await;
    (component, state.supervisor)
}

#[tokio::test]
async fn a_stop_ends_all_that_it_started() {
    let (component, supervisor) = family().await;
    component.stop().await;
    assert!(component.running().is_empty() && !supervisor.is_alive());
    component.stop().await;
}

#[tokio::test]
async fn a_killed_supervisors_children_are_ended_by_a_stop() {
    let (component, supervisor) = family().await;
    supervisor.signal(Signal::SIGKILL).unwrap();
    eventually("it is dead", || !supervisor.is_alive()).await;
    let state = read(&component.spec.folder).unwrap().unwrap();
    assert!(!state.alive && component.running().len() >= 3);
    component.stop().await;
    assert!(component.running().is_empty());
    assert!(read(&component.spec.folder).unwrap().is_none());
}

#[tokio::test]
async fn a_killed_supervisors_children_are_ended_by_the_next_one() {
    let (component, supervisor) = family().await;
    let before = component.running();
    supervisor.signal(Signal::SIGKILL).unwrap();
    eventually("it is dead", || !supervisor.is_alive()).await;
    assert_eq!(component.spawn().await.unwrap(), Spawned::Started);
    assert!(before.iter().all(|process| !process.is_alive()), "they end before others start");
    component.healthy().await;
    eventually("three processes", || component.running().len() >= 3).await;
    assert_eq!(component.text("starts").lines().count(), 2);
}

#[tokio::test]
async fn a_restarted_instances_daemons_do_not_run_twice() {
    let (component, _) = family().await;
    let before = component.running();
    let state = component.healthy().await;
    only(&state).process.clone().unwrap().signal(Signal::SIGKILL).unwrap();
    component.until(|state| only(state).restarts == 1).await;
    assert!(before.iter().all(|process| !process.is_alive()), "{before:?}");
    component.healthy().await;
    eventually("three processes", || component.running().len() >= 3).await;
}

#[tokio::test]
async fn without_its_folder_the_supervisor_ends_with_all_it_started() {
    let (component, supervisor) = family().await;
    std::fs::remove_dir_all(&component.spec.folder).unwrap();
    eventually("it is gone", || !supervisor.is_alive() && component.running().is_empty()).await;
}

#[tokio::test]
async fn without_its_folder_it_can_still_be_stopped() {
    let (component, supervisor) = family().await;
    std::fs::remove_dir_all(&component.spec.folder).unwrap();
    component.stop().await;
    assert!(!supervisor.is_alive() && component.running().is_empty());
}

#[tokio::test]
async fn without_its_state_it_can_still_be_stopped() {
    for state in [None, Some("no state")] {
        let (component, supervisor) = family().await;
        let path = component.spec.folder.join("state.json");
        match state {
            None => std::fs::remove_file(path).unwrap(),
            Some(text) => std::fs::write(path, text).unwrap(),
        }
        component.stop().await;
        assert!(!supervisor.is_alive() && component.running().is_empty());
    }
}

#[tokio::test]
async fn who_ignores_the_request_is_killed() {
    let mut component = Component::shell("trap '' TERM; echo ready; while :; do sleep 0.1; done");
    component.spec.limits.stop = Duration::from_millis(300);
    component.started().await;
    component.stop().await;
    assert!(component.running().is_empty());
}

#[tokio::test]
async fn who_ends_in_good_order_is_given_the_time_for_it() {
    let component = Component::shell("trap 'sleep 0.3; echo done >> done; exit' TERM; while :; do sleep 0.05; done");
    component.started().await;
    component.stop().await;
    assert_eq!(component.text("done"), "done\n");
}

/// What the record names lives on under the same id as another process: after a restart of the machine, say.
#[tokio::test]
async fn a_stale_record_harms_nobody() {
    let stranger = Component::shell("exec sleep 60");
    let alive = only(&stranger.started().await).process.clone().unwrap();
    let (component, supervisor) = family().await;
    supervisor.signal(Signal::SIGKILL).unwrap();
    eventually("it is dead", || !supervisor.is_alive()).await;
    let stale = Identity { started: "before".to_owned(), ..alive.clone() };
    let mut state = read(&component.spec.folder).unwrap().unwrap();
    (state.supervisor, state.instances[0].process) = (stale.clone(), Some(stale));
    std::fs::write(component.spec.folder.join("state.json"), serde_json::to_vec(&state).unwrap()).unwrap();
    component.stop().await;
    assert!(component.running().is_empty());
    assert!(alive.is_alive());
}

#[tokio::test]
async fn where_nothing_runs_a_stop_has_nothing_to_do() {
    let folder = tempfile::tempdir().unwrap();
    stop(folder.path(), "test-of-nothing").await.unwrap();
    stop(&folder.path().join("nowhere"), "test-of-nothing").await.unwrap();
}
