use super::WIDTH;
use super::style::{ADD, ALARM, paint};
use super::text::wrap;

/// An error for people: what happened, why, and what helps.
pub fn error(what: &str, causes: &[String], helps: &[String]) -> String {
    let mut text = String::new();
    let title = wrap(what, WIDTH - "error: ".len()).join("\n       ");
    text.push_str(&format!("{} {title}\n", paint(ALARM, "error:")));
    for cause in causes {
        text.push_str(&format!("  {}\n", wrap(cause, WIDTH - 2).join("\n  ")));
    }
    for help in helps {
        let help = wrap(help, WIDTH - "  help: ".len()).join("\n        ");
        text.push_str(&format!("  {} {help}\n", paint(ADD, "help:")));
    }
    text
}
