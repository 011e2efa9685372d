use std::collections::BTreeMap;

use anstyle::Style;

use crate::graph::Resource;
use crate::model::{Observed, State, Value};
use crate::plan::{Action, Change, Plan, Step};
use crate::ui::style::{ADD, ALARM, CHANGE, DESTROY, DIM, REPLACE, WAIT, paint};
use crate::ui::text::{count, truncate, visible, width, wrap};
use crate::ui::{Header, WIDTH};

use super::difference::{Difference, Kind, differences};
use super::lines::{around_the_difference, changed_lines};
use super::tally;

/// How much is said of each resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Values cut to the line, and the first few properties of what is added.
    #[default]
    Brief,
    /// Everything, in lines as long as it takes.
    Full,
}

/// Properties shown of a resource that is added, unless all are asked for.
const SHOWN_OF_NEW: usize = 6;
const INDENT: &str = "    ";
const UNKNOWN: &str = "(known after apply)";

/// The plan for people.
pub fn human(header: &Header, plan: &Plan, detail: Detail) -> String {
    let mut text = header.human();
    text.push('\n');
    if plan.is_empty() {
        let resources = count(plan.unchanged.len(), "resource");
        text.push_str(&format!("No changes: {} is as its definition says ({resources}).\n", header.environment));
        return text;
    }
    for step in &plan.steps {
        for line in block(plan, step, detail) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str(&format!("{}\n", tally(&plan.tally())));
    text
}

/// The lines of one resource, the last one empty; none for a step that another resource's block tells of.
fn block(plan: &Plan, step: &Step, detail: Detail) -> Vec<String> {
    let title = |style: Style, what: &str, id: Option<&str>| {
        let id = id.map(|id| format!(" ({id})")).unwrap_or_default();
        let head = format!("{what}  {}", step.address);
        let id = truncate(&id, WIDTH.saturating_sub(width(&head)));
        format!("{}{}", paint(style, &head), paint(DIM, &id))
    };
    let mut lines = Vec::new();
    match &step.action {
        Action::Create { replaces: true, .. } if deletion(plan, step).is_some() => return lines,
        Action::Create { desired, .. } => {
            lines.push(title(ADD, "+ add", None));
            lines.extend(new_properties(desired, detail));
        }
        Action::Update { observed, changes, .. } => {
            lines.push(title(CHANGE, "~ change in place", Some(&observed.id)));
            lines.extend(changes.iter().flat_map(|change| changed(change, detail)));
        }
        // What is on its way out already is only waited for.
        Action::Delete { observed, replaced_for } if replaced_for.is_empty() && is_leaving(observed) => {
            lines.push(title(WAIT, "… wait", Some(&observed.id)));
            lines.push(format!("{INDENT}{}", waits_for(observed)));
        }
        Action::Wait { observed } => {
            lines.push(title(WAIT, "… wait", Some(&observed.id)));
            lines.push(format!("{INDENT}{}", waits_for(observed)));
        }
        Action::Delete { observed, replaced_for } if replaced_for.is_empty() => {
            lines.push(title(DESTROY, "- destroy", Some(&observed.id)));
            lines.extend(data_loss(observed));
        }
        Action::Delete { observed, replaced_for } => {
            lines.push(title(REPLACE, "± replace", Some(&observed.id)));
            lines.extend(replaced_for.iter().flat_map(|change| changed(change, detail)));
            lines.extend(data_loss(observed));
        }
    }
    lines.push(String::new());
    lines
}

/// The step that makes way for this one.
fn deletion<'a>(plan: &'a Plan, step: &Step) -> Option<&'a Step> {
    plan.steps.iter().find(|other| {
        other.address == step.address
            && matches!(&other.action, Action::Delete { replaced_for, .. } if !replaced_for.is_empty())
    })
}

fn waits_for(observed: &Observed) -> String {
    match &observed.state {
        State::Pending(word) | State::Leaving(word) => format!("still {word} from an earlier change"),
        State::Ready | State::Failed(_) => "an earlier change is still under way".to_owned(),
    }
}

