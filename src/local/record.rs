//! An environment's record, in a file beside its folder: it stays when the environment goes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::faulty;
use super::folder::{Folder, chance, lock, private_folder, read_json, remove_file, write_private};
use super::site::Local;
use crate::model::Name;
use crate::provider::{Error, Keep, Kept};
use crate::record::{Preview, Record};

#[derive(Default, Serialize, Deserialize)]
struct Written {
    version: String,
    record: Record,
}

pub fn is_preview(folder: &Folder) -> Result<bool, Error> {
    let written: Option<Written> = read_json(&folder.record())?;
    Ok(written.is_some_and(|written| written.record.preview.is_some()))
}

impl Keep for Local {
    async fn record(&self) -> Result<Kept, Error> {
        let written: Option<Written> = read_json(&self.folder.record())?;
        Ok(written
            .map_or_else(Kept::default, |written| Kept { record: written.record, version: Some(written.version) }))
    }

    async fn replace(&self, kept: &Kept, record: &Record) -> Result<bool, Error> {
        let path: PathBuf = self.folder.record();
        private_folder(self.folder.state())?;
        let _one_at_a_time = lock(&path.with_extension("lock"))?;
        if self.record().await?.version != kept.version {
            return Ok(false);
        }
        let written = Written { version: chance(16), record: record.clone() };
        let text = serde_json::to_string(&written).map_err(faulty)?;
        write_private(&path, text.as_bytes())?;
        Ok(true)
    }

    async fn forget(&self) -> Result<(), Error> {
        let path = self.folder.record();
        let lock_file = path.with_extension("lock");
        let _one_at_a_time = lock(&lock_file)?;
        self.folder.remove(false)?;
        remove_file(&path)?;
        remove_file(&lock_file)
    }

    async fn previews(&self) -> Result<BTreeMap<Name, Preview>, Error> {
        let mut previews = BTreeMap::new();
        for (name, folder) in Folder::recorded(self.folder.state(), &self.root, &self.environment.app)? {
            let written: Option<Written> = read_json(&folder.record())?;
            previews.extend(written.and_then(|written| written.record.preview).map(|preview| (name, preview)));
        }
        Ok(previews)
    }
}
