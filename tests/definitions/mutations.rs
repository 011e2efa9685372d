use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use envctl::audit::{Seen, audit};
use envctl::definition::{Severity, Sources, resolve};
use envctl::diff::declared;
use envctl::local;
use envctl::model::{Environment, Inventory, Key, Target};
use envctl::plan::plan;
use envctl::store::Store;
use envctl::ui::plan::Detail;
use envctl::ui::{self, Header, diagnostics};
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::prelude::*;

const TODAY: Date = date(2026, 12, 1);

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

fn mutated(edits: &[(usize, prop::sample::Index, Edit)]) -> Sources {
    let mut sources = EXAMPLE.clone();
    for (file, at, edit) in edits {
        let mut files: Vec<_> = sources.templates.iter_mut().chain(&mut sources.environments).collect();
        apply(&mut files[*file].text, *at, edit);
    }
    sources
}

fn is_read(edits: &[(usize, prop::sample::Index, Edit)]) -> Result<(), TestCaseError> {
    let sources = mutated(edits);
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

/// What resolves can be compared, audited and laid out, and all of it shown.
fn is_used(edits: &[(usize, prop::sample::Index, Edit)]) -> Result<(), TestCaseError> {
    let project = resolve(&mutated(edits));
    for definition in project.definitions.values() {
        is_laid_out(&definition.environment)?;
        for other in project.definitions.values() {
            let parity = declared(definition, other, TODAY);
            let texts = [ui::diff::human(&parity, None), ui::diff::markdown(&parity, None)];
            prop_assert!(texts.iter().all(|text| text.contains(definition.environment.name.as_str())));
        }
    }
    let none = BTreeMap::new();
    let (definitions, key) = (&project.definitions, &Key::new(&[7; 64]));
    let seen =
        Seen { definitions, secrets: &none, live: &BTreeMap::new(), resolved: &BTreeMap::new(), key, today: TODAY };
    let audited = audit(&seen, &[]);
    prop_assert!([ui::audit::human(&audited), ui::audit::markdown(&audited)].iter().all(|text| !text.is_empty()));
    Ok(())
}

/// What resolves can be planned, or something is said that its author can mend.
fn is_laid_out(environment: &Environment) -> Result<(), TestCaseError> {
    let graph = match &environment.target {
        Target::Local(_) => {
            let databases = environment.shape.database.keys();
            let materials = databases.map(|name| (name.clone(), local::Material::default())).collect();
            local::blueprint(environment, &materials).map_err(|error| TestCaseError::fail(error.to_string()))?
        }
        #[cfg(not(feature = "aws"))]
        Target::Aws(_) => return Ok(()),
        #[cfg(feature = "aws")]
        Target::Aws(_) => match envctl::aws::blueprint(environment) {
            Ok(graph) => graph,
            Err(error) => {
                let says = error.to_string();
                let theirs = says.contains("has no release") || says.contains("move large values into a file");
                prop_assert!(theirs, "it resolves, and cannot be laid out: {says}");
                return Ok(());
            }
        },
    };
    let plan = plan(&graph, &Inventory::default());
    prop_assert_eq!(plan.steps.len(), graph.resources().count());
    let text = ui::plan::human(&Header::of(environment), &plan, Detail::Full);
    prop_assert!(plan.steps.iter().all(|step| text.contains(&step.address.to_string())));
    Ok(())
}

proptest! {
    #![proptest_config(cases(50))]

    #[test]
    fn what_an_edit_leaves_valid_can_be_used(edits in edits()) {
        is_used(&edits)?;
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    #[ignore = "ten minutes: the same in full"]
    fn so_can_what_ten_thousand_edits_leave(edits in edits()) {
        is_used(&edits)?;
    }
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
