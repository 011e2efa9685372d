//! The developer's own machine: an environment as a database server and child processes, all in a folder of its own.
//!
//! [`blueprint`] is pure; the rest, one file a concern, makes, finds and removes what it says. [`supervise`] runs a
//! component's code as child processes that outlive the command, [`process`] knows whose a process is, [`logs`] reads
//! what the processes wrote, [`server`] runs the databases. Nothing here needs root, and as root the database servers run
//! as users of their own.

mod access;
mod blueprint;
mod clock;
mod component;
mod database;
mod doctor;
mod error;
mod exposure;
mod folder;
pub mod logs;
mod measure;
mod names;
mod ports;
pub mod process;
mod provider;
mod record;
mod secret;
pub mod server;
mod site;
pub mod supervise;
mod vault;

pub use blueprint::{Material, blueprint};
pub use measure::{end_measuring, measure};
pub use site::{Local, Settings};
