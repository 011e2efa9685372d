//! A release on its way from one environment to the next, on one machine.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::time::Duration;

use serde_json::Value as Json;

use super::convergence::cut_at;
use super::project::{Project, eventually, get};

/// `qa` runs 1.6.0, and `live`, which is protected, 1.5.0.
fn project() -> Project {
    let project = defined();
    project.done("up qa --yes");
    project.done("up live --confirm live");
    project
}

/// The same before anything runs.
pub fn defined() -> Project {
    let project = Project::new();
    let dev = std::fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    let seed = std::fs::read_to_string(project.path().join("environments/dev/seed.sql")).unwrap();
    let version = dev.split("[[deliberate]]").find(|part| part.contains("database.main.version")).unwrap();
    for (name, release, mirrors, more) in
        [("qa", "1.6.0", "live", ""), ("live", "1.5.0", "qa", "protected = true # people pay here\n")]
    {
        let (head, _) = dev.split_once("[[deliberate]]").unwrap();
        let line = head.lines().find(|line| line.starts_with("mirrors")).unwrap();
        let text = head
            .replace(line, &format!("mirrors = \"{mirrors}\"\nrelease = \"{release}\" # what runs\n{more}"))
            .replace("\"localhost\"", &format!("\"{name}.localhost\""))
            .replace("environments/dev/", &format!("environments/{name}/"));
        project.write(&format!("environments/{name}.toml"), &format!("{text}[[deliberate]]{version}"));
        project.write(&format!("environments/{name}/seed.sql"), &seed);
    }
    for other in ["dev", "staging", "prod"] {
        std::fs::remove_file(project.path().join(format!("environments/{other}.toml"))).unwrap();
    }
    project
}

/// The gates that are closed, by name, with what they say.
fn closed(project: &Project, more: &str) -> Vec<(String, String)> {
    let ended = project.envctl(&format!("promote qa live --dry-run --format json {more}"));
    let report: Json = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
    assert_eq!(ended.code, if report["open"] == true { 0 } else { 3 }, "{report:#}");
    let gates = report["gates"].as_array().unwrap().iter().filter(|gate| gate["state"] == "closed");
    gates.map(|gate| (gate["name"].as_str().unwrap().to_owned(), gate["findings"].to_string())).collect()
}

#[track_caller]
fn only(project: &Project, more: &str, gate: &str, says: &str) {
    let closed = closed(project, more);
    assert!(closed.len() == 1 && closed[0].0 == gate && closed[0].1.contains(says), "{gate}, {says}: {closed:?}");
}

fn release(project: &Project, environment: &str) -> String {
    project.seen(environment, "ENVCTL_RELEASE")
}

fn running(project: &Project) -> String {
    get(&project.url("live")).1
}

const NOW: &str = "--min-age 0s";

#[test]
fn each_gate_closes_for_what_it_is_there_for_and_opens_again() {
    let project = project();
    assert_eq!(closed(&project, NOW), []);
    only(&project, "--min-age 1h", "running", "and shall for 1h");

    project.replace("environments/live.toml", "[data.main]", "[data.main]\nstorge = 20");
    only(&project, NOW, "definitions", "environments/live.toml:");
    let unjudged = project.envctl("promote qa live --skip definitions --reason why-not");
    assert!(unjudged.code == 2 && unjudged.err.contains("nothing can be judged"), "{unjudged:?}");
    project.replace("environments/live.toml", "[data.main]\nstorge = 20", "[data.main]");

    project.replace("environments/qa.toml", "release = \"1.6.0\"", "release = \"1.7.0\"");
    let drifted = closed(&project, NOW);
    let running = drifted.iter().find(|(name, _)| name == "running").expect("the gate is closed");
    assert!(running.1.contains("does not say that 1.7.0 came up well"), "{drifted:?}");
    project.replace("environments/qa.toml", "release = \"1.7.0\"", "release = \"1.6.0\"");

    let template = "templates/shop.toml";
    project.replace("environments/live.toml", "[data.main]", "[config]\nLOG_LEVEL = \"debug\"\n[data.main]");
    let names: Vec<String> = closed(&project, NOW).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["parity", "drift"]);
    project.replace("environments/live.toml", "[config]\nLOG_LEVEL = \"debug\"\n", "");

    project.write("templates/shop/migrations/0002_rename.sql", "ALTER TABLE products RENAME COLUMN name TO title;\n");
    let closed_now = closed(&project, NOW);
    let migrations = closed_now.iter().find(|(name, _)| name == "migrations").expect("the gate is closed");
    assert!(
        migrations.1.contains("0002_rename.sql:1") && migrations.1.contains("is not known to have run in qa"),
        "{closed_now:?}"
    );
    std::fs::remove_file(project.path().join("templates/shop/migrations/0002_rename.sql")).unwrap();
    // A lock on two rows is felt by nobody, and that is measured; of a widened type no rule could say as much.
    let quick = "CREATE INDEX by_name ON products (name);\nALTER TABLE products ALTER COLUMN name TYPE varchar;\n";
    project.write("templates/shop/migrations/0002_quick.sql", quick);
    project.done("up qa --yes");
    assert_eq!(closed(&project, NOW), []);
    let judged = project.done(&format!("promote qa live --dry-run {NOW}"));
    assert!(judged.out.contains("reads all of products (2 rows)"), "{}", judged.out);
    assert!(!project.machine.state().join("measure").exists());

    project.replace(template, "[secrets]", "[secrets]\nMAIL_KEY = {}");
    let set = project.fed("secret set qa MAIL_KEY", "of-qa-4711");
    assert_eq!(set.code, 0, "{}", set.err);
    project.done("up qa --yes");
    let lacking = closed(&project, NOW);
    assert!(lacking.iter().any(|(name, says)| name == "secrets" && says.contains("MAIL_KEY has no value")));
    // The same value in both would be shared.
    let set = project.fed("secret set live MAIL_KEY --confirm live", "of-live-4711");
    assert_eq!(set.code, 0, "{}", set.err);
    project.done("up live --confirm live");
    assert_eq!(closed(&project, NOW), []);
}

