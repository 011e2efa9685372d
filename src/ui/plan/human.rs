use anstyle::Style;

use crate::model::{Observed, State};
use crate::plan::{Action, Change, Plan, Step};
use crate::ui::style::{ADD, ALARM, CHANGE, DESTROY, DIM, REPLACE, WAIT, paint};
use crate::ui::text::{count, truncate, width, wrap};
use crate::ui::{Header, WIDTH};

use super::added;
use super::difference::{Difference, Kind, differences};
use super::element::flow;
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

pub(super) const INDENT: &str = "    ";
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
            lines.extend(added::properties(desired, detail));
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
            lines.extend(loss(observed));
        }
        Action::Delete { observed, replaced_for } => {
            lines.push(title(REPLACE, "± replace", Some(&observed.id)));
            lines.extend(replaced_for.iter().flat_map(|change| changed(change, detail)));
            lines.extend(loss(observed));
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

/// What becomes of the data, and what stays behind of it.
fn loss(observed: &Observed) -> Vec<String> {
    if is_leaving(observed) {
        return Vec::new();
    }
    let (style, said) = match (&observed.holds_data, observed.attributes.get("leaves")) {
        (None, None) => return Vec::new(),
        (None, Some(leaves)) => (DIM, format!("leaves {leaves}")),
        (Some(path), leaves) => {
            let lost = match leaves {
                Some(leaves) => format!("{path} is deleted, leaving {leaves}"),
                None => format!("this deletes the data of {path}"),
            };
            (ALARM, format!("DATA LOSS: {lost}. To permit it: --allow-data-loss {path}"))
        }
    };
    wrap(&said, WIDTH - INDENT.len()).iter().map(|line| format!("{INDENT}{}", paint(style, line))).collect()
}

/// The line in a style that begins behind its indent.
fn painted(style: Style, line: &str) -> String {
    let text = line.trim_start();
    format!("{}{}", &line[..line.len() - text.len()], paint(style, text))
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
            let body = body.into_iter().map(|line| format!("{INDENT}{INDENT}{line}").trim_end().to_owned());
            return std::iter::once(fit(format!("{INDENT}{path}:"), detail)).chain(body).collect();
        }
        Kind::Element { added, entries } => {
            let (sign, style) = if *added { ("+", ADD) } else { ("-", DESTROY) };
            let head = format!("{INDENT}{path}: {sign} {{");
            let lines = flow(&head, entries, "}", &INDENT.repeat(2), WIDTH).into_iter();
            return lines.map(|line| painted(style, &fit(line, detail))).collect();
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

/// The line, cut to the columns unless all is asked for.
pub(super) fn fit(line: String, detail: Detail) -> String {
    if detail == Detail::Full { line } else { truncate(&line, WIDTH) }
}
