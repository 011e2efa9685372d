use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Serialize;

use super::Text;

/// Who reaches an environment, and by what name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Audience {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The ARN of an ACM certificate for the domain. Without it the load balancer speaks plain HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The networks that may reach the public components. Sorted, each once.
    pub allow: Vec<IpNet>,
    /// The values of the config keys that the shape declares as `{ audience = true }`.
    pub config: BTreeMap<String, Text>,
}

impl Audience {
    /// Where its public components answer, behind load balancers that its domain points to.
    pub fn url(&self) -> Option<String> {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        self.domain.as_ref().map(|domain| format!("{scheme}://{domain}"))
    }
}
