//! What an environment's databases hold, in numbers.

use crate::model::Name;
use crate::provider::TableRows;

use super::table::table;
use super::text::count;

/// `12 rows in 2 tables`.
pub fn in_a_line(all: &[TableRows]) -> String {
    let rows: u64 = all.iter().map(|table| table.rows).sum();
    let tables = all.iter().filter(|table| table.rows > 0).count();
    format!("{rows} rows in {}", count(tables, "table"))
}

/// What is lost with the data of an environment.
pub fn human(environment: &Name, all: &[TableRows]) -> String {
    if all.iter().all(|table| table.rows == 0) {
        return format!("The databases of {environment} hold no rows.\n");
    }
    let filled = all.iter().filter(|table| table.rows > 0);
    let cells = filled.map(|each| [format!("database.{}", each.database), each.table.clone(), each.rows.to_string()]);
    format!("The data of {environment} that is lost:\n\n{}\n", table(["DATABASE", "TABLE", "ROWS"], cells.collect()))
}
