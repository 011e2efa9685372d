use super::scope::Scope;

/// What some calls are for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// What does not work without them.
    pub why: &'static str,
    pub grants: &'static [Grant],
}

/// One action of AWS's and what it must be allowed on. Where several things are named, a call needs all of them.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// As IAM calls it.
    pub action: &'static str,
    pub on: &'static [On],
}

/// What an action is allowed on: a [`Scope::resource`], and what must be true of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// The API knows nothing narrower.
    All,
    /// Whatever is called so: where it is looked for before it is there to have tags.
    Named(&'static str),
    /// What the call makes. It gets the environment's tags.
    Born(&'static str),
    /// What has the environment's tags.
    Own(&'static str),
    /// What another call makes, which gives it the environment's tags.
    Tagged(&'static str),
    /// A role that instances get.
    Passed(&'static str),
    /// The roles that services have for themselves; made by the first call in an account.
    Linked(&'static str),
    /// The secret in which RDS keeps the password of a database.
    Password(&'static str),
}

/// What IAM holds a request's context against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub operator: &'static str,
    pub key: &'static str,
    pub values: Vec<String>,
}

pub const fn grant(action: &'static str, on: &'static [On]) -> Grant {
    Grant { action, on }
}

impl On {
    pub fn resource(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Named(resource)
            | Self::Born(resource)
            | Self::Own(resource)
            | Self::Tagged(resource)
            | Self::Passed(resource)
            | Self::Linked(resource)
            | Self::Password(resource) => Some(resource),
        }
    }

    /// Whether the other stands under the same conditions.
    pub fn is_alike(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// How a statement about such things begins its name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Named(_) => "Named",
            Self::Born(_) => "Born",
            Self::Own(_) => "Own",
            Self::Tagged(_) => "Tagged",
            Self::Passed(_) => "Passed",
            Self::Linked(_) => "Linked",
            Self::Password(_) => "Password",
        }
    }

    pub fn conditions(self, scope: &Scope) -> Vec<Condition> {
        let app = [scope.app.clone()];
        let environment = [scope.environment.clone()];
        match self {
            Self::All | Self::Named(_) => Vec::new(),
            Self::Born(_) => vec![
                condition(scope.equals(), "aws:RequestTag/envctl:app", app),
                condition(scope.equals(), "aws:RequestTag/envctl:environment", environment),
            ],
            Self::Own(_) => vec![
                condition(scope.equals(), "aws:ResourceTag/envctl:app", app),
                condition(scope.equals(), "aws:ResourceTag/envctl:environment", environment),
            ],
            // Whatever call it is: none that makes something is granted without these tags.
            Self::Tagged(_) => vec![condition("StringLike", "ec2:CreateAction", ["*".to_owned()])],
            Self::Passed(_) => vec![condition("StringEquals", "iam:PassedToService", ["ec2.amazonaws.com".to_owned()])],
            Self::Linked(_) => {
                let services =
                    ["autoscaling", "elasticloadbalancing", "rds"].map(|name| format!("{name}.amazonaws.com"));
                vec![condition("StringEquals", "iam:AWSServiceName", services)]
            }
            Self::Password(_) => {
                let instance = scope.resource("rds:db:{63}");
                vec![condition("StringLike", "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn", [instance])]
            }
        }
    }
}

fn condition(operator: &'static str, key: &'static str, values: impl IntoIterator<Item = String>) -> Condition {
    Condition { operator, key, values: values.into_iter().collect() }
}
