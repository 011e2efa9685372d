use anstyle::Style;

use crate::diff::{Compared, Drift, Finding, Kind, Live, Parity, Setting, Severity, Verdict, Waived};
use crate::model::Name;
use crate::ui::WIDTH;
use crate::ui::style::{ADD, BOLD, CHANGE, DESTROY, DIM, paint};
use crate::ui::text::{truncate, visible, width, wrap};

use super::section::{Section, label, marker, tally};
use super::value::{inline, side_by_side};

const INDENT: &str = "      ";

/// Longer names of environments are not padded to.
const WIDEST_NAME: usize = 20;

/// For people, in 80 columns.
pub fn human(parity: &Parity, live: Option<&Live>) -> String {
    let view = View { left: &parity.left.name, right: &parity.right.name, with_origins: true };
    let mut lines = vec![headline(parity.verdict(), &parity.left.name, &parity.right.name)];
    lines.extend(totals(&parity.findings, &parity.waived));
    for side in [&parity.left, &parity.right] {
        lines.push(paint(DIM, &view.summary(side)));
    }
    view.body(&parity.findings, &parity.waived, &parity.notes, &mut lines);
    if let Some(live) = live {
        view.live(live, &mut lines);
    }
    lines.join("\n") + "\n"
}

fn headline(verdict: Verdict, left: &Name, right: &Name) -> String {
    match verdict {
        Verdict::Same => paint(ADD, &format!("same: {left} has the shape of {right}")),
        Verdict::Different => paint(DESTROY, &format!("different: {left} is no copy of {right}")),
    }
}

fn totals(findings: &[Finding], waived: &[Waived]) -> Option<String> {
    let waived = (!waived.is_empty()).then(|| format!("{} waived", waived.len()));
    let totals: Vec<String> = Some(tally(findings)).filter(|text| !text.is_empty()).into_iter().chain(waived).collect();
    (!totals.is_empty()).then(|| format!("  {}", totals.join("; ")))
}

struct View<'a> {
    left: &'a Name,
    right: &'a Name,
    /// What was observed was set by no file.
    with_origins: bool,
}

