//! The files that an instance boots with: their text, the real tools' opinion of them, and a real run of each.

mod fetch;
mod launch;
mod migrate;
mod rotated;
mod sample;
mod stays_up;
mod tools;
mod user_data;
