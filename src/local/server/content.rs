use super::client::Client;
use super::error::Error;
use super::records::{self, SeedState};

/// What was done to a database so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Each migration that was applied, with its digest.
    pub applied: Vec<(String, String)>,
    /// Whether it has had its chance to be seeded.
    pub seeded: bool,
}

/// Asks the database, and changes nothing.
pub async fn content(client: &Client) -> Result<Content, Error> {
    if !records::exist(client).await? {
        return Ok(Content::default());
    }
    let finished = records::applied(client).await?.into_iter().filter(|record| !record.applied_at.is_empty());
    let seed = records::seed_state(client).await?;
    Ok(Content {
        applied: finished.map(|record| (record.name, record.digest)).collect(),
        seeded: matches!(seed, Some(SeedState::Loaded | SeedState::Nothing)),
    })
}