#[test]
fn a_release_is_carried_and_written_down_and_comes_back_on_request() {
    let project = project();
    let refused = project.envctl("promote qa live --min-age 0s --watch 0s --yes");
    assert!(refused.code == 3 && refused.err.contains("--confirm live"), "{refused:?}");
    let reasonless = project.envctl("promote qa live --skip running --confirm live");
    assert!(reasonless.code == 2 && reasonless.err.contains("--reason"), "{reasonless:?}");

    let done = project
        .done("promote qa live --min-age 1h --skip running --reason tried-by-hand --watch 1s --confirm live --write");
    assert!(done.out.contains("environments/live.toml says `release = \"1.6.0\"` now"), "{}", done.out);
    let text = std::fs::read_to_string(project.path().join("environments/live.toml")).unwrap();
    assert!(text.contains("release = \"1.6.0\" # what runs\nprotected = true # people pay here"), "{text}");
    assert_eq!(release(&project, "live"), "1.6.0");
    assert!(project.done("plan live --exit-code").out.contains("No changes"));

    let back = project.done("rollback live --confirm live");
    assert!(back.out.contains("Set `release = \"1.5.0\"`"), "{}", back.out);
    let history = project.done("history live").out;
    let order: Vec<usize> = ["rollback", "promote", "skip-gate", "up "].map(|what| history.find(what).unwrap()).into();
    assert!(order.is_sorted() && history.contains("running of live: tried-by-hand"), "{history}");
    let never = project.envctl("rollback live --to 9.9.9 --confirm live");
    assert!(never.code == 3 && never.err.contains("these did: 1.5.0, 1.6.0"), "{never:?}");
}

/// It comes up well, and is ill in the time that it is watched.
#[test]
fn a_release_that_does_not_stay_well_makes_way_for_what_ran() {
    let project = project();
    let web = std::fs::read_to_string(project.path().join("templates/shop/bin/web")).unwrap();
    let here = "os.environ['ENVCTL_RELEASE'] == '1.6.0' and os.environ['ENVCTL_ENVIRONMENT'] == 'live'";
    let been = project.path().join("been");
    let ends = format!(
        "import sys, threading\nif {here}:\n    if os.path.exists({been:?}): sys.exit('never again')\n    \
         threading.Timer(4, lambda: (open({been:?}, 'w'), os._exit(1))).start()\n"
    );
    project.write("templates/shop/bin/web", &web.replacen("import sys\n", &ends, 1));
    project.done("up qa --yes");
    let mut promote = project.command("promote qa live --min-age 0s --watch 5m --confirm live --write --format json");
    let output = promote.env("ENVCTL_TIME_SCALE", "10").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(4), "{out}{err}");
    let ended: Json = serde_json::from_str(&out).unwrap();
    assert!(been.exists(), "it came up");
    assert!(ended["promoted"] == false && ended["rolled_back"] == true, "{ended:#}");
    assert!(ended["why"].to_string().contains("component.web"), "{ended:#}");
    assert_eq!(running(&project).lines().next(), Some("the shop, live: 2 products"));
    assert_eq!(release(&project, "live"), "1.5.0");
    assert!(project.done("history live").out.contains("rolled back"));
}

