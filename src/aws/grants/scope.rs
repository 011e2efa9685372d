use crate::aws::names::{self, partition};
use crate::model::{Aws, Name};

/// Whose resources a policy is about. `*` stands for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub partition: &'static str,
    pub region: String,
    pub account: String,
    pub app: String,
    pub environment: String,
}

impl Scope {
    pub fn of(app: &Name, environment: &Name, target: &Aws) -> Self {
        Self {
            partition: partition(&target.region),
            region: target.region.clone(),
            account: target.account.clone(),
            app: app.to_string(),
            environment: environment.to_string(),
        }
    }

    /// Any environment, wherever it stands.
    pub fn any() -> Self {
        let any = || "*".to_owned();
        Self { partition: "aws", region: any(), account: any(), app: any(), environment: any() }
    }

    /// The ARN, or the pattern of ARNs, of what the list calls `SERVICE:RESOURCE` (`SERVICE::RESOURCE` is AWS's own, and
    /// of no account). `{app}` and `{environment}` stand for these, and a number in braces for what derived names of at
    /// most so many characters look like.
    pub fn resource(&self, template: &str) -> String {
        let (service, rest) = template.split_once(':').unwrap_or((template, "*"));
        let (account, rest) = match rest.strip_prefix(':') {
            Some(rest) => ("", rest),
            None => (self.account.as_str(), rest),
        };
        let region = if service == "iam" { "" } else { self.region.as_str() };
        let mut arn = format!("arn:{}:{service}:{region}:{account}:{rest}", self.partition);
        for limit in [names::LOAD_BALANCER, names::RDS, names::IAM_ROLE, names::AUTO_SCALING_GROUP] {
            let mark = format!("{{{limit}}}");
            if arn.contains(&mark) {
                arn = arn.replace(&mark, &names::pattern(limit, &self.app, &self.environment));
            }
        }
        arn.replace("{app}", &self.app).replace("{environment}", &self.environment)
    }

    /// One thing that a pattern stands for, for IAM to be asked about.
    pub fn sample(&self, template: &str) -> String {
        self.resource(template).replace('*', "envctl").replace("??????", "a1B2c3")
    }

    /// How IAM compares a tag with the app's or the environment's name.
    pub(super) fn equals(&self) -> &'static str {
        if self.app.contains('*') || self.environment.contains('*') { "StringLike" } else { "StringEquals" }
    }
}
