use std::fmt;

use ipnet::Ipv4Net;
use serde::Serialize;

/// Where an environment runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    Aws(Aws),
    Local(Local),
}

/// An AWS account and region of the environment's own choosing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aws {
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// The ARN of a role to assume there, for whoever signs in to another account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The VPC's address range, `/16` to `/20` (each subnet takes a sixteenth).
    pub cidr: Ipv4Net,
}

/// The developer's own machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Local {
    /// The environment's own target is another, and it is only rehearsed here.
    #[serde(skip)]
    pub rehearsal: bool,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws(aws) => write!(f, "aws account {} in {}", aws.account, aws.region),
            Self::Local(_) => f.write_str("local"),
        }
    }
}
