//! The shipped example, for tests to change.

use std::fs;
use std::path::Path;

/// Puts its definitions, and the code that they name, into a folder.
pub fn put_into(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["environments", "templates"] {
        copy(&root.join(part), &folder.join(part));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("the example is readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
