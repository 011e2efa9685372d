use std::time::Duration;

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
            c if c.is_control() || is_direction(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The marks that turn a terminal's reading direction, and so make a text look like another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
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

/// The text, with what would steer a terminal written out, broken at spaces into lines of at most `columns`. A word that is
/// longer has a line of its own, uncut.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in visible(text).lines() {
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

/// `1.2s`, `1m20s`, `2h05m`.
pub fn duration(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    let seconds = tenths / 10;
    match seconds {
        0..60 => format!("{seconds}.{}s", tenths % 10),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
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

    #[test]
    fn durations_carry_into_the_next_unit() {
        let shown = |millis| duration(Duration::from_millis(millis));
        assert_eq!(shown(1_234), "1.2s");
        assert_eq!(shown(59_970), "1m00s");
        assert_eq!(shown(80_000), "1m20s");
        assert_eq!(shown(7_500_000), "2h05m");
    }
}
