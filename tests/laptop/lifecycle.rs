//! From nothing to a running copy on this machine, through changes, and back.

use std::process::Stdio;

use super::project::{Project, eventually, get};
use crate::support::signals;

#[test]
fn from_nothing_to_a_running_copy_and_back() {
    let project = Project::new();
    let planned = project.done("plan dev");
    assert!(planned.out.contains("5 to add"), "{}", planned.out);
    assert!(planned.out.contains("more (-v shows all)"), "{}", planned.out);
    let whole = project.done("plan dev -v");
    assert!(whole.out.lines().count() > planned.out.lines().count() && whole.err.is_empty(), "{whole:?}");
    assert!(project.machine.environments().is_empty(), "a plan changes nothing");

    let up = project.done("up dev --yes");
    let url = project.url("dev");
    assert!(up.out.contains("dev is up") && up.out.contains(&url), "{}", up.out);
    let (status, page) = get(&url);
    assert_eq!((status, page.lines().next()), (200, Some("the shop, dev: 2 products")), "{page}");

    let again = project.done("up dev --yes");
    assert!(again.out.contains("No changes"), "{}", again.out);
    assert_eq!(project.envctl("plan dev --exit-code").code, 0);
    let shown = project.done("status dev").out;
    assert!(shown.contains("component.web       ready  2/2 healthy"), "{shown}");
    assert!(shown.contains("component.worker    ready  1/1 healthy"), "{shown}");
    assert!(shown.contains("database.main       ready  accepting connections"), "{shown}");
    assert!(
        project.done("ls --live --format json").out.contains("5 ready")
            || project.done("ls --live").out.contains("5 ready")
    );
    assert!(project.done("logs dev web").out.contains("listening on port"));

    let down = project.done("down dev --yes");
    assert!(down.out.contains("dev is gone"), "{}", down.out);
    assert!(project.done("status dev").out.contains("Nothing of dev exists yet"));
    assert_eq!((project.machine.environments().len(), project.machine.processes().len()), (0, 0));
}

#[test]
fn another_definition_is_another_process() {
    let project = Project::new();
    project.done("up dev --yes");
    let url = project.url("dev");
    project.replace("templates/shop.toml", "QUEUE_DEPTH  = 100", "QUEUE_DEPTH  = 7");
    let planned = project.done("plan dev").out;
    assert!(
        planned.contains("~ change in place  component.web") && planned.contains("QUEUE_DEPTH: 100 → 7"),
        "{planned}"
    );
    project.done("up dev --yes");
    eventually("the worker has the new value", || project.done("logs dev worker").out.contains("7 at once"));
    assert_eq!(project.url("dev"), url, "it answers where it did");

    project.replace("templates/shop.toml", "count     = { min = 1, max = 4 }", "count     = 0");
    project.done("up dev --yes");
    assert!(!project.done("status dev").out.contains("component.worker"));
    project.done("down dev --yes");
    assert!(project.machine.processes().is_empty());
}

#[test]
fn what_dies_is_started_again_and_counted() {
    let project = Project::new();
    project.done("up dev --yes");
    let url = project.url("dev");
    let pid =
        project.machine.processes().into_iter().find(|pid| {
            std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("bin/web"))
        });
    let pid = pid.expect("the web tier runs").to_string();
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    eventually("it is counted", || project.done("status dev").out.contains("1 restart"));
    eventually("both are well again", || project.done("status dev").out.contains("2/2 healthy, 1 restart"));
    assert_eq!(get(&url).0, 200);
    project.done("down dev --yes");
}

#[test]
fn a_machine_that_was_switched_off_goes_on_with_its_data() {
    let project = Project::new();
    project.done("up dev --yes");
    project.sql("dev", "INSERT INTO products (name, price_cents) VALUES ('kept', 1)");
    let (url, database) = (project.url("dev"), project.seen("dev", "DATABASE_URL"));
    for pid in project.machine.processes() {
        drop(std::process::Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status());
    }
    eventually("all is off", || project.machine.processes().is_empty());

    let planned = project.done("plan dev").out;
    assert!(planned.contains("running: false → true") && planned.contains("3 to change"), "{planned}");
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "3");
    assert_eq!((project.url("dev"), project.seen("dev", "DATABASE_URL")), (url.clone(), database));
    assert_eq!(get(&url).0, 200);
    project.done("down dev --yes");
}

