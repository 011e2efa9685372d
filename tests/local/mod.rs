//! The local provider's parts, with real processes.

mod ends;
mod life;
mod proxy;
mod secrecy;
mod support;
