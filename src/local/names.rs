//! The kinds of resource that a laptop has.

pub const COMPONENT: &str = "component";
pub const DATABASE: &str = "database";
pub const SECRET: &str = "secret";
