//! Migrations: the files of a folder, applied once each, in the order of their names.
//!
//! Only `*.sql` counts; hidden files and `*.down.sql` do not. Numbers in names count by their value (`2_…` comes before
//! `10_…`), and no two files may begin with the same number.
//!
//! In Postgres each file runs in one transaction with the record that it was applied. A file whose leading comments
//! hold `-- envctl: no-transaction` runs outside one. MySQL and MariaDB cannot undo a changed table: there the database
//! is dumped before each file, and brought back if the file fails.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use super::client::{Client, Part};
use super::error::{Error, SqlError};
use super::lock::Lock;
use super::records::{self, Record};
use super::script::Script;
use super::{files, snapshot};
use crate::model::Engine;

/// A file of a folder of migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The file's name in its folder.
    pub name: String,
    pub path: PathBuf,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// Whether it runs in a transaction.
    pub transaction: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrations {
    /// In the order in which they are applied.
    pub files: Vec<Migration>,
    /// SQL files that are no migrations, as those that would undo one (`*.down.sql`).
    pub ignored: Vec<String>,
}

/// How far a database is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub applied: Vec<String>,
    pub pending: Vec<String>,
}

impl Migrations {
    /// Reads a folder. Its path shows in errors as it is given here.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        if !files::exists(folder) {
            return Err(Error::NoMigrations { folder: folder.to_owned() });
        }
        let mut names = files::names(folder)?;
        names.retain(|name| name.ends_with(".sql") && !name.starts_with('.'));
        let (ignored, mut names): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| is_undo(name));
        names.sort_by(|left, right| order(left, right));
        check_numbers(&names)?;
        let read = |name| Migration::read(folder, name);
        Ok(Self { files: names.into_iter().map(read).collect::<Result<_, Error>>()?, ignored })
    }
}

impl Migration {
    fn read(folder: &Path, name: String) -> Result<Self, Error> {
        let path = folder.join(&name);
        let script = Script::read(&path)?;
        Ok(Self { name, path, digest: script.digest, transaction: script.transaction })
    }
}

fn is_undo(name: &str) -> bool {
    [".down.sql", "_down.sql", ".undo.sql"].iter().any(|end| name.ends_with(end))
}

/// By name, where digits that stand together count as a number.
fn order(left: &str, right: &str) -> Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    while let (Some(a), Some(b)) = (left_rest.chars().next(), right_rest.chars().next()) {
        let by_value = if a.is_ascii_digit() && b.is_ascii_digit() {
            let (one, other) = (digits(left_rest), digits(right_rest));
            left_rest = &left_rest[one.len()..];
            right_rest = &right_rest[other.len()..];
            let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
            one.len().cmp(&other.len()).then(one.cmp(other))
        } else {
            left_rest = &left_rest[a.len_utf8()..];
            right_rest = &right_rest[b.len_utf8()..];
            a.cmp(&b)
        };
        if by_value.is_ne() {
            return by_value;
        }
    }
    // `01` and `1` are the same number; the order is still one.
    left_rest.len().cmp(&right_rest.len()).then(left.cmp(right))
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

fn check_numbers(sorted: &[String]) -> Result<(), Error> {
    let number = |name: &str| {
        let digits = digits(name);
        (!digits.is_empty()).then(|| digits.trim_start_matches('0').to_owned())
    };
    for pair in sorted.windows(2) {
        if let [first, second] = pair
            && number(first).is_some()
            && number(first) == number(second)
        {
            return Err(Error::SameNumber { first: first.clone(), second: second.clone() });
        }
    }
    Ok(())
}

