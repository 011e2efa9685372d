//! The README's commands, and the outputs that it shows for them.

#[cfg(feature = "aws")]
mod aws;
mod offline;

/// The day on which the README was written: the example's waivers have an end.
const TODAY: &str = "2026-12-01";

#[test]
fn the_smallest_definition_is_the_one_that_is_shown() {
    assert!(include_str!("../../README.md").contains(include_str!("smallest/environments/dev.toml")));
}
