//! The vocabulary that every other module speaks.
//!
//! [`Environment`] is one resolved definition; where its fields stand decides how parity treats them ([`Class`]).
//! [`Value`], [`Address`] and [`Inventory`] say what exists, or shall exist, at a provider; [`Exposure`] says what can be
//! reached there.

mod audience;
mod deliberate;
mod digest;
mod environment;
mod exposure;
mod inventory;
mod login;
mod name;
mod origin;
mod path;
mod pattern;
mod production;
mod shape;
mod target;
mod text;
mod units;
mod value;

pub use audience::Audience;
pub use deliberate::Deliberate;
pub use digest::{Digest, Key};
pub use environment::{Class, Data, Definition, Environment, Seed};
pub use exposure::{
    ExposedDatabase, ExposedResource, ExposedRole, ExposedSecret, Exposure, Join, KeyPair, Mark, Peer, Rule, Sealed,
    SecurityGroup, Tagged, Vpc,
};
pub use inventory::{Inventory, NOT_RUNNING, Observed, State};
pub use login::{LONGEST_DATABASE, LONGEST_USER, database_name, database_owner};
pub use name::{Name, NameError};
pub use origin::{Origin, Origins};
pub use path::Path;
pub use pattern::Pattern;
pub use production::productions;
pub use shape::{
    Architecture, Compute, ConfigValue, Count, Database, Egress, Engine, Network, Permission, SecretSpec, Shape, Source,
};
pub use target::{Aws, Local, Target};
pub use text::{DatabaseField, Part, Placeholder, PlaceholderError, Text};
pub use units::{Days, EngineVersion, Size, UnitError};
pub use value::{Address, Reference, Value};
