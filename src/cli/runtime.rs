use super::{Error, While};

/// Runs what talks to a provider. Commands that need none never call this, and start no thread.
pub fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().while_doing("cannot start")?;
    runtime.block_on(work)
}
