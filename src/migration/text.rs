//! The text of a script, and how much of one the parser can take.

use squawk_lexer::TokenKind;

/// The parser, and all that walks its tree, goes down for each parenthesis and for each operator that follows another.
const DEEPEST: usize = 60;
const LONGEST: usize = 500;

/// What is said of such a text.
pub const TOO_DEEP: &str = "it is nested too deep to be read";

/// Where the lines of a text begin.
pub struct Lines(Vec<usize>);

impl Lines {
    pub fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The number, from 1, of the line that this byte is on.
    pub fn number(&self, at: usize) -> usize {
        self.0.partition_point(|begin| *begin <= at)
    }
}

/// Whether it is nested deeper than there is room for on any thread.
pub fn is_too_deep(sql: &str) -> bool {
    let (mut depth, mut operators, mut at) = (0_usize, 0_usize, 0_usize);
    for token in squawk_lexer::tokenize(sql) {
        let end = at + token.len as usize;
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            TokenKind::Semi => (depth, operators) = (0, 0),
            TokenKind::Comma => operators = 0,
            TokenKind::Ident => operators += usize::from(sql.get(at..end).is_some_and(is_operator)),
            TokenKind::Literal { .. }
            | TokenKind::Whitespace
            | TokenKind::LineComment
            | TokenKind::BlockComment { .. }
            | TokenKind::Dot => {}
            _ => operators += 1,
        }
        if depth > DEEPEST || operators > LONGEST {
            return true;
        }
        at = end;
    }
    false
}

/// What can follow itself without an end.
fn is_operator(word: &str) -> bool {
    const WORDS: [&str; 12] =
        ["AND", "CASE", "COLLATE", "EXCEPT", "IN", "INTERSECT", "IS", "JOIN", "LIKE", "NOT", "OR", "UNION"];
    WORDS.iter().any(|operator| operator.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Measurement, dangers};
    use crate::model::Engine;

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::of("a\nbc\n");
        assert_eq!([0, 1, 2, 4, 5].map(|at| lines.number(at)), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn what_is_nested_too_deep_is_not_gone_into_and_what_is_long_is() {
        let deep = |count: usize, from: &str, to: &str| format!("select {}1{};", from.repeat(count), to.repeat(count));
        for sql in
            [deep(10_000, "(", ")"), deep(10_000, "(select ", ")"), deep(100_000, "not ", ""), deep(9_000, "1||", "")]
        {
            assert!(is_too_deep(&sql));
        }
        let rows = format!("insert into a values {}(0, 'x', -1);", "(0, 'x', -1), ".repeat(20_000));
        for sql in [deep(59, "(", ")"), deep(59, "(select ", ")"), deep(499, "not ", ""), deep(249, "1||", ""), rows] {
            let found = dangers(Engine::Postgres, "1.sql", &sql, true);
            assert!(found.iter().all(|danger| danger.message != TOO_DEEP), "{found:?}");
            assert!(Measurement::of(&sql, true).err() != Some(TOO_DEEP));
        }
    }
}
