//! A component's address on loopback: an HTTP reverse proxy that spreads requests over the healthy instances, with the
//! headers that a load balancer of AWS adds.
//!
//! It is `hyper` and `hyper-util`, which the AWS SDK brings anyway: they parse, stream, keep connections, and hand out
//! upgraded ones; what is left to say is whom to ask, and which headers pass. Looked at and left out:
//! `axum-reverse-proxy` (brings axum, all of tower and tungstenite, and takes no instances that come and go without a
//! discovery of its own) and `pingora` (a server that owns its process, threads and signals, and some two hundred
//! crates).

mod body;
mod forward;
mod headers;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Error;
use super::board::Board;
use super::instance::stopped;
use forward::Forwarder;

/// When connections cannot be taken, as all descriptors are in use.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Proxy {
    listeners: Vec<TcpListener>,
    forwarder: Arc<Forwarder>,
}

impl Proxy {
    /// Listens on loopback alone: 127.0.0.1, and ::1 where that is to be had.
    pub async fn listen(port: u16, board: Arc<Board>) -> Result<Self, Error> {
        let not_bound = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => Error::PortTaken { port },
            _ => Error::Listen { port, source },
        };
        let mut listeners = vec![TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(not_bound)?];
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.map_err(not_bound) {
            Ok(listener) => listeners.push(listener),
            // Whoever asks for `localhost` would reach the other program.
            Err(taken @ Error::PortTaken { .. }) => return Err(taken),
            Err(_) => {}
        }
        Ok(Self { listeners, forwarder: Arc::new(Forwarder::new(port, board)) })
    }

    /// Takes connections until it is told to stop; then those end that have no request under way, and the others with
    /// their answer.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            accepting.spawn(accept(listener, Arc::clone(&self.forwarder), stop.clone()));
        }
        accepting.join_all().await;
    }
}

async fn accept(listener: TcpListener, forwarder: Arc<Forwarder>, stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    connections.spawn(serve(stream, from.ip(), Arc::clone(&forwarder), stop.clone()));
                }
                Err(_) => sleep(PAUSE).await,
            },
            // So that ended ones take no memory.
            Some(_) = connections.join_next() => {}
            () = stopped(stop.clone()) => break,
        }
    }
    drop(listener);
    connections.join_all().await;
}

async fn serve(stream: TcpStream, from: IpAddr, forwarder: Arc<Forwarder>, stop: watch::Receiver<bool>) {
    // An answer in small pieces is not held back.
    stream.set_nodelay(true).ok();
    let service = service_fn(|request| async { Ok::<_, Infallible>(forwarder.forward(from, request).await) });
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection.with_upgrades());
    // A connection that breaks concerns the client alone.
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        () = stopped(stop.clone()) => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}
