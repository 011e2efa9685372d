//! `mariadb` and `mysql`: how they are called, and what they say.

use std::path::{Path, PathBuf};

use super::cluster::Settings;
use super::error::SqlError;
use super::files;

/// A session that was ended stays so: what comes after belongs to what came before.
pub const STRICT: [&str; 1] = ["--skip-reconnect"];
/// Rows, one a line, with what would break them escaped.
pub const TO_READ: [&str; 2] = ["--batch", "--skip-column-names"];

/// `mysql` reads saved logins even where it is told to read no files.
pub const VARIABLES: &[(&str, &str)] = &[("MYSQL_TEST_LOGIN_FILE", "/dev/null")];

/// <https://dev.mysql.com/doc/refman/8.4/en/environment-variables.html>
pub const FOREIGN: &[&str] =
    &["MYSQL_GROUP_SUFFIX", "MYSQL_HOME", "MYSQL_HOST", "MYSQL_PWD", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT"];

pub fn connection(socket: Option<PathBuf>, settings: &Settings, database: &str) -> Vec<String> {
    // `--no-defaults` counts only as the first.
    let mut words = vec!["--no-defaults".to_owned(), format!("--user={}", settings.user)];
    match socket {
        Some(socket) => words.push(format!("--socket={}", socket.display())),
        None => words.extend([
            "--protocol=tcp".to_owned(),
            "--host=127.0.0.1".to_owned(),
            format!("--port={}", settings.port),
        ]),
    }
    words.extend(["--default-character-set=utf8mb4".to_owned(), database.to_owned()]);
    words
}

/// A statement that gives one a table, that counts its rows.
pub fn counts(database: &str) -> String {
    format!(
        "SELECT CONCAT('SELECT ', QUOTE(table_name), ', COUNT(*) FROM `', REPLACE(table_name, '`', '``'), '`') \
         FROM information_schema.tables WHERE table_schema = '{database}' AND table_type = 'BASE TABLE' \
         ORDER BY table_name;"
    )
}

pub fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split('\t').map(unescaped).collect()).collect()
}

fn unescaped(field: &str) -> String {
    let mut value = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        value.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    value
}

/// `ERROR 1054 (42S22) at line 3: Unknown column …`; the line is where the statement begins. `None`: it had no
/// statement to fail at.
pub fn error(stderr: &str, file: Option<&Path>) -> Option<SqlError> {
    let found = stderr.lines().find_map(|line| line.strip_prefix("ERROR ")?.split_once(" at line "));
    let (code, rest) = found?;
    let (line, message) = rest.split_once(": ")?;
    let line = line.parse().ok();
    let text = file.and_then(files::text).unwrap_or_default();
    let excerpt = line.and_then(|line: usize| text.lines().nth(line.checked_sub(1)?)).unwrap_or_default();
    Some(SqlError {
        file: None,
        line,
        excerpt: excerpt.trim().chars().take(160).collect(),
        message: message.to_owned(),
        code: code.to_owned(),
        notes: Vec::new(),
        advice: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_says_is_taken_apart() {
        let said = "--------------\ninsert into t values (x)\n--------------\n\nERROR 1054 (42S22) at line 3: Unknown column 'x'\n";
        let error = error(said, None).unwrap();
        assert_eq!(
            (error.line, error.code.as_str(), error.message.as_str()),
            (Some(3), "1054 (42S22)", "Unknown column 'x'")
        );
        assert_eq!(super::error("ERROR 2002 (HY000): Can't connect to local server", None), None);
    }

    #[test]
    fn rows_are_told_apart_whatever_they_hold() {
        assert_eq!(rows("a\\tb\tc\\nd\\\\\n\tNULL\n"), [["a\tb", "c\nd\\"], ["", "NULL"]]);
    }
}
