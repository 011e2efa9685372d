//! What a migration's text gives away.

use std::collections::BTreeSet;

use squawk_linter::{Linter, Rule, Violation};
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxNode};

use super::Danger;
use super::text::{Lines, TOO_DEEP, is_too_deep};
use crate::model::Engine;

/// Locks that keep readers or writers out, rewrites, what is lost, and what breaks the code that still runs.
const GRAVE: &[Rule] = &[
    Rule::AddingFieldWithDefault,
    Rule::AddingForeignKeyConstraint,
    Rule::AddingNotNullableField,
    Rule::AddingRequiredField,
    Rule::AddingSerialPrimaryKeyField,
    Rule::BanAlterDomainWithAddConstraint,
    Rule::BanConcurrentIndexCreationInTransaction,
    Rule::BanDropColumn,
    Rule::BanDropDatabase,
    Rule::BanDropTable,
    Rule::BanTruncateCascade,
    Rule::ChangingColumnType,
    Rule::ConstraintMissingNotValid,
    Rule::DisallowedUniqueConstraint,
    Rule::RenamingColumn,
    Rule::RenamingTable,
    Rule::RequireConcurrentIndexCreation,
    Rule::RequireConcurrentIndexDeletion,
    Rule::RequireConcurrentPartitionDetach,
    Rule::RequireConcurrentReindex,
];

const ADVICE: &[Rule] = &[Rule::BanDropNotNull, Rule::RequireLockTimeout];

/// What changes rows while an earlier statement of the transaction keeps everybody out of them.
pub const UNDER_LOCK: &str = "under-lock";

/// In the order of the lines. `transaction`: whether the file runs in one.
pub fn dangers(engine: Engine, file: &str, sql: &str, transaction: bool) -> Vec<Danger> {
    if engine != Engine::Postgres {
        let why = format!("the rules are for Postgres, and this is for {}", engine.as_str());
        return vec![Danger::unjudged(file, why)];
    }
    match is_too_deep(sql) {
        true => vec![Danger::unjudged(file, TOO_DEEP)],
        false => by_rules(file, sql, transaction),
    }
}

fn by_rules(file: &str, sql: &str, transaction: bool) -> Vec<Danger> {
    let parsed = SourceFile::parse(sql);
    let mut linter = Linter::with_rules(&[GRAVE, ADVICE].concat(), &[]);
    linter.rules.retain(|rule| GRAVE.contains(rule) || ADVICE.contains(rule));
    linter.settings.assume_in_transaction = transaction;
    let lines = Lines::of(sql);
    let line = |at: usize| lines.number(at);
    let of_rule = |violation: Violation| Danger {
        file: file.to_owned(),
        line: line(violation.text_range.start().into()),
        rule: violation.code.to_string(),
        message: violation.message.trim_end_matches('.').to_owned(),
        help: violation.help,
        is_grave: GRAVE.contains(&violation.code),
    };
    let mut all: Vec<Danger> = linter.lint(&parsed, sql).into_iter().map(of_rule).collect();
    let grave = |start: usize, (rule, message, help): (&str, &str, &str)| Danger {
        file: file.to_owned(),
        line: line(start),
        rule: rule.to_owned(),
        message: message.to_owned(),
        help: Some(help.to_owned()),
        is_grave: true,
    };
    let mut locked = Locked::default();
    for statement in parsed.tree().stmts() {
        let node = statement.syntax();
        // A statement begins with the blanks and comments before it.
        let first = node.children_with_tokens().find(|part| !part.kind().is_trivia());
        let start = first.map_or(node.text_range().start(), |part| part.text_range().start()).into();
        let under_lock = if transaction { locked.under_lock(&statement) } else { None };
        all.extend(own_rule(&statement).or(under_lock).map(|found| grave(start, found)));
    }
    if let Some(error) = parsed.errors().first() {
        let unjudged = Danger::unjudged(file, "the rules cannot read this");
        all.push(Danger { line: line(error.range().start().into()), ..unjudged });
    }
    all.sort_by(|a, b| (a.line, &a.rule).cmp(&(b.line, &b.rule)));
    all.dedup();
    all
}

/// The tables that others are kept out of until the transaction ends.
#[derive(Default)]
struct Locked {
    /// Made in it, so nobody waits for them.
    own: BTreeSet<String>,
    is_any: bool,
}

impl Locked {
    /// Whether a statement works on rows while tables are locked, by what came before it.
    fn under_lock(&mut self, statement: &ast::Stmt) -> Option<(&'static str, &'static str, &'static str)> {
        let name = |node: &SyntaxNode| node.text().to_string().trim().to_ascii_lowercase();
        match statement {
            ast::Stmt::CreateTable(table) => self.own.extend(table.table_name().map(|table| name(table.syntax()))),
            ast::Stmt::AlterTable(table) => {
                let is_weak = |action| matches!(action, ast::AlterTableAction::ValidateConstraint(_));
                let altered = table.table_relation_name().map(|table| name(table.syntax()));
                self.is_any |= !altered.is_some_and(|table| self.own.contains(&table)) && !table.actions().all(is_weak);
            }
            ast::Stmt::Update(_) | ast::Stmt::Delete(_) if self.is_any => {
                return Some((
                    UNDER_LOCK,
                    "it changes rows while ALTER TABLE, before it in one transaction, keeps everybody out of a table",
                    "put it in a migration of its own",
                ));
            }
            _ => {}
        }
        None
    }
}

/// What squawk has no rule for: its name, what it does, and what to do instead.
fn own_rule(statement: &ast::Stmt) -> Option<(&'static str, &'static str, &'static str)> {
    let whole_table = (
        "whole-table",
        "it changes every row, and holds a lock on each until the transaction ends",
        "say which with WHERE, in batches, outside the migration",
    );
    let text = || statement.syntax().text().to_string().to_ascii_uppercase();
    match statement {
        ast::Stmt::Update(update) if update.where_clause_or_current_of().is_none() => Some(whole_table),
        ast::Stmt::Delete(delete) if delete.where_clause_or_current_of().is_none() => Some(whole_table),
        ast::Stmt::Truncate(_) => Some(("truncate", "it empties a table for good", "keep it out of migrations")),
        ast::Stmt::Vacuum(_) if text().split(|c: char| !c.is_alphabetic()).any(|word| word == "FULL") => Some((
            "vacuum-full",
            "it rewrites the table and keeps readers and writers out for as long as that takes",
            "use plain VACUUM, or pg_repack",
        )),
        _ => None,
    }
}
