use std::net::IpAddr;

use super::host::{canonical, is_loopback, server};

/// What a text names, in the one form that all its spellings have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clue {
    pub kind: Kind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A host that data is kept on: a database's, a queue's. See [`server`].
    Server,
    /// A database on a server: `SERVER/NAME`.
    Store,
    Host,
    /// An IP address.
    Address,
    /// Twelve digits.
    Account,
    Arn,
    Bucket,
    /// An access key's id.
    AccessKey,
    /// A database's name or a user's, by which people tell environments apart.
    Login,
    /// What else may be a resource's name.
    Name,
}

impl Clue {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// A text by which it can be digested: two kinds of one text are two things.
    pub fn canonical(&self) -> String {
        format!("{:?} {}", self.kind, self.text)
    }
}

const ACCOUNT_DIGITS: usize = 12;
/// `AKIA` or `ASIA` and sixteen more.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
const ACCESS_KEY_LENGTH: usize = 20;

/// What the words of a text name. Connections are read apart.
pub fn words(text: &str, found: &mut Vec<Clue>) {
    for (at, _) in text.match_indices("arn:") {
        arn(&text[at..], found);
    }
    for (at, _) in text.match_indices("s3://") {
        let bucket: String = text[at + 5..].chars().take_while(|c| is_of_host(*c)).collect();
        found.push(Clue::new(Kind::Bucket, bucket));
    }
    let mut before = None;
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (is_of_host(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                word(&text[from..at], before, found);
                (start, before) = (None, Some(c));
            }
            (false, None) => before = Some(c),
            (true, Some(_)) => {}
        }
    }
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-".contains(c)
}

fn word(word: &str, before: Option<char>, found: &mut Vec<Clue>) {
    let is_number = word.chars().all(|c| c.is_ascii_digit());
    if word.len() == ACCOUNT_DIGITS && is_number {
        found.push(Clue::new(Kind::Account, word));
    }
    if is_number {
        return;
    }
    let is_key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if word.len() == ACCESS_KEY_LENGTH
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.chars().all(is_key)
    {
        found.push(Clue::new(Kind::AccessKey, word));
        return;
    }
    // `help@shop.example` is a mailbox; the user of a URL is no part of these words, for a connection has said it.
    if before == Some('@') {
        return;
    }
    host(word, found);
    found.push(Clue::new(Kind::Name, word.to_ascii_lowercase()));
}

/// A host and what its name says besides.
pub fn host(word: &str, found: &mut Vec<Clue>) {
    let name = canonical(word);
    if is_loopback(&name) {
        return;
    }
    if let Ok(address) = name.parse::<IpAddr>() {
        found.push(Clue::new(Kind::Address, address.to_string()));
        return;
    }
    if !name.contains('.') {
        return;
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    if name.ends_with(".amazonaws.com")
        && let Some((bucket, _)) = name.split_once(".s3.").or_else(|| name.split_once(".s3-"))
    {
        found.push(Clue::new(Kind::Bucket, bucket));
    }
    if name.contains(".rds.amazonaws.com")
        && let Some(server) = server(&name, None)
    {
        found.push(Clue::new(Kind::Server, server));
    }
    if let Some(account) =
        name.split('.').find(|label| label.len() == ACCOUNT_DIGITS && label.chars().all(|c| c.is_ascii_digit()))
    {
        found.push(Clue::new(Kind::Account, account));
    }
    found.push(Clue::new(Kind::Host, name));
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
fn arn(text: &str, found: &mut Vec<Clue>) {
    let end = text.find(|c: char| c.is_whitespace() || "\"'<>`,;)}|\\".contains(c)).unwrap_or(text.len());
    let text = text[..end].trim_end_matches('.');
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = fields[..] else { return };
    found.push(Clue::new(Kind::Arn, text));
    if !account.is_empty() {
        found.push(Clue::new(Kind::Account, account));
    }
    if service == "s3" {
        found.push(Clue::new(Kind::Bucket, resource.split('/').next().unwrap_or_default()));
    }
    found.push(Clue::new(Kind::Name, resource.to_ascii_lowercase()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, kind: Kind, wanted: &str) -> bool {
        let mut found = Vec::new();
        words(text, &mut found);
        found.contains(&Clue::new(kind, wanted))
    }

    #[test]
    fn texts_name_things() {
        for (text, kind, wanted) in [
            ("https://API.Shop.Example.:8443/x", Kind::Host, "api.shop.example"),
            ("a,b.shop.example;c", Kind::Host, "b.shop.example"),
            (
                "arn:aws:sqs:eu-west-1:222222222222:orders-prod",
                Kind::Arn,
                "arn:aws:sqs:eu-west-1:222222222222:orders-prod",
            ),
            ("arn:aws:s3:::acme-prod/x/*", Kind::Bucket, "acme-prod"),
            ("https://sqs.eu-west-1.amazonaws.com/222222222222/orders", Kind::Account, "222222222222"),
            ("https://acme-prod.s3.eu-west-1.amazonaws.com/a", Kind::Bucket, "acme-prod"),
            ("s3://acme-prod/a", Kind::Bucket, "acme-prod"),
            ("222222222222.dkr.ecr.eu-west-1.amazonaws.com/shop", Kind::Account, "222222222222"),
            ("id=AKIAZ23456789ABCDEFG,", Kind::AccessKey, "AKIAZ23456789ABCDEFG"),
            ("10.20.3.4:5432", Kind::Address, "10.20.3.4"),
        ] {
            assert!(has(text, kind, wanted), "{text}");
        }
        assert!(!has("help@shop.example", Kind::Host, "shop.example"));
        assert!(!has("1222222222222", Kind::Account, "222222222222"));
        assert!(!has("http://127.0.0.1", Kind::Address, "127.0.0.1"));
    }
}
