use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::{Facts, Place};
use crate::audit::read::{Kind, parents};
use crate::clues::is_stand_in;
use crate::model::{Mark, Path, Target};

/// Domains that stand for "put yours here". (RFC 2606 keeps the first three for documentation.)
const NOBODYS: [&str; 5] = ["example.com", "example.org", "example.net", "yourdomain.com", "mydomain.com"];

/// What production still has from the day on which somebody tried things out.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let in_production = facts.places.iter().filter(|place| facts.is_production(&place.environment.name));
    let mut drafts: Vec<Draft> =
        in_production.filter_map(|place| of_place(place).map(|(draft, what)| draft.at(place, what))).collect();
    let secrets = facts.secrets().filter(|(environment, _, _)| facts.is_production(environment));
    drafts.extend(secrets.filter_map(|(environment, name, sealed)| {
        let path = Path::new(["secrets", name]);
        let (draft, what) = of_marks(&path, sealed.marks.iter())?;
        Some(draft.seen(environment, path.clone(), facts.origin(environment, &path), what))
    }));
    drafts
}

fn of_place(place: &Place<'_>) -> Option<(Draft, String)> {
    let path = &place.path;
    if let Some(found) = of_marks(path, place.reading.marks.iter()) {
        return Some(found);
    }
    let hosts = place.reading.clues.keys().filter(|clue| clue.kind == Kind::Host);
    if let Some(host) = hosts.map(|clue| &clue.text).find(|host| parents(host).any(|domain| NOBODYS.contains(&domain)))
    {
        let remedy = "write the real host, or {audience.domain}";
        return Some((Draft::new(Code::Placeholder, format!("{path} names {host}"), remedy), host.clone()));
    }
    let is_audience = path.segments().first().is_some_and(|section| section == "audience");
    if is_audience && place.reading.leads_home && matches!(place.environment.target, Target::Aws(_)) {
        let message = format!("{path} leads to the machine of whoever reads it");
        return Some((
            Draft::new(Code::Loopback, message, "write the public address"),
            "a loopback address".to_owned(),
        ));
    }
    let is_config = path.segments().iter().any(|segment| segment == "config");
    (is_config && is_stand_in(place.key(), &place.text)).then(|| {
        let message = format!("{path} puts a stand-in where the real thing belongs");
        (
            Draft::new(Code::Mock, message, "use the real thing in production, or rename the key if it is"),
            "a stand-in".to_owned(),
        )
    })
}

fn of_marks<'a>(path: &Path, marks: impl Iterator<Item = &'a Mark> + Clone) -> Option<(Draft, String)> {
    let draft = |code, what: &str, remedy: &str, evidence: String| {
        (Draft::new(code, format!("{path} {what}"), remedy), evidence)
    };
    let set = "set the real value, as a secret if it is one";
    marks.min().and_then(|mark| match mark {
        Mark::Placeholder => Some(draft(Code::Placeholder, "still has a placeholder", set, "a placeholder".to_owned())),
        Mark::Empty => Some(draft(Code::Placeholder, "is empty", set, "no value".to_owned())),
        Mark::Example => Some(draft(
            Code::ExampleKey,
            "has a key out of a provider's documentation",
            set,
            "an example key".to_owned(),
        )),
        Mark::Test(provider) => Some(draft(
            Code::TestKey,
            &format!("has a test key of {provider}"),
            "set the provider's live key, as a secret",
            format!("a test key of {provider} (not shown)"),
        )),
        Mark::Live(_) => None,
    })
}
