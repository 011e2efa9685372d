use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::model::Address;
use crate::provider::{Error, ErrorKind, Patience};

use super::clock::now;
use super::event::Event;
use super::options::Options;
use super::retry::{Backoff, Looks};

/// The state told of while something that is on its way out still uses what is asked for.
const IN_USE: &str = "still in use";

/// Why a step ended before it was done.
#[derive(Debug)]
pub(super) enum Ended {
    Failed(Error),
    /// Asked to stop; with what was left to do: `to see it ready: creating`.
    Interrupted(String),
}

/// How one step talks to the provider: within its deadline, with retries, and only until it is asked to stop.
pub(super) struct Calls<'a> {
    pub(super) step: usize,
    pub(super) address: &'a Address,
    pub(super) options: &'a Options,
    /// Scaled.
    pub(super) patience: Patience,
    pub(super) began: Instant,
    pub(super) permits: &'a Semaphore,
    pub(super) events: &'a mpsc::UnboundedSender<Event>,
    pub(super) stop: watch::Receiver<bool>,
    /// At the last look.
    pub(super) state: Option<String>,
}

impl Calls<'_> {
    /// Makes a call that changes something, again and again while its error is transient or something else has to go
    /// first; begins none once asked to stop. `what` says in an error what was tried.
    pub(super) async fn change<T, F>(&mut self, what: &str, call: impl Fn() -> F) -> Result<T, Ended>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.call(what, true, call).await
    }

    /// The same for a call that changes nothing. Asked to stop, it still tells what has become of the last change.
    pub(super) async fn look<T, F>(&mut self, what: &str, call: impl Fn() -> F) -> Result<T, Ended>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.call(what, false, call).await
    }

    async fn call<T, F>(&mut self, what: &str, changes: bool, call: impl Fn() -> F) -> Result<T, Ended>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut backoff = Backoff::new(self.options);
        let mut looks = Looks::new(self.options, self.patience.interval);
        let mut last: Option<Error> = None;
        let mut attempt: u32 = 0;
        loop {
            attempt = attempt.saturating_add(1);
            let permit = self.permits.acquire().await;
            if changes && *self.stop.borrow() {
                return Err(Ended::Interrupted(format!("to {what}: not begun")));
            }
            let called = now();
            let answer = timeout_at(self.deadline(), call()).await;
            drop(permit);
            tracing::trace!(address = %self.address, attempt, took = ?called.elapsed(), "called the provider to {what}");
            let error = match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) if error.is_transient() => error,
                Ok(Err(error)) => return Err(Ended::Failed(error)),
                Err(_) => last.unwrap_or_else(|| Error::new(ErrorKind::Transient, self.state())),
            };
            if self.left().is_zero() {
                return Err(self.too_late(what, error.kind, &error.message));
            }
            tracing::debug!(address = %self.address, attempt, error = error.message, "could not {what} yet");
            let pause = match error.kind {
                // No fault, but a wait for what goes in its own time: more calls would not make it go any sooner.
                ErrorKind::InUse => {
                    self.wait_for(IN_USE);
                    looks.pause().min(self.left())
                }
                _ => {
                    let pause = backoff.pause().min(self.left());
                    self.tell(Event::Retrying {
                        step: self.step,
                        address: self.address.clone(),
                        attempt,
                        pause,
                        error: error.message.clone(),
                    });
                    pause
                }
            };
            self.pause(pause, what, &error.message).await?;
            last = Some(error);
        }
    }

    /// Waits, unless asked to stop meanwhile.
    pub(super) async fn pause(&mut self, pause: Duration, what: &str, state: &str) -> Result<(), Ended> {
        let until = after(now(), pause);
        let stopped = async {
            // An engine that nobody can stop any more goes on.
            if self.stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = stopped => Err(Ended::Interrupted(format!("to {what}: {state}"))),
            () = sleep_until(until) => Ok(()),
        }
    }

    fn state(&self) -> String {
        self.state.clone().unwrap_or_else(|| "the provider gave no answer".to_owned())
    }

    /// Remembers the state, and tells of it when it is another than the last one.
    pub(super) fn wait_for(&mut self, state: &str) {
        if self.state.as_deref() != Some(state) {
            self.state = Some(state.to_owned());
            self.tell(Event::Waiting { step: self.step, address: self.address.clone(), detail: state.to_owned() });
        }
    }

    /// How much of the step's time is left.
    pub(super) fn left(&self) -> Duration {
        self.deadline().saturating_duration_since(now())
    }

    pub(super) fn too_late(&self, what: &str, kind: ErrorKind, state: &str) -> Ended {
        let message =
            format!("gave up after {}, waiting to {what}; the last state was: {state}", span(self.began.elapsed()));
        Ended::Failed(Error::new(kind, message))
    }

    fn deadline(&self) -> Instant {
        after(self.began, self.patience.deadline)
    }

    fn tell(&self, event: Event) {
        // Nobody has to listen.
        self.events.send(event).ok();
    }
}

fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// The instant, or one so far away that it does not come.
fn after(instant: Instant, duration: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    instant.checked_add(duration.min(FAR)).unwrap_or(instant)
}
