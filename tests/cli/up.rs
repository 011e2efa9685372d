//! `up`, `plan` and `down` through the planner and the engine, on a provider in memory and a clock that jumps.

use std::sync::Arc;

use clap::Parser;
use envctl::cli::{Answer, Error, Exit, Globals, down, plan, up};
use envctl::engine::Options;
use envctl::graph::Graph;
use envctl::model::{Environment, Target};
use envctl::ui::plan::Detail;

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
        up::run(&args, &globals, &self.environment, &self.desired, Arc::clone(&self.cloud), Options::default()).await
    }

    async fn down(&self, line: &str) -> Result<Answer, Error> {
        let (globals, args) = (parse::<Globals>("--ci true"), parse(line));
        down::run(&args, &globals, &self.environment, &self.desired, Arc::clone(&self.cloud), Options::default()).await
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
