//! What the caller may not do: it is named as an IAM action, what was done is kept, and once it is granted the same command
//! goes on.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::project::{Project, STAGING, census};
use super::storms::counted;

const UP: &str = "up staging --yes --allow-data-loss database.main";
const DOWN: &str = "down staging --yes --allow-data-loss database.main";
const PROMOTE: &str = "promote staging twin --min-age 0s --watch 5s --yes --write";

/// A command that is tried without each of the actions it calls.
struct Case<'a> {
    line: &'a str,
    /// Leads to where there is something for it to do.
    prepare: &'a dyn Fn(&Project),
    /// What has to come first where it could not do all.
    mend: Option<&'a str>,
}

impl Case<'_> {
    /// What it calls, and what it leaves.
    fn undisturbed(&self, project: &Project) -> (Vec<String>, Vec<String>) {
        (self.prepare)(project);
        let before = project.aws.calls().len();
        project.done(self.line);
        (actions(project, before), census(project))
    }

    #[expect(clippy::print_stdout, reason = "in full it takes an hour, and somebody may look how far it is")]
    fn does_without(&self, project: &Project, action: &str, whole: &[String]) {
        println!("`{}` without {action}", self.line);
        (self.prepare)(project);
        let before = ids(project);
        project.aws.deny(&[action]);
        let refused = project.staging(self.line);
        let said = format!("{}{}", refused.out, refused.err);
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(action), "`{}` does not name {action}\n{said}", self.line);
        match refused.code {
            // AWS cannot be asked, or the lock cannot be taken.
            2 => assert_eq!(ids(project), before, "`{}` without {action}", self.line),
            4 => {}
            // Only what was done cannot be written down.
            0 => assert_eq!(action, "secretsmanager:PutSecretValue", "{said}"),
            code => panic!("`{}` without {action}: {code}\n{said}", self.line),
        }
        let kept = ids(project);
        project.aws.deny(&[]);
        for line in self.mend.into_iter().chain([self.line]) {
            project.done(line);
        }
        let after = ids(project);
        if before.is_empty() {
            assert!(kept.is_subset(&after), "without {action}: {:?} did not stay", kept.difference(&after));
        }
        assert_eq!(census(project), whole, "`{}` without {action}", self.line);
        if !whole.is_empty() {
            project.done("plan staging --exit-code");
        }
    }

    /// Gives how many actions were tried.
    fn does_without_each(&self, project: &Project) -> usize {
        let (actions, whole) = self.undisturbed(project);
        actions.iter().for_each(|action| self.does_without(project, action, &whole));
        project.aws.assert_no_violations();
        actions.len()
    }
}

/// Nobody can be forbidden to ask who they are; and whether it stands in another region is asked where one may (see
/// `aws::elsewhere`).
fn actions(project: &Project, after: usize) -> Vec<String> {
    let free = ["sts:GetCallerIdentity", "ec2:DescribeRegions", "ec2:DescribeTags"];
    counted(project, after).into_keys().filter(|action| !free.contains(&action.as_str())).collect()
}

fn ids(project: &Project) -> BTreeSet<String> {
    let all = project.aws.inventory(STAGING);
    let certificate = |one: &&Json| one["kind"] != "certificate";
    all.iter().filter(certificate).map(|one| format!("{} {}", one["kind"], one["id"])).collect()
}

const FROM_NOTHING: Case<'_> = Case { line: UP, prepare: &Project::anew, mend: None };
const CHANGE: Case<'_> = Case { line: UP, prepare: &changed, mend: None };
const REPLACEMENT: Case<'_> = Case { line: UP, prepare: &grown, mend: None };
const REMOVAL: Case<'_> = Case { line: DOWN, prepare: &|project| drop(project.done(UP)), mend: None };
const PROMOTION: Case<'_> = Case { line: PROMOTE, prepare: &released, mend: Some("up twin --yes") };

/// What changes in place, and what is rolled, from the one definition to the other and back.
fn changed(project: &Project) {
    let text = std::fs::read_to_string(project.file("templates/shop.toml")).unwrap();
    let sizes = ["\"t4g.small\"", "\"t4g.medium\""];
    let classes = ["\"db.t4g.medium\"", "\"db.t4g.large\""];
    let durations = ["\"500\"", "\"900\""];
    let there = usize::from(text.contains(sizes[0]));
    project.edit("templates/shop.toml", |text| {
        [sizes, classes, durations].iter().fold(text, |text, pair| text.replace(pair[1 - there], pair[there]))
    });
    project.release("staging", ["1.5.0", "1.6.0"][there]);
}

/// Storage grows in place, and shrinks only by a replacement.
fn grown(project: &Project) {
    let storage = |from, to| project.edit("templates/shop.toml", |text| text.replace(from, to));
    storage("\"20 GiB\"", "\"50 GiB\"");
    project.done(UP);
    storage("\"50 GiB\"", "\"20 GiB\"");
}

/// A release that staging runs and its twin does not.
fn released(project: &Project) {
    let text = std::fs::read_to_string(project.file("environments/twin.toml")).unwrap();
    let next = if text.contains("\"1.6.0\"") { "1.7.0" } else { "1.6.0" };
    project.release("staging", next);
    project.done(UP);
}

#[test]
fn what_is_forbidden_is_named_and_gone_on_with_once_it_is_granted() {
    let project = Project::new(600);
    let (_, whole) = FROM_NOTHING.undisturbed(&project);
    for action in ["secretsmanager:PutSecretValue", "iam:AddRoleToInstanceProfile"] {
        FROM_NOTHING.does_without(&project, action, &whole);
    }
    for action in ["ec2:DescribeVpcs", "autoscaling:StartInstanceRefresh"] {
        CHANGE.does_without(&project, action, &whole);
    }
    REMOVAL.does_without(&project, "ec2:DeleteNatGateway", &[]);
    project.aws.assert_no_violations();
}

#[test]
#[ignore = "ten minutes: every action that `up` calls is forbidden in turn"]
fn each_action_of_an_up_is_named_and_gone_on_with_once_it_is_granted() {
    assert!(FROM_NOTHING.does_without_each(&Project::new(600)) > 50);
}

#[test]
#[ignore = "half an hour: every action that a change, a removal and a promotion call is forbidden in turn"]
fn each_action_of_a_change_is_named_and_gone_on_with_once_it_is_granted() {
    let project = Project::new(600);
    project.done(UP);
    let tried = [&CHANGE, &REPLACEMENT, &REMOVAL].map(|case| case.does_without_each(&project));
    let twins = Project::with_twin(600);
    twins.done(UP);
    twins.done("up twin --yes");
    twins.set_secret("twin");
    let promotion = PROMOTION.does_without_each(&twins);
    assert!(promotion > 30 && tried.iter().all(|tried| *tried > 30), "{tried:?}, {promotion}");
}
