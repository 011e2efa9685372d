mod builder;
mod declared;
mod generate;
mod properties;