#[test]
fn a_lock_that_is_held_closes_the_gate_until_it_is_broken() {
    let project = project();
    project.replace("templates/shop.toml", "QUEUE_DEPTH  = 100", "QUEUE_DEPTH  = 7");
    let mut up = project.command("up live --confirm live");
    let mut up = up.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(up.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(told.into_iter().any(|line| line.starts_with('[')), "it is at work");
    let signal = |name: &str| std::process::Command::new("kill").args([name, &up.id().to_string()]).status().unwrap();
    assert!(signal("-STOP").success());
    let locked =
        |gates: &[(String, String)]| gates.iter().any(|(name, says)| name == "lock" && says.contains("`up` by"));
    let gates = closed(&project, NOW);
    assert!(locked(&gates), "{gates:?}");
    let broken = project.done("unlock live --reason it-hangs --confirm live").out;
    assert!(broken.starts_with("Broken: `up`"), "{broken}");
    let gates = closed(&project, NOW);
    assert!(!locked(&gates), "{gates:?}");
    let history = project.done("history live").out;
    assert!(history.contains("abandoned") && history.contains("it-hangs"), "{history}");
    up.kill().unwrap();
    up.wait().unwrap();
    project.done("up live --confirm live");
}

/// Nobody has seen it fail, so it stays, and both ways on are named.
#[test]
fn a_watch_that_is_cut_off_leaves_the_release_where_it_is() {
    let project = project();
    let mut promote = project.command("promote qa live --min-age 0s --watch 1h --confirm live");
    let mut child = promote.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Its progress ends when all is applied; then it looks on, and says nothing.
    let told = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let (sender, lines) = std::sync::mpsc::channel();
    let told = std::thread::spawn(move || told.for_each(|line| drop(sender.send(line))));
    let is_a_step = |line: String| line.starts_with('[');
    assert!(lines.iter().any(is_a_step), "it is applied");
    while lines.recv_timeout(Duration::from_secs(15)).is_ok() {}
    let term = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(term.success());
    let output = child.wait_with_output().unwrap();
    told.join().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{out}");
    assert!(out.contains("could not be watched to the end") && out.contains("`envctl rollback live`"), "{out}");
    only(&project, NOW, "drift", "`promote` of 1.6.0 did not come to its end in live");
    project.done("rollback live --confirm live");
    project.done("plan live --exit-code");
}

/// What does not come up whichever release it is: the way back does not hold either, and each command names itself to go on.
#[test]
fn a_way_back_that_does_not_hold_is_said_and_gone_on_with() {
    let project = project();
    let web = std::fs::read_to_string(project.path().join("templates/shop/bin/web")).unwrap();
    let broken = project.path().join("broken");
    let ends = format!(
        "import sys\nif os.environ['ENVCTL_ENVIRONMENT'] == 'live' and os.path.exists({broken:?}): sys.exit('no')\n"
    );
    project.write("templates/shop/bin/web", &web.replacen("import sys\n", &ends, 1));
    project.done("up qa --yes");
    project.done("up live --confirm live");
    std::fs::write(&broken, "").unwrap();
    let ended = project.envctl("promote qa live --min-age 0s --watch 1s --confirm live --format json");
    let report: Json = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
    assert_eq!((ended.code, &report["promoted"], &report["rolled_back"]), (4, &Json::Bool(false), &Json::Bool(false)));
    let rollback = project.envctl("rollback live --to 1.5.0 --confirm live");
    let again = "`envctl rollback live --to 1.5.0` to go on";
    assert!(rollback.code == 4 && rollback.out.contains(again), "{rollback:?}");
    std::fs::remove_file(&broken).unwrap();
    project.done("rollback live --confirm live");
    assert!(!running(&project).is_empty());
    assert!(project.done("plan live").out.contains("No changes"));
}

#[test]
fn a_release_that_does_not_come_up_makes_way_for_what_ran() {
    let project = project();
    let web = std::fs::read_to_string(project.path().join("templates/shop/bin/web")).unwrap();
    let condition = "os.environ['ENVCTL_RELEASE'] == '1.6.0' and os.environ['ENVCTL_ENVIRONMENT'] == 'live'";
    let broken = web.replacen("import sys\n", &format!("import sys\nif {condition}: sys.exit('no')\n"), 1);
    assert_ne!(web, broken);
    project.write("templates/shop/bin/web", &broken);
    // Its migration stays: what ran before was written to live beside it.
    project.write("templates/shop/migrations/0002_index.sql", "CREATE INDEX by_name ON products (name);");
    project.done("up qa --yes");
    let ended = project.envctl("promote qa live --min-age 0s --watch 1s --confirm live --write");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.out.contains("1.6.0 did not stay well in live") && ended.out.contains("live is up"), "{}", ended.out);
    let text = std::fs::read_to_string(project.path().join("environments/live.toml")).unwrap();
    assert!(text.contains("release = \"1.5.0\""), "{text}");
    assert!(!running(&project).is_empty());
    assert!(project.done("plan live").out.contains("No changes"));
    assert!(project.done("history live").out.contains("rolled back"));
    assert_eq!(project.sql("live", "SELECT count(*) FROM pg_indexes WHERE indexname = 'by_name'"), "1");
}

