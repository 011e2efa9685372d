//! Running a migration's statements one by one, and looking at what each did.
//!
//! What runs in one transaction is measured in one: a lock lasts to its end, so what comes later is done under the locks
//! of all that came before.
//!
//! Before and after each statement the session looks at itself: which tables there are, in which files they lie, how often
//! they were scanned, and what it has locked. A table that lies in another file was rewritten. That shows on an empty
//! database as well as on a full one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use squawk_syntax::SourceFile;
use squawk_syntax::ast::AstNode;

use super::text::{Lines, TOO_DEEP, is_too_deep};

/// A migration, ready to be run where it does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    statements: Vec<Statement>,
    /// Whether all of it runs in one, or each statement by itself.
    transaction: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    sql: String,
    /// The lines of the file that it stands in.
    first: usize,
    last: usize,
}

/// What a statement did to the tables that were there before the migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The lines that the statement stands in.
    pub first: usize,
    pub last: usize,
    /// The tables that are locked while it runs, each with its strongest lock as `pg_locks` calls it, and what is done to
    /// it meanwhile.
    pub tables: BTreeMap<String, (String, Work)>,
}

/// What takes the longer, the more rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    None,
    Scan,
    Rewrite,
}

/// What marks a line that is the session's look at itself.
const MARK: &str = "envctl-measured ";

/// A table is `[name, file, scans]`. Its name is as SQL in this database has it, with its schema unless that is `public`.
const LOOK: &str = r"
SELECT 'envctl-measured ' || pg_catalog.json_build_object('tables', (
  SELECT coalesce(pg_catalog.json_object_agg(c.oid, pg_catalog.json_build_array(
    CASE n.nspname WHEN 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname),
    pg_catalog.pg_relation_filenode(c.oid), coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0))), '{}')
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
), 'locks', (
  SELECT coalesce(pg_catalog.json_object_agg(held.relation, held.modes), '{}') FROM (
    SELECT l.relation, pg_catalog.json_agg(l.mode) AS modes FROM pg_catalog.pg_locks l
    WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted GROUP BY l.relation) held
));
";

#[derive(Debug, Default, Deserialize)]
struct Look {
    tables: BTreeMap<String, (String, Option<String>, i64)>,
    locks: BTreeMap<String, Vec<String>>,
}

/// From the weakest to the strongest: <https://www.postgresql.org/docs/current/explicit-locking.html>.
const MODES: [&str; 8] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// Each statement of it is run between two looks at the catalogue.
const LONGEST: usize = 1 << 20;

impl Measurement {
    /// `transaction`: whether the file runs in one.
    ///
    /// # Errors
    /// Why it cannot be measured.
    pub fn of(sql: &str, transaction: bool) -> Result<Self, &'static str> {
        if is_too_deep(sql) {
            return Err(TOO_DEEP);
        }
        if sql.len() > LONGEST {
            return Err("it is too long to be measured");
        }
        let parsed = SourceFile::parse(sql);
        if !parsed.errors().is_empty() {
            return Err("it is not understood wholly");
        }
        let lines = Lines::of(sql);
        let line = |at: usize| lines.number(at);
        let statement = |node: &squawk_syntax::SyntaxNode| {
            let first = node.children_with_tokens().find(|part| !part.kind().is_trivia())?;
            let (start, end) = (usize::from(first.text_range().start()), usize::from(node.text_range().end()));
            let sql = sql.get(start..end)?.trim_end().trim_end_matches(';');
            Some(Statement { sql: sql.to_owned(), first: line(start), last: line(start + sql.len()) })
        };
        let statements: Vec<Statement> = parsed.tree().stmts().filter_map(|one| statement(one.syntax())).collect();
        if statements.iter().any(Statement::is_of_transactions) {
            return Err("it begins or ends transactions by itself");
        }
        Ok(Self { statements, transaction })
    }

    /// What psql is to run: each statement between two looks.
    pub fn script(&self) -> String {
        let one = |statement: &Statement| {
            // On a line of its own, since a comment may stand at the end.
            let looked_at = format!("{LOOK}{}\n;{LOOK}", statement.sql);
            match !self.transaction && statement.runs_in_transaction() {
                true => format!("BEGIN;{looked_at}COMMIT;\n"),
                false => looked_at,
            }
        };
        let all: String = self.statements.iter().map(one).collect();
        if self.transaction { format!("BEGIN;{all}COMMIT;\n") } else { all }
    }

    /// What psql printed, read. `None` where it is not what the script prints.
    pub fn effects(&self, printed: &str) -> Option<Vec<Effect>> {
        let looks: Vec<Look> =
            printed.lines().filter_map(|line| serde_json::from_str(line.strip_prefix(MARK)?).ok()).collect();
        if looks.len() != self.statements.len() * 2 {
            return None;
        }
        let there: BTreeSet<&String> = looks.first().map(|look| look.tables.keys().collect()).unwrap_or_default();
        let pairs = self.statements.iter().zip(looks.chunks(2));
        let measured = pairs.filter(|(statement, _)| self.transaction || statement.runs_in_transaction());
        let effect = |(statement, looks): (&Statement, &[Look])| {
            let [before, after] = looks else { return None };
            let touched = before.tables.iter().filter(|(oid, _)| there.contains(oid));
            let tables = touched.filter_map(|(oid, was)| {
                let lock =
                    after.locks.get(oid)?.iter().max_by_key(|mode| MODES.iter().position(|known| known == mode))?;
                let work = match after.tables.get(oid) {
                    Some(is) if is.1 != was.1 => Work::Rewrite,
                    Some(is) if is.2 > was.2 => Work::Scan,
                    _ => Work::None,
                };
                Some((was.0.clone(), (lock.clone(), work)))
            });
            Some(Effect { first: statement.first, last: statement.last, tables: tables.collect() })
        };
        Some(measured.filter_map(effect).collect())
    }
}

impl Statement {
    fn is_of_transactions(&self) -> bool {
        let control = ["BEGIN", "START", "COMMIT", "END", "ABORT", "ROLLBACK", "SAVEPOINT", "RELEASE"];
        self.words().next().is_some_and(|first| control.contains(&first.as_str()))
    }

    /// What waits for others, or ends transactions of its own, is judged by rule alone.
    fn runs_in_transaction(&self) -> bool {
        let mut words = self.words();
        !words.next().is_some_and(|first| ["VACUUM", "CLUSTER", "CALL"].contains(&first.as_str()))
            && !words.any(|word| ["CONCURRENTLY", "DATABASE", "TABLESPACE", "SYSTEM"].contains(&word.as_str()))
    }

    fn words(&self) -> impl Iterator<Item = String> {
        let words = self.sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        words.map(str::to_ascii_uppercase)
    }
}
