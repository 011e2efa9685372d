use std::time::Duration;

use jiff::SignedDuration;

use crate::model::Environment;
use crate::promote::failing;

use super::apply::Signals;
use super::reached::Reached;
use super::{Error, Globals, observe};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(5);
/// For how many looks it may be ill in a row: a minute.
const ILL: u32 = 12;

/// What is not well and stays so; nothing if all is well when the time is over.
///
/// # Errors
/// [`Error::Abandoned`] when somebody asks to stop. What cannot be asked for a minute is not the release's fault, and is an
/// error as it is.
pub async fn watch(
    environment: &Environment,
    provider: &Reached,
    time: SignedDuration,
    globals: &Globals,
    signals: &mut Signals,
) -> Result<Vec<String>, Error> {
    let mut looks = Duration::try_from(time).unwrap_or_default().as_secs().div_ceil(LOOK.as_secs());
    let (mut ill_for, mut unseen_for) = (0, 0);
    // What is ill or cannot be seen when the time is over gets the rest of its minute.
    while looks > 0 || ill_for > 0 || unseen_for > 0 {
        tokio::select! {
            () = tokio::time::sleep(globals.options().scaled(LOOK)) => {}
            () = signals.next() => return Err(Error::Abandoned),
        }
        looks = looks.saturating_sub(1);
        let found = match observe(environment, provider).await {
            Ok(found) => found,
            Err(error) if unseen_for == ILL => return Err(error),
            Err(_) => {
                unseen_for += 1;
                continue;
            }
        };
        unseen_for = 0;
        let ill = failing(environment, &found);
        ill_for = if ill.is_empty() { 0 } else { ill_for + 1 };
        if ill_for == ILL {
            return Ok(ill);
        }
    }
    Ok(Vec::new())
}
