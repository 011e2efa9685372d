//! Whether a release may go on.

mod migrations;
