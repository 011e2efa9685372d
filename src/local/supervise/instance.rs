use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::Pid;
use secrecy::ExposeSecret;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::board::Board;
use super::health::Probe;
use super::lock::Lock;
use super::output::Log;
use super::spec::Spec;
use super::state::Phase;
use crate::local::clock;
use crate::local::process::{self, Identity, MARK};

/// Between two questions for the health of an instance that has just started.
const SOON: Duration = Duration::from_millis(100);
/// One failure may be chance.
const FAILURES: u32 = 2;

/// One of a component's instances: its process, and those that come after it.
pub struct Keeper {
    pub number: u32,
    pub spec: Arc<Spec>,
    pub board: Arc<Board>,
    pub log: Arc<Log>,
    pub lock: Arc<Lock>,
    pub stop: watch::Receiver<bool>,
}

/// How a process came to its end.
enum End {
    Stopped,
    Died(String),
}

impl Keeper {
    /// Keeps a process running until it is told to stop.
    pub async fn keep(mut self) {
        let limits = self.spec.limits;
        let mut delay = limits.first_delay;
        // Without its folder the supervisor ends; another may already have begun in a new one.
        while !*self.stop.borrow() && self.lock.is_in_place() {
            let why = match self.run_once().await {
                End::Stopped => return,
                End::Died(why) => why,
            };
            if self.was_steady() {
                delay = limits.first_delay;
            }
            let wait = format!("starts again in {} s", delay.as_secs_f64());
            self.log.remark(self.number, &format!("{why}; {wait}"));
            self.board.change(self.number, |instance| {
                instance.phase = Phase::Backoff;
                instance.detail = Some(wait);
                (instance.process, instance.port) = (None, None);
                instance.restarts += 1;
                instance.last_exit = Some(why);
            });
            tokio::select! {
                () = sleep(delay) => {}
                () = stopped(self.stop.clone()) => return,
            }
            delay = (delay * 2).min(limits.longest_delay);
        }
    }

    /// Whether the process that has just ended had been healthy for long.
    fn was_steady(&self) -> bool {
        let state = self.board.state();
        let instance = state.instances.iter().find(|instance| instance.number == self.number);
        instance.is_some_and(|instance| {
            let lasted = clock::timestamp().duration_since(instance.since).unsigned_abs();
            instance.phase == Phase::Healthy && lasted >= self.spec.limits.steady
        })
    }

    async fn run_once(&mut self) -> End {
        let port = match self.port() {
            Ok(port) => port,
            Err(error) => return End::Died(format!("cannot be started: no port is free: {error}")),
        };
        let probe = match Probe::new(port, self.spec.health.as_deref(), self.spec.limits.alive) {
            Ok(probe) => probe,
            Err(why) => return End::Died(why),
        };
        let (mut child, output) = match self.start(port) {
            Ok(started) => started,
            Err(error) => return End::Died(self.not_started(&error)),
        };
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
        self.board.change(self.number, |instance| {
            instance.phase = Phase::Starting;
            instance.detail = None;
            instance.process = Identity::of(pid);
            instance.port = port;
        });
        let at = port.map(|port| format!(" on port {port}")).unwrap_or_default();
        self.log.remark(self.number, &format!("started as process {pid}{at}"));
        let (log, number) = (Arc::clone(&self.log), self.number);
        let copied = tokio::spawn(async move { log.copy(number, output).await });
        let end = tokio::select! {
            ended = child.wait() => End::Died(exit(ended)),
            why = self.watch(&probe) => End::Died(why),
            () = stopped(self.stop.clone()) => End::Stopped,
        };
        self.finish(&mut child, pid).await;
        // What it said last comes before what is said of its end. A process that left all that is known of it may
        // hold on to the pipe.
        timeout(Duration::from_secs(1), copied).await.ok();
        end
    }

    /// Ends the process, what else is in its group, and what carries its mark.
    async fn finish(&self, child: &mut Child, group: i32) {
        let mark = self.mark();
        let find = || {
            let mut found = process::group_in_session(group);
            found.extend(process::marked(&mark));
            found.sort_unstable();
            found.dedup();
            found
        };
        let survivors = process::end(find, self.spec.limits.stop).await;
        if !survivors.is_empty() {
            let pids: Vec<String> = survivors.iter().map(|process| process.pid.to_string()).collect();
            self.log.remark(self.number, &format!("could not be ended: process {}", pids.join(", ")));
            return;
        }
        // It is gone, or was never more than this.
        child.start_kill().ok();
        child.wait().await.ok();
    }

