//! The vocabulary that every other module speaks.
//!
//! [`Environment`] is one resolved definition; where its fields stand decides how parity treats them ([`Class`]).
//! [`Value`], [`Address`] and [`Inventory`] say what exists, or shall exist, at a provider.

mod audience;
mod deliberate;
mod environment;
mod inventory;
mod login;
mod name;
mod origin;
mod path;
mod pattern;
mod shape;
mod target;
mod text;
mod units;
mod value;

pub use audience::Audience;
pub use deliberate::Deliberate;
pub use environment::{Class, Data, Definition, Environment, Seed};
pub use inventory::{Inventory, Observed, State};
pub use login::{LONGEST_DATABASE, LONGEST_USER, database_name, database_owner};
pub use name::{Name, NameError};
pub use origin::{Origin, Origins};
pub use path::Path;
pub use pattern::Pattern;
pub use shape::{
    Architecture, Compute, ConfigValue, Count, Database, Egress, Engine, Network, Permission, SecretSpec, Shape, Source,
};
pub use target::{Aws, Local, Target};
pub use text::{DatabaseField, Part, Placeholder, PlaceholderError, Text};
pub use units::{Days, EngineVersion, Size, UnitError};
pub use value::{Address, Reference, Value};
