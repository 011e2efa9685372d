use std::collections::BTreeMap;

use super::condition::{Context, Holds, holds};
use super::document::{Document, Principals, Set, Statement};
use super::pattern::{matches, matches_action};

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Principal<'a> {
    /// A role's ARN.
    pub arn: &'a str,
    pub account: &'a str,
    pub policies: &'a [Document],
    /// Its permissions boundary and service control policies: each must allow.
    pub limits: &'a [Document],
    /// The values of `aws:PrincipalTag/…` that are known.
    pub tags: &'a [(&'a str, &'a str)],
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    /// The account that the resource is in.
    pub account: &'a str,
    pub tags: &'a [(&'a str, &'a str)],
    /// The resource's own policy; of a role, its trust policy.
    pub policy: Option<&'a Document>,
    /// Whether that policy is known: an unknown one may let in anybody.
    pub policy_is_known: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Denied,
    /// The principal's side allows it. The resource is in another account, whose own policy nobody has seen.
    OneSided,
    /// Allowed, if conditions hold that hang on the moment.
    Conditional,
    Allowed,
}

/// Whether the principal may do it.
///
/// An explicit `Deny` anywhere ends it. Within one account a resource's policy that names the role is enough, but for what
/// the limits do not allow; across accounts both sides must allow. A role can be assumed only if its trust policy says so.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>
pub fn access(principal: &Principal<'_>, request: &Request<'_>) -> Access {
    let context = context(principal, request);
    let asked = Asked { principal, request, context: &context };
    let everything = principal.policies.iter().chain(principal.limits);
    if everything.clone().any(|document| asked.effect(document, false, false) == Holds::Yes)
        || request.policy.is_some_and(|policy| asked.effect(policy, false, true) == Holds::Yes)
    {
        return Access::Denied;
    }
    let limit = principal.limits.iter().map(|document| asked.effect(document, true, false)).fold(Holds::Yes, both);
    let own = principal.policies.iter().map(|document| asked.effect(document, true, false)).fold(Holds::No, either);
    let own = both(own, limit);
    let (named, delegated) = request.policy.map_or((Holds::No, Holds::No), |policy| asked.admitted(policy));
    let is_role = request.action.eq_ignore_ascii_case("sts:AssumeRole");
    let allowed = if principal.account == request.account {
        match (is_role, request.policy_is_known) {
            // The account of a trust policy leaves the rest to the policies of whoever asks.
            (true, true) => either(both(named, limit), both(delegated, own)),
            (true, false) | (false, _) => either(own, both(named, limit)),
        }
    } else if request.policy_is_known {
        both(own, either(named, delegated))
    } else if own == Holds::No {
        Holds::No
    } else {
        return Access::OneSided;
    };
    match allowed {
        Holds::Yes => Access::Allowed,
        Holds::No => Access::Denied,
        Holds::Unknown => Access::Conditional,
    }
}

fn both(left: Holds, right: Holds) -> Holds {
    match (left, right) {
        (Holds::No, _) | (_, Holds::No) => Holds::No,
        (Holds::Yes, Holds::Yes) => Holds::Yes,
        _ => Holds::Unknown,
    }
}

fn either(left: Holds, right: Holds) -> Holds {
    match (left, right) {
        (Holds::Yes, _) | (_, Holds::Yes) => Holds::Yes,
        (Holds::No, Holds::No) => Holds::No,
        _ => Holds::Unknown,
    }
}

struct Asked<'a> {
    principal: &'a Principal<'a>,
    request: &'a Request<'a>,
    context: &'a Context,
}

