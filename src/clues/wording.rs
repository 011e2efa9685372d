use crate::model::{Environment, Part, Placeholder, Text};

/// The text as the environment would see it; `None` if a placeholder stands for what is known only at run time.
pub fn resolved(source: &str, environment: &Environment) -> Option<String> {
    let Ok(text) = Text::parse(source) else { return Some(source.to_owned()) };
    text.parts()
        .iter()
        .map(|part| match part {
            Part::Literal(literal) => Some(literal.as_str()),
            Part::Placeholder(Placeholder::App) => Some(environment.app.as_str()),
            Part::Placeholder(Placeholder::Environment) => Some(environment.name.as_str()),
            Part::Placeholder(Placeholder::Release) => environment.release.as_deref(),
            Part::Placeholder(Placeholder::AudienceDomain) => environment.audience.domain.as_deref(),
            Part::Placeholder(Placeholder::Database(..) | Placeholder::Secret(_) | Placeholder::ComputeUrl(_)) => None,
        })
        .collect()
}

/// What people call the environment: its name, and the usual other forms of it.
pub fn called(name: &str) -> Vec<&str> {
    const USUAL: [&[&str]; 3] =
        [&["prod", "production", "prd", "live"], &["staging", "stage", "stg"], &["dev", "development"]];
    USUAL.into_iter().find(|names| names.contains(&name)).map_or(vec![name], <[&str]>::to_vec)
}