/// Those not applied yet, if what was applied still stands as it did.
fn pending<'a>(files: &'a [Migration], applied: &[Record]) -> Result<Vec<&'a Migration>, Error> {
    for record in applied {
        let Some(file) = files.iter().find(|file| file.name == record.name) else {
            return Err(Error::Missing { file: record.name.clone(), applied_at: record.applied_at.clone() });
        };
        let shown = file.path.display().to_string();
        if record.applied_at.is_empty() {
            return Err(Error::HalfWay { file: shown, finish: records::finish(&record.name) });
        }
        if record.digest != file.digest {
            return Err(Error::Changed { file: shown, applied_at: record.applied_at.clone() });
        }
    }
    let last = applied.iter().map(|record| record.name.as_str()).max_by(|left, right| order(left, right));
    let is_applied = |file: &&Migration| applied.iter().any(|record| record.name == file.name);
    let pending: Vec<&Migration> = files.iter().filter(|file| !is_applied(file)).collect();
    match (pending.first(), last) {
        (Some(file), Some(last)) if order(&file.name, last).is_lt() => {
            Err(Error::OutOfOrder { file: file.path.display().to_string(), applied: last.to_owned() })
        }
        _ => Ok(pending),
    }
}

/// How far the database is with these files. Changes nothing.
pub async fn status(client: &Client, folder: &Path) -> Result<Status, Error> {
    let migrations = Migrations::read(folder)?;
    let applied = if records::exist(client).await? { records::applied(client).await? } else { Vec::new() };
    let pending = pending(&migrations.files, &applied)?.into_iter().map(|file| file.name.clone()).collect();
    Ok(Status { applied: applied.into_iter().map(|record| record.name).collect(), pending })
}

/// Applies the files of a folder that were not applied yet, and names them. Two runs at once take turns.
///
/// # Errors
/// [`Error::Sql`] names file and line of a statement that was refused, and the database is as it was before that file.
/// [`Error::Changed`], [`Error::Missing`], [`Error::OutOfOrder`]: nothing was applied.
pub async fn migrate(client: &Client, folder: &Path) -> Result<Vec<String>, Error> {
    let migrations = Migrations::read(folder)?;
    // The usual case, in one question. Whatever else comes of it is looked into below.
    if let Ok(applied) = records::applied(client).await
        && pending(&migrations.files, &applied).is_ok_and(|pending| pending.is_empty())
    {
        return Ok(Vec::new());
    }
    let lock = Lock::take(client).await?;
    records::prepare(client).await?;
    let applied = records::applied(client).await?;
    let mut done = Vec::new();
    for file in pending(&migrations.files, &applied)? {
        // Somebody may have edited it while those before it ran.
        let file = &Migration::read(folder, file.name.clone())?;
        let is_new = match client.engine() {
            Engine::Postgres if file.transaction => in_transaction(client, file).await?,
            Engine::Postgres => outside_transaction(client, file).await?,
            Engine::Mysql | Engine::Mariadb => with_snapshot(client, file).await?,
        };
        tracing::debug!(migration = file.name, is_new, "applied");
        done.extend(is_new.then(|| file.name.clone()));
    }
    drop(lock);
    Ok(done)
}

/// The record goes first: a run that was cut off may have left a client at work on the same file, and this one then
/// waits for how that ends. That it is done comes last: a file that ends the transaction in a way that nobody has seen is
/// known as one that was begun. Says whether this run applied it.
async fn in_transaction(client: &Client, file: &Migration) -> Result<bool, Error> {
    Script::check_transaction(&file.path)?;
    let begun = Part::Sql(records::insert(&file.name, &file.digest, false));
    let done = Part::Sql(records::finish_within(&records::finish(&file.name)));
    match client.run(&[begun, Part::File(&file.path), done], true).await {
        Err(Error::Sql(error)) if records::is_duplicate(&error) => Ok(false),
        Err(Error::Sql(error)) => Err(advised(*error).into()),
        other => other.map(|()| true),
    }
}

fn advised(error: SqlError) -> SqlError {
    // `active_sql_transaction`
    let advice = (error.code == "25001").then(|| {
        "begin the file with the line `-- envctl: no-transaction`, and let it hold this statement alone".to_owned()
    });
    SqlError { advice, ..error }
}

