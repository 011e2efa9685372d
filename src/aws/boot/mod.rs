//! What an instance does when it starts: the user data of a component's launch template, for Amazon Linux 2023.
//!
//! [`user_data`] gives a `#cloud-config` of static files and one manifest. The files stand beside this module as they
//! run on the instance: a unit ([`unit_name`]), `fetch`, which puts the release in place as root, and `launch`, which
//! reads config and secrets into the environment and becomes the component. All that varies is in the manifest, a JSON
//! document that both read, so no value is ever quoted for a shell, a unit or YAML. A plan shows what changes, line by line;
//! EC2 gets it [`packed`], which gives a definition the room for hundreds of keys.
//!
//! A build may bring migrations along. A database is private, so nothing outside of its network could apply them: `launch`
//! does, before it becomes the component. Where that fails the component does not start: a public one's instance never
//! gets healthy, and the roll ends where the old release still runs.
//!
//! Where there is no load balancer to ask a process for its health, a group takes an instance for well that only boots. So
//! once, on a new instance, `stays-up` looks for a minute whether the process fails, and turns the instance off if it does:
//! the group replaces it within the time that a roll waits for it, so a release that does not run goes no further.
//!
//! RDS rotates a database's master password every seven days, and the old one stops working at once. Where a component
//! has such a password, a timer runs `rotated` every one to two minutes, which asks for the current version's id, and
//! restarts the component when that is not the one it was started with. A declared secret restarts nothing: what sets
//! it is `envctl secret set`, and rolling the instances afterwards keeps a bad value from all of them at once.
//!
//! User data can be read by whoever may describe the instance or run code on it, so it names secrets by their ARN and
//! holds none of their values. The instance reads them under its own role, by IMDSv2 alone.

mod cloud_config;
mod draft;
mod manifest;
mod packed;
mod problem;
mod reader;

pub use cloud_config::{unit_name, user_data};
pub use manifest::Boot;
pub use packed::{LIMIT, packed, unpacked};
pub use problem::Problem;
