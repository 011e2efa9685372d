use std::collections::BTreeMap;

use serde::Serialize;

use super::{Audience, Deliberate, Local, Name, Origins, Path, Pattern, Shape, Target};

/// A self-contained copy of a product, resolved: its template with the environment's own file laid over it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    pub app: Name,
    pub name: Name,
    /// The environment that this one is a short-lived copy of, where no file defines it: a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<Name>,
    /// A protected environment is changed only when it is named in so many words, and `down` refuses it.
    pub protected: bool,
    /// The environment whose shape this one must have.
    pub mirrors: Option<Name>,
    pub target: Target,
    /// Which build runs. `None` until one is released.
    pub release: Option<String>,
    pub shape: Shape,
    pub audience: Audience,
    /// By database.
    pub data: BTreeMap<Name, Data>,
    #[serde(skip)]
    pub deliberate: Vec<Deliberate>,
}

/// What a database of this environment holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Data {
    /// What is loaded once into a fresh database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// Throwaway data is deleted without a final snapshot.
    pub throwaway: bool,
}

/// Where a database's first content comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Seed {
    /// A file of SQL, relative to the project's root.
    File(String),
    /// A command line, run at the project's root with the environment's config and secrets in its own environment.
    Command { command: String },
}

/// An environment and where each of its values was set.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub environment: Environment,
    pub origins: Origins,
}

/// How parity treats a field. It follows from where the field stands in [`Environment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Must be equal.
    Shape,
    /// Must not be equal.
    Data,
    /// May differ: who reaches the environment.
    Audience,
    /// May differ until promoted.
    Release,
    /// May differ: where it runs and how it is guarded.
    Target,
}

impl Environment {
    /// How a command line names it: `staging`, `staging --local` where it is rehearsed, `pr-123 --like staging`.
    pub fn argument(&self) -> String {
        match (&self.like, &self.target) {
            (Some(like), _) => format!("{} --like {like}", self.name),
            (None, Target::Local(Local { rehearsal: true })) => format!("{} --local", self.name),
            (None, _) => self.name.to_string(),
        }
    }

    /// Whether it stands on the developer's own machine.
    pub fn is_local(&self) -> bool {
        matches!(self.target, Target::Local(_))
    }

    /// Whether the components of this environment apply a database's migrations by themselves, as they start on AWS.
    pub fn migrates(&self, database: &Name) -> bool {
        let folder = self.shape.database.get(database).and_then(|database| database.migrations.as_deref());
        let is_held = |folder| self.shape.compute.values().any(|compute| compute.in_build(folder).is_some());
        !self.is_local() && folder.is_some_and(is_held)
    }

    /// Whether a developer's machine may run another major version of a database than the definition names: an entry of
    /// `[[deliberate]]` on `database.NAME.version` says so.
    pub fn takes_any_version(&self, database: &Name) -> bool {
        let path = Path::new(["database", database.as_str(), "version"]);
        self.is_local() && self.deliberate.iter().any(|entry| Pattern::parse(&entry.path).covers(&path))
    }

    /// The environment as the parity contract divides it: each class with the path under which a definition writes it,
    /// and the values in their canonical form (units, versions and key order normalised).
    pub fn by_class(&self) -> Vec<(Class, Path, serde_json::Value)> {
        fn json(value: &impl Serialize) -> serde_json::Value {
            serde_json::to_value(value).expect("the model's types have text keys and serialise without error")
        }
        vec![
            (Class::Shape, Path::root(), json(&self.shape)),
            (Class::Data, Path::new(["data"]), json(&self.data)),
            (Class::Audience, Path::new(["audience"]), json(&self.audience)),
            (Class::Release, Path::new(["release"]), json(&self.release)),
            (Class::Target, Path::root(), json(&self.target)),
            (Class::Target, Path::new(["protected"]), json(&self.protected)),
        ]
    }
}
