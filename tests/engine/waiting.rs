use std::sync::Arc;

use envctl::model::{Inventory, State};
use envctl::plan::plan;
use envctl::provider::Patience;
use snapbox::{assert_data_eq, str};

use crate::support::graphs::{address, graph, inventory, seen, thing};

use super::cloud::{Cloud, Nature, seconds};
use super::drive::{run, told, up};

#[tokio::test(start_paused = true)]
async fn what_is_not_visible_yet_is_waited_for() {
    let cloud = Arc::new(Cloud::new(Nature { lag: seconds(8), ..Nature::default() }));
    let (outcome, events) = up(&cloud, &graph([thing("a")])).await;
    assert!(outcome.is_complete());
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.a waiting: not visible yet
thing.a waiting: creating
thing.a finished

"#]]
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_is_done_when_its_values_are_seen() {
    let cloud = Arc::new(Cloud::new(Nature { lag: seconds(8), ..Nature::default() }));
    up(&cloud, &graph([thing("a").with("size", 1)])).await;
    let larger = graph([thing("a").with("size", 2)]);
    let (outcome, events) = up(&cloud, &larger).await;
    assert!(outcome.took >= seconds(18), "{:?}", outcome.took);
    assert!(plan(&larger, &cloud.inventory()).is_empty());
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.a waiting: ready, but not yet with the new size
thing.a waiting: modifying
thing.a finished

"#]]
    );
}

#[tokio::test(start_paused = true)]
async fn a_volatile_attribute_is_the_new_one_when_its_dependents_change() {
    let desired = |image: &str| {
        graph([
            thing("template").with("image", image).volatile("revision"),
            thing("fleet").with("template", address("template").attribute("revision")),
        ])
    };
    let cloud = Arc::new(Cloud::new(Nature::default()));
    up(&cloud, &desired("1")).await;
    let (outcome, _) = up(&cloud, &desired("2")).await;
    assert_eq!(outcome.done.len(), 2);
    let then = cloud.inventory();
    let fleet = then.get(&address("fleet")).expect("it is there");
    assert_eq!(fleet.properties["template"], "template-0.2".into());
    assert!(plan(&desired("2"), &then).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_under_way_is_waited_for_before_the_next_and_not_asked_for_twice() {
    let desired = graph([thing("a").with("size", 2)]);
    let cloud = Arc::new(Cloud::new(Nature::default()));
    up(&cloud, &graph([thing("a").with("size", 1)])).await;
    // Another run begins the change and dies.
    let first = tokio::spawn({
        let (cloud, desired) = (Arc::clone(&cloud), desired.clone());
        async move { up(&cloud, &desired).await }
    });
    tokio::time::sleep(seconds(1)).await;
    first.abort();
    assert!(matches!(cloud.inventory().resources[0].state, State::Pending(_)));
    let (outcome, _) = up(&cloud, &desired).await;
    assert!(outcome.is_complete());
    assert_eq!(cloud.count("update"), 1);
    let (outcome, _) = up(&cloud, &graph([thing("a").with("size", 3)])).await;
    assert!(outcome.is_complete());
    assert_eq!(cloud.count("update"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_turns_out_to_be_none_is_not_asked_for() {
    let base = thing("base");
    let user = thing("user").with("uses", address("base").attribute("arn"));
    let cloud = Arc::new(Cloud::new(Nature::default()));
    up(&cloud, &graph([base.clone(), user.clone()])).await;
    // Unlike the provider by now, the inventory does not know the base's ARN.
    let mut observed = cloud.inventory();
    observed.resources[0].state = State::Pending("creating".to_owned());
    observed.resources[0].attributes.remove("arn");
    let top = thing("top").with("uses", address("user").attribute("arn"));
    let plan = plan(&graph([base, user, top]), &observed);
    assert_eq!(plan.tally().change, 1);
    let (outcome, _) = run(&cloud, &plan).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert_eq!((cloud.count("update"), cloud.count("create thing.top")), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_waits_for_what_still_uses_it() {
    let cloud = Arc::new(Cloud::new(Nature { deleting: seconds(60), ..Nature::default() }));
    cloud.put(seen("group"));
    cloud.put(seen("interface").with("group", "group-id"));
    let all = cloud.inventory();
    // The interface belongs to something that is on its way out; no plan knows of it.
    let unseen = all.get(&address("interface")).expect("it is there").clone();
    let helper = Arc::clone(&cloud);
    let leaving = tokio::spawn(async move { envctl::provider::Provider::delete(&*helper, &unseen).await });
    let (outcome, events) = run(&cloud, &plan(&graph([]), &inventory([seen("group")]))).await;
    leaving.await.expect("it does not panic").expect("it is deleted");
    assert!(outcome.is_complete());
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.group started
thing.group waiting: still in use
thing.group waiting: deleting
thing.group finished

"#]]
    );
    // It notices within one interval that nothing uses it any more, and then that it is gone.
    assert!(outcome.took >= seconds(120) && outcome.took <= seconds(131), "{:?}", outcome.took);
    // 1 s, 1.5 s, 2.25 s … up to the interval of 5 s, through 60 s.
    assert!((12..=16).contains(&cloud.count("delete thing.group")), "{}", cloud.count("delete thing.group"));
    assert!(cloud.inventory().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_stays_in_use_is_named_when_the_time_is_over() {
    let patience = Patience { interval: seconds(5), deadline: seconds(60) };
    let cloud = Arc::new(Cloud::new(Nature { patience, ..Nature::default() }));
    cloud.put(seen("group"));
    cloud.put(seen("interface").with("group", "group-id"));
    let (outcome, _) = run(&cloud, &plan(&graph([]), &inventory([seen("group")]))).await;
    let (_, error) = &outcome.failed[0];
    assert_eq!(error.kind, envctl::provider::ErrorKind::InUse);
    assert!(error.message.contains("the last state was: group-id is used by interface-id"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_out_makes_way_for_a_new_one() {
    let desired = graph([thing("a")]);
    let cloud = Arc::new(Cloud::new(Nature { deleting: seconds(60), ..Nature::default() }));
    up(&cloud, &desired).await;
    let old = cloud.inventory().resources.remove(0);
    envctl::provider::Provider::delete(&*cloud, &old).await.expect("it is deleted");
    let (outcome, _) = up(&cloud, &desired).await;
    assert!(outcome.is_complete());
    assert_eq!(outcome.done.len(), 2);
    let now = cloud.inventory().resources;
    assert!(now.len() == 1 && now[0].id != old.id);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_says_what_was_waited_for_and_how_long() {
    let patience = Patience { interval: seconds(5), deadline: seconds(90) };
    let cloud = Arc::new(Cloud::new(Nature { otherwise: seconds(1000), patience, ..Nature::default() }));
    let (outcome, events) = run(&cloud, &plan(&graph([thing("a")]), &Inventory::default())).await;
    assert!(outcome.took >= seconds(90) && outcome.took < seconds(91), "{:?}", outcome.took);
    assert_eq!(outcome.failed.len(), 1);
    assert_data_eq!(
        told(&events),
        str![[r#"
thing.a started
thing.a waiting: creating
thing.a failed: gave up after 1 min 30 s, waiting to see it ready; the last state was: creating

"#]]
    );
}
