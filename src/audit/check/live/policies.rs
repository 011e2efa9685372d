use std::collections::BTreeMap;

use crate::audit::Code;
use crate::audit::check::service::actions_on;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::iam::{Access, Document, Principal, Request, access};
use crate::model::{Name, Path};

/// Policies of resources that let in everybody, or the account of another environment as a whole.
///
/// What they give to a single role of another environment is found with that role.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    // Of a shared account nobody can say whose it is.
    let mut accounts: BTreeMap<&str, Vec<&Name>> = BTreeMap::new();
    for (name, exposure) in facts.seen.live {
        accounts.entry(&exposure.account).or_default().push(name);
    }
    let mut drafts = Vec::new();
    for (name, exposure) in facts.seen.live {
        let secrets = exposure
            .secrets
            .iter()
            .map(|secret| (Path::new(["secrets", secret.name.as_str()]), &secret.arn, &secret.policy));
        let others =
            exposure.resources.iter().map(|one| (Path::new(["resource", one.arn.as_str()]), &one.arn, &one.policy));
        for (path, arn, policy) in secrets.chain(others) {
            let Some(text) = policy else { continue };
            let Ok(policy) = Document::parse(text) else { continue };
            let admits = |account: &str| admits(&policy, arn, &exposure.account, account);
            // Nobody has this account: who is let in from there is everybody.
            if admits(NOBODY) {
                let message = format!("the policy of {path} lets everybody in");
                let draft = Draft::new(Code::CrossingPolicy, message, "name the roles that may use it");
                drafts.push(draft.seen(name, path, None, "its policy"));
                continue;
            }
            let foreign =
                accounts.iter().filter(|(account, names)| **account != exposure.account && !names.contains(&name));
            for (account, others) in foreign.filter(|(account, _)| admits(account)) {
                let message = format!("the policy of {path} lets account {account} in");
                let draft =
                    Draft::new(Code::CrossingPolicy, message, "name the environment's own roles alone").owner(name);
                let draft = others.iter().fold(draft, |draft, other| {
                    draft.seen(other, path.clone(), None, format!("its account {account}"))
                });
                drafts.push(draft);
            }
        }
    }
    drafts
}

const NOBODY: &str = "000000000000";

/// Whether a role of the account that may do anything there gets in.
fn admits(policy: &Document, arn: &str, own: &str, account: &str) -> bool {
    let everything = [Document::allowing(vec!["*".to_owned()], vec!["*".to_owned()])];
    let role = format!("arn:aws:iam::{account}:role/anyone");
    let principal = Principal { arn: &role, account, policies: &everything, ..Principal::default() };
    actions_on(arn).iter().any(|action| {
        let request =
            Request { action, resource: arn, account: own, tags: &[], policy: Some(policy), policy_is_known: true };
        access(&principal, &request) == Access::Allowed
    })
}
