//! Findings of every kind in the formats that other tools read: faults of definitions, differences, what is shared.

mod entry;
mod junit;
mod sarif;

pub use entry::{Entry, Level, Place, Waiver, of_audit, of_diagnostics, of_parity};
pub use junit::junit;
pub use sarif::sarif;
