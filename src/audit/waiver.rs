use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::model::{Definition, Deliberate, Name, Path, Pattern};

use super::draft::Draft;
use super::facts::Facts;
use super::{Code, Direction, Finding, Waived};

/// The `[[deliberate]]` entries about isolation, of all environments, and which of them were needed.
///
/// An entry waives a finding that its environment has, or that is about what it owns.
pub struct Waivers<'a> {
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    of: &'a Name,
    deliberate: &'a Deliberate,
    pattern: Pattern,
    void: Option<Code>,
    used: bool,
}

impl<'a> Waivers<'a> {
    pub fn new(definitions: impl Iterator<Item = &'a Definition>, today: Date) -> Self {
        let entries = definitions.flat_map(|definition| {
            let environment = &definition.environment;
            let ours = environment.deliberate.iter().filter(|entry| entry.is_for_audit());
            ours.map(move |deliberate| {
                let pattern = Pattern::parse(&deliberate.path);
                let void = void(deliberate, &pattern, today);
                Entry { of: &environment.name, deliberate, pattern, void, used: false }
            })
        });
        Self { entries: entries.collect() }
    }

    /// Parts the findings into those that stand and those that are waived.
    pub fn apply(&mut self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Waived>) {
        let (mut standing, mut waived) = (Vec::new(), Vec::new());
        for finding in findings {
            let paths = finding.waiver_paths();
            let mut first = None;
            let covering = self
                .entries
                .iter_mut()
                .filter(|entry| finding.concerns(entry.of) && paths.iter().any(|path| entry.pattern.covers(path)));
            for entry in covering {
                entry.used = true;
                if entry.void.is_none() && first.is_none() {
                    first = Some(entry.deliberate.clone());
                }
            }
            match first {
                Some(waiver) => waived.push(Waived { finding, waiver }),
                None => standing.push(finding),
            }
        }
        (standing, waived)
    }

    /// What is wrong with the entries themselves. What waives that which only a live audit sees is not unused without one.
    pub fn problems(&self, facts: &Facts<'_>) -> Vec<Draft> {
        let is_live = !facts.seen.live.is_empty();
        self.entries.iter().filter_map(|entry| entry.problem(is_live)).collect()
    }
}

/// Why an entry waives nothing, whatever there is.
fn void(deliberate: &Deliberate, pattern: &Pattern, today: Date) -> Option<Code> {
    if is_too_wide(pattern.path()) {
        Some(Code::WideWaiver)
    } else if [&deliberate.reason, &deliberate.owner].iter().any(|text| text.trim().is_empty()) {
        Some(Code::UnexplainedWaiver)
    } else {
        (today > deliberate.expires).then_some(Code::ExpiredWaiver)
    }
}

/// A waiver is about one sort of finding, at something that it names: not about a code as a whole.
fn is_too_wide(path: &Path) -> bool {
    let any = |segment: &String| !segment.is_empty() && segment.chars().all(|c| c == '*');
    match path.segments() {
        [_, code, rest @ ..] => {
            code.contains('*') || rest.iter().all(any) || rest.iter().any(|segment| segment.contains("**"))
        }
        _ => true,
    }
}

impl Entry<'_> {
    fn problem(&self, is_live: bool) -> Option<Draft> {
        let Deliberate { expires, origin, .. } = self.deliberate;
        let known: BTreeSet<&str> = Code::all().map(Code::as_str).collect();
        let code = self.pattern.path().segments().get(1).map_or("", String::as_str);
        let needs_live = Code::all().any(|known| known.as_str() == code && known.is_live_only());
        let (code, message, remedy) = match self.void {
            Some(Code::ExpiredWaiver) if self.used => {
                (Code::ExpiredWaiver, format!("it waived this until {expires}"), "end what it waives, or renew it")
            }
            Some(Code::ExpiredWaiver) => {
                (Code::ExpiredWaiver, format!("ended on {expires} and waives nothing any more"), "remove it")
            }
            Some(Code::WideWaiver) => (
                Code::WideWaiver,
                "covers more than one thing".to_owned(),
                "name a code and the path of the finding: audit.foreign-domain.config.API_URL",
            ),
            Some(other) => (other, "lacks its reason or its owner".to_owned(), "say why, and who answers for it"),
            None if self.used => return None,
            None if !known.contains(code) => {
                let message = format!("no finding is called `{code}`");
                (Code::UnusedWaiver, message, "take the code from the finding that it shall waive")
            }
            None if needs_live && !is_live => return None,
            None => (Code::UnusedWaiver, "nothing is found here".to_owned(), "remove it, or correct its path"),
        };
        let draft = Draft::new(code, message, remedy).direction(Direction::Within);
        Some(draft.seen(self.of, self.pattern.path().clone(), Some(origin.clone()), "the entry"))
    }
}
