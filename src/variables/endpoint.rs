use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use crate::model::{DatabaseField, Engine};

/// How to reach a database of an environment, and as whom.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    /// The database's own name on its server.
    pub name: String,
    pub user: String,
    pub password: SecretString,
    /// Whether the server is reached over a network, so that a URL asks for TLS.
    pub tls: bool,
}

/// What stands in a URL as it is (RFC 3986, unreserved).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl Endpoint {
    pub fn field(&self, field: DatabaseField) -> String {
        match field {
            DatabaseField::Url => self.url(),
            DatabaseField::Host => self.host.clone(),
            DatabaseField::Port => self.port.to_string(),
            DatabaseField::Name => self.name.clone(),
            DatabaseField::User => self.user.clone(),
            DatabaseField::Password => self.password.expose_secret().to_owned(),
        }
    }

    fn url(&self) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, KEPT).to_string();
        let (user, password) = (encoded(&self.user), encoded(self.password.expose_secret()));
        format!("{}://{user}:{password}@{}:{}/{}", self.engine.scheme(), self.host, self.port, self.name)
    }
}
