use std::io;
use std::pin::pin;
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::engine::{Event, Outcome};
#[cfg(unix)]
use crate::local::process::ignores_hangup;
use crate::plan::Plan;
use crate::ui::progress::{Mode, Reporter};

use super::{Error, While};

/// How often what changes in place is drawn: often enough to look alive, too seldom to cost anything.
const FRAME: Duration = Duration::from_millis(120);

/// Applies a plan while its progress is shown. Ctrl-C, or another of the signals, once asks it to stop between two
/// steps; twice, and it is left where it is.
///
/// # Errors
/// [`Error::Abandoned`] after the second signal.
pub async fn apply(
    plan: &Plan,
    mode: Mode,
    signals: &mut Signals,
    work: impl AsyncFnOnce(mpsc::UnboundedSender<Event>, watch::Receiver<bool>) -> Outcome,
) -> Result<Outcome, Error> {
    let (tell, mut events) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let mut frames = tokio::time::interval(FRAME);
    let mut reporter = Reporter::new(plan, mode);
    let mut work = pin!(work(tell, stopped));
    let outcome = loop {
        tokio::select! {
            // Events first: what has happened is told before how it ended.
            biased;
            Some(event) = events.recv() => reporter.event(&event),
            outcome = &mut work => break Ok(outcome),
            () = signals.next() => {
                // The first signal turns it to true; it was true before the second.
                if stop.send_replace(true) {
                    break Err(Error::Abandoned);
                }
                reporter.message("stopping when the steps under way are done; once more to leave them where they are");
            }
            _ = frames.tick() => reporter.tick(),
        }
    };
    while let Ok(event) = events.try_recv() {
        reporter.event(&event);
    }
    reporter.finish();
    outcome
}

/// Ctrl-C; SIGTERM, which CI systems send when a job is cancelled; and SIGHUP, when the terminal is closed, unless whoever
/// started envctl wants it to go on then. One that comes while nobody waits for it is not lost.
#[cfg(unix)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

#[cfg(not(unix))]
pub struct Signals {}

impl Signals {
    pub fn new() -> Result<Self, Error> {
        Self::listening().while_doing("cannot listen for Ctrl-C")
    }

    /// What is done before anything is begun: it is left where it is, if somebody asks to stop.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub async fn unless<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.next() => Err(Error::Stopped),
        }
    }
}

#[cfg(unix)]
impl Signals {
    fn listening() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            Some(()) = async { self.hangup.as_mut()?.recv().await } => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listening() -> io::Result<Self> {
        Ok(Self {})
    }

    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
