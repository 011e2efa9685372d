//! One change at a time in an environment, and what became of it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::distr::{Alphanumeric, SampleString};

use crate::local::process;
use crate::model::Environment;
use crate::provider::{Keep, Kept, Provider};
use crate::record::{Actor, Entry, Lock, Operation, Outcome, Preview, Record};
use crate::ui;

use super::apply::Signals;
use super::{Error, Globals, now, time};

/// How long to wait for whoever changes the environment now.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LockArgs {
    /// Wait so long for whoever changes the environment now, for instance `10m` [default: not at all]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub lock_timeout: Option<SignedDuration>,
}

/// What a change is written down as.
#[derive(Clone, Debug)]
pub struct Deed {
    pub operation: Operation,
    pub release: Option<String>,
    /// The digest of the plan.
    pub plan: Option<String>,
    /// Why it was done, where somebody has to say so.
    pub note: Option<String>,
    pub fate: Fate,
}

/// What a deed makes of what is written down of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Kept,
    /// A definition says what it is: it is no preview, or none any more.
    Defined,
    Settled(Settlement),
    /// With the preview goes all that was written down of it.
    Ended,
    /// The same, if its time is over.
    Reaped,
}

/// What a preview is from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    pub like: String,
    pub release: Option<String>,
    /// `None`: as is written down, which somebody may have changed since it was read.
    pub until: Option<Timestamp>,
}

impl Fate {
    /// What is written down of a preview, and what was.
    fn settle(
        &self,
        environment: &Environment,
        known: Option<&Preview>,
        now: Timestamp,
    ) -> Result<Option<Preview>, Error> {
        match self {
            Self::Kept | Self::Ended => Ok(known.cloned()),
            Self::Defined => Ok(None),
            Self::Settled(Settlement { like, release, until }) => {
                let Some(until) = until.or(known.map(|preview| preview.until)) else {
                    return Err(Error::refused(
                        "somebody has removed the preview meanwhile",
                        "make it anew, with `--ttl 48h`",
                    ));
                };
                Ok(Some(Preview { like: like.clone(), release: release.clone(), until }))
            }
            Self::Reaped => ensure_over(environment, known, now).map(|()| known.cloned()),
        }
    }

    pub fn is_end(&self) -> bool {
        matches!(self, Self::Ended | Self::Reaped)
    }
}

/// How a piece of work ended, for the record.
pub trait Ended {
    /// `None`: there was nothing to do, and so there is nothing to write down.
    fn outcome(&self) -> Option<Outcome>;

    /// What went wrong.
    fn note(&self) -> Option<String> {
        None
    }
}

/// Between two looks at a lock that another holds.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a record is written anew when others write, too.
const TRIES: u32 = 20;

