use comfy_table::{Table, presets};

use super::WIDTH;
use super::style::{BOLD, paint};
use super::text::{truncate, visible, width};

/// Columns under a header, without borders. The last column is cut with `…` where a row would pass [`WIDTH`] columns.
pub fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    const GAP: usize = 2;
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(|cell| visible(&cell))).collect();
    let widest = |column: usize| {
        let cells = rows.iter().map(|row| width(&row[column]));
        cells.chain([width(header[column])]).max().unwrap_or(0)
    };
    let before: usize = (0..N.saturating_sub(1)).map(|column| widest(column) + GAP).sum();
    let room = WIDTH.saturating_sub(before).max(8);

    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for mut row in rows {
        if let Some(last) = row.last_mut() {
            *last = truncate(last, room);
        }
        table.add_row(row);
    }
    let gap = u16::try_from(GAP).expect("a gap is small");
    for column in table.column_iter_mut() {
        column.set_padding((0, gap));
    }
    let mut lines = table.lines().map(|line| line.trim_end().to_owned());
    let mut text = paint(BOLD, &lines.next().unwrap_or_default());
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    text.push('\n');
    text
}
