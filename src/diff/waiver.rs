use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use serde_json::json;

use crate::model::{Deliberate, Environment, Path};

use super::{Finding, Kind, Setting, Severity, Waived};

/// The `[[deliberate]]` entries of both sides, and which of them were needed.
pub struct Waivers {
    entries: Vec<Entry>,
}

struct Entry {
    deliberate: Deliberate,
    left: bool,
    right: bool,
    pattern: Pattern,
    /// Why it waives nothing.
    void: Option<Kind>,
    used: bool,
    /// Written for this comparison, so that it is superfluous if nothing here needs it.
    meant_for_this: bool,
}

impl Waivers {
    /// An environment has nothing to waive against itself.
    pub fn new(left: &Environment, right: &Environment, today: Date) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        if left.name == right.name {
            return Self { entries };
        }
        for (environment, other, is_left) in [(left, right, true), (right, left, false)] {
            for deliberate in &environment.deliberate {
                let meant_for_this = environment.mirrors.as_ref().is_none_or(|mirrored| *mirrored == other.name);
                if let Some(known) = entries.iter_mut().find(|known| known.deliberate == *deliberate) {
                    known.left |= is_left;
                    known.right |= !is_left;
                    known.meant_for_this |= meant_for_this;
                    continue;
                }
                let pattern = Pattern::parse(&deliberate.path);
                let void = if pattern.is_too_wide() {
                    Some(Kind::TooWide)
                } else if [&deliberate.reason, &deliberate.owner].iter().any(|text| text.trim().is_empty()) {
                    Some(Kind::Unexplained)
                } else {
                    (today > deliberate.expires).then_some(Kind::Expired)
                };
                entries.push(Entry {
                    deliberate: deliberate.clone(),
                    left: is_left,
                    right: !is_left,
                    pattern,
                    void,
                    used: false,
                    meant_for_this,
                });
            }
        }
        entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.deliberate.origin.clone(), entry.deliberate.path.clone());
            key(a).cmp(&key(b))
        });
        Self { entries }
    }

    /// Parts the findings into those that stand and those that are waived. `names` gives the paths under which a waiver
    /// may know a finding.
    pub fn apply(
        &mut self,
        findings: Vec<Finding>,
        names: impl Fn(&Finding) -> Vec<Path>,
    ) -> (Vec<Finding>, Vec<Waived>) {
        let (mut standing, mut waived) = (Vec::new(), Vec::new());
        for finding in findings {
            let names = names(&finding);
            let mut first = None;
            for entry in &mut self.entries {
                if names.iter().any(|name| entry.pattern.covers(name)) {
                    entry.used = true;
                    if entry.void.is_none() && first.is_none() {
                        first = Some(entry.deliberate.clone());
                    }
                }
            }
            match first {
                Some(waiver) => waived.push(Waived { finding, waiver }),
                None => standing.push(finding),
            }
        }
        (standing, waived)
    }

    /// What is wrong with the entries themselves. An unused entry whose path begins with none of `sections` may be meant
    /// for what exists and not for what is declared: that is a remark.
    pub fn problems(&self, sections: &[&str]) -> Vec<Finding> {
        self.entries.iter().filter_map(|entry| entry.problem(sections)).collect()
    }
}

impl Entry {
    fn problem(&self, sections: &[&str]) -> Option<Finding> {
        let Deliberate { reason, owner, expires, .. } = &self.deliberate;
        let known_section =
            self.pattern.path.segments().first().is_some_and(|first| sections.contains(&first.as_str()));
        let (severity, kind, note) = match self.void {
            Some(Kind::Expired) if self.used => (
                Severity::Waiver,
                Kind::Expired,
                format!("it waived this until {expires}: end the difference, or renew"),
            ),
            Some(Kind::Expired) => {
                (Severity::Waiver, Kind::Expired, format!("ended on {expires} and waives nothing any more: remove it"))
            }
            Some(Kind::TooWide) => {
                (Severity::Waiver, Kind::TooWide, "name the component or database, and what of it differs".to_owned())
            }
            Some(kind) => (Severity::Waiver, kind, "a waiver says why and who answers for it".to_owned()),
            None if self.used || !self.meant_for_this => return None,
            None if known_section => {
                (Severity::Waiver, Kind::Unused, "nothing differs here: remove it, or correct its path".to_owned())
            }
            None => {
                let note = "it names no part of a definition; a comparison with --live can tell whether it is needed";
                (Severity::Info, Kind::Remark, note.to_owned())
            }
        };
        let setting = Setting {
            value: json!({ "reason": reason, "owner": owner, "expires": expires }),
            origin: Some(self.deliberate.origin.clone()),
        };
        let side = |is_there: bool| is_there.then(|| setting.clone());
        Some(Finding {
            severity,
            kind,
            class: None,
            path: self.pattern.path.clone(),
            left: side(self.left),
            right: side(self.right),
            note: Some(note),
        })
    }
}

