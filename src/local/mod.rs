//! The developer's own machine: an environment as a database server and child processes, all in a folder of its own.
//!
//! [`blueprint`] and the parts that it is made of are pure; the rest, one file a concern, makes, finds and removes what
//! it says. Nothing here needs root, and as root the database servers run as users of their own.

mod blueprint;
mod error;
mod folder;
mod names;
mod ports;
mod vault;
