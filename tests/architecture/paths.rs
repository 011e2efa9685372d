use super::bare::is_word;

/// A path in code: where it stands, and its parts. A list in braces gives one path each.
#[derive(Debug, PartialEq, Eq)]
pub struct Path {
    pub line: usize,
    pub parts: Vec<String>,
}

impl Path {
    pub fn starts_with(&self, prefix: &str) -> bool {
        let mut parts = self.parts.iter();
        prefix.split("::").all(|part| parts.next().is_some_and(|own| own == part))
    }
}

/// All paths of two or more parts in [bare](super::bare::bare) code, and every word that stands alone.
pub fn paths(bare: &str) -> Vec<Path> {
    let mut found = Vec::new();
    let mut reader = Reader { rest: bare, line: 1 };
    while !reader.rest.is_empty() {
        if reader.rest.starts_with(is_word) {
            reader.tree(&[], &mut found);
        } else {
            reader.skip(1);
        }
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn skip(&mut self, characters: usize) {
        for c in self.rest.chars().take(characters) {
            self.line += usize::from(c == '\n');
        }
        let end = self.rest.char_indices().nth(characters).map_or(self.rest.len(), |(at, _)| at);
        self.rest = &self.rest[end..];
    }

    fn skip_space(&mut self) {
        self.skip(self.rest.chars().take_while(|c| c.is_whitespace()).count());
    }

    /// Whether this stands next; it is read if it does.
    fn takes(&mut self, wanted: &str) -> bool {
        let before = (self.rest, self.line);
        self.skip_space();
        let there = self.rest.starts_with(wanted);
        if there {
            self.skip(wanted.len());
        } else {
            (self.rest, self.line) = before;
        }
        there
    }

    /// `a::b`, `a::{b, c::d}` or `a::*`, all below `above`.
    fn tree(&mut self, above: &[String], found: &mut Vec<Path>) {
        let mut parts = above.to_vec();
        loop {
            let line = self.line;
            if self.takes("{") && !parts.is_empty() {
                while !self.takes("}") && !self.rest.is_empty() {
                    let before = self.rest.len();
                    self.skip_space();
                    self.tree(&parts, found);
                    if self.takes("as ") {
                        self.skip_space();
                        self.skip(self.rest.chars().take_while(|&c| is_word(c)).count());
                    }
                    // What is no path at all may stand in braces too.
                    if !self.takes(",") && self.rest.len() == before {
                        self.skip(1);
                    }
                }
                return;
            }
            let length = self.rest.chars().take_while(|&c| is_word(c) || c == '*').count();
            let word: String = self.rest.chars().take(length).collect();
            if length > 0 {
                self.skip(length);
                parts.push(word);
            }
            if length == 0 || !self.takes("::") {
                found.push(Path { line, parts });
                return;
            }
            self.skip_space();
        }
    }
}

#[test]
fn lists_are_taken_apart() {
    let code = "use crate::{a, b::{self, c as d}, e::*,\n};\nlet f = crate::g::h::<crate :: i>(j);";
    let found = paths(code);
    let crates = found.iter().filter(|path| path.starts_with("crate"));
    let crates: Vec<String> = crates.map(|path| format!("{} {}", path.line, path.parts.join("::"))).collect();
    let wanted = ["1 crate::a", "1 crate::b::self", "1 crate::b::c", "1 crate::e::*", "3 crate::g::h", "3 crate::i"];
    assert_eq!(crates, wanted);
}
