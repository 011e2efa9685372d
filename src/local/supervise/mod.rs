//! Runs a component's code as child processes that outlive the command.
//!
//! [`spawn`] starts one supervisor for each component: `envctl supervise`, in a session of its own, so that neither a
//! closed terminal nor Ctrl-C reaches it. It starts the instances, starts them again when they die, asks for their
//! health, keeps what they write in a log, and spreads HTTP requests over those that are healthy.
//!
//! Nothing is exchanged with it but signals, a lock and a file. It holds the lock of its folder as long as it lives,
//! which no stale process id can pretend. [`read`] gives what it wrote down last, and [`stop`] ends it with all it
//! started. Killed at any instant it leaves processes that carry its mark: the next supervisor of the component ends
//! those before it starts any, and so does `stop`.

mod board;
mod error;
mod handshake;
mod health;
mod instance;
mod lock;
mod output;
mod proxy;
mod rotate;
mod spawn;
mod spec;
mod state;
mod stop;
mod supervisor;

pub use error::Error;
pub use lock::is_held;
pub use spawn::{Spawned, spawn};
pub use spec::{Limits, Spec};
pub use state::{Instance, Phase, State, read};
pub use stop::{end_marked, stop};
pub use supervisor::run;
