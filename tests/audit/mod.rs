//! What environments share: each incident of real life, and beside it what only looks like one.

mod builder;
mod canary;
mod defaults;
mod incidents;
mod live;
mod scale;
mod tools;
mod waivers;
