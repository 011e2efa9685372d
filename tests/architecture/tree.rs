use std::fs;
use std::path::Path;

/// A Rust file of the project, under its path from the project's folder.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// The module of the crate that it belongs to; `None`: the crate's own two files.
    pub fn module(&self) -> Option<&str> {
        let module = self.path.strip_prefix("src/")?.split(['/', '.']).next()?;
        (module != "lib" && module != "main").then_some(module)
    }
}

/// All Rust files below this folder of the project.
pub fn rust(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            // A virtual environment is made beside the Python sources by the tests themselves.
            if !entry.file_name().to_string_lossy().starts_with('.') {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            files.push(File { path, text });
        }
    }
}
