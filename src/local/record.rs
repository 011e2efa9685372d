//! An environment's record, in a file beside its folder: it stays when the environment goes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::faulty;
use super::folder::{chance, lock, private_folder, read_json, write_private};
use super::site::Local;
use crate::provider::{Error, Keep, Kept};
use crate::record::Record;

#[derive(Default, Serialize, Deserialize)]
struct Written {
    version: String,
    record: Record,
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
}
