pub mod builder;
mod declared;
mod generate;
mod live;
mod meaning;
mod properties;
mod views;
