use std::collections::{BTreeMap, BTreeSet};

use super::{crossing, role_path};
use crate::audit::Code;
use crate::audit::check::service::{actions_on, kind_of, writes};
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::iam::{Access, Document, Principal, Request, access};
use crate::model::{ExposedRole, Exposure, Name};

/// Roles of one environment, its operators' too, that reach what another has.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let goods = Goods::new(facts.seen.live.iter().flat_map(|(name, exposure)| goods(name, exposure)).collect());
    let roles = facts
        .seen
        .live
        .iter()
        .flat_map(|(name, exposure)| exposure.roles.iter().map(move |role| (name, exposure, role)));
    roles.flat_map(|(name, exposure, role)| of_role(name, exposure, role, &goods)).collect()
}

struct Good<'a> {
    of: &'a Name,
    account: &'a str,
    arn: &'a str,
    policy: Option<Document>,
    /// A policy that cannot be read may say anything.
    policy_is_known: bool,
}

/// Sorted by ARN, so that those that a role's policies can match stand together.
struct Goods<'a> {
    sorted: Vec<Good<'a>>,
    /// Those with a policy of their own, which may let in a role that has none.
    admitting: Vec<usize>,
}

impl<'a> Goods<'a> {
    fn new(mut sorted: Vec<Good<'a>>) -> Self {
        sorted.sort_by(|a, b| a.arn.cmp(b.arn));
        let admitting = (0..sorted.len()).filter(|at| sorted[*at].policy.is_some()).collect();
        Self { sorted, admitting }
    }

    /// All that the policies, or the resource's own, might allow.
    fn near(&self, policies: &[Document]) -> BTreeSet<usize> {
        let mut near: BTreeSet<usize> = self.admitting.iter().copied().collect();
        for stem in policies.iter().flat_map(Document::stems) {
            let start = self.sorted.partition_point(|good| good.arn < stem);
            let end = start + self.sorted[start..].partition_point(|good| good.arn.starts_with(stem));
            near.extend(start..end);
        }
        near
    }
}

fn goods<'a>(name: &'a Name, exposure: &'a Exposure) -> Vec<Good<'a>> {
    let secrets = exposure.secrets.iter().map(|secret| (&secret.arn, secret.policy.as_ref()));
    let databases = exposure.databases.iter().map(|database| (&database.arn, None));
    let roles = exposure.roles.iter().map(|role| (&role.arn, role.trust.as_ref()));
    let others = exposure.resources.iter().map(|resource| (&resource.arn, resource.policy.as_ref()));
    let all = secrets.chain(databases).chain(roles).chain(others).filter(|(arn, _)| !arn.is_empty());
    all.map(|(arn, policy)| {
        let parsed = policy.map(|text| Document::parse(text));
        let policy_is_known = !matches!(parsed, Some(Err(_)));
        Good { of: name, account: &exposure.account, arn, policy: parsed.and_then(Result::ok), policy_is_known }
    })
    .collect()
}

#[derive(Default)]
struct Reached {
    resources: BTreeSet<&'static str>,
    actions: BTreeSet<&'static str>,
    access: Option<Access>,
}

fn of_role(name: &Name, exposure: &Exposure, role: &ExposedRole, goods: &Goods<'_>) -> Vec<Draft> {
    let read = |texts: &[String]| texts.iter().map(|text| Document::parse(text)).collect::<Result<Vec<_>, _>>();
    // A limit that cannot be read is no limit to rely on.
    let limits: Vec<Document> = role.limits.iter().filter_map(|text| Document::parse(text).ok()).collect();
    let Ok(policies) = read(&role.policies) else {
        let path = role_path(&role.arn);
        let draft =
            crossing(format!("a policy of {path} cannot be read, so nobody knows what it allows"), "write it anew");
        return vec![draft.seen(name, path, None, "not the JSON of a policy document")];
    };
    let principal =
        Principal { arn: &role.arn, account: &exposure.account, policies: &policies, limits: &limits, tags: &[] };
    let mut reached: BTreeMap<&Name, Reached> = BTreeMap::new();
    let near = goods.near(&policies).into_iter().map(|at| &goods.sorted[at]);
    for good in near.filter(|good| good.of != name) {
        // To operate is to look, too; what must not cross is writing.
        for action in actions_on(good.arn).iter().filter(|action| !role.operates || writes(action)) {
            let tags = [("envctl:environment", good.of.as_str())];
            let request = Request {
                action,
                resource: good.arn,
                account: good.account,
                tags: &tags,
                policy: good.policy.as_ref(),
                policy_is_known: good.policy_is_known,
            };
            let access = access(&principal, &request);
            if access > Access::Denied {
                let reached = reached.entry(good.of).or_default();
                reached.resources.insert(kind_of(good.arn));
                reached.actions.insert(action);
                reached.access = reached.access.max(Some(access));
            }
        }
    }
    let code = if role.operates { Code::CrossingOperator } else { Code::CrossingPermission };
    let drafts = reached.into_iter().map(|(owner, reached)| {
        let path = role_path(&role.arn);
        let resources: Vec<&str> = reached.resources.into_iter().collect();
        let on_condition = reached.access < Some(Access::Allowed);
        let but = if on_condition { ", on conditions that hang on the moment" } else { "" };
        let what = if role.operates { "can write to" } else { "reaches" };
        let message = format!("{path} {what} {} of others{but}", resources.join(", "));
        let draft = Draft::new(code, message, "name this environment's resources one by one, or set a boundary");
        let actions: Vec<&str> = reached.actions.into_iter().collect();
        draft.owner(owner).lowered(on_condition).seen(name, path, None, actions.join(", "))
    });
    drafts.collect()
}