/// Does the work while it holds the environment's lock, and writes down what became of it. The lock lasts as long as the
/// work does; if somebody breaks it, the work stops where it is.
pub async fn holding<P, T>(
    provider: &Arc<P>,
    environment: &Environment,
    deed: Deed,
    wait: &LockArgs,
    globals: &Globals,
    work: impl AsyncFnOnce(&mut Signals) -> Result<T, Error>,
) -> Result<T, Error>
where
    P: Provider + Keep,
    T: Ended,
{
    let mut signals = Signals::new()?;
    let by = signals.unless(actor(provider.as_ref())).await??;
    let id = chance();
    let taking = take(provider.as_ref(), environment, &by, &id, &deed, wait, globals);
    let record = match signals.unless(taking).await.and_then(|taken| taken) {
        Ok(record) => record,
        Err(error) => {
            if matches!(error, Error::Stopped | Error::Provider(_)) {
                // It may have been taken all the same: what says so came too late, or never.
                let given_back = change(provider.as_ref(), |record| record.released(&id, None)).await;
                if matches!(error, Error::Stopped) {
                    given_back?;
                }
            }
            return Err(error);
        }
    };
    let work = async {
        if let Some(left) = unsettled(provider.as_ref(), &record) {
            ui::note(&format!(
                "waiting {left:.0?}: what was asked for before the last change was cut off may yet come\n"
            ));
            signals.unless(tokio::time::sleep(left)).await?;
        }
        work(&mut signals).await
    };
    let ended = tokio::select! {
        ended = work => ended,
        lost = renewing(provider.as_ref(), &id, globals) => Err(lost),
    };
    let (outcome, note) = match &ended {
        Ok(ended) => (ended.outcome(), ended.note()),
        Err(Error::Abandoned | Error::LockLost) => (Some(Outcome::Abandoned), None),
        // Nothing was begun.
        Err(Error::Refused(_) | Error::Stopped) => (None, None),
        Err(error) => (Some(Outcome::Failed), Some(error.in_a_line())),
    };
    let Deed { operation, release, plan, note: reason, fate } = deed;
    let is_gone = fate.is_end() && ended.is_ok() && outcome.is_none_or(|outcome| outcome == Outcome::Done);
    let entry =
        outcome.map(|outcome| Entry { at: now(), by, operation, outcome, release, plan, note: note.or(reason) });
    let given_back = match is_gone {
        true => provider.forget().await.map_err(Error::from),
        false => change(provider.as_ref(), |record| record.released(&id, entry.clone())).await,
    };
    match (ended, given_back) {
        (Ok(ended), Err(error)) => {
            // What was done is done, and its summary must not be lost.
            ui::note(&error.human());
            Ok(ended)
        }
        (ended, _) => ended,
    }
}

/// How long what a change that was cut off has asked for may still take to be seen, if it may.
pub fn unsettled(provider: &impl Provider, record: &Record) -> Option<Duration> {
    let within = provider.settles_within();
    let until = record.abandoned()?.checked_add(within).ok()?;
    // Another's clock may be ahead of ours.
    Duration::try_from(until.duration_since(now())).ok().map(|left| left.min(within)).filter(|left| !left.is_zero())
}

/// What an `up` has to write down that finds nothing to do: how long a preview stands from now on, and that all is well,
/// which a run that was cut off could not say.
pub async fn note_unchanged<P: Provider + Keep>(
    provider: &P,
    environment: &Environment,
    is_well: bool,
    fate: &Fate,
) -> Result<(), Error> {
    let release = environment.release.clone();
    let known = provider.record().await?.record.as_of(now(), is_dead);
    let says_so = |entry: &Entry| entry.outcome == Outcome::Done && entry.release == release;
    let is_news = is_well && release.is_some() && !known.last().is_some_and(says_so);
    let settle = |known: Option<&Preview>| fate.settle(environment, known, now());
    let is_settled = settle(known.preview.as_ref())? == known.preview;
    match known.lock {
        Some(held) if !is_settled => {
            return Err(Error::Locked { environment: environment.argument(), held: Box::new(held) });
        }
        None if !is_settled || is_news => {}
        _ => return Ok(()),
    }
    let (by, operation) = (actor(provider).await?, Operation::Up);
    let entry = Entry { at: now(), by, operation, outcome: Outcome::Done, release, plan: None, note: None };
    change(provider, |record| {
        let mut record = record.as_of(entry.at, is_dead);
        if let Ok(preview) = settle(record.preview.as_ref()) {
            record.preview = preview;
        }
        if is_news {
            record.append(entry.clone());
        }
        record
    })
    .await
}

/// Waits until nobody is changing the environment, or the time is over.
pub async fn until_free(keeper: &impl Keep, until: Timestamp, globals: &Globals) -> Result<(), Error> {
    let mut told = false;
    while let Some(held) = keeper.record().await?.record.as_of(now(), is_dead).lock
        && now() < until
    {
        if !told {
            ui::note(&format!("waiting: {}\n", ui::history::holder(&held)));
            told = true;
        }
        let left = Duration::try_from(until.duration_since(now())).unwrap_or(PATIENCE);
        tokio::time::sleep(globals.options().scaled(PATIENCE).min(left)).await;
    }
    Ok(())
}

/// Whose process this is.
pub async fn actor(provider: &impl Provider) -> Result<Actor, Error> {
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    Ok(Actor { who: provider.caller().await?.name, host, process: process::own_name() })
}

