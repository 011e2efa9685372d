use std::collections::BTreeSet;
use std::fs;

use super::bare::bare;
use super::tree::{File, root, rust};

/// A file that nears this wants a wall.
const MOST_LINES: usize = 600;
/// All that may stand at the project's top, beside what begins with a dot and what git ignores there.
const TOP: &[&str] = &["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "environments", "src", "templates", "tests"];

#[test]
fn files_stay_short() {
    let long: Vec<String> = [rust("src"), rust("tests")]
        .into_iter()
        .flatten()
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines:\n{}", long.join("\n"));
}

/// Files that no other declares as their module: the compiler passes over them without a word.
fn forgotten(files: &[File], roots: &[&str]) -> Vec<String> {
    let declares = |declarer: &str, name: &str| {
        let file = files.iter().find(|file| file.path == declarer);
        file.is_some_and(|file| bare(&file.text).lines().any(|line| line.trim().ends_with(&format!("mod {name};"))))
    };
    let is_forgotten = |path: &str| {
        let module = path.strip_suffix("/mod.rs").or(path.strip_suffix(".rs")).unwrap_or(path);
        let Some((folder, name)) = module.rsplit_once('/') else { return true };
        let declarers = roots.iter().filter(|root| root.rsplit_once('/').is_some_and(|(at, _)| at == folder));
        let declarers =
            declarers.map(|root| (*root).to_owned()).chain([format!("{folder}/mod.rs"), format!("{folder}.rs")]);
        !declarers.into_iter().any(|declarer| declares(&declarer, name))
    };
    files
        .iter()
        .map(|file| file.path.clone())
        .filter(|path| !roots.contains(&path.as_str()) && is_forgotten(path))
        .collect()
}

#[test]
fn every_file_is_declared_as_a_module() {
    let mut found = forgotten(&rust("src"), &["src/lib.rs", "src/main.rs"]);
    found.extend(forgotten(&rust("tests"), &["tests/main.rs"]));
    assert!(found.is_empty(), "nobody declares these as their modules:\n{}", found.join("\n"));
}

#[test]
fn a_forgotten_file_is_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let files = [
        file("tests/main.rs", "mod a;\n// mod c;"),
        file("tests/a/mod.rs", "#[cfg(unix)]\npub mod b;"),
        file("tests/a/b.rs", ""),
        file("tests/a/forgotten.rs", ""),
        file("tests/c.rs", ""),
    ];
    assert_eq!(forgotten(&files, &["tests/main.rs"]), ["tests/a/forgotten.rs", "tests/c.rs"]);
}

#[test]
fn the_top_is_clean() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let is_ignored = |name: &str| ignored.lines().any(|line| line.trim_matches('/') == name);
    let found: BTreeSet<String> = names.filter(|name| !name.starts_with('.') && !is_ignored(name)).collect();
    let strange: Vec<&String> = found.iter().filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "does it have to stand at the top? {strange:?}");
}
