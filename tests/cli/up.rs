//! `up`, `plan` and `down` through the planner and the engine, on a provider in memory and a clock that jumps.

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use envctl::cli::{Answer, Error, Exit, Fate, Globals, down, plan, up};
use envctl::graph::Graph;
use envctl::model::{Environment, Name, Observed, State, Target};
use envctl::record::{Actor, LEASE, Lock, Operation, Outcome, Record};
use envctl::ui::plan::Detail;
use jiff::Timestamp;

use crate::engine::cloud::{Cloud, Nature, fails};
use crate::support::graphs::{address, graph, thing};
use crate::ui::sample::{definition, header};

#[derive(Parser)]
struct Alone<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

fn parse<A: clap::Args>(line: &str) -> A {
    Alone::parse_from(std::iter::once("envctl").chain(line.split_whitespace())).args
}

struct Project {
    environment: Environment,
    desired: Graph,
    cloud: Arc<Cloud>,
}

impl Project {
    fn new(nature: Nature) -> Self {
        let mut environment = definition("staging", header().target, None).environment;
        if let Target::Aws(aws) = &mut environment.target {
            "1".clone_into(&mut aws.account);
        }
        let desired = graph([thing("vpc"), thing("subnet").with("vpc", address("vpc").attribute("id"))]);
        Self { environment, desired, cloud: Arc::new(Cloud::new(nature)) }
    }

    async fn up(&self, line: &str) -> Result<Answer, Error> {
        let (globals, args) = (parse::<Globals>("--ci true"), parse(line));
        up::run(&args, &globals, &self.environment, &self.desired, &self.cloud, &Fate::Kept).await
    }

    async fn down(&self, line: &str) -> Result<Answer, Error> {
        let (globals, args) = (parse::<Globals>("--ci true"), parse(line));
        down::run(&args, &globals, &self.environment, &self.desired, &self.cloud).await
    }

    async fn plan(&self) -> Exit {
        let args = parse("staging --exit-code");
        plan::run(&args, &self.environment, &self.desired, self.cloud.as_ref(), Detail::Brief).await.unwrap().exit
    }
}

