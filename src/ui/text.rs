use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text without styles takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text with what would steer a terminal, such as an escape sequence in a tag made by hand, written out: `\u{1b}`.
/// Line ends stay; a tab becomes blanks, for its width is the terminal's choice.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            '\t' => shown.push_str("    "),
            c if c.is_control() => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The text in at most `columns`, with `…` where its end was cut off.
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// The text broken at spaces into lines of at most `columns`. A word that is longer has a line of its own, uncut.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// `1 resource`, `2 resources`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_counts_columns_not_bytes() {
        assert_eq!(truncate("grün", 4), "grün");
        assert_eq!(truncate("grüner", 4), "grü…");
        assert_eq!(truncate("漢字漢字", 5), "漢字…");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\tc\r\nd"), "a\\u{1b}[2Jb    c\\u{d}\nd");
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three\nfour", 7), ["one two", "three", "four"]);
        assert_eq!(wrap("a-word-that-is-long b", 5), ["a-word-that-is-long", "b"]);
    }
}
