//! How applying a plan ended: what was done, what failed and what helps, what is left.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::engine::Outcome;
use crate::plan::{Action, Plan, Step};

use super::style::{ADD, ALARM, BOLD, CHANGE, paint};
use super::text::{count, duration, wrap};
use super::{FORMAT_VERSION, Header, WIDTH};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Up,
    Down,
}

impl Doing {
    /// As one types it: `up`.
    pub fn command(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

pub struct Summary<'a> {
    pub doing: Doing,
    pub environment: &'a Header,
    pub plan: &'a Plan,
    pub outcome: &'a Outcome,
    /// Where the environment answers now: URLs.
    pub address: &'a [String],
    /// What to do where it was not done wholly.
    pub again: &'a str,
}

/// What is left is named up to this many; more is a number.
const NAMED: usize = 10;

impl Summary<'_> {
    pub fn human(&self) -> String {
        let mut text = self.headline();
        for address in self.address {
            text.push_str(&format!("  {}\n", paint(BOLD, address)));
        }
        for (leaves, of) in self.kept() {
            let of: Vec<String> = of.iter().map(|step| step.address.to_string()).collect();
            let kept = format!("Kept: {leaves} ({}).", of.join(", "));
            text.push_str(&format!("  {}\n", wrap(&kept, WIDTH - 2).join("\n  ")));
        }
        if self.outcome.is_complete() {
            return text;
        }
        for (step, error) in &self.outcome.failed {
            let Some((address, tried)) = self.tried(*step) else { continue };
            text.push_str(&format!("\n{}\n", paint(ALARM, &format!("{address} could not be {tried}"))));
            text.push_str(&indented(&error.message));
            let help = wrap(error.remedy(), WIDTH - "  help: ".len()).join("\n        ");
            text.push_str(&format!("  {} {help}\n", paint(ADD, "help:")));
        }
        if !self.outcome.skipped.is_empty() {
            text.push_str(&format!("\nLeft: {}\n", self.left()));
        }
        text.push_str(&format!("\n{}\n", self.again));
        text
    }

    pub fn json(&self) -> Json {
        let address = |step: &usize| self.plan.steps.get(*step).map(|step| &step.address);
        let kept = self.kept().into_iter().flat_map(|(leaves, of)| {
            of.into_iter().map(move |step| json!({ "address": step.address, "leaves": leaves }))
        });
        let failed =
            self.outcome.failed.iter().map(
                |(step, error)| json!({ "address": address(step), "error": error.message, "remedy": error.remedy() }),
            );
        json!({
            "format_version": FORMAT_VERSION,
            "environment": self.environment.json(),
            "complete": self.outcome.is_complete(),
            "interrupted": self.outcome.interrupted,
            "seconds": (self.outcome.took.as_secs_f64() * 10.0).round() / 10.0,
            "unchanged": self.plan.unchanged.len(),
            "done": self.outcome.done.iter().filter_map(address).collect::<Vec<_>>(),
            "failed": failed.collect::<Vec<_>>(),
            "left": self.outcome.skipped.iter().filter_map(address).collect::<Vec<_>>(),
            "kept": kept.collect::<Vec<_>>(),
            "address": self.address,
        })
    }

    fn headline(&self) -> String {
        let took = duration(self.outcome.took);
        let name = &self.environment.environment;
        if self.outcome.is_complete() {
            let state = match self.doing {
                Doing::Up => format!("{name} is up"),
                Doing::Down => format!("{name} is gone"),
            };
            let done = wrap(&format!("{}.", self.done()), WIDTH - 2).join("\n  ");
            return format!("{} after {took}.\n  {done}\n", paint(ADD, &state));
        }
        let state = match (self.outcome.interrupted, self.outcome.done.is_empty()) {
            (true, _) => "Stopped",
            (false, true) => "Failed",
            (false, false) => "Partly applied",
        };
        let failed = match self.outcome.failed.len() {
            0 => String::new(),
            number => format!(", {number} failed"),
        };
        let all = count(self.plan.steps.len(), "step");
        format!("{}: {} of {all} done{failed} in {took}.\n", paint(CHANGE, state), self.outcome.done.len())
    }

    /// `3 added, 1 changed, 30 unchanged`, from what was done in truth.
    fn done(&self) -> String {
        let done = self.outcome.done.iter().filter_map(|step| self.plan.steps.get(*step)).cloned().collect();
        let tally = Plan { steps: done, unchanged: self.plan.unchanged.clone() }.tally();
        let parts = [
            (tally.add, "added"),
            (tally.change, "changed"),
            (tally.replace, "replaced"),
            (tally.destroy, "destroyed"),
            (tally.wait, "waited for"),
            (tally.unchanged, "unchanged"),
        ];
        let said = parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}"));
        said.collect::<Vec<_>>().join(", ")
    }

    /// What stays behind of what was deleted, each with the steps that left it.
    fn kept(&self) -> BTreeMap<&str, Vec<&Step>> {
        let mut kept: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
        for step in self.outcome.done.iter().filter_map(|step| self.plan.steps.get(*step)) {
            if let Action::Delete { observed, .. } = &step.action
                && let Some(leaves) = observed.attributes.get("leaves")
            {
                kept.entry(leaves).or_default().push(step);
            }
        }
        kept
    }

    fn tried(&self, step: usize) -> Option<(String, &'static str)> {
        let step = self.plan.steps.get(step)?;
        let tried = match &step.action {
            Action::Create { .. } => "created",
            Action::Update { .. } => "changed",
            Action::Wait { .. } => "waited for",
            Action::Delete { .. } => "deleted",
        };
        Some((step.address.to_string(), tried))
    }

    fn left(&self) -> String {
        let left = self.outcome.skipped.iter().filter_map(|step| self.plan.steps.get(*step));
        let mut names: Vec<String> = left.map(|step| step.address.to_string()).collect();
        names.dedup();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let said = format!("{}{more}", names.join(", "));
        wrap(&said, WIDTH - "Left: ".len()).join("\n      ")
    }
}

fn indented(text: &str) -> String {
    wrap(text, WIDTH - 2).iter().map(|line| format!("  {line}\n")).collect()
}