    /// Asks for health until the instance has to be replaced, and gives why.
    async fn watch(&self, probe: &Probe) -> String {
        let limits = self.spec.limits;
        let began = clock::now();
        let (mut healthy, mut failures, mut bad_since) = (false, 0, None);
        loop {
            match probe.ask().await {
                Ok(()) => {
                    if !healthy || bad_since.is_some() {
                        self.tell(Phase::Healthy, None);
                    }
                    (healthy, failures, bad_since) = (true, 0, None);
                    if !probe.repeats() {
                        never().await;
                    }
                }
                Err(why) if !healthy => {
                    if began.elapsed() > limits.grace {
                        return format!("was not healthy within {} s: it {why}", limits.grace.as_secs_f64());
                    }
                    self.tell(Phase::Starting, Some(why));
                }
                Err(why) => {
                    failures += 1;
                    if failures >= FAILURES {
                        let since = *bad_since.get_or_insert_with(clock::now);
                        if since.elapsed() > limits.patience {
                            return format!("was unhealthy for {} s: it {why}", limits.patience.as_secs_f64());
                        }
                        self.tell(Phase::Unhealthy, Some(why));
                    }
                }
            }
            sleep(if healthy { limits.interval } else { SOON }).await;
        }
    }

    fn tell(&self, phase: Phase, detail: Option<String>) {
        let mut before = phase;
        self.board.change(self.number, |instance| {
            before = instance.phase;
            (instance.phase, instance.detail) = (phase, detail.clone());
        });
        if before != phase {
            let why = detail.map(|detail| format!(": it {detail}")).unwrap_or_default();
            self.log.remark(self.number, &format!("{}{why}", phase.name()));
        }
    }

    fn start(&self, port: Option<u16>) -> io::Result<(Child, OwnedFd)> {
        let (program, arguments) = self.spec.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let (output, input) = io::pipe()?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.spec.directory).env_clear();
        command.envs(self.spec.variables.iter().map(|(name, value)| (name, value.expose_secret())));
        command.env(MARK, self.mark());
        if let Some(port) = port {
            command.env("PORT", port.to_string());
        }
        // One pipe for both, so that what is written in an order is read in it.
        command.stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input).process_group(0);
        Ok((command.spawn()?, output.into()))
    }

    /// Tells this supervisor's processes from those of another, and one instance's from another's.
    fn mark(&self) -> String {
        format!("{}.{}", own_mark(&self.spec), self.number)
    }

    fn not_started(&self, error: &io::Error) -> String {
        let (folder, program) = (&self.spec.directory, self.spec.command.first().map_or("", String::as_str));
        if !folder.exists() {
            return format!("cannot be started: there is no folder {}", folder.display());
        }
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such program in its folder or on its PATH".to_owned(),
            io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
            _ => error.to_string(),
        };
        format!("cannot be started: `{program}`: {why}")
    }

    /// A port that nobody listens on. Another program can be quicker to take it: then the instance dies, and starts
    /// again with another.
    fn port(&self) -> io::Result<Option<u16>> {
        if !self.spec.port {
            return Ok(None);
        }
        let taken = self.board.ports();
        // Held until one is found that no other instance has been given and does not listen on yet.
        let mut held = Vec::new();
        loop {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            if !taken.contains(&port) && Some(port) != self.spec.listen {
                return Ok(Some(port));
            }
            held.push(listener);
        }
    }
}

/// What all processes of this supervisor carry, and those of no other.
pub fn own_mark(spec: &Spec) -> String {
    format!("{}.{}", spec.mark, Pid::this())
}

/// Until the supervisor stops.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    // Who would tell is gone: that is a reason to stop as well.
    stop.wait_for(|stop| *stop).await.ok();
}

async fn never() -> Infallible {
    std::future::pending().await
}

fn exit(ended: io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => status.to_string(),
        },
        Err(error) => format!("ended, and how is unknown: {error}"),
    }
}
