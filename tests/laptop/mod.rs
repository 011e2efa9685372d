//! The program on this machine: real database servers, real child processes.

mod audit;
pub mod cage;
mod canary;
pub mod commands;
mod convergence;
mod data;
mod doctor;
mod interrupts;
mod lifecycle;
mod neighbours;
mod previews;
pub mod project;
mod promotion;
mod record;
mod secrets;
pub mod watch;
mod work;
