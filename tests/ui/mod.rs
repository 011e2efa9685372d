//! What people and programs read, as snapshots. Each human view keeps to 80 columns.

mod doctor;
mod documented;
mod plan;
mod progress;
pub mod sample;
mod status;
mod summary;

/// The text without its styles, after a check that it fits in 80 columns.
pub fn plain(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    for line in plain.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "longer than 80 columns: {line}");
        assert_eq!(line, line.trim_end(), "blanks at the end");
    }
    plain
}