async fn outside_transaction(client: &Client, file: &Migration) -> Result<bool, Error> {
    client.query(&records::insert(&file.name, &file.digest, false)).await?;
    match client.run(&[Part::File(&file.path)], false).await {
        Ok(()) => client.query(&records::finish(&file.name)).await.map(|_| true),
        Err(error) => {
            client.query(&records::delete(&file.name)).await?;
            Err(match error {
                Error::Sql(error) => {
                    let advice = "the file runs outside a transaction: what stands before this line has taken effect";
                    SqlError { advice: Some(advice.to_owned()), ..*error }.into()
                }
                other => other,
            })
        }
    }
}

async fn with_snapshot(client: &Client, file: &Migration) -> Result<bool, Error> {
    snapshot::take(client).await?;
    client.query(&records::insert(&file.name, &file.digest, false)).await?;
    match client.run(&[Part::File(&file.path)], false).await {
        Ok(()) => {
            client.query(&records::finish(&file.name)).await?;
            snapshot::discard(client).await?;
            Ok(true)
        }
        Err(error) => Err(snapshot::restored(client, error).await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::server::account::Account;

    fn file(name: &str, digest: &str) -> Migration {
        let path = Path::new("migrations").join(name);
        Migration { name: name.to_owned(), path, digest: digest.to_owned(), transaction: true }
    }

    fn record(name: &str, digest: &str) -> Record {
        Record { name: name.to_owned(), digest: digest.to_owned(), applied_at: "2026-01-01 10:00 UTC".to_owned() }
    }

    #[test]
    fn numbers_count_by_their_value() {
        let mut names =
            ["10_c.sql", "2_b.sql", "001_a.sql", "V1__x.sql", "V10__x.sql", "V9__x.sql", "20240101120000_y.sql"];
        names.sort_by(|left, right| order(left, right));
        let wanted =
            ["001_a.sql", "2_b.sql", "10_c.sql", "20240101120000_y.sql", "V1__x.sql", "V9__x.sql", "V10__x.sql"];
        assert_eq!(names, wanted);
    }

    #[test]
    fn only_migrations_are_read_and_a_number_is_one_files() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| files::write(&folder.path().join(name), text.as_bytes(), &Account::Own).unwrap();
        for name in ["2.sql", "1.sql", ".3.sql", "README.md", "1.down.sql", "2.sql~"] {
            write(name, "select 1;");
        }
        write("3.sql", "-- About: an index.\n\n--   envctl: no-transaction\ncreate index concurrently;");
        write("4.sql", "select 1; -- x\n-- envctl: no-transaction\n");
        let read = Migrations::read(folder.path()).unwrap();
        let files: Vec<(&str, bool)> = read.files.iter().map(|file| (file.name.as_str(), file.transaction)).collect();
        assert_eq!(files, [("1.sql", true), ("2.sql", true), ("3.sql", false), ("4.sql", true)]);
        assert_eq!(read.ignored, ["1.down.sql"]);
        assert_eq!(&read.files[0].digest[..8], "354b7196");
        write("02_again.sql", "");
        assert!(matches!(Migrations::read(folder.path()), Err(Error::SameNumber { .. })));
        assert!(matches!(Migrations::read(&folder.path().join("none")), Err(Error::NoMigrations { .. })));
    }

    #[test]
    fn what_was_applied_must_stand_as_it_did() {
        let files = [file("1.sql", "a"), file("2.sql", "b"), file("3.sql", "c")];
        let names =
            |applied: &[Record]| pending(&files, applied).map(|all| all.iter().map(|one| one.name.clone()).collect());
        let fault = |applied: &[Record]| -> Error { names(applied).map(|_: Vec<String>| ()).unwrap_err() };
        assert_eq!(names(&[record("1.sql", "a")]).unwrap(), vec!["2.sql", "3.sql"]);
        assert!(matches!(fault(&[record("1.sql", "x")]), Error::Changed { .. }));
        assert!(matches!(fault(&[record("0.sql", "a")]), Error::Missing { .. }));
        assert!(matches!(fault(&[record("1.sql", "a"), record("3.sql", "c")]), Error::OutOfOrder { .. }));
        let unfinished = Record { applied_at: String::new(), ..record("1.sql", "a") };
        assert!(matches!(fault(&[unfinished]), Error::HalfWay { .. }));
    }
}