impl View<'_> {
    fn name_width(&self) -> usize {
        width(self.left.as_str()).max(width(self.right.as_str())).min(WIDEST_NAME)
    }

    fn summary(&self, side: &Compared) -> String {
        let release = side.release.as_ref().map_or("no release".to_owned(), |release| format!("release {release}"));
        truncate(&format!("  {:<1$}  {release}, {target}", side.name, self.name_width(), target = side.target), WIDTH)
    }

    fn body(&self, findings: &[Finding], waived: &[Waived], notes: &[Finding], lines: &mut Vec<String>) {
        for (section, findings) in Section::of_all(findings) {
            title(section.title(), findings.len(), lines);
            lines.extend(section.advice().map(|advice| paint(DIM, &format!("  {advice}"))));
            for finding in findings {
                self.finding(finding, lines);
            }
        }
        if !waived.is_empty() {
            title("Waived", waived.len(), lines);
            for waived in waived {
                self.waived(waived, lines);
            }
        }
        self.notes(notes, lines);
    }

    fn finding(&self, finding: &Finding, lines: &mut Vec<String>) {
        self.head(finding, lines);
        if finding.severity == Severity::Waiver {
            self.entry(finding, lines);
        } else {
            self.values(finding, lines);
        }
        lines.extend(finding.note.iter().flat_map(|note| indented(note)));
    }

    fn head(&self, finding: &Finding, lines: &mut Vec<String>) {
        let label = label(finding, self.left, self.right).map(|label| format!("  ({label})")).unwrap_or_default();
        let path = finding.path.to_string();
        let head =
            format!("  {} {}", paint(style(finding.kind), &marker(finding.kind).to_string()), paint(BOLD, &path));
        if 4 + width(&path) + width(&label) <= WIDTH {
            lines.push(head + &label);
        } else {
            lines.push(head);
            lines.push(format!("{INDENT}{}", label.trim_start()));
        }
    }

    /// The lines `staging  VALUE  FILE:LINE` and the like; the origins stand below each other, where there is room.
    fn values(&self, finding: &Finding, lines: &mut Vec<String>) {
        let sides = [(self.left, &finding.left), (self.right, &finding.right)];
        if sides.iter().all(|(_, side)| side.is_none()) {
            return;
        }
        let name_width = self.name_width();
        let start = INDENT.len() + name_width + 2;
        let room = WIDTH - start;
        let [left, right] = [&finding.left, &finding.right].map(|side| side.as_ref().map(|one| inline(&one.value)));
        let values = match (left, right) {
            (Some(left), Some(right)) => side_by_side(&left, &right, room).map(Some),
            (left, right) => [left, right].map(|one| one.map(|text| truncate(&text, room))),
        };
        let origins = sides.map(|(_, side)| side.as_ref().map(|setting| self.origin(setting)).unwrap_or_default());
        let widest = values.iter().flatten().map(|value| width(value)).max().unwrap_or_default();
        let beside = origins.iter().all(|origin| start + widest + 2 + width(origin) <= WIDTH);
        for (((name, _), value), origin) in sides.into_iter().zip(values).zip(origins) {
            let Some(value) = value else { continue };
            let line = format!("{INDENT}{name:<name_width$}  {value}");
            if origin.is_empty() {
                lines.push(line);
            } else if beside {
                let padding = " ".repeat(widest - width(&value) + 2);
                lines.push(format!("{line}{padding}{}", paint(DIM, &origin)));
            } else {
                lines.push(line);
                lines.push(format!("{}{}", " ".repeat(start), paint(DIM, &origin)));
            }
        }
    }

    fn origin(&self, setting: &Setting) -> String {
        match &setting.origin {
            Some(origin) => format!("{}:{}", origin.file, origin.line),
            None if self.with_origins => "default".to_owned(),
            None => String::new(),
        }
    }

    /// A `[[deliberate]]` entry that is itself the finding.
    fn entry(&self, finding: &Finding, lines: &mut Vec<String>) {
        let Some(setting) = finding.left.as_ref().or(finding.right.as_ref()) else { return };
        let text = |key: &str| setting.value[key].as_str().unwrap_or_default();
        lines.extend(waiver(text("reason"), text("owner"), text("expires"), &self.origin(setting)));
    }

    fn waived(&self, waived: &Waived, lines: &mut Vec<String>) {
        self.head(&waived.finding, lines);
        self.values(&waived.finding, lines);
        let Waived { waiver: entry, .. } = waived;
        let origin = format!("{}:{}", entry.origin.file, entry.origin.line);
        lines.extend(waiver(&entry.reason, &entry.owner, &entry.expires.to_string(), &origin));
    }

    fn notes(&self, notes: &[Finding], lines: &mut Vec<String>) {
        let mut told = Vec::new();
        for note in notes {
            match (note.kind, &note.note) {
                (Kind::ToBePromoted, _) => told.push(promotion(note, self.left, self.right)),
                (Kind::SameTarget | Kind::Local | Kind::Remark, Some(text)) => {
                    told.push(format!("{}: {text}", note.path));
                }
                _ => {}
            }
        }
        for (kind, what) in [(Kind::MayDiffer, "may differ, and does"), (Kind::Local, "not on a laptop")] {
            let paths: Vec<String> = notes
                .iter()
                .filter(|note| note.kind == kind && note.note.is_none())
                .map(|note| note.path.to_string())
                .collect();
            if !paths.is_empty() {
                told.push(format!("{what}: {}", paths.join(", ")));
            }
        }
        if told.is_empty() {
            return;
        }
        lines.extend([String::new(), paint(BOLD, "Notes")]);
        for text in told {
            let mut wrapped = wrap(&visible(&text), WIDTH - 4).into_iter();
            lines.extend(wrapped.next().map(|first| format!("  {first}")));
            lines.extend(wrapped.map(|more| format!("    {more}")));
        }
    }

    fn live(&self, live: &Live, lines: &mut Vec<String>) {
        let observed = View { with_origins: false, ..*self };
        let what = match (live.verdict(), live.findings.is_empty()) {
            (Verdict::Same, _) => paint(ADD, "same: what exists of both is alike"),
            (Verdict::Different, true) => paint(DESTROY, "different: alike, but not as declared"),
            (Verdict::Different, false) => paint(DESTROY, &format!("different: {}", tally(&live.findings))),
        };
        lines.extend([String::new(), format!("{} {what}", paint(BOLD, "Live"))]);
        observed.body(&live.findings, &live.waived, &live.notes, lines);
        for (name, drift) in [(self.left, &live.left_drift), (self.right, &live.right_drift)] {
            if drift.is_empty() {
                continue;
            }
            title(&format!("{name} is not as it declares"), drift.len(), lines);
            for one in drift {
                lines.extend(drifted(one));
            }
        }
    }
}

fn style(kind: Kind) -> Style {
    match kind {
        Kind::Missing => DESTROY,
        Kind::Extra => ADD,
        _ => CHANGE,
    }
}

fn title(text: &str, number: usize, lines: &mut Vec<String>) {
    lines.extend([String::new(), format!("{} {}", paint(BOLD, text), paint(DIM, &format!("({number})")))]);
}

fn indented(text: &str) -> Vec<String> {
    wrap(&visible(text), WIDTH - INDENT.len()).into_iter().map(|line| format!("{INDENT}{line}")).collect()
}

fn waiver(reason: &str, owner: &str, expires: &str, origin: &str) -> Vec<String> {
    let mut lines = indented(&format!("reason: {reason}"));
    lines.extend(indented(&format!("{owner}, until {expires}, {origin}")));
    lines
}

/// `to be promoted: staging has 1.6.0, prod 1.5.0`.
pub fn promotion(note: &Finding, left: &Name, right: &Name) -> String {
    let [ours, theirs] = [&note.left, &note.right].map(|side| {
        let release = side.as_ref().and_then(|setting| setting.value.as_str());
        release.unwrap_or("no release").to_owned()
    });
    format!("to be promoted: {left} has {ours}, {right} {theirs}")
}

fn drifted(drift: &Drift) -> Vec<String> {
    let property = drift.property.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
    let head = format!("  {} {}", paint(CHANGE, "~"), paint(BOLD, &format!("{}{property}", drift.address)));
    let room = WIDTH - INDENT.len() - "declared  ".len();
    let [declared, live] = [&drift.declared, &drift.live].map(|one| {
        let text = one.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        visible(&text).replace('\n', "\\n")
    });
    let [declared, live] = side_by_side(&declared, &live, room);
    vec![head, format!("{INDENT}declared  {declared}"), format!("{INDENT}live      {live}")]
}
