use globset::{GlobBuilder, GlobMatcher};

use super::Path;

/// A waiver's path: as a definition writes paths, with `*` for any part of one segment.
#[derive(Clone, Debug)]
pub struct Pattern {
    path: Path,
    /// `None` for what is no glob after all: it covers nothing.
    glob: Option<GlobMatcher>,
}

impl Pattern {
    pub fn parse(text: &str) -> Self {
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

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the pattern names this path or something that it stands below.
    pub fn covers(&self, path: &Path) -> bool {
        let Some(glob) = &self.glob else { return false };
        let segments = path.segments();
        (1..=segments.len()).any(|end| glob.is_match(as_file_path(&segments[..end])))
    }

    /// A waiver is about one thing: not about a whole section, nor about all that a section holds.
    pub fn is_too_wide(&self) -> bool {
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