fn is_leaving(observed: &Observed) -> bool {
    matches!(observed.state, State::Leaving(_))
}

fn data_loss(observed: &Observed) -> Vec<String> {
    let Some(path) = observed.holds_data.as_ref().filter(|_| !is_leaving(observed)) else { return Vec::new() };
    let lost = format!("DATA LOSS: this deletes the data of {path}. To permit it: --allow-data-loss {path}");
    wrap(&lost, WIDTH - INDENT.len()).iter().map(|line| format!("{INDENT}{}", paint(ALARM, line))).collect()
}

fn new_properties(desired: &Resource, detail: Detail) -> Vec<String> {
    let said: BTreeMap<&str, &Value> = desired
        .properties
        .iter()
        .filter(|(_, value)| !is_empty(value))
        .map(|(property, value)| (*property, value))
        .collect();
    let shown = if detail == Detail::Full { said.len() } else { SHOWN_OF_NEW };
    // A line that says "1 more" takes as much room as the property itself.
    let shown = if said.len() == shown + 1 { said.len() } else { shown };
    let mut lines: Vec<String> =
        said.iter().take(shown).flat_map(|(property, value)| new_property(property, value, detail)).collect();
    if said.len() > shown {
        lines.push(format!("{INDENT}{}", paint(DIM, &format!("… {} more (-v shows all)", said.len() - shown))));
    }
    lines
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(values) => values.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

fn new_property(property: &str, value: &Value, detail: Detail) -> Vec<String> {
    let value = visible(&value.to_string());
    let number = value.lines().count();
    if number <= 1 {
        return vec![fit(format!("{INDENT}{property}: {value}"), detail)];
    }
    if detail == Detail::Brief {
        return vec![format!("{INDENT}{property}: ({number} lines)")];
    }
    let body = value.lines().map(|line| format!("{INDENT}{INDENT}{line}").trim_end().to_owned());
    std::iter::once(format!("{INDENT}{property}:")).chain(body).collect()
}

fn changed(change: &Change, detail: Detail) -> Vec<String> {
    let mut lines: Vec<String> =
        differences(change).iter().flat_map(|difference| difference_lines(difference, detail)).collect();
    if change.replaces {
        lines.push(format!("{INDENT}{}", paint(REPLACE, &format!("{} cannot be changed in place", change.property))));
    }
    lines
}

fn difference_lines(difference: &Difference, detail: Detail) -> Vec<String> {
    let columns = match detail {
        Detail::Brief => WIDTH - 2 * INDENT.len(),
        Detail::Full => usize::MAX,
    };
    let path = &difference.path;
    let (before, after) = match &difference.kind {
        Kind::Lines { before, after } => {
            let body = changed_lines(before, after, columns);
            let body = body.into_iter().map(|line| format!("{INDENT}{INDENT}{line}"));
            return std::iter::once(fit(format!("{INDENT}{path}:"), detail)).chain(body).collect();
        }
        Kind::Value { before, after } => (before.as_deref(), after.clone()),
        Kind::Unknown { before, refers_to } => {
            let after = match refers_to {
                Some(reference) => format!("{UNKNOWN}: {reference}"),
                None => UNKNOWN.to_owned(),
            };
            (before.as_deref(), Some(after))
        }
    };
    let (before, after) = (before.unwrap_or("(none)"), after.unwrap_or_else(|| "(none)".to_owned()));
    let line = format!("{INDENT}{path}: {before} → {after}");
    if width(&line) <= WIDTH && !line.contains('\n') {
        return vec![line];
    }
    let (before, after) = around_the_difference(&one_line(before), &one_line(&after), columns.saturating_sub(2));
    vec![
        fit(format!("{INDENT}{path}:"), detail),
        format!("{INDENT}{INDENT}{}", paint(DESTROY, &format!("- {before}"))),
        format!("{INDENT}{INDENT}{}", paint(ADD, &format!("+ {after}"))),
    ]
}

fn one_line(text: &str) -> String {
    text.replace('\n', "⏎")
}

fn fit(line: String, detail: Detail) -> String {
    if detail == Detail::Full { line } else { truncate(&line, WIDTH) }
}
