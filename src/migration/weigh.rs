//! What the rules say of a migration, put right by what it was measured to do.

use squawk_linter::Rule;

use super::Danger;
use super::measurement::{Effect, Work};
use super::rules::UNDER_LOCK;

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
    let is_measurable =
        |danger: &Danger| danger.rule == UNDER_LOCK || MEASURABLE.iter().any(|rule| rule.to_string() == danger.rule);
    let (overruled, mut kept): (Vec<Danger>, Vec<Danger>) =
        dangers.into_iter().partition(|danger| is_measurable(danger) && measured(danger.line).is_some());
    for effect in effects {
        let safer = overruled.iter().find(|danger| (effect.first..=effect.last).contains(&danger.line));
        for (table, (lock, work)) in &effect.tables {
            let (rule, does) = match work {
                Work::None => continue,
                Work::Scan => ("measured-scan", "reads all of"),
                Work::Rewrite => ("measured-rewrite", "writes anew"),
            };
            let Some(kept_out) = kept_out_meanwhile(table, effect) else { continue };
            let known = rows(table);
            let size = known.map(|rows| format!(" ({rows} rows)")).unwrap_or_default();
            kept.push(Danger {
                file: file.to_owned(),
                line: effect.first,
                rule: rule.to_owned(),
                message: format!("it {does} {table}{size} under {lock}, and until it is done nobody {kept_out}"),
                help: safer.and_then(|danger| danger.help.clone()),
                is_grave: known.is_none_or(|rows| rows > FEW),
            });
        }
    }
    kept.sort_by(|a, b| (a.line, &a.rule, &a.message).cmp(&(b.line, &b.rule, &b.message)));
    kept
}

/// Who is kept out of what for as long as the work on a table takes: `writes there or in customers`. `None` if nobody is.
fn kept_out_meanwhile(table: &str, effect: &Effect) -> Option<String> {
    let closed = |to: &str| {
        let is_closed = |(name, (lock, work)): &(&String, &(String, Work))| {
            kept_out(lock) == Some(to) && (name.as_str() == table || *work == Work::None)
        };
        let there = effect.tables.iter().filter(is_closed);
        let mut names: Vec<&str> = there.map(|(name, _)| if name == table { "there" } else { name }).collect();
        names.sort_by_key(|name| *name != "there");
        let places = match names.split_first()? {
            (&"there", []) => "there".to_owned(),
            (&"there", others) => format!("there or in {}", others.join(", ")),
            _ => format!("in {}", names.join(", ")),
        };
        Some(format!("{to} {places}"))
    };
    let all: Vec<String> = ["reads or writes", "writes"].into_iter().filter_map(closed).collect();
    (!all.is_empty()).then(|| all.join(", or "))
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
