//! Where the statements of a Postgres script begin and end, as psql tells them apart.
//!
//! Good enough for line numbers and for first words; what a statement means is the server's to know.

use std::io::{BufRead, Read};

/// Of a statement, what is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The lines of its first and last character.
    pub first: usize,
    pub last: usize,
    /// Its first words, in capitals.
    pub words: Vec<String>,
}

/// How many words are kept: enough for `CREATE OR REPLACE FUNCTION` and `COPY a (b) FROM STDIN`'s beginning.
const WORDS: usize = 4;

impl Statement {
    /// Whether it ends the transaction that it runs in, or begins one.
    pub fn controls_transaction(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words[..] {
            ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK" | "TRANSACTION", "TO", ..] => false,
            ["BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT", ..] => true,
            ["START" | "PREPARE", "TRANSACTION", ..] => true,
            _ => false,
        }
    }
}

/// Calls `each` with every statement in order, until it says no.
pub fn statements(text: impl Read, each: &mut dyn FnMut(&Statement) -> bool) {
    let mut reader = std::io::BufReader::new(text);
    let mut scanner = Scanner::default();
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        number += 1;
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {
                if !scanner.line(&line, number, each) {
                    return;
                }
            }
        }
    }
    // The last one needs no semicolon.
    if scanner.statement.first > 0 {
        scanner.finish(each);
    }
}

#[derive(Default)]
enum Within {
    #[default]
    Code,
    /// Between quotes of this kind; with backslashes, where it began with `E`.
    Quotes { quote: u8, escapes: bool },
    /// Nested so deep.
    Comment(usize),
    /// `$tag$`
    Dollars(Vec<u8>),
    /// The rows after `COPY … FROM STDIN`.
    Copy,
}

#[derive(Default)]
struct Scanner {
    within: Within,
    statement: Statement,
    /// The word under way, and the one before it.
    word: Vec<u8>,
    previous: Vec<u8>,
    /// `(` without `)`; `BEGIN ATOMIC` or `CASE` without `END`, in a function's body.
    parentheses: usize,
    bodies: usize,
    copies_from_stdin: bool,
}

impl Scanner {
    fn line(&mut self, line: &[u8], number: usize, each: &mut dyn FnMut(&Statement) -> bool) -> bool {
        if matches!(self.within, Within::Copy) {
            if line.trim_ascii_end() == b"\\." {
                self.within = Within::Code;
            }
            return true;
        }
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            let rest = &line[at..];
            let in_code = matches!(self.within, Within::Code);
            if in_code && self.statement.first == 0 && byte == b'\\' {
                // A command of psql's own; to the end of the line.
                return true;
            }
            if in_code && rest.starts_with(b"--") {
                self.end_word();
                return true;
            }
            at += match &mut self.within {
                Within::Code => match self.code(rest, number, each) {
                    Some(taken) => taken,
                    None => return false,
                },
                within => within.step(rest),
            };
        }
        true
    }

    /// How many bytes it took; `None`: no more is wanted.
    fn code(&mut self, rest: &[u8], number: usize, each: &mut dyn FnMut(&Statement) -> bool) -> Option<usize> {
        let byte = rest[0];
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 || (byte == b'$' && !self.word.is_empty()) {
            self.begin(number);
            self.word.push(byte.to_ascii_uppercase());
            return Some(1);
        }
        let escapes = self.word == b"E" && byte == b'\'';
        self.end_word();
        if rest.starts_with(b"/*") {
            self.within = Within::Comment(1);
            return Some(2);
        }
        if byte.is_ascii_whitespace() {
            return Some(1);
        }
        if byte == b';' && self.parentheses == 0 && self.bodies == 0 {
            if self.statement.first == 0 {
                return Some(1);
            }
            self.statement.last = number;
            let copies = self.copies_from_stdin;
            let goes_on = self.finish(each);
            self.within = if copies { Within::Copy } else { Within::Code };
            // The rows begin on the next line.
            return goes_on.then_some(if copies { rest.len() } else { 1 });
        }
        self.begin(number);
        self.statement.last = number;
        match byte {
            b'(' => self.parentheses += 1,
            b')' => self.parentheses = self.parentheses.saturating_sub(1),
            b'\'' | b'"' => self.within = Within::Quotes { quote: byte, escapes },
            b'$' => {
                if let Some(tag) = dollar_tag(rest) {
                    self.within = Within::Dollars(tag.to_vec());
                    return Some(tag.len());
                }
            }
            _ => {}
        }
        Some(1)
    }

    fn begin(&mut self, number: usize) {
        if self.statement.first == 0 {
            self.statement.first = number;
        }
        self.statement.last = number;
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let words = &mut self.statement.words;
        if words.len() < WORDS {
            words.push(String::from_utf8_lossy(&word).into_owned());
        }
        let makes_routine = words.first().is_some_and(|word| word == "CREATE")
            && words.iter().any(|word| word == "FUNCTION" || word == "PROCEDURE");
        match &word[..] {
            b"BEGIN" if makes_routine => self.bodies += 1,
            b"CASE" if self.bodies > 0 => self.bodies += 1,
            b"END" => self.bodies = self.bodies.saturating_sub(1),
            b"STDIN" if self.previous == b"FROM" && words.first().is_some_and(|word| word == "COPY") => {
                self.copies_from_stdin = true;
            }
            _ => {}
        }
        self.previous = word;
    }

    fn finish(&mut self, each: &mut dyn FnMut(&Statement) -> bool) -> bool {
        self.end_word();
        let done = std::mem::take(self);
        each(&done.statement)
    }
}

