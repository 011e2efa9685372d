use std::time::Duration;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A target group's default on AWS.
const PATIENCE: Duration = Duration::from_secs(5);

/// How an instance is asked whether it is well.
pub enum Probe {
    Http {
        uri: Uri,
        client: Box<Client<HttpConnector, Empty<Bytes>>>,
    },
    Connect {
        port: u16,
    },
    /// Has no other sign of health than that it lives on.
    Alive {
        long: Duration,
    },
}

impl Probe {
    /// An error where the path makes no URL.
    pub fn new(port: Option<u16>, path: Option<&str>, alive: Duration) -> Result<Self, String> {
        match (port, path) {
            (Some(port), Some(path)) => {
                let uri = format!("http://127.0.0.1:{port}{path}");
                let uri = uri.parse().map_err(|error| format!("`{path}` is no path to ask for health: {error}"))?;
                // Like a load balancer's, each question takes a connection of its own.
                let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
                Ok(Self::Http { uri, client: Box::new(client) })
            }
            (Some(port), None) => Ok(Self::Connect { port }),
            (None, _) => Ok(Self::Alive { long: alive }),
        }
    }

    /// Whether it is worth asking again. What has no other sign than that it lives stays well until it dies.
    pub fn repeats(&self) -> bool {
        !matches!(self, Self::Alive { .. })
    }

    /// Asks once. What is wrong is said such that a reader can go on from it.
    pub async fn ask(&self) -> Result<(), String> {
        let asked = timeout(PATIENCE, async {
            match self {
                Self::Http { uri, client } => {
                    let request = Request::get(uri.clone()).header(header::USER_AGENT, "envctl-health-check");
                    let request = request.body(Empty::new()).map_err(|error| error.to_string())?;
                    let answer = client.request(request).await;
                    let answer = answer.map_err(|error| if error.is_connect() { refused() } else { broke_off() })?;
                    // What AWS takes for health where no other code is set, and envctl sets none.
                    if answer.status() == StatusCode::OK { Ok(()) } else { Err(wrong(uri, answer.status())) }
                }
                Self::Connect { port } => {
                    TcpStream::connect(("127.0.0.1", *port)).await.map(drop).map_err(|_| refused())
                }
                Self::Alive { long } => {
                    sleep(*long).await;
                    Ok(())
                }
            }
        });
        asked.await.unwrap_or_else(|_| Err(format!("gave no answer within {} s", PATIENCE.as_secs())))
    }
}

fn refused() -> String {
    "does not listen on its PORT".to_owned()
}

fn broke_off() -> String {
    "gave no HTTP answer".to_owned()
}

fn wrong(uri: &Uri, status: StatusCode) -> String {
    format!("answered {} at {}, not 200", status.as_u16(), uri.path())
}
