use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};

/// What concerns one connection alone, beside what `Connection` names: RFC 9110, 7.6.1, and what came before it.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// Takes out what concerns one connection alone. A protocol that the connection shall change to stays, and is given.
pub fn pass(headers: &mut HeaderMap) -> Option<HeaderValue> {
    let options: Vec<String> = tokens(headers, CONNECTION).collect();
    let upgrade = options.iter().any(|option| option == "upgrade").then(|| headers.get(UPGRADE).cloned()).flatten();
    let trailers = tokens(headers, TE).any(|coding| coding == "trailers");
    for option in options {
        headers.remove(option);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    if let Some(protocol) = &upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, protocol.clone());
    }
    upgrade
}

/// Says where the request came from as an Application Load Balancer does: it adds the client to those it was passed on
/// for, and itself decides of protocol and port.
pub fn forwarded(headers: &mut HeaderMap, from: IpAddr, port: u16) {
    let mut path: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
    let from = from.to_string();
    path.push(from.as_bytes());
    // Made of what headers hold, so it is one.
    if let Ok(path) = HeaderValue::from_bytes(&path.join(&b", "[..])) {
        headers.insert(FORWARDED_FOR, path);
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    headers.insert(FORWARDED_PORT, port.into());
}

/// The members of a header that is a list, in lower case.
fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = String> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|token| token.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn passed(lines: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut headers = headers(lines);
        pass(&mut headers);
        let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    }

    #[test]
    fn what_concerns_one_connection_stays_behind() {
        let lines = [
            ("accept", "*/*"),
            ("connection", "keep-alive, X-Own"),
            ("x-own", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "gzip"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic x"),
        ];
        assert_eq!(passed(&lines), ["accept"]);
        assert_eq!(passed(&[("te", "gzip, trailers"), ("connection", "te")]), ["te"]);
        assert_eq!(passed(&[("connection", "not a name, ,")]), [""; 0]);
    }

    #[test]
    fn a_change_of_protocol_passes() {
        let mut upgrade = headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")]);
        assert_eq!(pass(&mut upgrade).unwrap(), "websocket");
        assert_eq!(upgrade, headers(&[("connection", "upgrade"), ("upgrade", "websocket")]));
        assert!(pass(&mut headers(&[("upgrade", "websocket")])).is_none());
    }

    #[test]
    fn the_client_is_added_and_protocol_and_port_are_our_own() {
        let mut found = headers(&[("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https")]);
        found.append(FORWARDED_FOR, HeaderValue::from_static("192.0.2.2"));
        forwarded(&mut found, IpAddr::from([127, 0, 0, 1]), 8080);
        let wanted = [
            ("x-forwarded-for", "192.0.2.1, 192.0.2.2, 127.0.0.1"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-port", "8080"),
        ];
        assert_eq!(found, headers(&wanted));
    }
}
