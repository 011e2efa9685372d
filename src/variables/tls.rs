use crate::model::{DatabaseField, Name, Part, Placeholder};

/// `rds.force_ssl` is on by default from PostgreSQL 15 on, and not every driver tries TLS by itself.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html>
const REQUIRED: &str = "sslmode=require";

/// A text's parts, with TLS asked for in each URL of a database that `is_postgres`, unless the text's own query says
/// something of TLS. MySQL's drivers share no such parameter.
pub fn required(parts: &[Part], is_postgres: impl Fn(&Name) -> bool) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    let mut after_url = false;
    for part in parts {
        match part {
            Part::Literal(text) if after_url => all.extend(joined(text)),
            part if after_url => all.extend([query(), part.clone()]),
            part => all.push(part.clone()),
        }
        after_url = matches!(
            part,
            Part::Placeholder(Placeholder::Database(name, DatabaseField::Url)) if is_postgres(name)
        );
    }
    all.extend(after_url.then(query));
    all
}

fn query() -> Part {
    Part::Literal(format!("?{REQUIRED}"))
}

/// With what a definition writes behind a URL, such as `?application_name=web`.
fn joined(text: &str) -> Vec<Part> {
    let literal = |text: &str| Part::Literal(text.to_owned());
    match text.strip_prefix('?') {
        Some(own) if own.split('&').any(|parameter| parameter.starts_with("ssl")) => vec![literal(text)],
        Some(own) => vec![Part::Literal(format!("?{REQUIRED}&{own}"))],
        None => vec![query(), literal(text)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    fn shown(text: &str) -> String {
        let parts = required(Text::parse(text).unwrap().parts(), |name| name.as_str() == "pg");
        let each = parts.iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Placeholder(placeholder) => placeholder.to_string(),
        });
        each.collect()
    }

    #[test]
    fn a_url_asks_for_tls_wherever_it_stands() {
        assert_eq!(shown("{database.pg.url}"), "{database.pg.url}?sslmode=require");
        assert_eq!(shown("a {database.pg.url} b"), "a {database.pg.url}?sslmode=require b");
        assert_eq!(
            shown("{database.pg.url}{database.pg.url}"),
            "{database.pg.url}?sslmode=require{database.pg.url}?sslmode=require"
        );
    }

    #[test]
    fn a_query_of_its_own_is_kept() {
        let text = "{database.pg.url}?application_name=web&x={release}";
        assert_eq!(shown(text), "{database.pg.url}?sslmode=require&application_name=web&x={release}");
        for text in ["{database.pg.url}?sslmode=verify-full", "{database.pg.url}?x=1&ssl=true"] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        for text in ["", "info", "{database.other.url}", "{database.pg.host}:{database.pg.port}", "{secret.KEY}?x"] {
            assert_eq!(shown(text), text);
        }
    }
}