impl Asked<'_> {
    /// Whether a document allows (or denies) it. A `Deny` on conditions that are unknown is none.
    fn effect(&self, document: &Document, allows: bool, of_resource: bool) -> Holds {
        let statements = document.statements.iter().filter(|statement| statement.allows == allows);
        let effects = statements.filter(|statement| self.is_about(statement)).filter_map(|statement| {
            let applies = !of_resource || self.is_excluded_or_named(statement);
            applies.then(|| holds(&statement.conditions, self.context))
        });
        effects.fold(Holds::No, either)
    }

    fn is_about(&self, statement: &Statement) -> bool {
        let action = match &statement.actions {
            Set::Of(patterns) => patterns.iter().any(|pattern| matches_action(pattern, self.request.action)),
            Set::AllBut(patterns) => !patterns.iter().any(|pattern| matches_action(pattern, self.request.action)),
        };
        let resource = |pattern: &String| matches(&self.filled(pattern, statement.allows), self.request.resource);
        action
            && match &statement.resources {
                Set::Of(patterns) => patterns.iter().any(resource),
                Set::AllBut(patterns) => !patterns.iter().any(resource),
            }
    }

    /// A pattern with its policy variables put in. One that is not known may be anything; a `Deny` cannot rely on it.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
    fn filled(&self, pattern: &str, allows: bool) -> String {
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((variable, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            match (variable, self.context.get(&variable.to_ascii_lowercase())) {
                ("*" | "?" | "$", _) => filled.push('?'),
                (_, Some(Some(value))) => filled.push_str(value),
                (_, Some(None)) => filled.push('\u{0}'),
                (_, None) => filled.push(if allows { '*' } else { '\u{0}' }),
            }
            rest = behind;
        }
        filled + rest
    }

    /// Whether a `Deny` of a resource's policy is meant for the principal.
    fn is_excluded_or_named(&self, statement: &Statement) -> bool {
        let names_it = |name: &String| self.is_named(name) || self.is_its_account(name) || name == "*";
        match &statement.principals {
            Some(Principals::Of(names)) => names.iter().any(names_it),
            // To spare a role, `NotPrincipal` must name it and its account.
            Some(Principals::AllBut(names)) => !names.iter().any(names_it),
            None => false,
        }
    }

    /// What a resource's policy gives to the role by name, and to its account as a whole.
    fn admitted(&self, policy: &Document) -> (Holds, Holds) {
        let (mut named, mut delegated) = (Holds::No, Holds::No);
        for statement in policy.statements.iter().filter(|statement| statement.allows && self.is_about(statement)) {
            let holds = holds(&statement.conditions, self.context);
            match &statement.principals {
                Some(Principals::Of(names)) => {
                    if names.iter().any(|name| name == "*" || self.is_named(name)) {
                        named = either(named, holds);
                    }
                    if names.iter().any(|name| self.is_its_account(name)) {
                        delegated = either(delegated, holds);
                    }
                }
                // With `Allow` it lets in everybody else.
                Some(Principals::AllBut(names)) if !names.iter().any(|name| self.is_named(name)) => {
                    named = either(named, holds);
                }
                _ => {}
            }
        }
        (named, delegated)
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.principal.arn || is_session_of(name, self.principal.arn)
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts>
    fn is_its_account(&self, name: &str) -> bool {
        let account = self.principal.account;
        name == account || (name.starts_with("arn:") && name.ends_with(&format!(":iam::{account}:root")))
    }
}

/// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` is a session of `arn:aws:iam::ACCOUNT:role/…/NAME`.
fn is_session_of(session: &str, role: &str) -> bool {
    let (Some((_, session)), Some((_, role))) = (session.split_once(":sts::"), role.split_once(":iam::")) else {
        return false;
    };
    let (Some((one, session)), Some((other, role))) = (session.split_once(":assumed-role/"), role.split_once(":role/"))
    else {
        return false;
    };
    one == other && session.split('/').next() == role.rsplit('/').next()
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
fn context(principal: &Principal<'_>, request: &Request<'_>) -> Context {
    let mut context: Context = BTreeMap::new();
    let mut set = |key: String, value: &str| drop(context.insert(key.to_ascii_lowercase(), Some(value.to_owned())));
    set("aws:PrincipalArn".to_owned(), principal.arn);
    set("aws:PrincipalAccount".to_owned(), principal.account);
    set("aws:ResourceAccount".to_owned(), request.account);
    set("aws:PrincipalIsAWSService".to_owned(), "false");
    for (tag, value) in principal.tags {
        set(format!("aws:PrincipalTag/{tag}"), value);
    }
    let service = request.action.split(':').next().unwrap_or_default();
    for (tag, value) in request.tags {
        for prefix in ["aws", service] {
            set(format!("{prefix}:ResourceTag/{tag}"), value);
        }
    }
    context
}
