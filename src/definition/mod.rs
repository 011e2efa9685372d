//! From TOML to [`Environment`](crate::model::Environment)s, with every fault at its place.
//!
//! # The files
//!
//! `templates/*.toml` say a product's shape; `environments/*.toml` each lay their own values over one (`template`), or
//! say everything themselves. Tables merge, everything else replaces. A file's name is the template's or environment's.
//!
//! # What may be left out
//!
//! | key | value when absent |
//! |---|---|
//! | `network.zones`, `network.egress` | 2, `per-zone` |
//! | `compute.NAME.count` | 1; in a table `min` is 1 and `max` is `min` |
//! | `compute.NAME.public`, `.permissions` | false, none |
//! | `compute.NAME.directory` | the project's root |
//! | `compute.NAME.workdir` | the image's own |
//! | `compute.NAME.port`, `.health` | none; a public component needs a port, a health check too |
//! | `database.NAME.standby`, `.backups` | false, `7 days` |
//! | `database.NAME.migrations`, `.parameters` | none |
//! | `database.NAME.deletion_protection` | as the environment's `protected` |
//! | `protected`, `mirrors`, `release` | false, none, none |
//! | `aws.cidr` | `10.0.0.0/16` |
//! | `audience.domain`, `.certificate` | none |
//! | `audience.allow` | none; needed on AWS with a public component |
//! | `data.NAME.seed`, `.throwaway` | none, false |
//!
//! All else is required: `app`; one of `[aws]` and `[local]`; of a component one of `artifact` and `image`, `command`,
//! `instance`; of a database `engine`, `version`, `instance`, `storage`; of AWS `account`, `region`; a value under
//! `[audience.config]` for each config key that is `{ audience = true }`.
//!
//! # How it works
//!
//! Each file becomes a tree whose nodes know their places, the overlay merges trees, and a reader walks the merged one,
//! one function a table, reporting faults as it goes. Rules between parts are checked last, on the typed environment.

mod check;
mod database;
mod diagnostic;
mod environment;
mod forms;
mod instance;
mod links;
mod missing;
mod nearest;
mod placeholders;
mod reader;
mod release;
mod resolve;
mod shape;
mod source;
mod tree;

pub use diagnostic::{Diagnostic, Related, Severity};
pub use forms::check_release;
pub use missing::{FileKind, missing};
pub use release::with_release;
pub use resolve::{Project, resolve};
pub use source::{Preview, SourceFile, Sources, Unreadable};