/// Writes the record anew until nobody else does in between.
pub async fn change(keeper: &impl Keep, to: impl Fn(Record) -> Record) -> Result<(), Error> {
    for _ in 0..TRIES {
        let kept = keeper.record().await?;
        let changed = to(kept.record.clone());
        if changed == kept.record || keeper.replace(&kept, &changed).await? {
            return Ok(());
        }
        tokio::time::sleep(jitter()).await;
    }
    Err(Error::Contended)
}

async fn take(
    keeper: &impl Keep,
    environment: &Environment,
    by: &Actor,
    id: &str,
    deed: &Deed,
    wait: &LockArgs,
    globals: &Globals,
) -> Result<Record, Error> {
    let until = now() + wait.lock_timeout.unwrap_or_default();
    let mut lost = 0;
    loop {
        let kept: Kept = keeper.record().await?;
        let since = now();
        let lock = Lock {
            id: id.to_owned(),
            by: by.clone(),
            operation: deed.operation,
            release: deed.release.clone(),
            since,
            until: since + globals.lease(),
        };
        let mut record = kept.record.clone();
        record.preview = deed.fate.settle(environment, record.preview.as_ref(), since)?;
        match record.taken(lock, is_dead) {
            Ok(taken) if keeper.replace(&kept, &taken).await? => return Ok(taken),
            // Somebody else wrote in between: most often the very one that is waited for.
            Ok(_) if lost < TRIES => {
                lost += 1;
                tokio::time::sleep(jitter()).await;
            }
            Ok(_) => return Err(Error::Contended),
            Err(held) if since >= until => return Err(Error::Locked { environment: environment.argument(), held }),
            Err(_) => until_free(keeper, until, globals).await?,
        }
    }
}

/// Whoever is about to reap it may have seen it before somebody prolonged it.
fn ensure_over(environment: &Environment, preview: Option<&Preview>, now: Timestamp) -> Result<(), Error> {
    if preview.is_some_and(|preview| preview.until <= now) {
        return Ok(());
    }
    Err(Error::refused(
        format!("the time of `{}` is not over any more", environment.name),
        format!("to remove it all the same: `envctl down {}`", environment.argument()),
    ))
}

/// In the time of a lease, one looks so often at one's own lock.
const LOOKS: u32 = 30;
/// Between two looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// Ends only when the lock is lost: it is another's, or it has expired because it could not be renewed. A record takes few
/// writes (see `aws::record`), so it is renewed when a third of its time is over.
async fn renewing(keeper: &impl Keep, id: &str, globals: &Globals) -> Error {
    let lease = globals.lease();
    let until = Cell::new(now() + lease);
    let renew = async {
        loop {
            tokio::time::sleep(globals.options().scaled(lease.unsigned_abs() / LOOKS)).await;
            let Ok(kept) = keeper.record().await else { continue };
            let longer = now() + lease;
            let Some(renewed) = kept.record.clone().renewed(id, longer) else { break };
            if until.get().duration_since(now()) > lease * 2 / 3 {
                continue;
            }
            match keeper.replace(&kept, &renewed).await {
                Ok(true) => until.set(longer),
                Ok(false) => {}
                Err(error) => tracing::warn!("the lock could not be renewed: {error}"),
            }
        }
    };
    // A machine that sleeps does not count that time as waited, and must not go on with what may be another's by now.
    let expire = async {
        while now() < until.get() {
            tokio::time::sleep(TICK).await;
        }
    };
    tokio::select! {
        () = renew => {}
        () = expire => {}
    }
    Error::LockLost
}

pub fn is_dead(by: &Actor) -> bool {
    by.process.as_deref().is_some_and(process::is_dead)
}

#[expect(clippy::disallowed_methods, reason = "it tells one holder from another")]
fn chance() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 16)
}

#[expect(clippy::disallowed_methods, reason = "so that two do not meet again and again")]
fn jitter() -> Duration {
    Duration::from_millis(rand::RngExt::random_range(&mut rand::rng(), 20..200))
}
