//! The local provider: an environment on this machine.
//!
//! [`supervise`] runs a component's code as child processes that outlive the command, [`process`] knows whose a process
//! is, [`logs`] reads what the processes wrote.

mod clock;
pub mod logs;
pub mod process;
pub mod supervise;
