//! A component runs, dies, and starts again.

use std::time::Duration;

use envctl::local::logs::Logs;
use envctl::local::supervise::{Error, Phase, Spawned, read};
use nix::sys::signal::Signal;

use super::support::{Component, free_port, get, only};

#[tokio::test]
async fn it_outlives_the_command_and_its_terminal() {
    let component = Component::shell("echo hello; echo trouble >&2; exec sleep 60");
    let state = component.started().await;
    assert_eq!(state.properties, component.spec.properties);
    let session = |pid: i32| nix::unistd::getsid(Some(nix::unistd::Pid::from_raw(pid))).unwrap().as_raw();
    assert_eq!(session(state.supervisor.pid), state.supervisor.pid, "a terminal that closes does not reach it");
    let instance = only(&state);
    let process = instance.process.clone().unwrap();
    let group = nix::unistd::getpgid(Some(nix::unistd::Pid::from_raw(process.pid))).unwrap();
    assert_eq!((instance.number, group.as_raw(), session(process.pid)), (1, process.pid, state.supervisor.pid));
    let said: Vec<String> = component.log().iter().filter(|line| !line.remark).map(|line| line.text.clone()).collect();
    assert_eq!(said, ["hello", "trouble"]);
    component.stop().await;
    assert!(read(&component.spec.folder).unwrap().is_none());
    assert!(!process.is_alive() && !state.supervisor.is_alive());
}

/// The parent of the supervisor is a shell on a terminal, which closes.
#[tokio::test]
async fn a_closed_terminal_does_not_end_it() {
    let component = Component::shell("exec sleep 60");
    let script = r#"ENVCTL_MARK=$1 "$0" supervise < spec > answer 2> supervisor.log & until grep -q started answer; do sleep 0.05; done"#;
    std::fs::write(component.path("spec"), serde_json::to_vec(&component.spec).unwrap()).unwrap();
    let mark = format!("{}.supervisor", component.spec.mark);
    let terminal = "import pty, sys; pty.spawn(sys.argv[1:])";
    let mut shell = tokio::process::Command::new("python3");
    shell.args(["-c", terminal, "sh", "-c", script, env!("CARGO_BIN_EXE_envctl"), &mark]);
    shell.current_dir(component.path("")).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(20), shell.output()).await.unwrap().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let state = component.healthy().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(state.supervisor.is_alive() && component.running().len() == 1);
    component.stop().await;
}

#[tokio::test]
async fn who_dies_starts_again_later_each_time() {
    let component = Component::shell("echo run >> runs; exit 7");
    component.spawn().await.unwrap();
    let state = component.until(|state| only(state).restarts >= 3 && only(state).phase == Phase::Backoff).await;
    let instance = only(&state);
    assert_eq!(instance.last_exit.as_deref(), Some("exit status 7"));
    assert!(instance.process.is_none());
    let remarks: Vec<String> = component.log().into_iter().filter(|line| line.remark).map(|line| line.text).collect();
    for wait in ["0.05", "0.1", "0.2"] {
        let wanted = format!("exit status 7; starts again in {wait} s");
        assert!(remarks.contains(&wanted), "{remarks:#?}");
    }
    component.stop().await;
    let runs = component.text("runs");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(component.text("runs"), runs, "nothing starts after the stop");
}

#[tokio::test]
async fn a_killed_one_is_replaced_and_who_was_well_for_long_starts_at_once_again() {
    let mut component = Component::shell("exec sleep 60");
    component.spec.limits.steady = Duration::ZERO;
    for round in 0..3 {
        let state = if round == 0 { component.started().await } else { component.healthy().await };
        only(&state).process.clone().unwrap().signal(Signal::SIGKILL).unwrap();
        let state = component.until(|state| only(state).restarts == round + 1).await;
        assert_eq!(only(&state).last_exit.as_deref(), Some("killed by signal 9"));
    }
    let waits = component.log().into_iter().filter(|line| line.text.ends_with("starts again in 0.05 s"));
    assert_eq!(waits.count(), 3);
}