#[test]
fn a_component_that_will_not_run_is_said_with_its_reason() {
    let project = Project::new();
    project.replace("templates/shop.toml", "command   = \"bin/web\"", "command   = \"sh -c 'exit 3'\"");
    let up = project.envctl("up dev --yes");
    assert_eq!(up.code, 4, "{}\n{}", up.out, up.err);
    assert!(up.out.contains("component.web could not be created") && up.out.contains("exit status 3"), "{}", up.out);
    assert!(up.out.contains("logs dev web"), "{}", up.out);

    project.replace("templates/shop.toml", "command   = \"sh -c 'exit 3'\"", "command   = \"bin/web\"");
    project.done("up dev --yes");
    assert_eq!(get(&project.url("dev")).0, 200);
    project.done("down dev --yes");
}

#[test]
fn what_is_not_there_yet_or_not_defined_any_more_says_how_to_go_on() {
    let project = Project::new();
    for line in ["run dev -- true", "db dev -- -c x", "logs dev"] {
        let ended = project.envctl(line);
        assert!(ended.code == 2 && ended.err.contains("nothing of dev exists yet"), "{line}: {ended:?}");
        assert!(ended.err.contains("`envctl up dev` makes it"), "{line}: {ended:?}");
    }
    let release = project.envctl("up dev --release 2.0 --yes");
    assert!(release.code == 2 && release.err.contains("is for previews"), "{release:?}");
    let ttl = project.envctl("up pr-1 --like dev --ttl 48 --yes");
    assert!(ttl.code == 2 && ttl.err.contains("it has no unit: 48m are minutes, 48h hours"), "{ttl:?}");

    project.done("up dev --yes");
    let (from, to) = ["dev", "other"].map(|name| project.path().join(format!("environments/{name}.toml"))).into();
    std::fs::rename(&from, &to).unwrap();
    let ended = project.envctl("down dev --yes");
    assert!(ended.code == 2 && ended.err.contains("no file defines it any more"), "{ended:?}");
    std::fs::rename(&to, &from).unwrap();
    project.done("down dev --yes");
}

/// Long before anybody gives up.
#[test]
fn why_a_component_does_not_become_healthy_is_said_while_one_waits() {
    let project = Project::new();
    project.done("up dev --yes");
    project.replace("templates/shop.toml", "\"/healthz\"", "\"/nope\"");
    let mut up = project.command("up dev --yes").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the answer to the probe is shown", || {
        let status = project.envctl("status dev").out;
        let said = status.contains("answered 404 at /nope, not 200");
        assert!(status.lines().all(|line| line.chars().count() <= 80), "{status}");
        said && status.contains("component.web pending")
    });
    signals::send("-INT", &up);
    assert_eq!(up.wait().unwrap().code(), Some(4));
    project.done("down dev --yes");
}

#[test]
fn any_environment_is_rehearsed_under_its_own_name() {
    let project = Project::new();
    let missing = project.envctl("up staging --local --yes");
    assert!(missing.code == 2 && missing.err.contains("envctl secret set staging --local STRIPE_KEY"), "{missing:?}");
    assert!(project.machine.processes().is_empty(), "nothing was started");
    assert_eq!(project.fed("secret set staging --local STRIPE_KEY", "sk_test_of_the_rehearsal").code, 0);
    let up = project.done("up staging --local --yes");
    assert!(up.err.contains("staging of shop, release 1.5.0\nlocal"), "{}", up.err);
    assert_eq!(get(&project.url("staging --local")).1.lines().next(), Some("the shop, staging: 3 products"));
    assert_eq!(project.seen("staging --local", "ENVCTL_RELEASE"), "1.5.0");
    project.done("down staging --local --yes");
    assert!(project.machine.processes().is_empty());
}
