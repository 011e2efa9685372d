use std::path::Path;

use envctl::definition::{SourceFile, resolve};
use envctl::model::Seed;
use envctl::store::Store;

#[test]
fn the_shipped_example_resolves_without_a_diagnostic() {
    let store = Store::find(Some(Path::new(env!("CARGO_MANIFEST_DIR")))).unwrap();
    let project = resolve(&store.read().unwrap());
    assert_eq!(project.diagnostics, []);
    let names: Vec<&str> = project.definitions.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["dev", "prod", "staging"]);
}

#[test]
fn the_files_that_the_example_names_exist() {
    let store = Store::find(Some(Path::new(env!("CARGO_MANIFEST_DIR")))).unwrap();
    let project = resolve(&store.read().unwrap());
    for definition in project.definitions.values() {
        let environment = &definition.environment;
        let seeds = environment.data.values().filter_map(|data| match data.seed.as_ref()? {
            Seed::File(path) => Some(path.clone()),
            Seed::Command { .. } => None,
        });
        let migrations = environment.shape.database.values().filter_map(|data| data.migrations.clone());
        let commands = environment.shape.compute.values().map(|compute| {
            let program = compute.command.source().split(' ').next().unwrap();
            format!("{}/{program}", compute.directory.as_deref().unwrap_or("."))
        });
        for path in seeds.chain(migrations).chain(commands) {
            assert!(store.root().join(&path).exists(), "{path}");
        }
    }
}

/// 300 environments over one template took 0.2 s unoptimised, on two shared cores; the bound leaves room for a busy one.
#[test]
fn hundreds_of_environments_resolve_in_a_moment() {
    let store = Store::find(Some(Path::new(env!("CARGO_MANIFEST_DIR")))).unwrap();
    let mut sources = store.read().unwrap();
    let staging = sources.get("environments/staging.toml").unwrap().text.clone();
    let copies = (0..300).map(|number| SourceFile::new(format!("environments/copy-{number}.toml"), staging.clone()));
    sources.environments.extend(copies);
    let start = std::time::Instant::now();
    let project = resolve(&sources);
    let taken = start.elapsed();
    assert_eq!(project.definitions.len(), 303);
    assert!(taken < std::time::Duration::from_secs(5), "{taken:?}");
}