/// From now on, wherever it starts, the web tier of 1.6.0 in `live` comes up once that file is gone.
fn held_up(project: &Project) -> PathBuf {
    let hold = project
        .hold_web_where("os.environ['ENVCTL_RELEASE'] == '1.6.0' and os.environ['ENVCTL_ENVIRONMENT'] == 'live'");
    project.done("up qa --yes");
    project.done("up live --confirm live");
    hold
}

/// A promotion that holds the lock.
fn at_work(project: &Project, hold: &Path) -> Child {
    std::fs::write(hold, "").unwrap();
    let mut promote = project.command("promote qa live --min-age 0s --watch 0s --confirm live");
    let child = promote.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("it holds the lock", || project.done("history live").out.contains("is being changed: `promote`"));
    child
}

/// It has found who is at work. Then it can be waited for.
fn waiting(project: &Project, line: &str) -> (Child, BufReader<ChildStderr>) {
    let mut command = project.command(line);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    told.read_line(&mut first).unwrap();
    assert!(first.starts_with("waiting: `promote` by"), "{first}");
    (child, told)
}

#[test]
fn whoever_comes_while_a_promotion_is_at_work_is_told_or_waits_and_then_judges() {
    let project = project();
    let hold = held_up(&project);

    let first = at_work(&project, &hold);
    let gates = closed(&project, NOW);
    let lock = gates.iter().find(|(name, _)| name == "lock").expect("the gate is closed");
    assert!(lock.1.contains("`promote` by"), "{gates:?}");
    let (second, mut told) =
        waiting(&project, "promote qa live --min-age 0s --watch 0s --confirm live --lock-timeout 1m");
    std::fs::remove_file(&hold).unwrap();
    assert!(first.wait_with_output().unwrap().status.success());
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    // It judges what the first one has left, and says how to go on.
    let second = second.wait_with_output().unwrap();
    let judged = String::from_utf8_lossy(&second.stdout);
    assert!(second.status.code() == Some(3) && judged.contains("its definition says 1.5.0"), "{judged} {rest}");
    let history = project.done("history live").out;
    assert_eq!(history.matches("promote").count(), 1, "{history}");

    project.done("rollback live --confirm live");
    let first = at_work(&project, &hold);
    let refused = project.envctl("rollback live --confirm live");
    assert!(refused.code == 3 && refused.err.contains("`promote` by"), "{refused:?}");
    let (back, told) = waiting(&project, "rollback live --confirm live --lock-timeout 1m");
    std::fs::remove_file(&hold).unwrap();
    assert!(first.wait_with_output().unwrap().status.success());
    told.lines().for_each(drop);
    // From what the promotion brought, and not from what ran when it was asked for.
    let back = back.wait_with_output().unwrap();
    assert!(
        back.status.success() && String::from_utf8_lossy(&back.stdout).contains("`release = \"1.5.0\"`"),
        "{back:?}"
    );
    assert!(project.done("plan live").out.contains("No changes"));
}

#[test]
fn a_promotion_that_is_killed_at_any_of_its_steps_is_gone_back_from_and_done_whole() {
    let project = project();
    let promote = "promote qa live --min-age 0s --watch 0s --confirm live";
    let mut step = 0;
    while cut_at(&project, promote, step) {
        // Half of it runs the new release: the definition is the way back, and so is the history.
        let way_back = if step % 2 == 0 { "up live --confirm live" } else { "rollback live --confirm live" };
        project.done(way_back);
        assert_eq!(closed(&project, NOW), []);
        step += 1;
    }
    assert!(step >= 3, "only {step} steps were told of");
    // The last one was not cut.
    project.replace("environments/live.toml", "release = \"1.5.0\"", "release = \"1.6.0\"");
    assert!(project.done("plan live").out.contains("No changes"));
    let history = project.done("history live").out;
    let last = history.lines().nth(1).expect("a line below the head");
    assert!(history.contains("abandoned") && last.contains("promote") && last.contains("done"), "{history}");
}
