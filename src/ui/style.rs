use anstyle::{AnsiColor, Style};

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const ADD: Style = AnsiColor::Green.on_default();
pub const CHANGE: Style = AnsiColor::Yellow.on_default();
pub const REPLACE: Style = AnsiColor::Magenta.on_default();
pub const DESTROY: Style = AnsiColor::Red.on_default();
pub const WAIT: Style = AnsiColor::Cyan.on_default();
/// What must not be overlooked: lost data, a failure.
pub const ALARM: Style = AnsiColor::Red.on_default().bold();

pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
