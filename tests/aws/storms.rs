//! AWS on a bad day: throttled, failing, cut off and slow, all at once; a call that is never answered; and what the caller
//! may not do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::project::{Project, STAGING, census};

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

/// How many calls each action took since the `after`th.
fn counted(project: &Project, after: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in project.aws.calls().iter().skip(after) {
        *counts.entry(name(call)).or_default() += 1;
    }
    counts
}

/// As IAM calls it.
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

/// Forbids each of the actions in turn, from the environment that is there: `up` stops cleanly, names it, and goes on once
/// it is granted.
fn does_without(project: &Project, action: &str, whole: &[String]) {
    project.anew();
    project.aws.deny(&[action]);
    let refused = project.staging(UP);
    let said = format!("{}{}", refused.out, refused.err);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(action), "{action} is not named\n{}\n{}", refused.out, refused.err);
    match refused.code {
        // AWS cannot be asked, or the lock cannot be taken.
        2 => assert_eq!(census(project), [""; 0], "without {action}"),
        4 => {}
        // Only what was done cannot be written down.
        0 => assert_eq!(action, "secretsmanager:PutSecretValue", "{said}"),
        code => panic!("without {action}: {code}\n{}\n{}", refused.out, refused.err),
    }
    let kept = ids(project);
    project.aws.deny(&[]);
    project.done(UP);
    let after = ids(project);
    assert!(kept.is_subset(&after), "without {action}: {:?} did not stay", kept.difference(&after));
    project.done("plan staging --exit-code");
    assert_eq!(census(project), whole, "without {action}");
}

fn ids(project: &Project) -> BTreeSet<String> {
    project.aws.inventory(STAGING).iter().map(|one| format!("{} {}", one["kind"], one["id"])).collect()
}

/// What `up` calls.
fn actions(project: &Project) -> Vec<String> {
    project.done(UP);
    // Nobody can be forbidden to ask who they are.
    let without = ["sts:GetCallerIdentity", "acm:ImportCertificate"];
    counted(project, 0).into_keys().filter(|action| !without.contains(&action.as_str())).collect()
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

#[test]
fn what_is_forbidden_is_named_and_gone_on_with_once_it_is_granted() {
    let project = Project::new(600);
    project.done(UP);
    let whole = census(&project);
    for action in ["ec2:DescribeVpcs", "secretsmanager:PutSecretValue", "iam:AddRoleToInstanceProfile"] {
        does_without(&project, action, &whole);
    }
    project.aws.assert_no_violations();
}

#[test]
#[ignore = "ten minutes: every action that `up` calls is forbidden in turn"]
fn each_action_that_is_forbidden_is_named_and_gone_on_with_once_it_is_granted() {
    let project = Project::new(600);
    let actions = actions(&project);
    let whole = census(&project);
    assert!(actions.len() > 50, "{actions:?}");
    for action in &actions {
        does_without(&project, action, &whole);
    }
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
