//! The program against a strict AWS: real HTTP, and an independent client that looks at what came of it.

mod audit;
mod branches;
mod canary;
mod contention;
mod crashes;
mod denials;
mod doctor;
mod drift;
mod guards;
mod interruption;
mod lifecycle;
mod live;
mod previews;
mod privilege;
pub mod project;
pub mod releases;
mod secrets;
pub mod storms;
mod trouble;
mod waiting;
