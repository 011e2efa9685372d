use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::shared;
use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::model::{Name, Path, Vpc};

/// Networks that several environments stand in, or that something joins.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = shared(
        facts,
        |exposure| exposure.vpcs.iter().map(|vpc| (vpc.id.clone(), Path::new(["vpc", vpc.id.as_str()]))).collect(),
        |vpc| {
            Draft::new(Code::SharedNetwork, format!("they stand in one network, {vpc}"), "give each a VPC of its own")
        },
    );
    drafts.extend(shared(
        facts,
        |exposure| {
            let subnets = exposure.vpcs.iter().flat_map(|vpc| &vpc.subnets);
            let used = exposure.databases.iter().flat_map(|database| &database.subnets);
            let all: BTreeSet<&String> = subnets.chain(used).collect();
            all.into_iter().map(|subnet| (subnet.clone(), Path::new(["subnet", subnet.as_str()]))).collect()
        },
        |subnet| {
            Draft::new(
                Code::SharedNetwork,
                format!("they stand in one subnet, {subnet}"),
                "give each subnets of its own",
            )
        },
    ));
    drafts.extend(joins(facts));
    drafts
}

fn joins(facts: &Facts<'_>) -> Vec<Draft> {
    let mut by_vpc: BTreeMap<&str, Vec<(&Name, &Vpc)>> = BTreeMap::new();
    for (name, exposure) in facts.seen.live {
        exposure.vpcs.iter().for_each(|vpc| by_vpc.entry(&vpc.id).or_default().push((name, vpc)));
    }
    // Both ends of a join tell of it, each with its own routes.
    let mut by_join: BTreeMap<&str, (BTreeSet<&str>, bool)> = BTreeMap::new();
    for join in facts.seen.live.values().flat_map(|exposure| &exposure.joins) {
        let (vpcs, routed) = by_join.entry(&join.id).or_default();
        vpcs.extend(join.vpcs.iter().map(String::as_str));
        *routed |= join.routed;
    }
    let mut drafts = Vec::new();
    for (id, (vpcs, routed)) in by_join {
        let ends: Vec<(&Name, &Vpc)> = vpcs.iter().filter_map(|vpc| by_vpc.get(vpc)).flatten().copied().collect();
        let path = Path::new(["network", id]);
        let but = if routed { "" } else { "; no route leads there yet" };
        let joined = Draft::new(
            Code::JoinedNetworks,
            format!("{id} joins their networks{but}"),
            "take the join away; what both need stands in a network of its own, behind an endpoint",
        );
        let joined = joined.lowered(!routed);
        let joined =
            ends.iter().fold(joined, |draft, (name, vpc)| draft.seen(name, path.clone(), None, vpc.id.clone()));
        let overlapping =
            ends.iter().filter(|(name, vpc)| ends.iter().any(|(other, theirs)| name != other && overlap(vpc, theirs)));
        let overlapping = overlapping
            .fold(overlapping_draft(id), |draft, (name, vpc)| draft.seen(name, path.clone(), None, ranges(vpc)));
        drafts.extend([joined, overlapping].into_iter().filter(|draft| draft.environments().len() > 1));
    }
    drafts
}

fn overlapping_draft(id: &str) -> Draft {
    Draft::new(
        Code::OverlappingNetworks,
        format!("{id} joins networks whose ranges overlap, so that one's traffic can reach the other"),
        "give each environment a range of its own in aws.cidr",
    )
}

fn overlap(one: &Vpc, other: &Vpc) -> bool {
    let meet = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
    one.ranges.iter().any(|range| other.ranges.iter().any(|theirs| meet(range, theirs)))
}

fn ranges(vpc: &Vpc) -> String {
    vpc.ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
