use crate::model::{Part, Placeholder, Text};

/// What the name of a variable that holds a credential ends in.
const ENDINGS: [&str; 13] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "PRIVATE_KEY",
    "API_KEY",
    "ACCESS_KEY",
    "APP_KEY",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "TOKEN",
];

/// What the credentials of widely used services begin with, by the services' own documentation.
const BEGINNINGS: [&str; 10] =
    ["sk_live_", "sk_test_", "rk_live_", "whsec_", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "-----BEGIN "];

/// Whether a config value seems to be a credential, by its key's name or as a URL with a password. What a placeholder
/// puts in stands nowhere in plain text.
pub fn is_credential(key: &str, value: &str) -> bool {
    let literal = match Text::parse(value) {
        Ok(text) => text.parts().iter().filter_map(literal).collect(),
        Err(_) => value.to_owned(),
    };
    if literal.trim().is_empty() {
        return false;
    }
    let upper = key.to_ascii_uppercase();
    let ends_so = |ending: &str| {
        upper.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with(['_', '-', '.']))
    };
    // `NEXT_PUBLIC_MAPS_API_KEY`: meant for every browser.
    let is_public = ["PUBLIC", "PUBLISHABLE"].iter().any(|word| upper.contains(word));
    let switch = ["true", "false", "0", "1"].contains(&literal.to_ascii_lowercase().as_str());
    (ENDINGS.into_iter().any(ends_so) && !switch && !is_public)
        || BEGINNINGS.iter().any(|begins| literal.starts_with(begins))
        || has_password(&literal)
}

fn literal(part: &Part) -> Option<&str> {
    match part {
        Part::Literal(literal) => Some(literal),
        Part::Placeholder(Placeholder::Secret(_) | Placeholder::Database(..) | Placeholder::ComputeUrl(_)) => None,
        Part::Placeholder(_) => Some(""),
    }
}

/// `scheme://user:password@host`.
fn has_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ', '"', ',']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
        user.is_some_and(|(_, password)| !password.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::is_credential;

    #[test]
    fn credentials_are_known_by_name_or_as_a_url_with_a_password() {
        for (key, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("SECRET_KEY_BASE", "3f2a"),
            ("stripe_api_key", "sk_live_1"),
            ("STRIPE", "sk_live_51"),
            ("REDIS_URL", "redis://:pw@cache.example:6379"),
            ("DATABASE_URL", "postgres://app:pw@db.example/app"),
        ] {
            assert!(is_credential(key, value), "{key}");
        }
        for (key, value) in [
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD", "{database.main.password}"),
            ("DATABASE_URL", "postgres://app:{secret.DB}@db.example/app"),
            ("PASSWORD_MIN_LENGTH", "12"),
            ("REQUIRE_TOKEN", "true"),
            ("BROKEN", "1"),
            ("NEXT_PUBLIC_MAPS_API_KEY", "AIza1"),
            ("API_URL", "https://user@shop.example"),
        ] {
            assert!(!is_credential(key, value), "{key}");
        }
    }
}
