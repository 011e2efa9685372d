use std::collections::BTreeSet;

use super::bare::bare;
use super::law::{self, Law};
use super::paths::paths;
use super::tree::{root, rust};

/// Every import that the law does not allow to this file of this module.
fn breaches(module: &str, path: &str, text: &str, law: &Law) -> Vec<String> {
    let root_of_module = path == format!("src/{module}.rs") || path == format!("src/{module}/mod.rs");
    let bare = bare(text);
    let tests_begin = bare.lines().position(|line| line.contains("#[cfg(test)]")).unwrap_or(usize::MAX);
    let mut breaches = Vec::new();
    for used in paths(&bare) {
        let parts: Vec<&str> = used.parts.iter().map(String::as_str).collect();
        let place = format!("{path}:{}: `{}`", used.line, parts.join("::"));
        match parts[..] {
            ["crate", other, ..] if other == module => {}
            ["crate", _, ..] => {
                let allowed = law.imports.as_ref();
                if allowed.is_some_and(|all| !all.iter().any(|one| used.starts_with(&format!("crate::{one}")))) {
                    breaches.push(format!("{place}: `{module}` may not import it; src/lib.rs says what it may"));
                }
            }
            ["super", "super", ..] => breaches.push(format!("{place}: name it from `crate`, so that its module shows")),
            ["super", ..] if root_of_module && used.line <= tests_begin => {
                breaches.push(format!("{place}: name it from `crate`, so that its module shows"));
            }
            [library, _, ..] if library.starts_with("aws_") && module != "aws" => {
                breaches.push(format!("{place}: only `aws` speaks with the SDK"));
            }
            _ => {}
        }
    }
    breaches
}

#[test]
fn modules_import_only_what_the_crates_documentation_allows() {
    let laws = law::read(&std::fs::read_to_string(root().join("src/lib.rs")).unwrap());
    let mut unknown = BTreeSet::new();
    let mut found = Vec::new();
    for file in rust("src") {
        let Some(module) = file.module() else { continue };
        match laws.get(module) {
            Some(law) => found.extend(breaches(module, &file.path, &file.text, law)),
            None => _ = unknown.insert(module.to_owned()),
        }
    }
    assert!(unknown.is_empty(), "no row in src/lib.rs says what these may import: {unknown:?}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_row_is_a_modules() {
    let laws = law::read(&std::fs::read_to_string(root().join("src/lib.rs")).unwrap());
    let modules: BTreeSet<String> = rust("src").iter().filter_map(|file| file.module().map(str::to_owned)).collect();
    assert_eq!(laws.into_keys().collect::<BTreeSet<_>>(), modules);
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    let law = Law { pure: false, imports: Some(vec!["model".to_owned(), "engine::Event".to_owned()]) };
    let found = |path: &str, text: &str| breaches("ui", path, text, &law).len();
    for (text, wanted) in [
        ("use crate::store::Store;", 1),
        ("use crate::{model::Name, store};", 1),
        ("use crate::{\n    engine::{Event, Options},\n    cli,\n};", 2),
        ("fn f() -> crate::aws::Aws { crate::store::new() }", 2),
        ("macro!(crate :: cli :: run)", 1),
        ("use super::super::store;", 1),
        ("use aws_sdk_ec2::Client;", 1),
        ("use crate::model::Name; use crate::engine::Event; use crate::ui::text; use super::text;", 0),
        ("// crate::store\n/* crate::store */ let a = \"crate::store\";", 0),
    ] {
        assert_eq!(found("src/ui/text.rs", text), wanted, "{text}");
    }
    assert_eq!(found("src/ui/mod.rs", "use super::store;\n#[cfg(test)]\nmod tests { use super::*; }"), 1);
}
