//! `psql`: how it is called, and what it says.

use std::path::Path;

use super::cluster::Settings;
use super::error::SqlError;
use super::{files, scan};

/// Stops at the first error, and says its code.
pub const STRICT: [&str; 6] = ["-q", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"];
/// Rows that can be told apart whatever they hold.
pub const TO_READ: [&str; 6] = ["-A", "-t", "-F", "\u{1f}", "-R", "\u{1e}"];

/// A server in the place of ours would be refused before it was told a password.
pub const VARIABLES: &[(&str, &str)] =
    &[("PGCLIENTENCODING", "UTF8"), ("PGREQUIREAUTH", "scram-sha-256"), ("PGAPPNAME", "envctl")];

/// What libpq reads: <https://www.postgresql.org/docs/current/libpq-envars.html>; and psql, without what is a matter of
/// taste.
pub const FOREIGN: &[&str] = &[
    "PGCHANNELBINDING",
    "PGCLIENTENCODING",
    "PGCONNECT_TIMEOUT",
    "PGDATABASE",
    "PGDATESTYLE",
    "PGGEQO",
    "PGGSSDELEGATION",
    "PGGSSENCMODE",
    "PGGSSLIB",
    "PGHOST",
    "PGHOSTADDR",
    "PGKRBSRVNAME",
    "PGLOADBALANCEHOSTS",
    "PGMAXPROTOCOLVERSION",
    "PGMINPROTOCOLVERSION",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
    "PGREQUIRESSL",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLCERT",
    "PGSSLCERTMODE",
    "PGSSLCOMPRESSION",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLKEY",
    "PGSSLMAXPROTOCOLVERSION",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGSSLROOTCERT",
    "PGSSLSNI",
    "PGSYSCONFDIR",
    "PGTARGETSESSIONATTRS",
    "PGTZ",
    "PGUSER",
];

/// A statement a table, that counts its rows. A partitioned one counts for all its parts.
pub const COUNTS: &str = "\
SELECT format('SELECT %L, count(*) FROM %I.%I', CASE n.nspname WHEN 'public' THEN quote_ident(c.relname) \
ELSE quote_ident(n.nspname) || '.' || quote_ident(c.relname) END, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
AND n.nspname NOT IN ('information_schema', 'envctl') AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY 1;";

/// With a folder as the host, it uses the socket there.
pub fn connection(host: Option<String>, settings: &Settings, database: &str) -> Vec<String> {
    let (host, port) = (host.unwrap_or_else(|| "127.0.0.1".to_owned()), settings.port.to_string());
    let words = ["-X", "-h", &host, "-p", &port, "-U", &settings.user, "-d", database];
    words.map(str::to_owned).into()
}

pub fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split('\u{1e}').map(|row| row.split('\u{1f}').map(str::to_owned).collect()).collect()
}

/// The first error among what psql wrote to stderr. `None`: it had no statement to fail at.
pub fn error(stderr: &str, file: Option<&Path>) -> Option<SqlError> {
    let lines: Vec<&str> = stderr.lines().collect();
    let (at, place, text) = lines.iter().enumerate().find_map(|(at, line)| {
        let found = ["ERROR:  ", "FATAL:  ", "PANIC:  "].iter().find_map(|level| line.split_once(level));
        // Where the connection fails, psql says so first; before version 14 in other words, but never with a place.
        let is_placed = |place: &str| !place.contains("connection to server") && !place.starts_with("psql: ");
        found.filter(|(place, _)| is_placed(place)).map(|(place, text)| (at, place, text))
    })?;
    // `psql:FILE:LINE: `
    let ends_at = place.trim_end().trim_end_matches(':').rsplit(':').next().and_then(|line| line.parse().ok());
    let (code, message) = match text.split_once(": ") {
        Some((code, message)) if code.len() == 5 => (code, message),
        _ => ("", text),
    };
    let mut error = SqlError { code: code.to_owned(), message: message.to_owned(), ..SqlError::default() };
    let mut pointer = None;
    for line in &lines[at + 1..] {
        if let Some((number, excerpt)) = line.strip_prefix("LINE ").and_then(|rest| rest.split_once(": ")) {
            pointer = number.parse::<usize>().ok().map(|number| (number, excerpt.trim().to_owned()));
        } else if let Some((name, note)) = line.split_once(":  ")
            && ["HINT", "DETAIL", "CONTEXT", "QUERY", "WHERE"].contains(&name)
        {
            error.notes.push(format!("{}: {note}", name.to_lowercase()));
        } else if line.starts_with("LOCATION:") {
            break;
        }
    }
    if let Some(ends_at) = ends_at.filter(|_| file.is_some()) {
        locate(&mut error, file, ends_at, pointer.as_ref());
    } else if let Some((number, excerpt)) = pointer {
        error.line = Some(number);
        error.excerpt = excerpt;
    }
    Some(error)
}

