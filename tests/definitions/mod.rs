//! From files to definitions and diagnostics, as a person sees them.

mod disk;
mod example;
mod faults;
mod files;
mod mutations;
mod output;
mod overlay;
mod previews;
mod support;
