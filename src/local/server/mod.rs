//! Real database servers on the developer's own machine: Postgres, MySQL, MariaDB, from the machine's own programs.
//!
//! [`find`] picks an installation of the engine and major version that a definition asks for. A [`Cluster`] is one
//! server with its own data, in a [`Home`]: a folder of its own. A [`Client`] runs SQL there with the engine's own
//! client program. [`migrate`] and [`seed`] bring the database to where the code expects it.
//!
//! The server outlives the command that started it. Nothing is remembered beside the folder: whether a server runs is
//! asked of the processes, what was applied is asked of the database.

mod account;
mod client;
mod cluster;
mod content;
mod error;
mod files;
mod find;
mod home;
mod install;
mod lock;
mod measure;
mod migrations;
mod mysql;
mod mysql_client;
mod parameters;
mod postgres;
mod process;
mod program;
mod psql;
mod records;
mod scan;
mod script;
mod seed;
mod snapshot;
mod version;

pub use client::{Client, Table};
pub use cluster::{Cluster, Settings, Started};
pub use content::{Content, content};
pub use error::{Error, NotInstalled, SqlError};
pub use find::{Installation, find, search_list};
pub use home::{Home, Running};
pub use install::{System, install_hint};
pub use measure::{Measured, measure};
pub use migrations::{Migration, Migrations, Status, migrate, status};
pub use parameters::unmirrored;
pub use seed::{Seed, SeedCommand, Seeded, seed};
