//! Requests reach the healthy instances as they were sent, and answers come back.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use envctl::local::supervise::Phase;
use nix::sys::signal::Signal;

use super::support::{Component, eventually, get, only};

fn connect(component: &Component) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", component.spec.listen.unwrap())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// The lines up to the empty one.
fn head(reader: &mut impl BufRead) -> Vec<String> {
    let lines = reader.lines().map(|line| line.unwrap().to_ascii_lowercase());
    lines.take_while(|line| !line.is_empty()).collect()
}

/// How often each instance answers one of so many requests.
async fn answers(component: &Component, requests: usize) -> BTreeMap<u16, usize> {
    let mut answers = BTreeMap::new();
    for _ in 0..requests {
        let (status, text) = get(component.url("/who")).await;
        assert_eq!(status, 200, "{text}");
        *answers.entry(text.parse().unwrap()).or_default() += 1;
    }
    answers
}

#[tokio::test]
async fn requests_are_spread_over_those_that_are_healthy() {
    let component = Component::server();
    let state = component.started().await;
    let ports: Vec<u16> = state.instances.iter().map(|instance| instance.port.unwrap()).collect();
    assert_eq!(answers(&component, 10).await, BTreeMap::from([(ports[0], 5), (ports[1], 5)]));

    let sick = component.path(&format!("sick-{}", ports[0]));
    std::fs::write(&sick, "").unwrap();
    component.until(|state| state.instances[0].phase == Phase::Unhealthy).await;
    assert_eq!(answers(&component, 6).await, BTreeMap::from([(ports[1], 6)]));
    std::fs::remove_file(sick).unwrap();
    component.healthy().await;
    assert_eq!(answers(&component, 6).await.len(), 2);
}

#[tokio::test]
async fn who_is_gone_costs_no_request() {
    let mut component = Component::server();
    // Nobody hears of the death from its health.
    component.spec.limits.interval = Duration::from_secs(60);
    let state = component.started().await;
    let process = state.instances[0].process.clone().unwrap();
    // Stopped, its supervisor cannot see it die.
    state.supervisor.signal(Signal::SIGSTOP).unwrap();
    process.signal(Signal::SIGKILL).unwrap();
    eventually("it is dead", || !process.is_alive()).await;
    let url = component.url("/who");
    let asked = tokio::spawn(get(url));
    state.supervisor.signal(Signal::SIGCONT).unwrap();
    assert_eq!(asked.await.unwrap().0, 200);
    answers(&component, 6).await;
}

#[tokio::test]
async fn who_breaks_off_is_a_bad_gateway() {
    let mut component = Component::server();
    component.spec.count = 1;
    component.started().await;
    let (status, text) = get(component.url("/die")).await;
    assert_eq!((status, text.as_str()), (502, "web.1 broke off before it answered; its log may say why\n"));
    let state = component.until(|state| only(state).restarts == 1).await;
    assert_eq!(only(&state).last_exit.as_deref(), Some("exit status 3"));

    component.healthy().await;
    let mut stream = connect(&component);
    stream.write_all(b"GET /half HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("half"), "cut off, as it came: {answer}");
}

#[tokio::test]
async fn without_a_healthy_instance_it_says_why() {
    let mut component = Component::shell("exit 7");
    component.spec.port = true;
    component.spec.listen = Component::server().spec.listen;
    component.spawn().await.unwrap();
    component.until(|state| only(state).phase == Phase::Backoff && only(state).restarts > 2).await;
    let (status, text) = get(component.url("/")).await;
    assert_eq!(status, 503);
    for part in ["no instance of web is healthy", "web.1 backoff", "exit status 7", "`envctl logs`"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn headers_are_those_of_a_load_balancer() {
    let component = Component::server();
    component.started().await;
    let port = component.spec.listen.unwrap();
    let mut stream = connect(&component);
    stream
        .write_all(
            b"GET /headers HTTP/1.1\r\nHost: shop.example:8080\r\nX-Forwarded-For: 192.0.2.1\r\nX-Twice: a\r\n\
              X-Twice: b\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\n\r\n",
        )
        .unwrap();
    let mut reader = BufReader::new(stream);
    let answer = head(&mut reader);
    assert!(answer.iter().all(|line| !line.starts_with("keep-alive")), "{answer:?}");
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    let found: Vec<(String, String)> = serde_json::from_str(&text).unwrap();
    let port = port.to_string();
    let wanted = [
        ("host", "shop.example:8080"),
        ("x-forwarded-for", "192.0.2.1, 127.0.0.1"),
        ("x-forwarded-port", &port),
        ("x-forwarded-proto", "http"),
        ("x-twice", "a"),
        ("x-twice", "b"),
        ("te", "trailers"),
    ];
    let mut wanted: Vec<_> = wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut found = found;
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn bodies_stream_both_ways_at_once() {
    const SIZE: usize = 48 << 20;
    let component = Component::server();
    let state = component.started().await;
    // The program itself has its share of that, which grows with it.
    let peak = || -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", state.supervisor.pid)).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let before = if cfg!(target_os = "linux") { peak() } else { 0 };
    let mut stream = connect(&component);
    let mut writer = stream.try_clone().unwrap();
    let sent = std::thread::spawn(move || {
        write!(writer, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {SIZE}\r\n\r\n")
            .unwrap();
        let piece: Vec<u8> = (0..=255).cycle().take(1 << 16).collect();
        for _ in 0..SIZE / piece.len() {
            writer.write_all(&piece).unwrap();
        }
    });
    let received = tokio::task::spawn_blocking(move || {
        let mut reader = BufReader::new(&mut stream);
        assert_eq!(head(&mut reader)[0], "http/1.1 200 ok");
        let mut body = Vec::new();
        reader.read_to_end(&mut body).unwrap();
        body
    });
    let received = received.await.unwrap();
    sent.join().unwrap();
    assert!(received.len() > SIZE && received.ends_with(b"\r\n0\r\n\r\n"), "{}", received.len());
    if cfg!(target_os = "linux") {
        let grown = peak() - before;
        assert!(grown < 24 << 10, "it keeps no body in memory: {grown} KiB more than the {before} before");
    }
}

#[tokio::test]
async fn connections_change_their_protocol() {
    let component = Component::server();
    component.started().await;
    let mut stream = connect(&component);
    stream
        .write_all(
            b"GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: shout\r\n\r\nfirst",
        )
        .unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let answer = head(&mut reader);
    assert_eq!(answer[0], "http/1.1 101 switching protocols");
    assert!(answer.contains(&"upgrade: shout".to_owned()) && answer.contains(&"connection: upgrade".to_owned()));
    let mut said = [0; 5];
    reader.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"FIRST");
    stream.write_all(b"again").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "AGAIN");
}

#[tokio::test]
async fn odd_requests_are_answered_and_do_no_harm() {
    let component = Component::server();
    component.started().await;
    for (request, status) in [
        ("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        ("GET http://127.0.0.1:22/who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"),
        ("GET /who HTTP/1.0\r\n\r\n", "200"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "501"),
        ("nonsense\r\n\r\n", "400"),
    ] {
        let mut stream = connect(&component);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer[9..], status.as_bytes(), "{request}");
    }
}
