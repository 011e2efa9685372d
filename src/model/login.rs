//! What an app's databases, and the user that owns each, are called: the same with every provider.

use super::Name;

/// The shorter of Postgres' 63 and MySQL's 64.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub const LONGEST_DATABASE: usize = 63;
/// A database's master user, on every engine.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub const LONGEST_USER: usize = 16;

/// The name of the database that a server holds for the app: `shop_db`. No engine reserves a word that ends so.
pub fn database_name(app: &Name) -> String {
    with_suffix(app, "_db", LONGEST_DATABASE)
}

/// The user that owns the app's database: `shop_owner`. Postgres refuses `admin` and `pg_…`, all engines `rdsadmin`.
pub fn database_owner(app: &Name) -> String {
    with_suffix(app, "_owner", LONGEST_USER)
}

fn with_suffix(app: &Name, suffix: &str, limit: usize) -> String {
    let words = app.as_str().replace('-', "_");
    let stem = if words == "pg" || words.starts_with("pg_") { format!("app_{words}") } else { words };
    let end = stem.len().min(limit - suffix.len());
    format!("{}{suffix}", stem[..end].trim_end_matches('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_read_as_written() {
        let shop = Name::new("shop").unwrap();
        assert_eq!((database_name(&shop), database_owner(&shop)), ("shop_db".to_owned(), "shop_owner".to_owned()));
    }

    #[test]
    fn users_that_engines_refuse_are_never_made() {
        for app in ["pg", "pg-tools", "admin", "rdsadmin", "a-very-long-application-name", "user", "order"] {
            let app = Name::new(app).unwrap();
            for (name, limit) in [(database_owner(&app), LONGEST_USER), (database_name(&app), LONGEST_DATABASE)] {
                assert!(name.len() <= limit && name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
                assert!(!name.starts_with("pg_") && name != "admin" && name != "rdsadmin", "{name}");
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
            }
        }
    }
}
