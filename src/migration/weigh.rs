//! What the rules say of a migration, put right by what it was measured to do.

use squawk_linter::Rule;

use super::Danger;
use super::measurement::{Effect, Work};

/// What these warn of is what is measured: how long others are kept out.
const MEASURABLE: &[Rule] = &[
    Rule::AddingFieldWithDefault,
    Rule::AddingForeignKeyConstraint,
    Rule::AddingNotNullableField,
    Rule::AddingSerialPrimaryKeyField,
    Rule::ChangingColumnType,
    Rule::ConstraintMissingNotValid,
    Rule::DisallowedUniqueConstraint,
    Rule::RequireConcurrentIndexCreation,
];

/// So many rows are written anew before anybody notices: those of 100 bytes take Postgres 15 some 22 ms on two cores, an
/// index on them 9 ms; 200,000 take 370 and 180 ms.
const FEW: u64 = 10_000;

/// `rows`: of a table that is there, where that is known.
pub fn weighed(
    file: &str,
    dangers: Vec<Danger>,
    effects: &[Effect],
    rows: impl Fn(&str) -> Option<u64>,
) -> Vec<Danger> {
    let measured = |line: usize| effects.iter().find(|effect| (effect.first..=effect.last).contains(&line));
    let is_measurable = |danger: &Danger| MEASURABLE.iter().any(|rule| rule.to_string() == danger.rule);
    let (overruled, mut kept): (Vec<Danger>, Vec<Danger>) =
        dangers.into_iter().partition(|danger| is_measurable(danger) && measured(danger.line).is_some());
    for effect in effects {
        let safer = overruled.iter().find(|danger| (effect.first..=effect.last).contains(&danger.line));
        for (table, (lock, work)) in &effect.tables {
            let Some(kept_out) = kept_out(lock) else { continue };
            let (rule, does) = match work {
                Work::None => continue,
                Work::Scan => ("measured-scan", "reads all of"),
                Work::Rewrite => ("measured-rewrite", "writes anew"),
            };
            let beside: Vec<&str> =
                effect.tables.iter().filter(|(_, other)| is_held(other)).map(|(name, _)| name.as_str()).collect();
            let there = match beside.is_empty() {
                true => "there".to_owned(),
                false => format!("there or in {}", beside.join(", ")),
            };
            let known = rows(table);
            let size = known.map(|rows| format!(" ({rows} rows)")).unwrap_or_default();
            kept.push(Danger {
                file: file.to_owned(),
                line: effect.first,
                rule: rule.to_owned(),
                message: format!(
                    "it {does} {table}{size} under {lock}, and until it is done nobody {kept_out} {there}"
                ),
                help: safer.and_then(|danger| danger.help.clone()),
                is_grave: known.is_none_or(|rows| rows > FEW),
            });
        }
    }
    kept.sort_by(|a, b| (a.line, &a.rule, &a.message).cmp(&(b.line, &b.rule, &b.message)));
    kept
}

/// Whether it is kept from others only for as long as the work on another table takes.
fn is_held((lock, work): &(String, Work)) -> bool {
    *work == Work::None && kept_out(lock).is_some()
}

/// Whom a lock keeps out; `None` for one beside which work goes on.
/// <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
fn kept_out(lock: &str) -> Option<&'static str> {
    match lock {
        "AccessExclusiveLock" => Some("reads or writes"),
        "ExclusiveLock" | "ShareRowExclusiveLock" | "ShareLock" => Some("writes"),
        _ => None,
    }
}