#[tokio::test(start_paused = true)]
async fn up_then_nothing_then_down() {
    let project = Project::new(Nature::default());
    assert_eq!(project.plan().await, Exit::Differences);
    let answer = project.up("staging --yes").await.unwrap();
    assert!(answer.text.starts_with("\u{1b}[32mstaging is up") && answer.exit == Exit::Done, "{answer:?}");
    assert_eq!(project.plan().await, Exit::Done);
    assert!(project.up("staging --yes").await.unwrap().text.contains("No changes: staging"));
    let answer = project.down("staging --yes").await.unwrap();
    assert!(answer.text.contains("staging is gone") && project.cloud.inventory().is_empty(), "{answer:?}");
    assert!(project.down("staging --yes").await.unwrap().text.contains("Nothing of staging exists"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_leaves_the_rest_for_the_next_run() {
    let project = Project::new(fails("create", "vpc", envctl::provider::ErrorKind::Quota));
    let answer = project.up("staging --yes").await.unwrap();
    assert_eq!(answer.exit, Exit::Partial);
    assert!(answer.text.contains("Run `envctl up staging` again"), "{}", answer.text);
}

impl Project {
    /// Somebody elsewhere is at work.
    fn is_held_since(&self, since: Timestamp) {
        let by = Actor { who: "ada".to_owned(), host: "ci-7".to_owned(), process: None };
        let lock =
            Lock { id: "x".to_owned(), by, operation: Operation::Up, release: None, since, until: since + LEASE };
        *self.cloud.kept.lock().unwrap() = (1, Record { lock: Some(lock), ..Record::default() });
    }

    fn entries(&self) -> Vec<(Operation, Outcome)> {
        let (_, record) = self.cloud.kept.lock().unwrap().clone();
        assert_eq!(record.lock, None, "a lock was left behind");
        record.entries.iter().map(|entry| (entry.operation, entry.outcome)).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn every_change_is_written_down_and_nothing_done_is_not() {
    let project = Project::new(Nature::default());
    project.up("staging --yes").await.unwrap();
    project.up("staging --yes").await.unwrap();
    project.down("staging --yes").await.unwrap();
    assert_eq!(project.entries(), [(Operation::Up, Outcome::Done), (Operation::Down, Outcome::Done)]);
    // What an earlier one could not finish has come to its end by itself since.
    project.up("staging --yes").await.unwrap();
    project.cloud.kept.lock().unwrap().1.entries.last_mut().unwrap().outcome = Outcome::Partly;
    project.up("staging --yes").await.unwrap();
    let (up, down) = ((Operation::Up, Outcome::Done), (Operation::Down, Outcome::Done));
    assert_eq!(project.entries(), [up, down, (Operation::Up, Outcome::Partly), up]);
    let failing = Project::new(fails("create", "vpc", envctl::provider::ErrorKind::Quota));
    failing.up("staging --yes").await.unwrap();
    assert_eq!(failing.entries(), [(Operation::Up, Outcome::Partly)]);
}

#[tokio::test(start_paused = true)]
async fn who_holds_it_is_said_and_nothing_is_changed() {
    let project = Project::new(Nature::default());
    project.is_held_since(Timestamp::now());
    let refused = project.up("staging --yes").await.unwrap_err();
    assert_eq!(refused.exit(), Exit::Refused);
    let said = refused.human();
    assert!(said.contains("`up` by ada on ci-7") && said.contains("envctl unlock staging"), "{said}");
    assert_eq!(project.cloud.count("create"), 0);
    // Nobody was heard of for longer than a lock lasts.
    project.is_held_since(Timestamp::now() - LEASE);
    project.up("staging --yes").await.unwrap();
    assert_eq!(project.entries(), [(Operation::Up, Outcome::Abandoned), (Operation::Up, Outcome::Done)]);
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_one_waits_and_finds_all_done() {
    let project = Project::new(Nature::default());
    let both = ["staging --yes --lock-timeout 10m"; 2];
    let (one, other) = tokio::join!(project.up(both[0]), project.up(both[1]));
    let texts = [one.unwrap().text, other.unwrap().text];
    assert_eq!(texts.iter().filter(|text| text.contains("staging is up")).count(), 1, "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("No changes")).count(), 1, "{texts:?}");
    assert_eq!(project.cloud.count("create"), 2, "one for each resource");
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_is_broken_stops_the_work() {
    let project = Project::new(Nature { otherwise: Duration::from_secs(3600), ..Nature::default() });
    let breaking = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut kept = project.cloud.kept.lock().unwrap();
        assert!(kept.1.lock.take().is_some());
        kept.0 += 1;
    };
    let (ended, ()) = tokio::join!(project.up("staging --yes"), breaking);
    assert_eq!(ended.unwrap_err().exit(), Exit::Partial);
    assert!(project.entries().is_empty(), "whoever breaks a lock writes down what it was held for");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_was_read_is_applied_as_it_was_read_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("staging.plan");
    let (line, file) = (format!("staging --plan {}", file.display()), file.to_str().unwrap().to_owned());
    let mut project = Project::new(Nature::default());
    let written = async |project: &Project| {
        let args = parse(&format!("staging --out {file}"));
        plan::run(&args, &project.environment, &project.desired, project.cloud.as_ref(), Detail::Brief).await.unwrap();
    };
    let refused = async |project: &Project, why: &str| {
        let error = project.up(&line).await.unwrap_err();
        assert!(error.exit() == Exit::Refused && error.human().contains(why), "{why}: {}", error.human());
        assert!(error.human().contains("envctl plan staging --out FILE"), "{}", error.human());
    };

    // The definition has moved: what it says, and how it is laid out.
    written(&project).await;
    let before = project.environment.clone();
    project.environment.release = Some("9.9.9".to_owned());
    refused(&project, "release has changed in the definition since").await;
    project.environment = before;
    let desired = project.desired.clone();
    project.desired = graph([thing("vpc"), thing("subnet").with("vpc", address("vpc").attribute("id")), thing("new")]);
    refused(&project, "the plan comes out otherwise").await;
    project.desired = desired;

    // The file has been changed by hand, or is another version's.
    let edited = async |project: &Project, from: &str, to: &str, why: &str| {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        refused(project, why).await;
        std::fs::write(&file, text).unwrap();
    };
    edited(&project, "thing.subnet\\n", "nothing\\n", "the plan comes out otherwise").await;
    edited(&project, "\"changes\": true", "\"changes\": false", "the plan comes out otherwise").await;
    edited(
        &project,
        &format!("\"envctl\": \"{}\"", env!("CARGO_PKG_VERSION")),
        "\"envctl\": \"0.0.1\"",
        "0.0.1 made the plan",
    )
    .await;

    // The world has moved.
    let by_hand = Observed::new(address("by-hand"), "h-1", State::Ready);
    project.cloud.put(by_hand);
    refused(&project, "(h-1) is new since").await;
    assert_eq!(project.cloud.count("create"), 0);

    // Written anew it holds, needs no further word, and only once.
    written(&project).await;
    assert!(project.up(&line).await.unwrap().text.contains("staging is up"));
    refused(&project, "is gone since").await;

    // Another environment's.
    project.environment.name = Name::new("prod").unwrap();
    let other = project.up(&line).await.unwrap_err().human();
    assert!(other.contains("it is a plan for \"staging\""), "{other}");
}
