//! Real servers of the machine's own Postgres and MariaDB. As root they run as the system's users.

mod find;
mod mariadb;
mod measure;
mod migrations;
mod postgres;
mod secrecy;
mod seeds;
pub mod support;