/// psql names the line that a statement ends in, the server counts from where it begins.
fn locate(error: &mut SqlError, file: Option<&Path>, ends_at: usize, pointer: Option<&(usize, String)>) {
    let mut last = scan::Statement::default();
    let mut note = |statement: &scan::Statement| {
        let is_before = statement.last <= ends_at;
        if is_before {
            last = statement.clone();
        }
        is_before
    };
    let text = file.and_then(files::text).unwrap_or_default();
    scan::statements(text.as_bytes(), &mut note);
    let begins_at = if last.last == ends_at { last.first } else { ends_at };
    let at = match pointer {
        // The rows follow the statement.
        _ if copied_row(&error.notes).is_some() => last.last + copied_row(&error.notes).unwrap_or(0),
        Some((number, excerpt)) => {
            // A long line is shown in part, between dots.
            let part = excerpt.trim_matches('.').trim();
            let shows = |line: &usize| text.lines().nth(line - 1).is_some_and(|text| text.contains(part));
            let counted = (begins_at + number - 1).min(ends_at);
            let mut around = std::iter::once(counted).chain(begins_at..=ends_at);
            around.find(shows).unwrap_or(counted)
        }
        None => begins_at,
    };
    error.line = Some(at);
    let line: String = text.lines().nth(at - 1).unwrap_or_default().trim().chars().take(160).collect();
    error.excerpt = line;
}

/// `context: COPY users, line 2, column id: "x"`
fn copied_row(notes: &[String]) -> Option<usize> {
    let copy = notes.iter().find_map(|note| note.strip_prefix("context: COPY "))?;
    let (_, rest) = copy.split_once(", line ")?;
    rest.split([',', ':']).next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::server::account::Account;

    fn found(sql: &str, stderr: &str) -> (Option<usize>, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a: b.sql");
        files::write(&file, sql.as_bytes(), &Account::Own).unwrap();
        let error = error(&stderr.replace("FILE", file.to_str().unwrap()), Some(&file)).unwrap();
        (error.line, error.excerpt)
    }

    #[test]
    fn what_psql_says_is_taken_apart() {
        let stderr = "\
psql:/x/1.sql:1: NOTICE:  00000: relation \"a\" exists, skipping
LOCATION:  transformCreateStmt, parse_utilcmd.c:207
psql:/x/1.sql:4: ERROR:  42703: column \"nam\" of relation \"a\" does not exist
LINE 2:  nam
         ^
HINT:  Perhaps you meant name.
LOCATION:  checkInsertTargets, parse_target.c:1062
";
        let error = error(stderr, None).unwrap();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("42703", "column \"nam\" of relation \"a\" does not exist")
        );
        assert_eq!(error.notes, ["hint: Perhaps you meant name."]);
        for unreachable in [
            "psql: error: connection to server at \"127.0.0.1\", port 1 failed: FATAL:  x",
            "psql: error: could not connect to server: FATAL:  x",
            "psql: FATAL:  x",
        ] {
            assert_eq!(super::error(unreachable, None), None);
        }
    }

    #[test]
    fn the_line_at_fault_is_found() {
        let sql = "create table a (name text);\n\ninsert into a (\n  name,\n  nam\n) values ('x', 'y');\n";
        let said = "psql:FILE:6: ERROR:  42703: column\nLINE 3:   nam\n          ^\n";
        assert_eq!(found(sql, said), (Some(5), "nam".to_owned()));
        // Without a pointer: where the statement begins.
        assert_eq!(found(sql, "psql:FILE:6: ERROR:  23505: duplicate"), (Some(3), "insert into a (".to_owned()));
    }

    #[test]
    fn rows_are_told_apart_whatever_they_hold() {
        assert_eq!(rows("a\u{1f}b\nc\u{1e}\u{1f}\n"), [["a", "b\nc"], ["", ""]]);
        assert!(rows("").is_empty());
    }
}
