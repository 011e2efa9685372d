use std::path::Path;

use envctl::definition::resolve;
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
        let seeds = definition.environment.data.values().filter_map(|data| data.seed.as_ref());
        let migrations = definition.environment.shape.database.values().filter_map(|data| data.migrations.as_ref());
        for path in seeds.chain(migrations) {
            assert!(store.root().join(path).exists(), "{path}");
        }
    }
}
