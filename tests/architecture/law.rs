use std::collections::BTreeMap;

/// What the tables in the crate's documentation say of one module.
#[derive(Debug, PartialEq, Eq)]
pub struct Law {
    /// Neither I/O nor async, clock or chance.
    pub pure: bool,
    /// Paths below the crate that it may use, with all that stands below them; `None`: everything.
    pub imports: Option<Vec<String>>,
}

/// Reads the tables: rows of a module, its purpose, and what it may import, below a heading that may say "Pure".
pub fn read(documentation: &str) -> BTreeMap<String, Law> {
    let mut laws = BTreeMap::new();
    let mut pure = false;
    for line in documentation.lines().filter_map(|line| line.strip_prefix("//!")).map(str::trim) {
        if let Some(heading) = line.strip_prefix('#') {
            pure = heading.trim_matches(['#', ' ']).starts_with("Pure");
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", name, _, imports, ""] = cells[..]
            && let [module] = &quoted(name)[..]
        {
            let imports = match imports {
                "everything" => None,
                "nothing" => Some(Vec::new()),
                _ => Some(quoted(imports)),
            };
            assert!(laws.insert(module.clone(), Law { pure, imports }).is_none(), "{module} has two rows");
        }
    }
    laws
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn tables_are_read() {
    let laws = read(
        "//! # Pure: no I/O\n//! | module | is | may import |\n//! |---|---|---|\n//! | [`a`] | x | nothing |\n\
                     //! # Effects\n//! | [`b`] | y | [`a`], [`c::D`] |\n//! | [`c`] | z | everything |\n",
    );
    let imports = |paths: &[&str]| Some(paths.iter().map(|path| (*path).to_owned()).collect());
    let wanted = [
        ("a", Law { pure: true, imports: imports(&[]) }),
        ("b", Law { pure: false, imports: imports(&["a", "c::D"]) }),
        ("c", Law { pure: false, imports: None }),
    ];
    assert_eq!(laws, wanted.into_iter().map(|(name, law)| (name.to_owned(), law)).collect());
}
