//! The AWS provider: every kind behind the one port.

use std::time::Duration;

use futures_util::future::try_join_all;

use super::clients::{Attempt, Clients};
use super::error::{Failure, failed};
use super::kind::{self, KINDS, Kind, Which};
use super::{elsewhere, vpc};
use crate::model::{Address, Environment, Inventory, Observed, State};
use crate::provider::{Caller, Error, ErrorKind, Patience, Provider, Wanted};

pub struct Aws {
    clients: Clients,
}

/// How often something of this name may exist, without showing whose it is, before it counts as somebody else's. The
/// pauses between tries add up to more than IAM and Secrets Manager usually take to show what they made.
const TRIES: u32 = 4;

/// How often a removal may be refused before that counts. Each look finds less of what is gone already; the resource with
/// most parts is a role, with its instance profile.
const REFUSALS: u32 = 4;

impl Aws {
    /// See `Clients::connect`.
    pub async fn connect(environment: &Environment, scaled: impl Fn(Duration) -> Duration) -> Result<Self, Error> {
        Ok(Self { clients: Clients::connect(environment, scaled).await? })
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// What an earlier try has made whose answer was lost.
    async fn made_before(&self, kind: &dyn Kind, wanted: &Wanted, which: Which<'_>) -> Result<Option<String>, Error> {
        let found = Inventory::new(kind.read(&self.clients, which).await?);
        let Some(made) = found.get(&wanted.address).filter(|made| !made.is_leaving()) else { return Ok(None) };
        self.clients.remember(&wanted.address, &made.id);
        kind.complete(&self.clients, wanted, &made.id).await?;
        let lacking = wanted.differing(made);
        // What is still being made takes no changes yet.
        if made.state == State::Ready && !lacking.is_empty() {
            kind.update(&self.clients, wanted, made, &lacking).await?;
        }
        Ok(Some(made.id.clone()))
    }

    /// The tags are read again: nothing is deleted on the word of a filter or of an older look.
    async fn still_there(&self, kind: &dyn Kind, observed: &Observed) -> Result<Option<Observed>, Error> {
        let ours = kind.read(&self.clients, Which::Id(&observed.id)).await?;
        Ok(ours.into_iter().find(|now| now.address == observed.address && !now.is_leaving()))
    }

    /// Something of this name exists: an earlier run's, whose answer was lost, or somebody else's.
    async fn existing(&self, kind: &dyn Kind, wanted: &Wanted, tries: u32, failure: Failure) -> Result<String, Error> {
        let which = if kind.is_found_by_name() { Which::Id(&wanted.name) } else { Which::Owned };
        if let Some(id) = self.made_before(kind, wanted, which).await? {
            return Ok(id);
        }
        if tries < TRIES {
            let message = format!("{}: it does not show yet whose it is", failure.error.message);
            return Err(Error::new(ErrorKind::Transient, message));
        }
        let remedy = "delete it, or give the app or the environment another name";
        let message = format!("{} exists and is not this environment's: {remedy}", failure.error.message);
        Err(Error::new(ErrorKind::NotOurs, message))
    }
}

fn kind_of(address: &Address) -> Result<&'static dyn Kind, Error> {
    kind::by_name(&address.kind)
        .ok_or_else(|| Error::new(ErrorKind::Rejected, format!("{address}: envctl knows no resource of this kind")))
}

impl Provider for Aws {
    async fn caller(&self) -> Result<Caller, Error> {
        let answer = self.clients.sts.get_caller_identity().send().await.map_err(failed("sts:GetCallerIdentity"))?;
        Ok(Caller {
            account: answer.account().unwrap_or_default().to_owned(),
            name: answer.arn().unwrap_or_default().to_owned(),
        })
    }

    async fn observe(&self) -> Result<Inventory, Error> {
        let read = async |kind: &dyn Kind| match kind.read(&self.clients, Which::Owned).await {
            // Two dozen are read at once, and one that cannot be for long would waste what the others have said.
            Err(failure) if failure.error.is_transient() => kind.read(&self.clients, Which::Owned).await,
            read => read,
        };
        let by_kind = try_join_all(KINDS.iter().map(|kind| read(*kind))).await?;
        let found = Inventory::new(by_kind.into_iter().flatten().collect());
        if found.get(&vpc::address()).is_none() {
            elsewhere::ensure_only_here(&self.clients).await?;
        }
        Ok(found)
    }

    async fn look(&self, address: &Address, id: &str) -> Result<Option<Observed>, Error> {
        let found = kind_of(address)?.read(&self.clients, Which::Id(id)).await?;
        Ok(found.into_iter().find(|observed| observed.address == *address))
    }

    async fn create(&self, wanted: &Wanted) -> Result<String, Error> {
        let kind = kind_of(&wanted.address)?;
        let Attempt { tries, id, unseen_since } = self.clients.attempt(&wanted.address, |_| {});
        if let Some(id) = id {
            kind.complete(&self.clients, wanted, &id).await?;
            return Ok(id);
        }
        // Before the look: what it shows is as old.
        let is_sure = unseen_since.is_none_or(|since| since.elapsed() >= self.clients.unseen);
        if tries > 0
            && let Some(id) = self.made_before(kind, wanted, Which::Owned).await?
        {
            return Ok(id);
        }
        if !is_sure {
            let message = "waiting to see whether an earlier call has made it";
            return Err(Error::new(ErrorKind::Transient, message));
        }
        let Attempt { tries, .. } = self.clients.attempt(&wanted.address, |attempt| attempt.tries += 1);
        match kind.create(&self.clients, wanted).await {
            Ok(id) => {
                self.clients.remember(&wanted.address, &id);
                kind.complete(&self.clients, wanted, &id).await?;
                Ok(id)
            }
            Err(failure) if failure.is_already_exists() => {
                // What lists show late is not taken for another's before they do.
                if !kind.is_found_by_name() && unseen_since.is_none() {
                    self.clients.may_exist(&wanted.address);
                }
                self.existing(kind, wanted, tries, failure).await
            }
            Err(failure) => {
                if failure.may_be_done {
                    self.clients.may_exist(&wanted.address);
                }
                Err(failure.into())
            }
        }
    }

    async fn update(&self, wanted: &Wanted, observed: &Observed, properties: &[&str]) -> Result<(), Error> {
        Ok(kind_of(&wanted.address)?.update(&self.clients, wanted, observed, properties).await?)
    }

    async fn delete(&self, observed: &Observed) -> Result<(), Error> {
        let kind = kind_of(&observed.address)?;
        let mut refusals = 0;
        while let Some(now) = self.still_there(kind, observed).await? {
            let Err(failure) = kind.delete(&self.clients, &now).await else { return Ok(()) };
            refusals += 1;
            // A call whose answer was lost is sent again, and what is gone by then, it or a part of it, is told of in many
            // ways. To whoever may remove only what has the environment's tags it is something that has none.
            let may_be_gone = match failure.error.kind {
                ErrorKind::Denied => refusals < REFUSALS,
                ErrorKind::Rejected => self.still_there(kind, observed).await?.is_none(),
                _ => false,
            };
            if !may_be_gone {
                return Err(failure.into());
            }
        }
        Ok(())
    }

    fn patience(&self, address: &Address) -> Patience {
        kind::by_name(&address.kind).map_or(kind::minutes(20, 5), Kind::patience)
    }

    fn settles_within(&self) -> Duration {
        self.clients.unseen
    }

    fn takes_changes(&self, wanted: &Wanted, observed: &Observed) -> bool {
        kind::by_name(&wanted.address.kind).is_some_and(|kind| kind.takes_changes(wanted, observed))
    }
}
