//! Each action of the list in [`grants`]: EC2's by dry runs where they can be, the others by IAM's own simulation.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType as Decision,
};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::dry_run;
use crate::aws::clients::Clients;
use crate::aws::error::{Failure, failed};
use crate::aws::grants::{self, Scope, Statement};
use crate::model::Target;
use crate::provider::{Caller, Check, ErrorKind};

/// IAM is one for all of the account's tools, and throttles.
const AT_ONCE: usize = 4;

pub async fn checks(aws: &Clients, caller: &Caller) -> Vec<Check> {
    let (tried, simulated) = tokio::join!(dry_run::verdicts(aws), simulate(aws, caller));
    let (simulated, trouble) = match simulated {
        Ok(simulated) => (simulated, None),
        Err(failure) => (BTreeMap::new(), Some(failure)),
    };
    let verdict = |action: &str| tried.get(action).or_else(|| simulated.get(action)).copied();
    let mut denied: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let (mut allowed, mut unknown) = (0_usize, Vec::new());
    for (why, grant) in grants::all() {
        match verdict(grant.action) {
            Some(true) => allowed += 1,
            Some(false) => denied.entry(why).or_default().push(grant.action),
            None => unknown.push(grant.action),
        }
    }
    let argument = aws.environment.argument();
    let policy = format!("`envctl doctor --policy {argument}` prints on what");
    let mut checks: Vec<Check> = denied
        .into_iter()
        .map(|(why, actions)| {
            let actions = actions.join(", ");
            let remedy = format!("allow {actions} to {}; {policy}", caller.name);
            Check::missing("permission", format!("not allowed: {actions}"), why, remedy)
        })
        .collect();
    if allowed > 0 {
        checks.insert(0, Check::in_order("permissions", format!("{allowed} actions are allowed")));
    }
    if !unknown.is_empty() {
        let found = format!("of {} actions it cannot be told whether they are allowed", unknown.len());
        let why = trouble.map_or_else(|| format!("IAM says nothing of {}", unknown.join(", ")), |it| it.error.message);
        checks.push(Check::unknown("permissions", found, why, format!("allow iam:SimulatePrincipalPolicy; {policy}")));
    }
    checks
}

/// Whether the caller's policies allow each action on everything that it is granted on.
async fn simulate(aws: &Clients, caller: &Caller) -> Result<BTreeMap<&'static str, bool>, Failure> {
    let Target::Aws(target) = &aws.environment.target else { return Ok(BTreeMap::new()) };
    let statements = grants::statements();
    if caller.name.ends_with(":root") {
        // Policies do not bind it, and IAM simulates it not.
        return Ok(statements.iter().flat_map(|one| &one.actions).map(|action| (*action, true)).collect());
    }
    let scope = Scope::of(&aws.scope.app, &aws.scope.environment, target);
    let principal = &principal(&caller.name)?;
    let asked = statements.iter().cloned().map(|statement| denied(aws, principal, statement, &scope));
    let denied: Vec<BTreeSet<&'static str>> = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
    let actions = statements.iter().flat_map(|statement| &statement.actions);
    Ok(actions.map(|action| (*action, !denied.iter().any(|some| some.contains(action)))).collect())
}

/// The actions of a statement that are not allowed on one of its resources.
async fn denied(
    aws: &Clients,
    principal: &str,
    statement: Statement,
    scope: &Scope,
) -> Result<BTreeSet<&'static str>, Failure> {
    let context = statement.on.conditions(scope).into_iter().map(|condition| {
        // Of several values, or any one, one is enough.
        let value = condition.values.into_iter().next().unwrap_or_default().replace('*', "envctl");
        let entry = ContextEntry::builder().context_key_name(condition.key).context_key_values(value);
        entry.context_key_type(ContextKeyTypeEnum::String).build()
    });
    let resources: Vec<String> = statement.resources.iter().map(|resource| scope.sample(resource)).collect();
    let request = aws
        .iam
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(statement.actions.iter().map(|action| (*action).to_owned()).collect()))
        .set_resource_arns((!resources.is_empty()).then_some(resources))
        .set_context_entries(Some(context.collect()));
    let results = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let results = results.map_err(failed("iam:SimulatePrincipalPolicy"))?;
    let refused: BTreeSet<&str> =
        results.iter().filter(|result| !is_allowed(result)).map(EvaluationResult::eval_action_name).collect();
    Ok(statement.actions.iter().copied().filter(|action| refused.contains(action)).collect())
}

fn is_allowed(result: &EvaluationResult) -> bool {
    let each = result.resource_specific_results().iter().map(|one| one.eval_resource_decision());
    each.chain([result.eval_decision()]).all(|decision| *decision == Decision::Allowed)
}

/// The user, or the role that was assumed: IAM simulates no session.
fn principal(caller: &str) -> Result<String, Failure> {
    let parts: Vec<&str> = caller.splitn(6, ':').collect();
    let ["arn", partition, service, _, account, name] = parts[..] else { return Err(nobody(caller)) };
    match (service, name.split('/').collect::<Vec<_>>().as_slice()) {
        ("iam", _) => Ok(caller.to_owned()),
        ("sts", ["assumed-role", role, ..]) => Ok(format!("arn:{partition}:iam::{account}:role/{role}")),
        _ => Err(nobody(caller)),
    }
}

fn nobody(caller: &str) -> Failure {
    Failure::new(ErrorKind::Rejected, format!("{caller} is neither a user nor a role, and IAM simulates only these"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_role() {
        let user = "arn:aws:iam::111111111111:user/team/ann";
        assert_eq!(principal(user).unwrap(), user);
        let session = "arn:aws-cn:sts::111111111111:assumed-role/deploys/envctl";
        assert_eq!(principal(session).unwrap(), "arn:aws-cn:iam::111111111111:role/deploys");
        assert!(principal("arn:aws:sts::111111111111:federated-user/ann").is_err());
    }
}
