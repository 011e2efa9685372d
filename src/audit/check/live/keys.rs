use super::shared;
use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::Path;

/// One key pair opens the machines of several environments, and one role is what several run as.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let remedy = "make one for each, or none: a session manager needs no keys";
    let mut drafts = shared(
        facts,
        |exposure| {
            let pairs = exposure.key_pairs.iter();
            pairs.map(|pair| (pair.fingerprint.clone(), Path::new(["key-pair", pair.name.as_str()]))).collect()
        },
        |_| Draft::new(Code::SharedKeyPair, "one key pair opens their machines", remedy),
    );
    drafts.extend(shared(
        facts,
        |exposure| exposure.roles.iter().map(|role| (role.arn.clone(), super::role_path(&role.arn))).collect(),
        |arn| Draft::new(Code::SharedRole, format!("they run as, or are operated by, {arn}"), "make a role for each"),
    ));
    drafts
}
