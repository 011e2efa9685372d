use std::path::Path;
use std::sync::LazyLock;

use envctl::definition::{Severity, Sources, resolve};
use envctl::store::Store;
use envctl::ui::diagnostics;
use proptest::collection::vec;
use proptest::prelude::*;

static EXAMPLE: LazyLock<Sources> =
    LazyLock::new(|| Store::find(Some(Path::new(env!("CARGO_MANIFEST_DIR")))).unwrap().read().unwrap());

#[derive(Clone, Debug)]
enum Edit {
    Remove(usize),
    Insert(String),
    /// Puts a copy of another part of the text in.
    Repeat(usize, usize),
}

fn edits() -> impl Strategy<Value = Vec<(usize, prop::sample::Index, Edit)>> {
    let token = prop::sample::select(vec![
        "\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        "=",
        "\n",
        ".",
        "ä",
        "\u{0}",
        "\\u0041",
        "\"\"\"",
        "[[",
        "{release}",
        "0",
        "-1",
        "true",
        "2024-01-01",
        "a.b.c = 1\n",
        "[local]\n",
        ",",
        "#",
        "\r\n",
        "9999999999999999999999",
    ]);
    let edit = prop_oneof![
        (1usize..40).prop_map(Edit::Remove),
        token.prop_map(|token| Edit::Insert(token.to_owned())),
        "\\PC{1,3}".prop_map(Edit::Insert),
        (0usize..2000, 1usize..60).prop_map(|(from, length)| Edit::Repeat(from, length)),
    ];
    vec((0usize..4, any::<prop::sample::Index>(), edit), 1..4)
}

fn apply(text: &mut String, at: prop::sample::Index, edit: &Edit) {
    let at = text.floor_char_boundary(at.index(text.len() + 1));
    match edit {
        Edit::Remove(length) => {
            let end = text.ceil_char_boundary((at + length).min(text.len()));
            text.replace_range(at..end, "");
        }
        Edit::Insert(token) => text.insert_str(at, token),
        Edit::Repeat(from, length) => {
            let from = text.floor_char_boundary((*from).min(text.len()));
            let end = text.ceil_char_boundary((from + length).min(text.len()));
            let copy = text[from..end].to_owned();
            text.insert_str(at, &copy);
        }
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn no_edit_breaks_the_reader_and_every_fault_has_its_place(edits in edits()) {
        is_read(&edits)?;
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    #[ignore = "twenty seconds: the same in full"]
    fn none_of_ten_thousand_edits_does(edits in edits()) {
        is_read(&edits)?;
    }
}

fn is_read(edits: &[(usize, prop::sample::Index, Edit)]) -> Result<(), TestCaseError> {
    let mut sources = EXAMPLE.clone();
    for (file, at, edit) in edits {
        let mut files: Vec<_> = sources.templates.iter_mut().chain(&mut sources.environments).collect();
        apply(&mut files[*file].text, *at, edit);
    }
    let project = resolve(&sources);
    prop_assert!(project.is_faulty() || project.definitions.len() == 3);
    for found in &project.diagnostics {
        let text = &sources.get(&found.origin.file).unwrap().text;
        prop_assert!(text.get(found.span.clone()).is_some(), "{found:?}");
        let line = text.split('\n').nth(found.origin.line as usize - 1).unwrap();
        prop_assert!(found.origin.column as usize <= line.chars().count() + 1, "{found:?}");
        if found.severity == Severity::Error {
            prop_assert!(found.environments.iter().all(|name| !project.definitions.contains_key(name)));
        }
    }
    let shown = diagnostics::plain(&project.diagnostics, &sources);
    prop_assert!(project.diagnostics.iter().all(|found| shown.contains(found.code)));
    Ok(())
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    for text in [
        "a.".repeat(100_000) + "a = 1",
        "a = ".to_owned() + &"[".repeat(100_000),
        "[".to_owned() + &"a.".repeat(100_000) + "a]",
    ] {
        let mut sources = EXAMPLE.clone();
        sources.environments[0].text = text;
        assert!(resolve(&sources).is_faulty());
    }
}
