use serde_json::{Value as Json, json};

use crate::model::{Environment, Name, Target};

use super::style::{BOLD, paint};

/// Which environment a view speaks of, and where that stands: shown above all that is said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    pub app: Name,
    pub environment: Name,
    /// How a command line names it.
    pub argument: String,
    pub target: Target,
    pub protected: bool,
    pub release: Option<String>,
    /// Of a preview: what it is a copy of.
    pub like: Option<Name>,
}

impl Header {
    pub fn of(environment: &Environment) -> Self {
        Self {
            app: environment.app.clone(),
            environment: environment.name.clone(),
            argument: environment.argument(),
            target: environment.target.clone(),
            protected: environment.protected,
            release: environment.release.clone(),
            like: environment.like.clone(),
        }
    }

    /// Two lines: what, and where.
    pub fn human(&self) -> String {
        let release = match (&self.release, &self.target) {
            (Some(release), _) => format!("release {release}"),
            (None, Target::Aws(_)) => "no release yet".to_owned(),
            (None, Target::Local(_)) => "the code as it lies here".to_owned(),
        };
        let protected = if self.protected { ", protected" } else { "" };
        let like = self.like.as_ref().map(|like| format!(", a preview of {like}")).unwrap_or_default();
        format!(
            "{} of {}, {release}{protected}{like}\n{}\n",
            paint(BOLD, self.environment.as_str()),
            self.app,
            self.target
        )
    }

    pub fn json(&self) -> Json {
        let target = match &self.target {
            Target::Aws(aws) => json!({ "provider": "aws", "account": aws.account, "region": aws.region }),
            Target::Local(_) => json!({ "provider": "local" }),
        };
        let mut json = json!({
            "name": self.environment,
            "app": self.app,
            "target": target,
            "protected": self.protected,
            "release": self.release,
        });
        if let Some(like) = &self.like {
            json["like"] = json!(like);
        }
        json
    }
}
