//! Working in an environment: commands with its config and secrets, and its database's own client.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use super::project::{Project, ended, eventually};

#[test]
fn a_command_sees_what_the_components_see_and_ends_as_it_does() {
    let project = Project::new();
    let early = project.envctl("run dev -- true");
    assert!(early.code == 2 && early.err.contains("envctl up dev"), "{early:?}");
    project.done("up dev --yes");
    let mut command = project.command("run dev -- sh -c");
    let ended_as =
        ended(command.env("OWN", "mine").arg("echo $ENVCTL_ENVIRONMENT $LOG_LEVEL $PUBLIC_URL $OWN; exit 42"));
    assert_eq!((ended_as.code, ended_as.out.trim()), (42, format!("dev info {} mine", project.url("dev")).as_str()));
    assert_eq!(project.envctl("run dev -- no-such-command").code, 127);
    assert_eq!(project.envctl("run dev -- /etc/passwd").code, 126);

    let mut sleeps = project.command("run dev -- sleep 60").stdin(Stdio::null()).spawn().unwrap();
    // It becomes the command, so that a signal reaches that and nothing stands between.
    let name = || std::fs::read_to_string(format!("/proc/{}/comm", sleeps.id())).unwrap_or_default();
    eventually("it runs", || name().trim() == "sleep");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(sleeps.id().try_into().unwrap()),
        nix::sys::signal::Signal::SIGTERM,
    )
    .unwrap();
    assert_eq!(sleeps.wait().unwrap().signal(), Some(15));
    project.done("down dev --yes");
}

#[test]
fn the_databases_own_client_is_let_in_without_a_password_in_sight() {
    let project = Project::new();
    let early = project.envctl("db dev -- -c 'select 1'");
    assert!(early.code == 2 && early.err.contains("envctl up dev"), "{early:?}");
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT current_database() || ' ' || current_user"), "shop_db shop_owner");
    assert_eq!(project.fed("db dev -- -X -A -t", "SELECT count(*) FROM products;").out.trim(), "2");
    let wrong = project.envctl("db dev --database orders");
    assert!(wrong.code == 2 && wrong.err.contains("no database `orders`"), "{wrong:?}");
    assert_eq!(project.sql("dev", "SHOW fsync") + &project.sql("dev", "SHOW log_min_duration_statement"), "on500ms");
    project.done("down dev --yes");
}

#[test]
fn logs_are_followed_as_they_grow() {
    let project = Project::new();
    project.done("up dev --yes");
    let mut follow = project.command("logs dev web -f").stdout(Stdio::piped()).spawn().unwrap();
    super::project::get(&project.url("dev"));
    let stdout = follow.stdout.take().unwrap();
    let read = std::thread::spawn(move || {
        use std::io::BufRead;
        std::io::BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("\"GET / HTTP/1.1\" 200"))
    });
    eventually("the request is shown", || read.is_finished());
    assert!(read.join().unwrap());
    drop(follow.kill());
    drop(follow.wait());
    // `head` has what it wants, and nothing is left that would go on for nobody.
    let mut unread = project.command("logs dev web -f").stdout(Stdio::piped()).spawn().unwrap();
    drop(unread.stdout.take());
    eventually("it ends without a reader", || {
        super::project::get(&project.url("dev"));
        unread.try_wait().unwrap().is_some()
    });
    assert!(unread.wait().unwrap().success());
    let wrong = project.envctl("logs dev wob");
    assert!(wrong.code == 2 && wrong.err.contains("no component `wob`"), "{wrong:?}");
    project.done("down dev --yes");
}
