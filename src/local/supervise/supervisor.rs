use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::board::Board;
use super::handshake::{Word, say};
use super::instance::{Keeper, own_mark};
use super::lock::Lock;
use super::output::Log;
use super::proxy::Proxy;
use super::spec::Spec;
use super::{Error, state, stop};
use crate::local::process::{self, Identity};

/// How often it is looked whether the folder is still there, and what could not be written is tried again.
const INTERVAL: Duration = Duration::from_secs(1);
/// For answers that are on their way once no instance runs any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Is the supervisor of a component until it is asked to end, or its folder is removed. The caller leads a session of
/// its own, and has nothing else to say on stdout.
pub async fn run(spec: Spec) -> Result<(), Error> {
    let begun = match Supervisor::begin(spec).await {
        Ok(begun) => begun,
        Err(error) => {
            say(&Word::Failed(error.in_a_line())).ok();
            return Err(error);
        }
    };
    let word = if begun.is_some() { Word::Started } else { Word::Running };
    let said = say(&word).map_err(|source| Error::System { doing: "let go of stdout", source });
    match begun {
        Some(supervisor) => {
            said?;
            supervisor.run().await
        }
        None => said,
    }
}

struct Supervisor {
    spec: Arc<Spec>,
    lock: Arc<Lock>,
    board: Arc<Board>,
    log: Arc<Log>,
    proxy: Option<Proxy>,
    signals: Signals,
}

impl Supervisor {
    /// None where another one is there.
    async fn begin(spec: Spec) -> Result<Option<Self>, Error> {
        let Some(lock) = Lock::take(&spec.folder).await? else { return Ok(None) };
        let lock = Arc::new(lock);
        let unknown = || Error::System { doing: "find out who I am", source: io::ErrorKind::NotFound.into() };
        let board = Board::new(&spec, Identity::own().ok_or_else(unknown)?, Arc::clone(&lock));
        // From here on a request to end is heard.
        let signals = Signals::listen().map_err(|source| Error::System { doing: "listen to signals", source })?;
        stop::leftovers(&spec.folder, &spec.mark, spec.limits.stop).await?;
        let file = |source| Error::File { doing: "write to", path: spec.folder.clone(), source };
        board.write().map_err(file)?;
        let board = Arc::new(board);
        let begun = async {
            let log =
                Log::open(&spec).map_err(|source| Error::File { doing: "write to", path: spec.log.clone(), source })?;
            let proxy = match spec.listen {
                Some(port) => Some(Proxy::listen(port, Arc::clone(&board)).await?),
                None => None,
            };
            Ok((log, proxy))
        };
        match begun.await {
            Ok((log, proxy)) => {
                Ok(Some(Self { spec: Arc::new(spec), lock, board, log: Arc::new(log), proxy, signals }))
            }
            Err(error) => {
                state::remove(&spec.folder).ok();
                Err(error)
            }
        }
    }

    async fn run(mut self) -> Result<(), Error> {
        let (stop, stopped) = watch::channel(false);
        let mut instances = JoinSet::new();
        for number in 1..=self.spec.count {
            let keeper = Keeper {
                number,
                spec: Arc::clone(&self.spec),
                board: Arc::clone(&self.board),
                log: Arc::clone(&self.log),
                lock: Arc::clone(&self.lock),
                stop: stopped.clone(),
            };
            instances.spawn(keeper.keep());
        }
        let proxy = self.proxy.take().map(|proxy| tokio::spawn(proxy.run(stopped)));
        tokio::select! {
            () = self.signals.any() => {}
            () = until_removed(&self.lock, &self.log, &self.board) => {}
        }
        stop.send_replace(true);
        instances.join_all().await;
        if let Some(proxy) = proxy {
            timeout(LAST_WORDS, proxy).await.ok();
        }
        self.end().await
    }

    /// Ends what its instances have started and is still there, and leaves no record.
    async fn end(&self) -> Result<(), Error> {
        let mark = own_mark(&self.spec);
        let find = || {
            let mut found = process::session();
            found.extend(process::marked(&mark));
            found.sort_unstable();
            found.dedup();
            found
        };
        let survivors = process::end(find, self.spec.limits.stop).await;
        if !survivors.is_empty() {
            return Err(Error::Survived { pids: survivors.into_iter().map(|process| process.pid).collect() });
        }
        // The folder may be another supervisor's by now.
        if self.lock.is_in_place() { state::remove(&self.spec.folder) } else { Ok(()) }
    }
}

async fn until_removed(lock: &Lock, log: &Log, board: &Board) {
    while lock.is_in_place() {
        sleep(INTERVAL).await;
        log.restore();
        // Tried again in a moment.
        board.write().ok();
    }
}

/// The requests to end: from [`stop`](super::stop), from a terminal where it was started by hand.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
