//! Plans as text, for snapshots.

use std::fmt::Write;

use envctl::plan::{Action, After, Change, Plan};

pub fn show(plan: &Plan) -> String {
    let mut out = String::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let (what, changes): (&str, &[Change]) = match &step.action {
            Action::Create { replaces: false, .. } => ("create", &[]),
            Action::Create { replaces: true, .. } => ("create again", &[]),
            Action::Update { changes, .. } => ("update", changes),
            Action::Wait { .. } => ("wait for", &[]),
            Action::Delete { replaced_for, .. } => ("delete", replaced_for),
        };
        let id = match &step.action {
            Action::Delete { observed, .. } => format!(" ({})", observed.id),
            _ => String::new(),
        };
        let after: Vec<String> = step.after.iter().map(usize::to_string).collect();
        let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(" ")) };
        writeln!(out, "{index} {what} {}{id}{after}", step.address).expect("a string takes all");
        for change in changes {
            let before = change.before.as_ref().map_or("(none)".to_owned(), ToString::to_string);
            let after = match &change.after {
                After::Known(value) => value.to_string(),
                After::Unknown(value) => format!("{value}?"),
            };
            let forced = if change.replaces { " (replaces)" } else { "" };
            writeln!(out, "    {}: {before} -> {after}{forced}", change.property).expect("a string takes all");
        }
    }
    for seen in &plan.unchanged {
        writeln!(out, "= {}", seen.address).expect("a string takes all");
    }
    out
}
