use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::copy_bidirectional;

use super::body::Lent;
use super::headers::{forwarded, pass};
use crate::local::supervise::board::Board;

/// An instance's answer, or one of our own.
pub type Answer = Response<Either<Incoming, Full<Bytes>>>;

/// On loopback it takes no time, but for an instance that does not accept.
const CONNECT: Duration = Duration::from_secs(5);

/// Passes requests on.
pub struct Forwarder {
    port: u16,
    board: Arc<Board>,
    client: Client<HttpConnector, Lent>,
    /// Whose turn it is.
    turn: AtomicUsize,
}

impl Forwarder {
    pub fn new(port: u16, board: Arc<Board>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Self { port, board, client, turn: AtomicUsize::new(0) }
    }

    /// Asks the healthy instances in turn. One that cannot be reached has not seen the request, so the next one gets it.
    pub async fn forward(&self, from: IpAddr, mut request: Request<Incoming>) -> Answer {
        if request.method() == Method::CONNECT {
            return own(StatusCode::METHOD_NOT_ALLOWED, "this is no proxy to other addresses\n");
        }
        let client = hyper::upgrade::on(&mut request);
        let (parts, body) = request.into_parts();
        let (method, uri, mut headers) = (parts.method, parts.uri, parts.headers);
        let changes = pass(&mut headers).is_some();
        forwarded(&mut headers, from, self.port);
        let body = Lent::new(body);
        let healthy = self.board.healthy();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for offset in 0..healthy.len() {
            let (number, port) = healthy[turn.wrapping_add(offset) % healthy.len()];
            let Some(request) = outgoing(&method, &uri, &headers, port, body.clone()) else {
                return own(StatusCode::BAD_REQUEST, "the address that is asked for cannot be passed on\n");
            };
            match self.client.request(request).await {
                Ok(answer) => return passed_back(answer, changes.then_some(client)),
                Err(error) if error.is_connect() => {}
                Err(_) => return self.broke_off(number),
            }
        }
        self.nobody()
    }

    fn broke_off(&self, number: u32) -> Answer {
        let text = format!("{}.{number} broke off before it answered; its log may say why\n", self.board.component());
        own(StatusCode::BAD_GATEWAY, text)
    }

    fn nobody(&self) -> Answer {
        let state = self.board.state();
        let mut text = format!("no instance of {} is healthy\n\n", state.component);
        for instance in &state.instances {
            let facts = [instance.detail.as_ref(), instance.last_exit.as_ref()];
            let facts: Vec<&str> = facts.into_iter().flatten().map(String::as_str).collect();
            let (name, phase) = (&state.component, instance.phase.name());
            // A string takes all.
            writeln!(text, "{name}.{} {phase} {}", instance.number, facts.join("; ")).ok();
        }
        text.push_str("\n`envctl logs` shows what they wrote\n");
        own(StatusCode::SERVICE_UNAVAILABLE, text)
    }
}

fn own(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Either::Right(Full::new(text.into())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// None where the address cannot be one of the instance's.
fn outgoing(method: &Method, uri: &Uri, headers: &HeaderMap, port: u16, body: Lent) -> Option<Request<Lent>> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // `OPTIONS *` is about the server itself.
    let path = if path == "*" { "/" } else { path };
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() =
        Uri::builder().scheme("http").authority(format!("127.0.0.1:{port}")).path_and_query(path).build().ok()?;
    *request.headers_mut() = headers.clone();
    Some(request)
}

/// The answer as the client gets it. Where the instance agreed to another protocol, bytes pass between the two until
/// one of them ends.
fn passed_back(mut answer: Response<Incoming>, client: Option<OnUpgrade>) -> Answer {
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Some(client) = client else {
            return own(StatusCode::BAD_GATEWAY, "the instance changed to a protocol that nobody had asked for\n");
        };
        let instance = hyper::upgrade::on(&mut answer);
        tokio::spawn(tunnel(client, instance));
    }
    let (mut parts, body) = answer.into_parts();
    parts.version = Version::HTTP_11;
    pass(&mut parts.headers);
    Response::from_parts(parts, Either::Left(body))
}

async fn tunnel(client: OnUpgrade, instance: OnUpgrade) {
    if let (Ok(client), Ok(instance)) = tokio::join!(client, instance) {
        // Either side may end it at any time.
        copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(instance)).await.ok();
    }
}
