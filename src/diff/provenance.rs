use crate::model::{Engine, Path};

/// The paths of a definition that a live path comes from, most telling first; none where nobody can say.
///
/// These are the AWS provider's resources: what is made for a component's port or for a part of it is called by the
/// component's name, a hyphen and that part.
pub fn definition_paths(live: &Path) -> Vec<Path> {
    let segments: Vec<&str> = live.segments().iter().map(String::as_str).collect();
    let path = |segments: &[&str]| Path::new(segments.iter().copied());
    let whole = |name: &str| name.rsplit_once('-').map_or(name.to_owned(), |(whole, _)| whole.to_owned());
    match segments.as_slice() {
        ["database", name, "backup_days"] => vec![path(&["database", name, "backups"])],
        ["database", name, "parameter_group"] => vec![path(&["database", name, "version"])],
        ["parameter-group", name, "parameters", parameter] => {
            vec![path(&["database", database_of(name), "parameters", parameter])]
        }
        ["parameter-group", name, ..] => vec![path(&["database", database_of(name), "version"])],
        ["subnet-group", name] => vec![path(&["database", name])],
        ["auto-scaling-group", name, bound @ ("min" | "max")] => vec![path(&["compute", name, "count", bound])],
        ["launch-template", name, "instance"] => vec![path(&["compute", name, "instance"])],
        ["launch-template", name, "user_data"] => {
            ["command", "artifact", "image"].map(|field| path(&["compute", name, field])).into()
        }
        ["role", name, "policy"] => vec![path(&["compute", name, "permissions"])],
        ["role" | "launch-template" | "auto-scaling-group", name] => vec![path(&["compute", name])],
        ["load-balancer", name] => vec![path(&["compute", name, "public"])],
        ["target-group", name, field @ ("port" | "health")] => vec![path(&["compute", &whole(name), field])],
        ["target-group" | "listener", name] => {
            ["public", "port"].map(|field| path(&["compute", &whole(name), field])).into()
        }
        ["security-group", name] => vec![path(&["compute", &whole(name)]), path(&["database", &whole(name)])],
        ["secret", name] => vec![path(&["secrets", name])],
        ["nat-gateway" | "elastic-ip" | "route-table", ..] => {
            vec![path(&["network", "egress"]), path(&["network", "zones"])]
        }
        ["subnet", ..] => vec![path(&["network", "zones"])],
        _ => Vec::new(),
    }
}

/// A parameter group is called by its database and the engine's family: `main-mysql8-0`.
fn database_of(parameter_group: &str) -> &str {
    let families = Engine::ALL.iter().filter_map(|engine| parameter_group.rfind(&format!("-{engine}")));
    families.max().map_or(parameter_group, |at| &parameter_group[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_paths_know_their_definition() {
        for (live, declared) in [
            (&["auto-scaling-group", "web", "max"][..], "compute.web.count.max"),
            (&["parameter-group", "main-postgres16", "parameters", "rds.force_ssl"], "database.main.parameters"),
            (&["parameter-group", "main-mysql8-0"], "database.main.version"),
            (&["target-group", "my-web-8080", "health"], "compute.my-web.health"),
            (&["secret", "STRIPE_KEY"], "secrets.STRIPE_KEY"),
        ] {
            let live = Path::new(live.iter().copied());
            let known = definition_paths(&live);
            assert!(known.iter().any(|path| path.to_string().starts_with(declared)), "{live}: {known:?}");
        }
    }
}
