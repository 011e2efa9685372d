use crate::graph::Resource;
use crate::model::{Observed, State};
use crate::plan::{Action, Change, Verdict, compare};
use crate::provider::{Error, ErrorKind, Provider, Wanted};

use super::attributes::Attributes;
use super::calls::{Calls, Ended};
use super::retry::Looks;

/// One step, from its first call until the provider shows what was asked for.
pub(super) struct StepRun<'a, P> {
    pub(super) provider: &'a P,
    pub(super) attributes: &'a Attributes,
    pub(super) calls: Calls<'a>,
}

/// What a wait accepts for a while that would end it otherwise.
#[derive(Clone, Copy)]
struct Accepted<'a> {
    /// It has just been created, so it may not be visible yet. What was seen before has been removed by somebody else.
    invisible: bool,
    /// It failed this way before it was changed, and the change may not be visible yet.
    failure: Option<&'a State>,
}

impl Accepted<'_> {
    const NOTHING: Self = Self { invisible: false, failure: None };
}

impl<P: Provider> StepRun<'_, P> {
    pub(super) async fn run(mut self, action: &Action) -> Result<(), Ended> {
        match action {
            Action::Create { desired, .. } => self.create(desired).await,
            Action::Update { desired, observed, changes } => self.update(desired, observed, changes).await,
            Action::Wait { observed } => self.ready(&observed.id, Accepted::NOTHING, &|_| Vec::new()).await.map(drop),
            Action::Delete { observed, .. } => self.delete(observed).await,
        }
    }

    async fn create(&mut self, desired: &Resource) -> Result<(), Ended> {
        let wanted = self.attributes.resolve(desired).map_err(Ended::Failed)?;
        let provider = self.provider;
        let id = self.calls.change("create it", || provider.create(&wanted)).await?;
        let seen = self.ready(&id, Accepted { invisible: true, failure: None }, &|_| Vec::new()).await?;
        // One that an earlier run has begun may be by another definition.
        self.change(&wanted, &seen, &|seen| wanted.differing(seen)).await
    }

    async fn update(&mut self, desired: &Resource, observed: &Observed, changes: &[Change]) -> Result<(), Ended> {
        let wanted = self.attributes.resolve(desired).map_err(Ended::Failed)?;
        let unmet = |seen: &Observed| -> Vec<&'static str> {
            let planned = |property: &str| changes.iter().any(|change| change.property == property);
            let properties = wanted.properties.keys().copied().filter(|property| planned(property));
            properties.filter(|property| !is_met(desired, &wanted, seen, property)).collect()
        };
        // A planned change can turn out to be none: an earlier run began it, or what was not known is what it was.
        let observed = match observed.state {
            State::Pending(_) if self.provider.takes_changes(&wanted, observed) => observed,
            State::Pending(_) => &self.ready(&observed.id, Accepted::NOTHING, &|_| Vec::new()).await?,
            State::Ready | State::Leaving(_) | State::Failed(_) => observed,
        };
        self.change(&wanted, observed, &unmet).await
    }

    /// Changes what is unmet, if anything is.
    async fn change(
        &mut self,
        wanted: &Wanted,
        observed: &Observed,
        unmet: &(dyn Fn(&Observed) -> Vec<&'static str> + Sync),
    ) -> Result<(), Ended> {
        let properties = unmet(observed);
        if properties.is_empty() {
            self.attributes.learn(observed);
            return Ok(());
        }
        let provider = self.provider;
        self.calls.change("change it", || provider.update(wanted, observed, &properties)).await?;
        let accepted = Accepted { invisible: false, failure: Some(&observed.state) };
        self.ready(&observed.id, accepted, unmet).await.map(drop)
    }

    async fn delete(&mut self, observed: &Observed) -> Result<(), Ended> {
        const WHAT: &str = "see it gone";
        let (provider, address) = (self.provider, self.calls.address);
        self.calls.change("delete it", || provider.delete(observed)).await?;
        let mut looks = Looks::new(self.calls.options, self.calls.patience.interval);
        loop {
            let seen = self.calls.look(WHAT, || provider.look(address, &observed.id)).await?;
            let Some(seen) = seen else { return Ok(()) };
            if let State::Failed(state) = &seen.state
                && seen.state != observed.state
            {
                return Err(stuck(format!("it does not go: it is {state}")));
            }
            let state = word(&seen.state).to_owned();
            self.wait(WHAT, &mut looks, state).await?;
        }
    }

    /// Looks until it is ready and nothing of it is unmet, and keeps its attributes for those that refer to it.
    ///
    /// Just after a change a provider can still show the old values as ready: hence `unmet`.
    async fn ready(
        &mut self,
        id: &str,
        accepted: Accepted<'_>,
        unmet: &(dyn Fn(&Observed) -> Vec<&'static str> + Sync),
    ) -> Result<Observed, Ended> {
        let (provider, address) = (self.provider, self.calls.address);
        let mut looks = Looks::new(self.calls.options, self.calls.patience.interval);
        loop {
            let seen = self.calls.look("see it ready", || provider.look(address, id)).await?;
            let state = match seen {
                None if accepted.invisible => "not visible yet".to_owned(),
                None => {
                    return Err(stuck(format!(
                        "{id} is gone: something else has deleted it. Run again to make it anew"
                    )));
                }
                Some(seen) => match &seen.state {
                    State::Ready => {
                        let unmet = unmet(&seen);
                        if unmet.is_empty() {
                            self.attributes.learn(&seen);
                            return Ok(seen);
                        }
                        format!("ready, but not yet with the new {}", unmet.join(", "))
                    }
                    State::Pending(state) => state.clone(),
                    State::Failed(state) if accepted.failure == Some(&seen.state) => state.clone(),
                    State::Failed(state) => {
                        return Err(stuck(format!("{id} is {state}: waiting does not make it ready")));
                    }
                    State::Leaving(state) => {
                        return Err(stuck(format!("{id} is {state}: something else is deleting it")));
                    }
                },
            };
            self.wait("see it ready", &mut looks, state).await?;
        }
    }

    /// Pauses until the next look; tells of the state when it is another than at the last one.
    async fn wait(&mut self, what: &str, looks: &mut Looks, state: String) -> Result<(), Ended> {
        if self.calls.left().is_zero() {
            return Err(self.calls.too_late(what, ErrorKind::Late, &state));
        }
        self.calls.wait_for(&state);
        let pause = looks.pause().min(self.calls.left());
        self.calls.pause(pause, what, &state).await
    }
}

fn is_met(desired: &Resource, wanted: &Wanted, seen: &Observed, property: &str) -> bool {
    let rule = desired.rules.get(property).copied();
    let wanted = wanted.properties.get(property);
    wanted.is_none_or(|wanted| compare(rule, seen.properties.get(property), wanted) == Verdict::Same)
}

fn stuck(message: String) -> Ended {
    Ended::Failed(Error::new(ErrorKind::Faulty, message))
}

fn word(state: &State) -> &str {
    match state {
        State::Ready => "still there",
        State::Pending(state) | State::Leaving(state) | State::Failed(state) => state,
    }
}
