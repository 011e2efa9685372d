//! The AWS provider: every kind behind the one port.

use futures_util::future::try_join_all;

use super::clients::Clients;
use super::error::failed;
use super::kind::{self, KINDS, Kind, Which};
use crate::model::{Address, Environment, Inventory, Observed};
use crate::provider::{Caller, Error, ErrorKind, Patience, Provider, Wanted};

pub struct Aws {
    clients: Clients,
}

impl Aws {
    pub async fn connect(environment: &Environment) -> Result<Self, Error> {
        Ok(Self { clients: Clients::connect(environment).await? })
    }

    /// Finishes what an interrupted creation may have left half done.
    async fn adopt(&self, kind: &dyn Kind, wanted: &Wanted, made: &Observed) -> Result<String, Error> {
        let lacking: Vec<&str> = wanted.differing(made).collect();
        if !lacking.is_empty() {
            kind.update(&self.clients, wanted, made, &lacking).await?;
        }
        Ok(made.id.clone())
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
        let by_kind = try_join_all(KINDS.iter().map(|kind| kind.read(&self.clients, Which::Owned))).await?;
        Ok(Inventory::new(by_kind.into_iter().flatten().collect()))
    }

    async fn look(&self, address: &Address, id: &str) -> Result<Option<Observed>, Error> {
        let found = kind_of(address)?.read(&self.clients, Which::Id(id)).await?;
        Ok(found.into_iter().find(|observed| observed.address == *address))
    }

    async fn create(&self, wanted: &Wanted) -> Result<String, Error> {
        let kind = kind_of(&wanted.address)?;
        let first = self.clients.attempted.lock().expect("no panic while held").insert(wanted.address.clone());
        if !first {
            let made = kind.read(&self.clients, Which::Owned).await?;
            if let Some(made) = Inventory::new(made).get(&wanted.address) {
                return self.adopt(kind, wanted, made).await;
            }
        }
        match kind.create(&self.clients, wanted).await {
            Err(failure) if failure.is_already_exists() => {
                // Made by an earlier run whose answer was lost, or somebody else's.
                let ours = Inventory::new(kind.read(&self.clients, Which::Owned).await?);
                let Some(made) = ours.get(&wanted.address) else {
                    let remedy = "delete it, or give the app or the environment another name";
                    let message = format!("{} exists and is not this environment's: {remedy}", failure.error.message);
                    return Err(Error::new(ErrorKind::NotOurs, message));
                };
                self.adopt(kind, wanted, made).await
            }
            result => Ok(result?),
        }
    }

    async fn update(&self, wanted: &Wanted, observed: &Observed, properties: &[&str]) -> Result<(), Error> {
        Ok(kind_of(&wanted.address)?.update(&self.clients, wanted, observed, properties).await?)
    }

    async fn delete(&self, observed: &Observed) -> Result<(), Error> {
        let kind = kind_of(&observed.address)?;
        // The tags are read again: nothing is deleted on the word of a filter or of an older look.
        let ours = kind.read(&self.clients, Which::Id(&observed.id)).await?;
        match ours.iter().find(|now| now.address == observed.address) {
            Some(now) if !now.is_leaving() => Ok(kind.delete(&self.clients, now).await?),
            _ => Ok(()),
        }
    }

    fn patience(&self, address: &Address) -> Patience {
        kind::by_name(&address.kind).map_or(kind::minutes(2, 5), Kind::patience)
    }
}
