use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::Date;

use super::Digest;

/// What can be seen of an environment at its provider that has to do with isolation: what it is reached by, what it may
/// reach, and what it is joined with. Ids, ARNs, policies and dates; no data and no secret's value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposure {
    pub account: String,
    pub region: String,
    /// The day on which the oldest of its resources was made.
    pub since: Option<Date>,
    pub databases: Vec<ExposedDatabase>,
    pub secrets: Vec<ExposedSecret>,
    /// Roles of its components, and those by which people and pipelines operate it.
    pub roles: Vec<ExposedRole>,
    /// What else is its own and can be reached by ARN: buckets, queues, tables, keys.
    pub resources: Vec<ExposedResource>,
    pub security_groups: Vec<SecurityGroup>,
    pub vpcs: Vec<Vpc>,
    pub joins: Vec<Join>,
    pub key_pairs: Vec<KeyPair>,
    /// Every resource that carries the environment's tags, as the tagging service lists it.
    pub tagged: Vec<Tagged>,
    /// The previews that stand beside it, and the last day of each.
    pub previews: BTreeMap<String, Date>,
}

/// A database server and every name it answers to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExposedDatabase {
    /// As the definition calls it: `main`.
    pub name: String,
    pub arn: String,
    /// Its endpoint, those of its replicas and proxies, and aliases that lead to any of them. Without a port.
    pub endpoints: Vec<String>,
    /// What the endpoints resolve to.
    pub addresses: Vec<IpAddr>,
    pub port: u16,
    /// Whether it has an address that the internet can reach.
    pub public: bool,
    pub vpc: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExposedSecret {
    pub name: String,
    pub arn: String,
    /// A JSON document.
    pub policy: Option<String>,
    /// The day on which its present value was set.
    pub set: Option<Date>,
    /// Where values were read, with `--secrets`.
    pub value: Option<Sealed>,
}

/// What is kept of a secret's value once it is digested. It says whether values are alike and what kind a value is of, and
/// nothing of the value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sealed {
    /// The value, and what it holds that is itself a credential, such as the password of a URL.
    pub credentials: BTreeSet<Digest>,
    /// Its hosts, ARNs and other names, each in canonical form.
    pub identities: BTreeSet<Digest>,
    /// Its databases, and the servers that they are on.
    pub stores: BTreeSet<Digest>,
    pub servers: BTreeSet<Digest>,
    /// Environments that its names speak of.
    pub speaks_of: BTreeSet<String>,
    pub marks: BTreeSet<Mark>,
}

/// What a value's form alone says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    Empty,
    /// `changeme` and the like.
    Placeholder,
    /// A key that a provider's documentation prints.
    Example,
    /// A test key of this provider.
    Test(&'static str),
    /// A live key of this provider.
    Live(&'static str),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExposedRole {
    pub arn: String,
    /// For people and pipelines, not for a component.
    pub operates: bool,
    /// What it may do: JSON documents of its inline and attached policies.
    pub policies: Vec<String>,
    /// What each of these does not allow, it may not do: its permissions boundary, service control policies.
    pub limits: Vec<String>,
    /// Who may assume it: a JSON document.
    pub trust: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExposedResource {
    pub arn: String,
    /// A JSON document.
    pub policy: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecurityGroup {
    pub id: String,
    pub name: String,
    /// Whether it stands before what the audience reaches: the load balancers.
    pub audience: bool,
    pub inbound: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// `tcp 5432`, `all traffic`.
    pub what: String,
    pub from: Peer,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Peer {
    /// A security group's id.
    Group(String),
    Range(IpNet),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vpc {
    pub id: String,
    pub ranges: Vec<IpNet>,
    pub subnets: Vec<String>,
}

/// What joins networks: a peering connection, or a transit gateway with what is attached to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Join {
    pub id: String,
    pub vpcs: Vec<String>,
    /// Whether a route of the environment leads there. Without one nothing passes yet.
    pub routed: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyPair {
    pub name: String,
    pub fingerprint: String,
}

/// A resource by its tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    pub arn: String,
    pub app: String,
    pub environment: String,
    /// The address that its tag says: `database.main`.
    pub resource: String,
}
