pub mod definition;
pub mod engine;
pub mod graph;
pub mod model;
pub mod plan;
pub mod provider;
pub mod store;
pub mod ui;
