//! What an environment on this machine shows of itself: it has no networks and no roles, but it can be left behind.

use jiff::tz::TimeZone;

use super::folder::{Folder, Identity};
use super::names::{COMPONENT, DATABASE};
use super::site::Local;
use crate::model::{Address, ExposedDatabase, ExposedSecret, Exposure, Observed, Tagged};
use crate::provider::{Error, Inspect, Keep, Provider};
use crate::record::last_days;

impl Inspect for Local {
    async fn exposure(&self) -> Result<Exposure, Error> {
        let inventory = self.observe().await?;
        let own = inventory.resources.iter();
        let databases = own.clone().filter(|observed| observed.address.kind == DATABASE);
        let mut tagged: Vec<Tagged> = own.map(|observed| self.tagged(observed)).collect();
        tagged.extend(self.elsewhere()?);
        Ok(Exposure {
            databases: databases.map(|observed| self.database(observed)).collect(),
            secrets: self.secrets()?,
            tagged,
            previews: last_days(self.previews().await?),
            ..Exposure::default()
        })
    }
}

impl Local {
    /// Known by its folder: every server of this machine answers on loopback.
    fn database(&self, observed: &Observed) -> ExposedDatabase {
        let name = &observed.address.name;
        let arn = self.folder.database(name).display().to_string();
        ExposedDatabase { name: name.clone(), arn, ..ExposedDatabase::default() }
    }

    fn secrets(&self) -> Result<Vec<ExposedSecret>, Error> {
        let states = self.vault.states()?.into_iter();
        let secrets = states.map(|(name, state)| {
            let set = state.changed.map(|time| time.to_zoned(TimeZone::UTC).date());
            ExposedSecret { name, set, ..ExposedSecret::default() }
        });
        Ok(secrets.collect())
    }

    fn tagged(&self, observed: &Observed) -> Tagged {
        Tagged {
            arn: observed.id.clone(),
            app: self.environment.app.to_string(),
            environment: self.environment.name.to_string(),
            resource: observed.address.to_string(),
        }
    }

    /// What this project's other environments have here.
    fn elsewhere(&self) -> Result<Vec<Tagged>, Error> {
        let (app, name) = (self.environment.app.as_str(), self.environment.name.as_str());
        let mut tagged = Vec::new();
        for (Identity { app: of, environment, project, .. }, folder) in Folder::all(self.folder.state())? {
            if of != app || environment == name || project != self.root {
                continue;
            }
            let databases =
                folder.databases()?.into_iter().map(|name| (Address::new(DATABASE, &name), folder.database(&name)));
            let components =
                folder.components()?.into_iter().map(|name| (Address::new(COMPONENT, &name), folder.component(&name)));
            tagged.extend(databases.chain(components).map(|(address, path)| Tagged {
                arn: path.display().to_string(),
                app: of.clone(),
                environment: environment.clone(),
                resource: address.to_string(),
            }));
        }
        Ok(tagged)
    }
}
