//! Files of lines NAME=VALUE, as programs keep their secrets in (`.env`).
//!
//! A value is taken as it stands there. Nothing is put in for a `$`, and what shells and libraries read in different ways is a
//! fault: between single quotes everything is itself, between double quotes `\n`, `\\`, `\"`, `\$` and `` \` `` are what they are
//! elsewhere. Both may go over several lines.

/// One NAME=VALUE, or what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub line: usize,
    /// Empty where there is none, or where it may be none.
    pub name: String,
    pub value: Result<String, &'static str>,
}

const NO_ENTRY: &str = "it is not of the form NAME=VALUE";
const ESCAPE: &str = "`\\` stands before what it means nothing for";
const REST: &str =
    "it has no value, and may be the rest of the one above it: remove it, or put that one between quotes";
const UNQUOTED: &str = "a value with a blank, a quote or a backslash in it is to stand between quotes";
const OPEN: &str = "its quote is never closed";
const FOLLOWS: &str = "something follows the closing quote";
const VARIABLE: &str = "`$` stands for a variable";

impl Entry {
    /// As nearly every variable is, and hardly any part of a value.
    pub fn is_named_as_usual(&self) -> bool {
        self.name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    }

    /// Without a name where nobody can say what belongs to it: so it is nothing to pass over.
    fn sure(self) -> Self {
        let value = match self.value {
            // What is encoded in base64 ends so, and has no `_`.
            Ok(value)
                if ["", "="].contains(&value.as_str()) && !self.is_named_as_usual() && !self.name.contains('_') =>
            {
                Err(REST)
            }
            value @ (Ok(_) | Err(VARIABLE | UNQUOTED | ESCAPE)) => return Self { value, ..self },
            Err(fault) => Err(fault),
        };
        Self { name: String::new(), value, ..self }
    }
}

pub fn entries(text: &str) -> Vec<Entry> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    std::iter::from_fn(|| reader.entry()).collect()
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn entry(&mut self) -> Option<Entry> {
        loop {
            let line = self.line;
            if self.rest.is_empty() {
                return None;
            }
            let this = self.this_line();
            if this.trim().is_empty() || this.trim_start().starts_with('#') {
                self.take(this.len() + 1);
                continue;
            }
            let Some((name, _)) = this.split_once('=').filter(|(name, _)| is_name(without_export(name))) else {
                self.take(this.len() + 1);
                return Some(Entry { line, name: String::new(), value: Err(NO_ENTRY) });
            };
            self.take(name.len() + 1);
            return Some(Entry { line, name: without_export(name).to_owned(), value: self.value() }.sure());
        }
    }

    fn value(&mut self) -> Result<String, &'static str> {
        let blanks = self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len();
        self.take(blanks);
        let quote = self.rest.chars().next().filter(|first| ['\'', '"'].contains(first));
        let Some(quote) = quote else { return self.bare() };
        let value = self.quoted(quote);
        let after = self.this_line();
        self.take(after.len() + 1);
        match after.trim() {
            "" => value,
            comment if comment.starts_with('#') => value,
            _ => value.and(Err(FOLLOWS)),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, &'static str> {
        let (mut value, mut fault) = (String::new(), None);
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                letter if letter == quote => {
                    self.take(at + 1);
                    return fault.map_or(Ok(value), Err);
                }
                '\\' if quote == '"' => match letters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, escaped @ ('\\' | '"' | '$' | '`'))) => value.push(escaped),
                    _ => fault = Some(ESCAPE),
                },
                '$' if quote == '"' => fault = Some(VARIABLE),
                letter => value.push(letter),
            }
        }
        self.take(self.rest.len());
        Err(OPEN)
    }

    fn bare(&mut self) -> Result<String, &'static str> {
        let this = self.this_line();
        self.take(this.len() + 1);
        let comment = this.match_indices('#').find(|(at, _)| this[..*at].ends_with([' ', '\t']) || *at == 0);
        let value = comment.map_or(this, |(at, _)| &this[..at]).trim_end();
        match value {
            value if value.contains('$') => Err(VARIABLE),
            value if value.contains(['\\', '\'', '"', '`', ' ', '\t']) => Err(UNQUOTED),
            value => Ok(value.to_owned()),
        }
    }

    /// What is left of it, without its end.
    fn this_line(&self) -> &'a str {
        self.rest.split('\n').next().unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }
}

fn without_export(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(name, str::trim_start)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, String, String)> {
        let shown = |entry: Entry| (entry.line, entry.name, entry.value.unwrap_or_else(|why| format!("! {why}")));
        entries(text).into_iter().map(shown).collect()
    }

    #[test]
    fn values_are_taken_as_they_stand() {
        let text = "\u{feff}# don't\n# look: $HOME\n\nA=plain  # isn't it\nexport B = 'pa$$w\\ord'\r\nC=\"a\\\"\\n\\$b\" # c\n\
                    D='over\ntwo'\nE=\n_f.g=a=b#c\n";
        let wanted = [
            (4, "A", "plain"),
            (5, "B", "pa$$w\\ord"),
            (6, "C", "a\"\n$b"),
            (7, "D", "over\ntwo"),
            (9, "E", ""),
            (10, "_f.g", "a=b#c"),
        ];
        assert_eq!(read(text), wanted.map(|(line, name, value)| (line, name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_others_read_in_other_ways_is_a_fault_with_its_line() {
        let text = "A=a b\nB=$HOME\nC=\"${D}\"\nno entry\nE='a' b\nF=a\\\nG=\"\\x\"\n1=x\nH='open\nI=x\n";
        let found: Vec<(usize, bool)> = entries(text).iter().map(|entry| (entry.line, entry.value.is_err())).collect();
        assert_eq!(found, [1, 2, 3, 4, 5, 6, 7, 8, 9].map(|line| (line, true)));
        assert_eq!(read(text)[8], (9, String::new(), "! its quote is never closed".to_owned()));
    }

    /// `openssl rand -base64 64` breaks its lines.
    #[test]
    fn what_may_be_a_part_of_a_value_is_nobody_s_name() {
        let unsure = |text: &str| entries(text).iter().all(|entry| entry.name.is_empty() && entry.value.is_err());
        for text in ["a2V5IGlzIG5vdCBhIG5hbWU==", "bmFtZQ=", "A='open\nB=x", "A='tis\nB='x'", "A=\"x\" y", "aGk"] {
            assert!(unsure(text), "{text}: {:?}", entries(text));
        }
        assert_eq!(
            read("EMPTY=\nname=x\n"),
            [(1, "EMPTY".to_owned(), String::new()), (2, "name".to_owned(), "x".to_owned())]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(?s)[A=#'\"\\\\$ \n\r\t.é]{0,60}") {
            let lines = text.split('\n').count();
            for entry in entries(&text) {
                assert!((1..=lines).contains(&entry.line));
            }
        }
    }
}
