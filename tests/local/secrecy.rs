//! What an instance sees, and what nobody else does.

use std::collections::BTreeSet;

use super::support::{Component, only};

#[cfg(target_os = "linux")]
#[tokio::test]
async fn its_environment_is_what_was_given_and_no_more() {
    let mut component = Component::new(&["sleep", "60"]);
    component.spec.port = true;
    component.spec.variables.insert("KEY".to_owned(), "two\nlines = \"x\"".into());
    component.spec.variables.insert("PORT".to_owned(), "overruled".into());
    component.spawn().await.unwrap();
    let state = component.until(|state| only(state).process.is_some()).await;
    let (instance, path) = (only(&state), std::env::var("PATH").unwrap());
    let mark = format!("{}.{}.1", component.spec.mark, state.supervisor.pid);
    let port = instance.port.unwrap().to_string();
    let wanted = [("ENVCTL_MARK", &*mark), ("KEY", "two\nlines = \"x\""), ("PATH", &path), ("PORT", &port)];
    let wanted: BTreeSet<String> = wanted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let environ = format!("/proc/{}/environ", instance.process.as_ref().unwrap().pid);
    let found = String::from_utf8(std::fs::read(environ).unwrap()).unwrap();
    assert_eq!(found.split_terminator('\0').map(str::to_owned).collect::<BTreeSet<_>>(), wanted);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn secrets_stand_in_the_instances_environment_alone() {
    let mut component = Component::shell("exec sleep 60");
    component.spec.variables.insert("KEY".to_owned(), "hunter2-of-the-test".into());
    let state = component.started().await;
    let secret = |text: &[u8]| text.windows(19).any(|part| part == b"hunter2-of-the-test");
    let proc = |pid: i32, file: &str| std::fs::read(format!("/proc/{pid}/{file}")).unwrap();
    let instance = only(&state).process.clone().unwrap().pid;
    assert!(secret(&proc(instance, "environ")));
    assert!(!secret(&proc(instance, "cmdline")));
    assert!(!secret(&proc(state.supervisor.pid, "cmdline")) && !secret(&proc(state.supervisor.pid, "environ")));
    let inherited = String::from_utf8(proc(state.supervisor.pid, "environ")).unwrap();
    assert_eq!(inherited, format!("ENVCTL_MARK={}.supervisor\0", component.spec.mark));
    component.stop().await;
    for file in ["web.log", "supervisor.log", "web/lock"] {
        assert!(!secret(component.text(file).as_bytes()), "{file}");
    }
    component.spawn().await.unwrap();
    component.healthy().await;
    assert!(!secret(component.text("web/state.json").as_bytes()));
}

#[tokio::test]
async fn nonsense_on_stdin_is_refused_without_quoting_it() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_envctl"))
        .arg("supervise")
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"{\"component\": \"web\", \"folder\": hunter2}")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("wrong at line 1") && !said.contains("hunter2"), "{said}");
}
