use envctl::migration::{Danger, dangers};
use envctl::model::Engine;

fn rules(sql: &str) -> Vec<String> {
    dangers(Engine::Postgres, "1_a.sql", sql, true).iter().filter(|danger| danger.is_grave).map(shown).collect()
}

fn shown(danger: &Danger) -> String {
    format!("{}:{}", danger.line, danger.rule)
}

#[test]
fn what_locks_rewrites_loses_or_breaks_is_found_at_its_line() {
    let cases = [
        ("ALTER TABLE t ALTER COLUMN a TYPE bigint;", "1:changing-column-type"),
        ("-- why\nCREATE INDEX i ON t (a);", "2:require-concurrent-index-creation"),
        ("SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (a);", "2:ban-concurrent-index-creation-in-transaction"),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);", "1:constraint-missing-not-valid"),
        ("ALTER TABLE t RENAME COLUMN a TO b;", "1:renaming-column"),
        ("ALTER TABLE t DROP COLUMN a;", "1:ban-drop-column"),
        ("DROP TABLE t;", "1:ban-drop-table"),
        ("VACUUM (FULL, ANALYZE) t;", "1:vacuum-full"),
        ("TRUNCATE t;", "1:truncate"),
        ("SELECT 1;\n\n-- all of them\nUPDATE t SET a = 1;", "4:whole-table"),
        ("DELETE FROM t;", "1:whole-table"),
    ];
    for (sql, expected) in cases {
        assert!(rules(sql).contains(&expected.to_owned()), "{sql}: {:?}", rules(sql));
    }
}

#[test]
fn what_is_safe_or_new_is_not() {
    let safe = [
        "CREATE TABLE t (a bigint PRIMARY KEY, b text NOT NULL);\nCREATE INDEX i ON t (b);",
        "ALTER TABLE t ADD COLUMN c text;",
        "ALTER TABLE t ADD COLUMN c integer DEFAULT 0;",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;",
        "UPDATE t SET a = 1 WHERE a IS NULL;",
        "INSERT INTO t VALUES (1, 'x');",
        "",
    ];
    for sql in safe {
        assert_eq!(rules(sql), [""; 0], "{sql}");
    }
    let outside = dangers(Engine::Postgres, "1", "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (a);", false);
    assert!(outside.iter().all(|danger| !danger.is_grave), "{outside:?}");
}

#[test]
fn each_says_where_it_is_and_how_it_is_written_more_safely() {
    let found = dangers(Engine::Postgres, "0007_index.sql", "CREATE INDEX i ON orders (customer);", true);
    let text = found.iter().find(|danger| danger.is_grave).unwrap().to_string();
    assert!(text.starts_with("0007_index.sql:1: ") && text.to_lowercase().contains("concurrently"), "{text}");
}

#[test]
fn what_nobody_judges_is_not_called_safe() {
    let found = dangers(Engine::Mysql, "1_a.sql", "DROP TABLE t;", true);
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["1:not-judged"]);
}
