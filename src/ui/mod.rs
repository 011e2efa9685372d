//! What people and programs read: results and events in, text and JSON out.
//!
//! Each view is a pure function to a `String`, with its human and its JSON form side by side. Styles are put in as ANSI
//! sequences and taken out again by [`out`] and [`note`] where nobody sees colours, so colour never carries a meaning alone.
//! Lines fit in [`WIDTH`] columns.

pub mod audit;
pub mod data;
pub mod diagnostics;
pub mod diff;
pub mod doctor;
mod error;
pub mod findings;
mod header;
pub mod history;
mod markup;
mod output;
pub mod overview;
pub mod plan;
pub mod previews;
pub mod progress;
pub mod promote;
pub mod secrets;
pub mod status;
mod style;
pub mod summary;
mod table;
mod text;

pub use error::error;
pub use header::Header;
pub use output::{Colour, ask, coloured_stderr, note, out, out_as_it_is, out_while_read, plain};
pub use text::{count, visible, wrap};

/// Columns that every view keeps to.
pub const WIDTH: usize = 80;

/// The version of every JSON document that envctl writes; it rises when a reader of the last one would break.
pub const FORMAT_VERSION: u32 = 1;
