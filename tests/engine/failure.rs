use std::sync::Arc;

use envctl::engine::Event;
use envctl::model::{Address, State};
use envctl::plan::{Action, Plan, Step, plan};
use envctl::provider::{ErrorKind, Patience};
use snapbox::{assert_data_eq, str};

use crate::support::graphs::{Seen, address, graph, inventory, seen, thing};

use super::cloud::{Cloud, Nature, fails, seconds};
use super::drive::{run, told, up};

#[tokio::test(start_paused = true)]
async fn a_failure_takes_along_only_what_depends_on_it() {
    let desired = graph([
        thing("a"),
        thing("b").after([address("a")]),
        thing("c").after([address("b")]),
        thing("d"),
        thing("e").after([address("d")]),
    ]);
    let cloud = Arc::new(Cloud::new(fails("create", "a", ErrorKind::Denied)));
    let (outcome, events) = up(&cloud, &desired).await;
    assert!(!outcome.is_complete() && !outcome.interrupted);
    assert_eq!(outcome.done.len() + outcome.failed.len() + outcome.skipped.len(), 5);
    assert_eq!(outcome.failed[0].1.kind, ErrorKind::Denied);
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.d started
thing.a failed: create went wrong
thing.b skipped
thing.c skipped
thing.d waiting: creating
thing.d finished
thing.e started
thing.e waiting: creating
thing.e finished

"#]]
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_go_through_later_is_tried_again_with_growing_pauses() {
    let mut nature = fails("create", "a", ErrorKind::Transient);
    let inner = nature.fault;
    nature.fault = Box::new(move |number, call, address| if number <= 5 { inner(number, call, address) } else { None });
    let cloud = Arc::new(Cloud::new(nature));
    let (outcome, events) = up(&cloud, &graph([thing("a")])).await;
    assert!(outcome.is_complete());
    let retries = events.iter().filter_map(|event| match event {
        Event::Retrying { attempt, pause, .. } => Some((*attempt, *pause)),
        _ => None,
    });
    let retries: Vec<_> = retries.collect();
    assert_eq!(retries.iter().map(|(attempt, _)| *attempt).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(retries.iter().zip([1, 2, 4, 8, 16]).all(|((_, pause), most)| *pause <= seconds(most)));
}

#[tokio::test(start_paused = true)]
async fn retries_end_with_the_deadline() {
    for call in ["create", "look"] {
        let patience = Patience { interval: seconds(5), deadline: seconds(100) };
        let nature = Nature { patience, ..fails(call, "a", ErrorKind::Transient) };
        let cloud = Arc::new(Cloud::new(nature));
        let (outcome, _) = up(&cloud, &graph([thing("a")])).await;
        assert!(outcome.took >= seconds(100) && outcome.took < seconds(101), "{:?}", outcome.took);
        let (_, error) = &outcome.failed[0];
        assert!(error.message.contains("gave up after 1 min 40 s"), "{error}");
        assert!(error.message.contains(&format!("{call} went wrong")), "{error}");
        let tries = cloud.count(call);
        assert!((8..40).contains(&tries), "{tries} tries");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_repeated() {
    for kind in [ErrorKind::Denied, ErrorKind::Quota, ErrorKind::NotOurs, ErrorKind::Rejected] {
        let cloud = Arc::new(Cloud::new(fails("create", "a", kind)));
        let (outcome, _) = up(&cloud, &graph([thing("a")])).await;
        assert_eq!((outcome.failed[0].1.kind, cloud.count("create")), (kind, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_become_ready_by_waiting_is_named() {
    let broken = || seen("a").holding("database.main").state(State::Failed("storage-full".to_owned()));
    let cloud = Arc::new(Cloud::new(Nature::default()));
    cloud.put(broken());
    let (outcome, _) = run(&cloud, &plan(&graph([thing("a")]), &inventory([broken()]))).await;
    assert_eq!(outcome.failed[0].1.message, "a-id is storage-full: waiting does not make it ready");
}

#[tokio::test(start_paused = true)]
async fn a_change_can_cure_what_has_failed() {
    let full = State::Failed("storage-full".to_owned());
    let cloud = Arc::new(Cloud::new(Nature { lag: seconds(8), ..Nature::default() }));
    cloud.put(seen("a").with("size", 1).holding("database.main").state(full));
    let (outcome, events) = up(&cloud, &graph([thing("a").with("size", 2)])).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.a waiting: storage-full
thing.a waiting: modifying
thing.a finished

"#]]
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_failed_can_be_deleted() {
    let cloud = Arc::new(Cloud::new(Nature { lag: seconds(8), ..Nature::default() }));
    cloud.put(seen("a").state(State::Failed("incompatible".to_owned())));
    let (outcome, events) = up(&cloud, &graph([])).await;
    assert!(outcome.is_complete() && cloud.inventory().is_empty());
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.a waiting: incompatible
thing.a waiting: deleting
thing.a finished

"#]]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_ends_with_the_deadline() {
    let patience = Patience { interval: seconds(5), deadline: seconds(100) };
    let cloud = Arc::new(Cloud::new(Nature { crash: Some((1, false)), patience, ..Nature::default() }));
    let (outcome, _) = up(&cloud, &graph([thing("a")])).await;
    let (_, error) = &outcome.failed[0];
    assert_data_eq!(
        error.to_string(),
        str!["gave up after 1 min 40 s, waiting to create it; the last state was: the provider gave no answer"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_has_deleted_is_named() {
    let observed = inventory([seen("a").state(State::Pending("creating".to_owned()))]);
    let cloud = Arc::new(Cloud::new(Nature::default()));
    let (outcome, _) = run(&cloud, &plan(&graph([thing("a")]), &observed)).await;
    assert!(outcome.failed[0].1.message.starts_with("a-id is gone: something else has deleted it"));
}

#[tokio::test(start_paused = true)]
async fn an_attribute_that_is_never_shown_is_named() {
    let desired = graph([thing("a"), thing("b").with("host", address("a").attribute("host"))]);
    let cloud = Arc::new(Cloud::new(Nature::default()));
    let (outcome, _) = up(&cloud, &desired).await;
    let (_, error) = &outcome.failed[0];
    assert_eq!(error.message, "thing.b needs thing.a.host, which the provider does not show");
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_own_step_alone() {
    let fault = |_, call: &str, at: &Address| {
        assert!(!(call == "create" && *at == address("a")), "a defect of the provider");
        None
    };
    let cloud = Arc::new(Cloud::new(Nature { fault: Box::new(fault), ..Nature::default() }));
    let desired = graph([thing("a"), thing("b").after([address("a")]), thing("c")]);
    let (outcome, _) = up(&cloud, &desired).await;
    assert_eq!((outcome.done.len(), outcome.skipped.len()), (1, 1));
    assert_eq!(outcome.failed[0].1.kind, ErrorKind::Unexpected);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_cannot_be_followed_ends() {
    let create = |name: &str, after: [usize; 1]| Step {
        address: address(name),
        action: Action::Create { desired: thing(name), replaces: false },
        after: after.into(),
    };
    let plan = Plan { steps: vec![create("a", [1]), create("b", [0]), create("c", [9])], unchanged: Vec::new() };
    let (outcome, _) = run(&Arc::new(Cloud::new(Nature::default())), &plan).await;
    assert_eq!(outcome.skipped, [0, 1, 2]);
    assert!(!outcome.interrupted);
}