#[tokio::test]
async fn what_cannot_be_started_says_why_and_is_tried_again() {
    let component = Component::new(&["no-such-program"]);
    component.spawn().await.unwrap();
    let state = component.until(|state| only(state).restarts >= 2).await;
    let wanted = "cannot be started: `no-such-program`: there is no such program in its folder or on its PATH";
    assert_eq!(only(&state).last_exit.as_deref(), Some(wanted));
    assert!(only(&state).detail.as_ref().unwrap().starts_with("starts again in "));

    let mut component = Component::new(&["./not-executable"]);
    std::fs::write(component.path("not-executable"), "").unwrap();
    component.spawn().await.unwrap();
    let state = component.until(|state| only(state).restarts >= 1).await;
    assert!(only(&state).last_exit.as_ref().unwrap().ends_with("it may not be executed"), "{state:?}");
    component.stop().await;

    component.spec.directory = component.path("nowhere");
    component.spawn().await.unwrap();
    let state = component.until(|state| only(state).restarts >= 1).await;
    assert!(only(&state).last_exit.as_ref().unwrap().contains("there is no folder"), "{state:?}");
}

#[tokio::test]
async fn a_second_supervisor_leaves_the_first_alone() {
    let mut component = Component::shell("exec sleep 60");
    let before = component.started().await;
    component.spec.properties.clear();
    assert_eq!(component.spawn().await.unwrap(), Spawned::AlreadyRunning);
    assert_eq!(component.healthy().await, before);
    assert_eq!(component.running().len(), 1);
}

#[tokio::test]
async fn a_supervisor_that_cannot_begin_says_why_and_leaves_nothing() {
    let mut component = Component::shell("exec sleep 60");
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    component.spec.listen = Some(taken.local_addr().unwrap().port());
    let error = component.spawn().await.unwrap_err().to_string();
    assert!(error.contains("`web` was not started") && error.contains("taken by another program"), "{error}");
    assert!(read(&component.spec.folder).unwrap().is_none() && component.running().is_empty());

    component.spec.listen = Some(free_port());
    component.spec.log = component.path("nowhere/web.log");
    let error = component.spawn().await.unwrap_err().to_string();
    assert!(error.contains("nowhere/web.log"), "{error}");
    component.spec.folder = component.path("nowhere");
    assert!(matches!(component.spawn().await, Err(Error::NotStarted { .. })));
}

#[tokio::test]
async fn who_stays_unhealthy_is_replaced() {
    let mut component = Component::server();
    component.spec.count = 1;
    component.spec.limits.patience = Duration::from_millis(300);
    let state = component.started().await;
    std::fs::write(component.path(&format!("sick-{}", only(&state).port.unwrap())), "").unwrap();
    let sick = component.until(|state| only(state).phase == Phase::Unhealthy).await;
    assert_eq!(only(&sick).detail.as_deref(), Some("answered 500 at /health, not 200"));
    let state = component.until(|state| only(state).restarts == 1).await;
    let why = only(&state).last_exit.as_deref().unwrap();
    assert_eq!(why, "was unhealthy for 0.3 s: it answered 500 at /health, not 200");
    component.healthy().await;
    let (status, _) = get(component.url("/who")).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn who_never_becomes_healthy_is_replaced_after_its_grace() {
    let mut component = Component::shell("exec sleep 60");
    component.spec.port = true;
    component.spec.limits.grace = Duration::from_millis(200);
    component.spawn().await.unwrap();
    let state = component.until(|state| only(state).restarts == 1).await;
    let why = only(&state).last_exit.as_deref().unwrap();
    assert_eq!(why, "was not healthy within 0.2 s: it does not listen on its PORT");
}

#[tokio::test]
async fn its_log_is_turned_over_and_followed() {
    let script =
        "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo line $i; [ $((i%50)) = 0 ] && sleep 0.2; done; sleep 60";
    let mut component = Component::shell(script);
    component.spec.limits.log_bytes = 3000;
    component.spec.limits.log_files = 4;
    let (mut logs, last) = Logs::open(std::slice::from_ref(&component.spec.log), 10).unwrap();
    assert!(last.is_empty());
    component.spawn().await.unwrap();
    let mut said = Vec::new();
    while said.last().is_none_or(|line| line != "line 300") {
        let more = tokio::time::timeout(Duration::from_secs(10), logs.more()).await.unwrap().unwrap();
        said.extend(more.into_iter().filter(|line| !line.remark).map(|line| line.text));
    }
    assert_eq!(said, (1..=300).map(|number| format!("line {number}")).collect::<Vec<_>>());
    assert!(component.path("web.log.3").exists() && !component.path("web.log.4").exists());
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&component.spec.log).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_costs_lines_and_nothing_else() {
    let mut component = Component::shell("echo said; exec sleep 60");
    component.spec.log = "/dev/full".into();
    let state = component.started().await;
    component.stop().await;
    assert_eq!(only(&state).restarts, 0);
    assert!(component.running().is_empty());
}
