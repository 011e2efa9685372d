use std::collections::BTreeMap;
use std::time::Duration;

use anstyle::Style;

use crate::engine::Event;
use crate::model::Address;
use crate::plan::{Action, Plan};
use crate::ui::style::{ADD, ALARM, CHANGE, DIM, paint};
use crate::ui::text::{duration, truncate, visible};

/// Where each step of a plan stands. Times are counted from the start of applying it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracker {
    /// By the plan's index.
    verbs: Vec<Verb>,
    running: BTreeMap<usize, Running>,
    done: usize,
    failed: usize,
    skipped: usize,
}

/// Columns of an error that has been told of before: enough to tell whether it is still the same.
const ERROR_REPEATED: usize = 60;

/// What is said of a step while it runs, and when it is done.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Verb {
    running: &'static str,
    done: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
struct Running {
    address: Address,
    since: Duration,
    /// The provider's own word for the state.
    word: Option<String>,
    /// Attempts that went wrong, of whatever call.
    retries: u32,
}

impl Running {
    fn new(address: &Address, since: Duration) -> Self {
        Self { address: address.clone(), since, word: None, retries: 0 }
    }
}

impl Tracker {
    pub fn new(plan: &Plan) -> Self {
        let verb = |action: &Action| match action {
            Action::Create { replaces: false, .. } => Verb { running: "creating", done: "created" },
            Action::Create { replaces: true, .. } => Verb { running: "creating anew", done: "created anew" },
            Action::Update { .. } => Verb { running: "changing", done: "changed" },
            Action::Wait { .. } => Verb { running: "waiting", done: "ready" },
            Action::Delete { .. } => Verb { running: "deleting", done: "deleted" },
        };
        let verbs = plan.steps.iter().map(|step| verb(&step.action)).collect();
        Self { verbs, running: BTreeMap::new(), done: 0, failed: 0, skipped: 0 }
    }

    /// Takes an event in, and gives the line that tells of it. Most tell nothing new and give none: the start of a
    /// step that is over at once, or another look at one that takes its time.
    pub fn event(&mut self, now: Duration, event: &Event) -> Option<String> {
        match event {
            Event::Started { step, address } => {
                self.running.insert(*step, Running::new(address, now));
                None
            }
            Event::Waiting { step, address, detail } => {
                let running = self.running.entry(*step).or_insert_with(|| Running::new(address, now));
                let news = running.word.as_ref() != Some(detail);
                running.word = Some(detail.clone());
                let verb = self.verb(*step).running;
                let detail = if detail == verb { String::new() } else { format!(" ({detail})") };
                news.then(|| said(address, &format!("{verb}{detail}"), None))
            }
            Event::Retrying { step, address, pause, error, .. } => {
                let running = self.running.entry(*step).or_insert_with(|| Running::new(address, now));
                running.retries = running.retries.saturating_add(1);
                let again = format!("again in {}", duration(*pause));
                match running.retries {
                    1 => Some(said(address, &format!("attempt 1 failed, {again}: {error}"), Some(CHANGE))),
                    // Many steps are throttled at once, and each attempt says the same: the log has them all.
                    many if many >= 4 && many.is_power_of_two() => {
                        let error = truncate(&visible(error).replace('\n', " "), ERROR_REPEATED);
                        Some(said(address, &format!("{many} attempts failed, {again}: {error}"), Some(CHANGE)))
                    }
                    _ => None,
                }
            }
            Event::Finished { step, address, took } => {
                self.running.remove(step);
                self.done += 1;
                Some(said(address, &format!("{} ({})", self.verb(*step).done, duration(*took)), Some(ADD)))
            }
            Event::Failed { step, address, took, error } => {
                self.running.remove(step);
                self.failed += 1;
                Some(said(address, &format!("FAILED after {}: {error}", duration(*took)), Some(ALARM)))
            }
            Event::Interrupted { step, address, left, .. } => {
                self.running.remove(step);
                self.skipped += 1;
                Some(said(address, &format!("left {left}"), Some(CHANGE)))
            }
            Event::Skipped { step, .. } => {
                self.running.remove(step);
                self.skipped += 1;
                None
            }
        }
    }

    /// The steps under way: the plan's index, and a line with the step's age and the provider's word for its state.
    pub fn running(&self, now: Duration) -> Vec<(usize, String)> {
        let line = |(step, running): (&usize, &Running)| {
            let age = paint(DIM, &duration(now.saturating_sub(running.since)));
            let verb = self.verb(*step).running;
            let word = match &running.word {
                Some(word) if word != verb => format!(" ({word})"),
                _ => String::new(),
            };
            (*step, format!("{}: {verb}{word} {age}", running.address))
        };
        self.running.iter().map(line).collect()
    }

    /// `12/34 done, 3 running, 19 left, 1m20s`
    pub fn overall(&self, now: Duration) -> String {
        let over = self.done + self.failed + self.skipped;
        let left = self.verbs.len().saturating_sub(over + self.running.len());
        let mut parts = vec![format!("{}/{} done", self.done, self.verbs.len())];
        let others =
            [(self.running.len(), "running"), (self.failed, "failed"), (self.skipped, "skipped"), (left, "left")];
        parts.extend(others.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")));
        parts.push(duration(now));
        parts.join(", ")
    }

    /// The overall line and the step that has run longest: a sign of life where lines are all there is.
    pub fn sign_of_life(&self, now: Duration) -> String {
        let oldest = self.running.values().min_by_key(|running| running.since);
        let oldest = oldest.map(|running| {
            let age = duration(now.saturating_sub(running.since));
            let word = running.word.as_ref().map(|word| format!(" ({word})")).unwrap_or_default();
            format!("; longest: {} for {age}{word}", running.address)
        });
        format!("{}{}", self.overall(now), oldest.unwrap_or_default())
    }

    fn verb(&self, step: usize) -> Verb {
        // An event of a step that the plan does not have would be a defect of the engine, and no reason to stop here.
        self.verbs.get(step).copied().unwrap_or(Verb { running: "working", done: "done" })
    }
}

/// One event is one line, whatever the provider wrote.
fn said(address: &Address, news: &str, style: Option<Style>) -> String {
    let news = &visible(news).replace('\n', " ");
    match style {
        Some(style) => format!("{address}: {}", paint(style, news)),
        None => format!("{address}: {news}"),
    }
}
