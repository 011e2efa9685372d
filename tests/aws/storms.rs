//! AWS on a bad day: throttled, failing, cut off and slow, all at once; and a call that is never answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::project::{Project, census};

const UP: &str = "up staging --yes";
const DOWN: &str = "down staging --yes --allow-data-loss database.main";

/// No command of a storm takes longer, though half of its calls fail and each takes 200 ms.
const LONGEST: Duration = Duration::from_secs(120);
/// At most so many times the calls of a calm run: of two calls about one fails, and what waits looks more often.
const RETRIES: usize = 3;

fn storm() -> Json {
    json!([
        { "fault": "delay", "milliseconds": 200 },
        { "fault": "throttle", "probability": 0.3 },
        { "fault": "fail", "probability": 0.04 },
        { "fault": "fail", "when": "after", "probability": 0.02 },
        { "fault": "unavailable", "probability": 0.04 },
        { "fault": "cut", "probability": 0.05 },
        { "fault": "cut", "when": "after", "probability": 0.05 },
        { "fault": "close", "probability": 0.02 },
        { "fault": "page", "when": "after", "probability": 0.02 },
    ])
}

/// How many calls each action took since the `after`th, by what IAM calls it.
pub fn counted(project: &Project, after: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in project.aws.calls().iter().skip(after) {
        *counts.entry(name(call)).or_default() += 1;
    }
    counts
}

fn name(call: &Json) -> String {
    let service = call["service"].as_str().unwrap();
    let service = if service == "elbv2" { "elasticloadbalancing" } else { service };
    format!("{service}:{}", call["action"].as_str().unwrap())
}

/// A run on which nothing falls.
struct Calm {
    /// The calls of `up`, and of `down`.
    calls: [usize; 2],
    /// What exists between the two.
    whole: Vec<String>,
}

fn calm() -> &'static Calm {
    static CALM: OnceLock<Calm> = OnceLock::new();
    CALM.get_or_init(|| {
        let project = Project::new(600);
        let calls = || project.aws.calls().len();
        let before = calls();
        project.done(UP);
        let (up, whole) = (calls(), census(&project));
        project.done(DOWN);
        Calm { calls: [up - before, calls() - up], whole }
    })
}

/// Goes up and down in a storm.
fn weathers(seed: usize) {
    let project = Project::new(600);
    let mut after = project.aws.calls().len();
    for (line, size) in [UP, DOWN].into_iter().zip(calm().calls) {
        project.aws.faults(seed, &storm());
        let began = Instant::now();
        let ended = project.staging(line);
        assert_eq!(ended.code, 0, "seed {seed}, envctl {line}\n{}\n{}", ended.out, ended.err);
        assert!(began.elapsed() < LONGEST, "seed {seed}, envctl {line}: {:?}", began.elapsed());
        project.aws.no_faults();
        let counts = counted(&project, after);
        let calls: usize = counts.values().sum();
        assert!(calls < size * RETRIES, "seed {seed}, envctl {line}: {calls} calls, where {size} do\n{counts:#?}");
        let whole = if line == UP { &calm().whole[..] } else { &[] };
        assert_eq!(census(&project), whole, "seed {seed}, envctl {line}");
        assert_eq!(project.staging("plan staging --exit-code").code, i32::from(line == DOWN));
        after = project.aws.calls().len();
    }
    let struck: BTreeSet<String> =
        project.aws.calls().iter().filter_map(|call| call["fault"].as_str().map(str::to_owned)).collect();
    assert_eq!(struck.len(), storm().as_array().unwrap().len(), "{struck:?}");
    project.aws.assert_no_violations();
}

#[test]
fn up_and_down_weather_a_storm() {
    weathers(1);
}

#[test]
#[ignore = "ten minutes: many storms"]
fn up_and_down_weather_every_storm() {
    (2..12).for_each(weathers);
}

/// What was done already is no error the second time, however the answer is lost, and whoever gives another.
#[test]
fn every_other_answer_to_a_change_is_lost() {
    let project = Project::new(600);
    let lost =
        |fault: &str, number: usize| json!({ "fault": fault, "when": "after", "changes": true, "every": number });
    project.aws.faults(0, &json!([lost("close", 3), lost("cut", 2), lost("page", 5)]));
    project.done(UP);
    project.done("plan staging --exit-code");
    assert_eq!(census(&project), calm().whole);
    project.release("staging", "1.6.0");
    project.replace("templates/shop.toml", "storage    = \"50 GiB\"", "storage    = \"80 GiB\"");
    project.done(UP);
    project.done("plan staging --exit-code");
    assert_eq!(census(&project), calm().whole);
    project.done(DOWN);
    assert_eq!(census(&project), [""; 0]);
    project.aws.assert_no_violations();
}

/// For eight seconds EC2 says of all that it has made that there is no such thing, and every other answer is lost: whoever
/// makes it again while it cannot be seen has two.
#[test]
fn what_is_not_seen_yet_is_waited_for_and_made_once() {
    let project = Project::new(60);
    project.aws.set("young", &json!({ "seconds": 8 }));
    let lost = json!({ "fault": "cut", "when": "after", "changes": true, "every": 2, "actions": ["ec2:*"] });
    project.aws.faults(0, &json!([lost]));
    project.done(UP);
    project.aws.no_faults();
    assert_eq!(census(&project), calm().whole);
    project.done("plan staging --exit-code");
    let unseen = project.aws.calls().iter().filter(|call| call["error"].to_string().contains("NotFound")).count();
    assert!(unseen > 10, "{unseen}");
    project.aws.assert_no_violations();
}

/// The client gives up after 30 s.
#[test]
#[ignore = "two minutes: clients wait in real time for an answer that does not come"]
fn a_call_that_is_never_answered_is_tried_again() {
    for when in ["before", "after"] {
        let project = Project::new(600);
        let hangs = |action: &str| json!({ "fault": "hang", "when": when, "actions": [action], "at": 1 });
        project
            .aws
            .faults(0, &json!([hangs("ec2:CreateVpc"), hangs("rds:CreateDBInstance"), hangs("ec2:DescribeSubnets")]));
        let began = Instant::now();
        project.done(UP);
        let took = began.elapsed().as_secs();
        assert!((85..170).contains(&took), "{took} s");
        assert_eq!(census(&project), calm().whole);
        project.done("plan staging --exit-code");
        project.aws.assert_no_violations();
    }
}