impl Within {
    /// How many bytes it took of what is not code.
    fn step(&mut self, rest: &[u8]) -> usize {
        match self {
            Self::Quotes { escapes: true, .. } if rest[0] == b'\\' => rest.len().min(2),
            Self::Quotes { quote, .. } => {
                if rest[0] == *quote {
                    // A doubled one ends it and begins it again.
                    *self = Self::Code;
                }
                1
            }
            Self::Comment(depth) if rest.starts_with(b"/*") => {
                *depth += 1;
                2
            }
            Self::Comment(depth) if rest.starts_with(b"*/") => {
                *depth -= 1;
                if *depth == 0 {
                    *self = Self::Code;
                }
                2
            }
            Self::Dollars(tag) if rest.starts_with(tag) => {
                let length = tag.len();
                *self = Self::Code;
                length
            }
            _ => 1,
        }
    }
}

/// `$$` or `$tag$`.
fn dollar_tag(text: &[u8]) -> Option<&[u8]> {
    let length = text[1..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == b'_' || **c >= 0x80).count();
    let is_number = text.get(1).is_some_and(u8::is_ascii_digit);
    (text.get(length + 1) == Some(&b'$') && !is_number).then(|| &text[..length + 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        statements(text.as_bytes(), &mut |statement| {
            let mark = if statement.controls_transaction() { "!" } else { "" };
            found.push(format!("{}-{} {}{mark}", statement.first, statement.last, statement.words.join(" ")));
            true
        });
        found
    }

    #[test]
    fn statements_are_told_apart_as_psql_does() {
        let text = "\
-- a; comment
create table a (b text default ';', \"c;d\" int); insert into a
values (E'\\';', $$;$$,
 $x$; $$ ;
$x$);
/* ; /* ; */ ; */
\\echo ;
COPY a (b) FROM stdin;
1;
commit;
\\.
select 1 where a = $1; ;
create function f() returns int begin atomic select case when true then 1 end; select 2; end;
create rule r as on insert to a do (select 1; select 2);
commit; rollback to savepoint x; begin isolation level serializable;
do $$ begin commit; end $$;
select 'a'';b'
";
        assert_eq!(
            found(text),
            [
                "2-2 CREATE TABLE A B",
                "2-5 INSERT INTO A VALUES",
                "8-8 COPY A B FROM",
                "12-12 SELECT 1 WHERE A",
                "13-13 CREATE FUNCTION F RETURNS",
                "14-14 CREATE RULE R AS",
                "15-15 COMMIT!",
                "15-15 ROLLBACK TO SAVEPOINT X",
                "15-15 BEGIN ISOLATION LEVEL SERIALIZABLE!",
                "16-16 DO",
                "17-17 SELECT",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(?s)[$'\"\\\\;/*\\-a-eA-E\n().:0 ]{0,80}") {
            let mut last = 0;
            statements(text.as_bytes(), &mut |statement| {
                assert!(statement.first >= last && statement.last >= statement.first, "{statement:?}");
                last = statement.first;
                true
            });
        }
    }
}
