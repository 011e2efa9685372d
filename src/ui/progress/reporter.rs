use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::engine::Event;
use crate::plan::Plan;
use crate::ui::{coloured_stderr, note};

use super::Tracker;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Lines that change in place.
    Live,
    /// Lines that stand, each with its time.
    Plain,
    /// Nothing.
    Silent,
}

/// Without news for so long, plain progress gives a sign of life: CI systems end jobs that say nothing for minutes.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);

/// Running steps shown live, the first ones of the plan: more lines than a terminal has would scroll instead of change.
const SHOWN: usize = 12;

/// Shows progress on stderr.
pub struct Reporter {
    tracker: Tracker,
    start: Instant,
    last_said: Instant,
    view: View,
}

enum View {
    Live(Box<Live>),
    Plain,
    Silent,
}

struct Live {
    all: MultiProgress,
    overall: ProgressBar,
    steps: BTreeMap<usize, ProgressBar>,
    colours: bool,
}

impl Reporter {
    pub fn new(plan: &Plan, mode: Mode) -> Self {
        let start = instant();
        let view = match mode {
            Mode::Live => View::Live(Box::new(Live::new())),
            Mode::Plain => View::Plain,
            Mode::Silent => View::Silent,
        };
        Self { tracker: Tracker::new(plan), start, last_said: start, view }
    }

    pub fn event(&mut self, event: &Event) {
        let now = self.start.elapsed();
        let line = self.tracker.event(now, event);
        // What a step waits for already stands in its own live line.
        let shown = !matches!((&self.view, event), (View::Live(_), Event::Waiting { .. }));
        if let Some(line) = line.filter(|_| shown) {
            self.say(now, &line);
        }
        self.draw(now);
    }

    /// A line that belongs to no step.
    pub fn message(&mut self, text: &str) {
        self.say(self.start.elapsed(), text);
    }

    /// To be called several times a second: time passes between the events too.
    pub fn tick(&mut self) {
        let now = self.start.elapsed();
        if matches!(self.view, View::Plain) && self.last_said.elapsed() >= SIGN_OF_LIFE {
            self.say(now, &self.tracker.sign_of_life(now));
        }
        self.draw(now);
    }

    /// Takes the lines that change away; those that tell of finished steps stay.
    pub fn finish(self) {
        if let View::Live(live) = self.view {
            // A terminal that cannot be cleared leaves its last lines standing, which is no harm.
            drop(live.all.clear());
        }
    }

    fn say(&mut self, now: Duration, line: &str) {
        self.last_said = instant();
        match &self.view {
            View::Live(live) => live.above(line),
            View::Plain => note(&format!("[{:>6.1}s] {line}\n", now.as_secs_f64())),
            View::Silent => {}
        }
    }

    fn draw(&mut self, now: Duration) {
        if let View::Live(live) = &mut self.view {
            live.draw(self.tracker.running(now), self.tracker.overall(now));
        }
    }
}

impl Live {
    fn new() -> Self {
        let all = MultiProgress::new();
        let overall = all.add(ProgressBar::new_spinner().with_style(style("{wide_msg}")));
        Self { all, overall, steps: BTreeMap::new(), colours: coloured_stderr() }
    }

    fn above(&self, line: &str) {
        // Nobody is left to tell when the terminal is gone.
        drop(self.all.println(self.coloured(line)));
    }

    fn draw(&mut self, mut running: Vec<(usize, String)>, overall: String) {
        running.truncate(SHOWN);
        self.steps.retain(|step, bar| {
            let stays = running.iter().any(|(other, _)| other == step);
            if !stays {
                bar.finish_and_clear();
                self.all.remove(bar);
            }
            stays
        });
        for (step, line) in running {
            let line = self.coloured(&line);
            let bar = self.steps.entry(step).or_insert_with(|| {
                let bar = ProgressBar::new_spinner().with_style(style("{spinner} {wide_msg}"));
                self.all.insert_before(&self.overall, bar)
            });
            bar.set_message(line);
            bar.tick();
        }
        self.overall.set_message(overall);
        self.overall.tick();
    }

    fn coloured(&self, line: &str) -> String {
        if self.colours { line.to_owned() } else { anstream::adapter::strip_str(line).to_string() }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is fixed and names known keys")
}

#[expect(clippy::disallowed_methods, reason = "the display shows how long each step has taken so far")]
fn instant() -> Instant {
    Instant::now()
}
