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
    // Of each parenthesis that is open, since the last comma within it; and of what joins whole queries and tables.
    let (mut operators, mut joined, mut at) = (vec![0_usize], 0_usize, 0_usize);
    for token in squawk_lexer::tokenize(sql) {
        let end = at + token.len as usize;
        let word = sql.get(at..end).filter(|_| matches!(token.kind, TokenKind::Ident)).unwrap_or_default();
        let is_one_of = |words: &[&str]| words.iter().any(|one| one.eq_ignore_ascii_case(word));
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => operators.push(0),
            TokenKind::CloseParen | TokenKind::CloseBracket if operators.len() > 1 => drop(operators.pop()),
            TokenKind::Semi => (operators, joined) = (vec![0], 0),
            TokenKind::Comma => operators.iter_mut().last().into_iter().for_each(|count| *count = 0),
            TokenKind::Ident if is_one_of(&JOINING) => joined += 1,
            TokenKind::Ident if !is_one_of(&OPERATORS) => {}
            TokenKind::Literal { .. }
            | TokenKind::Whitespace
            | TokenKind::LineComment
            | TokenKind::BlockComment { .. }
            | TokenKind::QuotedIdent { .. }
            | TokenKind::PositionalParam { .. }
            | TokenKind::Dot
            | TokenKind::CloseParen
            | TokenKind::CloseBracket => {}
            _ => operators.iter_mut().last().into_iter().for_each(|count| *count += 1),
        }
        if operators.len() > DEEPEST || joined > LONGEST || operators.last().is_some_and(|count| *count > LONGEST) {
            return true;
        }
        at = end;
    }
    false
}

/// What can follow itself without an end.
const OPERATORS: [&str; 8] = ["AND", "CASE", "COLLATE", "IN", "IS", "LIKE", "NOT", "OR"];
const JOINING: [&str; 4] = ["EXCEPT", "INTERSECT", "JOIN", "UNION"];

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
        for (term, joined) in [("(a, b) = (1, 2)", " OR "), ("coalesce(y, '')", "||"), ("select 1, 'a'", " union all ")]
        {
            assert!(is_too_deep(&[term; 9_000].join(joined)));
        }
        let rows = format!("insert into a values {}(0, 'x', -1);", "(0, 'x', -1), ".repeat(20_000));
        for sql in [deep(59, "(", ")"), deep(59, "(select ", ")"), deep(499, "not ", ""), deep(249, "1||", ""), rows] {
            let found = dangers(Engine::Postgres, "1.sql", &sql, true);
            assert!(found.iter().all(|danger| danger.message != TOO_DEEP), "{found:?}");
            assert!(Measurement::of(&sql, true).err() != Some(TOO_DEEP));
        }
    }
}
