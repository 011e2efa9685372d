use super::bare::bare;
use super::law;
use super::paths::{Path, paths};
use super::tree::{root, rust};

/// Roads out of a pure module: to files, network, processes, threads, the clock, chance, and whoever waits for them.
const FORBIDDEN: &[&str] = &[
    "async",
    "await",
    "fastrand",
    "getrandom",
    "rand",
    "std::env",
    "std::fs",
    "std::io",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "tracing",
];

/// The types of `std::net` that are values: text can be parsed to them, and nothing goes out.
const ADDRESSES: &[&str] = &["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"];

fn impure(path: &Path) -> bool {
    FORBIDDEN.iter().any(|forbidden| path.starts_with(forbidden))
        || path.starts_with("std::net") && !ADDRESSES.iter().any(|address| path.starts_with(address))
        || path.parts.len() > 1 && path.parts.last().is_some_and(|part| part == "now")
}

#[test]
fn pure_modules_have_no_way_out() {
    let laws = law::read(&std::fs::read_to_string(root().join("src/lib.rs")).unwrap());
    assert!(laws.values().any(|law| law.pure), "src/lib.rs calls no module pure");
    let pure = rust("src")
        .into_iter()
        .filter(|file| file.module().and_then(|module| laws.get(module)).is_some_and(|law| law.pure));
    let found: Vec<String> = pure
        .flat_map(|file| {
            let found = paths(&bare(&file.text)).into_iter().filter(impure);
            found.map(|path| format!("{}:{}: `{}`", file.path, path.line, path.parts.join("::"))).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "not in a pure module:\n{}", found.join("\n"));
}

#[test]
fn a_way_out_is_found_however_it_is_written() {
    for (text, wanted) in [
        ("async fn f() { g().await }", 2),
        ("use std::{fmt, fs::File, io::{self, Read}};", 3),
        ("let a = std::env::var(\"A\");", 1),
        ("use std::net::{IpAddr, TcpStream};", 1),
        ("let today = jiff::Zoned::now(); let b = Instant::now();", 2),
        ("use std::time::Duration; let now = 1; // async std::fs", 0),
    ] {
        assert_eq!(paths(&bare(text)).iter().filter(|path| impure(path)).count(), wanted, "{text}");
    }
}
