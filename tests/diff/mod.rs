mod builder;
mod declared;
mod generate;
mod live;
mod properties;
mod views;