/// A waiver's path: as a definition writes paths, with `*` for any part of one segment.
struct Pattern {
    path: Path,
    /// `None` for what is no glob after all: it covers nothing.
    glob: Option<GlobMatcher>,
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let path = split(text);
        // Only `*` is special, so that a finding's own path is always a waiver for it.
        let segments: Vec<String> = path
            .segments()
            .iter()
            .map(|segment| segment.split('*').map(globset::escape).collect::<Vec<_>>().join("*"))
            .collect();
        let glob = GlobBuilder::new(&as_file_path(&segments)).literal_separator(true).backslash_escape(false).build();
        Self { path, glob: glob.ok().map(|glob| glob.compile_matcher()) }
    }

    /// Whether the pattern names this path or something that it stands below.
    fn covers(&self, path: &Path) -> bool {
        let Some(glob) = &self.glob else { return false };
        let segments = path.segments();
        (1..=segments.len()).any(|end| glob.is_match(as_file_path(&segments[..end])))
    }

    /// A waiver is about one thing: not about a whole section, nor about all that a section holds.
    fn is_too_wide(&self) -> bool {
        let segments = self.path.segments();
        let any = |segment: &String| !segment.is_empty() && segment.chars().all(|c| c == '*');
        segments.len() < 2
            || segments[0].contains('*')
            || segments.iter().any(|segment| segment.contains("**"))
            || segments[1..].iter().all(any)
    }
}

/// The segments of a path as TOML writes it. Total: what is no TOML key names nothing that exists.
fn split(text: &str) -> Path {
    let mut segments = vec![String::new()];
    let mut quote = None;
    let mut chars = text.trim().chars();
    while let Some(c) = chars.next() {
        let last = segments.len() - 1;
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', Some('"')) => segments[last].extend(chars.next()),
            ('.', None) => segments.push(String::new()),
            (c, None) if c.is_whitespace() => {}
            (c, _) => segments[last].push(c),
        }
    }
    Path::new(segments)
}

/// globset matches file paths, whose `/` parts what our dots part; a key may hold a `/` of its own.
fn as_file_path(segments: &[String]) -> String {
    segments.iter().map(|segment| segment.replace('/', "\u{1f}")).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, path: &[&str]) -> bool {
        Pattern::parse(pattern).covers(&Path::new(path.iter().copied()))
    }

    #[test]
    fn a_pattern_covers_its_path_and_all_below() {
        assert!(covers("compute.web.count", &["compute", "web", "count"]));
        assert!(covers("compute.web.count", &["compute", "web", "count", "min"]));
        assert!(covers("compute.*.count", &["compute", "worker", "count", "min"]));
        assert!(covers("config.MOCK_*", &["config", "MOCK_PAYMENTS"]));
        assert!(!covers("compute.web.count.min", &["compute", "web", "count"]));
        assert!(!covers("compute.web.count", &["compute", "web", "counts"]));
    }

    #[test]
    fn a_star_stays_within_its_segment() {
        assert!(!covers("compute.*.min", &["compute", "web", "count", "min"]));
        assert!(!covers("database.main.parameters.rds", &["database", "main", "parameters", "rds.force_ssl"]));
    }

    #[test]
    fn quoted_segments_keep_their_dots_and_slashes() {
        let path = ["database", "main", "parameters", "rds.force_ssl"];
        assert!(covers(r#"database.main.parameters."rds.force_ssl""#, &path));
        assert!(covers("database.main.parameters.'rds.*'", &path));
        assert!(covers(r#"config."a/b""#, &["config", "a/b"]));
        assert!(!covers("config.*", &["config/a/b"]));
    }

    #[test]
    fn every_path_covers_itself_as_it_is_shown() {
        for key in ["rds.force_ssl", "a[b]", "{x}", "what?", "!no", "a/b", "back\\slash", "say \"so\"", " space "] {
            let path = Path::new(["config", key]);
            assert!(Pattern::parse(&path.to_string()).covers(&path), "{path}");
        }
    }

    #[test]
    fn a_waiver_for_a_whole_section_is_too_wide() {
        for wide in ["**", "*", "*.web.count", "compute", "database.*", "database.*.*", "compute.**.count", ""] {
            assert!(Pattern::parse(wide).is_too_wide(), "{wide}");
        }
        for narrow in ["compute.web", "compute.*.count", "config.MOCK_*", "database.main"] {
            assert!(!Pattern::parse(narrow).is_too_wide(), "{narrow}");
        }
    }
}
