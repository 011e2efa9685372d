use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::{Name, Path, Peer, Rule, SecurityGroup};

/// Security groups that let in another environment, or more than the audience.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut owners: BTreeMap<&str, &Name> = BTreeMap::new();
    for (name, exposure) in facts.seen.live {
        owners.extend(exposure.security_groups.iter().map(|group| (group.id.as_str(), name)));
    }
    let mut drafts = Vec::new();
    for (name, exposure) in facts.seen.live {
        for group in &exposure.security_groups {
            let path = Path::new(["security-group", group.name.as_str()]);
            for rule in &group.inbound {
                let found = match &rule.from {
                    Peer::Group(id) => owners
                        .get(id.as_str())
                        .filter(|other| **other != name)
                        .map(|other| lets_in(&path, rule, name, other, id)),
                    Peer::Range(range) => of_range(facts, name, group, &path, rule, range),
                };
                drafts.extend(found);
            }
        }
    }
    drafts
}

/// The one that is let in is who can do harm: it holds the finding, and the group's environment is whose it is.
fn lets_in(path: &Path, rule: &Rule, own: &Name, other: &Name, from: &str) -> Draft {
    let message = format!("{path} of {own} takes {} from {from}", rule.what);
    let draft = Draft::new(Code::CrossingRule, message, "take the rule out").owner(own);
    draft.seen(other, path.clone(), None, from.to_owned())
}

fn of_range(
    facts: &Facts<'_>,
    name: &Name,
    group: &SecurityGroup,
    path: &Path,
    rule: &Rule,
    range: &IpNet,
) -> Option<Draft> {
    let environment = &facts.definition(name)?.environment;
    let is_allowed = |allowed: &IpNet| allowed.contains(range);
    if group.audience && environment.audience.allow.iter().any(is_allowed) {
        return None;
    }
    let own = || facts.ranges.iter().filter(|(_, owner)| *owner == name).any(|(known, _)| known.contains(range));
    if is_private(range) {
        if own() {
            return None;
        }
        // Whose network it meets is told by those that do not have the same range as this one.
        let theirs = facts
            .ranges
            .iter()
            .find(|(known, owner)| *owner != name && (known.contains(range) || range.contains(known)));
        return theirs.map(|(_, other)| lets_in(path, rule, name, other, &range.to_string()));
    }
    let wider = if group.audience { "wider than audience.allow" } else { "and is not what the audience reaches" };
    let message = format!("{path} takes {} from {range}, {wider}", rule.what);
    let remedy = "take the rule out, or add the range to audience.allow if it is meant";
    Some(Draft::new(Code::WideSecurityGroup, message, remedy).seen(name, path.clone(), None, range.to_string()))
}

fn is_private(range: &IpNet) -> bool {
    match range {
        IpNet::V4(range) => range.prefix_len() >= 8 && range.network().is_private(),
        IpNet::V6(range) => range.network().is_unique_local(),
    }
}
