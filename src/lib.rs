//! envctl stamps out isolated copies of a product, and proves that they match.
//!
//! ```text
//! TOML ─definition→ Environment ─aws::blueprint→ desired Graph ┐
//!                        │                                     ├─plan→ Plan ─engine→ provider calls
//!                   diff, audit                 observed Inventory ┘        │
//!                                             (Provider::observe)        Events → ui
//! ```
//!
//! There is no state file: what exists is asked of the provider each time, by tags and names. The planner decides, the
//! engine makes no choices, and what it does reaches the user as events alone.
//!
//! The tables are the law: `tests/architecture` reads them here and holds every import against them. An entry allows
//! what it names and all below it.
//!
//! # Pure: no I/O, no async, no clock, no chance
//!
//! | module | what it is for | may import |
//! |---|---|---|
//! | [`model`] | the vocabulary: names, environments, values, what exists | nothing |
//! | [`definition`] | from TOML to environments, with every fault at its place | [`model`] |
//! | [`graph`] | resources that shall exist, and their dependencies | [`model`] |
//! | [`plan`] | what it takes to make what exists into what shall | [`model`], [`graph`] |
//! | [`migration`] | what a migration would do to a database in use | [`model`] |
//! | [`promote`] | whether a release may go on: the gates | [`model`], [`plan`], [`diff`], [`audit`], [`record`], [`migration`] |
//! | [`record`] | who changes an environment now, and what was done to it | nothing |
//! | [`variables`] | config and secrets as a process sees them | [`model`] |
//! | [`clues`] | what a text gives away: hosts, credentials, stand-ins | [`model`] |
//! | [`diff`] | parity between two environments, declared or live | [`model`], [`clues`] |
//! | [`audit`] | isolation: what environments share, declared or live | [`model`], [`clues`] |
//!
//! # Port and engine: async, but neither SDK nor terminal
//!
//! | module | what it is for | may import |
//! |---|---|---|
//! | [`provider`] | what a provider must do, and its errors by kind | [`model`], [`graph`], [`plan`], [`record`], [`variables`] |
//! | [`engine`] | carries a plan out: schedule, retry, wait, tell | [`model`], [`graph`], [`plan`], [`provider`] |
//!
//! # Effects
//!
//! | module | what it is for | may import |
//! |---|---|---|
//! | [`aws`] | the AWS provider, one file a kind of resource | [`model`], [`graph`], [`plan`], [`provider`], [`record`], [`variables`] |
//! | [`local`] | the provider of the developer's own machine | [`model`], [`graph`], [`plan`], [`provider`], [`record`], [`migration`], [`variables`] |
//! | [`store`] | the project's files; nobody else touches them | [`model`], [`definition`], [`plan`] |
//! | [`ui`] | results and events as text, JSON, Markdown | [`model`], [`definition`], [`graph`], [`plan`], [`diff`], [`audit`], [`record`], [`promote`], [`engine::Event`], [`engine::Outcome`], [`provider::SecretState`], [`provider::TableRows`], [`provider::Check`], [`provider::CheckState`] |
//! | [`cli`] | one file a command: its arguments and a thin function | everything |

pub mod audit;
pub mod aws;
pub mod cli;
pub mod clues;
pub mod definition;
pub mod diff;
pub mod engine;
pub mod graph;
pub mod local;
pub mod migration;
pub mod model;
pub mod plan;
pub mod promote;
pub mod provider;
pub mod record;
pub mod store;
pub mod ui;
pub mod variables;
