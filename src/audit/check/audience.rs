use crate::audit::draft::Draft;
use crate::audit::facts::Facts;
use crate::audit::{Code, Direction};
use crate::model::{Path, Target};

/// Environments besides production that everyone can reach: allowed, and rarely meant.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let path = Path::new(["audience", "allow"]);
    let others = facts.environments().filter(|environment| !facts.is_production(&environment.name));
    let open = others.filter_map(|environment| {
        let range = environment.audience.allow.iter().find(|range| range.prefix_len() == 0)?;
        let is_public = environment.shape.compute.values().any(|compute| compute.public);
        let on_aws = matches!(environment.target, Target::Aws(_));
        (is_public && on_aws).then(|| {
            let remedy = "allow the networks of those who test it";
            let draft = Draft::new(Code::OpenAudience, "everyone on the internet can reach it", remedy);
            let origin = facts.origin(&environment.name, &path);
            draft.direction(Direction::Within).seen(&environment.name, path.clone(), origin, range.to_string())
        })
    });
    open.collect()
}
