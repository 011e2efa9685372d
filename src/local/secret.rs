use super::error::faulty;
use super::names::SECRET;
use super::site::Local;
use crate::model::{Address, Observed, State, Value};
use crate::provider::{Error, Wanted};

pub fn observe_all(local: &Local) -> Result<Vec<Observed>, Error> {
    let in_use = local.vault.in_use()?.into_iter();
    let observed = in_use.map(|(name, generated, digest)| {
        let observed = Observed::new(Address::new(SECRET, &name), name, State::Ready).attribute("digest", digest);
        if generated { observed } else { observed.attribute("leaves", "its value, for when it is made again") }
    });
    Ok(observed.collect())
}

pub fn create(local: &Local, wanted: &Wanted) -> Result<String, Error> {
    let length = wanted.initial.get("generate").and_then(Value::as_integer);
    let length = length.and_then(|length| usize::try_from(length).ok());
    if local.vault.put_to_use(&wanted.name, length)? {
        return Ok(wanted.name.clone());
    }
    let (environment, name) = (local.environment.argument(), &wanted.name);
    Err(faulty(format!("secret {name} has no value: `envctl secret set {environment} {name}`")))
}
