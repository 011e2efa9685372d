//! One environment on AWS, as the blueprints of the kinds see it.

use super::names;
use crate::model::{Aws, Environment, Part, Placeholder, Text};

/// An environment and the AWS target that it has.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    pub environment: &'a Environment,
    pub target: &'a Aws,
}

impl Site<'_> {
    /// See [`name()`].
    pub fn name(&self, limit: usize, parts: &[&str]) -> String {
        name(self.environment, limit, parts)
    }

    /// A text with what the definition itself knows put in; `release` stands for the release.
    pub fn literal(&self, text: &Text, release: &str) -> String {
        let domain = self.environment.audience.domain.as_deref().unwrap_or_default();
        let parts = text.parts().iter().map(|part| match part {
            Part::Literal(literal) => literal.as_str(),
            Part::Placeholder(Placeholder::App) => self.environment.app.as_str(),
            Part::Placeholder(Placeholder::Environment) => self.environment.name.as_str(),
            Part::Placeholder(Placeholder::Release) => release,
            Part::Placeholder(Placeholder::AudienceDomain) => domain,
            // Known only once it exists, and refused where literals are taken.
            Part::Placeholder(Placeholder::Database(..) | Placeholder::Secret(_) | Placeholder::ComputeUrl(_)) => "",
        });
        parts.collect()
    }
}

/// A name for one of the environment's resources, within `limit` characters.
pub fn name(environment: &Environment, limit: usize, parts: &[&str]) -> String {
    let whose = [environment.app.as_str(), environment.name.as_str()];
    let parts: Vec<&str> = whose.into_iter().chain(parts.iter().copied()).collect();
    names::derive(limit, &parts)
}
