//! What a migration's text gives away.

use squawk_linter::{Linter, Rule, Violation};
use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AstNode};

use super::Danger;
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

/// In the order of the lines. `transaction`: whether the file runs in one.
pub fn dangers(engine: Engine, file: &str, sql: &str, transaction: bool) -> Vec<Danger> {
    if engine != Engine::Postgres {
        return vec![Danger {
            file: file.to_owned(),
            line: 1,
            rule: "not-judged".to_owned(),
            message: format!("the rules are for Postgres, and this is for {}", engine.as_str()),
            help: None,
            is_grave: false,
        }];
    }
    let parsed = SourceFile::parse(sql);
    let mut linter = Linter::with_rules(&[GRAVE, ADVICE].concat(), &[]);
    linter.rules.retain(|rule| GRAVE.contains(rule) || ADVICE.contains(rule));
    linter.settings.assume_in_transaction = transaction;
    let line = |at: usize| 1 + sql.as_bytes()[..at.min(sql.len())].iter().filter(|byte| **byte == b'\n').count();
    let of_rule = |violation: Violation| Danger {
        file: file.to_owned(),
        line: line(violation.text_range.start().into()),
        rule: violation.code.to_string(),
        message: violation.message.trim_end_matches('.').to_owned(),
        help: violation.help,
        is_grave: GRAVE.contains(&violation.code),
    };
    let mut all: Vec<Danger> = linter.lint(&parsed, sql).into_iter().map(of_rule).collect();
    let own = parsed.tree().stmts().filter_map(|statement| {
        let (rule, message, help) = own_rule(&statement)?;
        let node = statement.syntax();
        // A statement begins with the blanks and comments before it.
        let first = node.children_with_tokens().find(|part| !part.kind().is_trivia());
        let start = first.map_or(node.text_range().start(), |part| part.text_range().start());
        Some(Danger {
            file: file.to_owned(),
            line: line(start.into()),
            rule: rule.to_owned(),
            message: message.to_owned(),
            help: Some(help.to_owned()),
            is_grave: true,
        })
    });
    all.extend(own);
    all.sort_by(|a, b| (a.line, &a.rule).cmp(&(b.line, &b.rule)));
    all.dedup();
    all
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
