//! Whether a release may go on.

mod gates;
mod migrations;
