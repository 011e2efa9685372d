//! Environments that stand side by side share nothing.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::project::{Machine, Project, eventually, get};

#[test]
fn two_worktrees_and_two_environments_share_nothing() {
    let machine = Machine::new();
    let (one, other) = (Project::on(&machine), Project::on(&machine));
    let third = "environments/review.toml";
    one.write(third, &std::fs::read_to_string(one.path().join("environments/dev.toml")).unwrap());
    let environments = [(&one, "dev"), (&other, "dev"), (&one, "review")];
    for (project, name) in environments {
        project.done(&format!("up {name} --yes"));
    }
    let of = |variable: &str| -> BTreeSet<String> {
        environments.iter().map(|(project, name)| project.seen(name, variable)).collect()
    };
    for variable in ["DATABASE_URL", "SESSION_KEY", "STRIPE_KEY", "PUBLIC_URL"] {
        assert_eq!(of(variable).len(), 3, "{variable} is shared");
    }
    let ports: BTreeSet<String> =
        of("DATABASE_URL").iter().map(|url| url.rsplit_once(':').unwrap().1.to_owned()).collect();
    assert_eq!((ports.len(), machine.environments().len()), (3, 3));

    one.sql("dev", "DELETE FROM products");
    assert_eq!(other.sql("dev", "SELECT count(*) FROM products"), "2");
    assert_eq!(one.sql("review", "SELECT count(*) FROM products"), "2");
    assert_eq!(get(&one.url("dev")).1.lines().next(), Some("the shop, dev: 0 products"));
    assert_eq!(get(&one.url("review")).1.lines().next(), Some("the shop, review: 2 products"));

    one.done("down dev --yes");
    assert_eq!(get(&other.url("dev")).0, 200, "the neighbour's was taken down");
    assert_eq!(get(&one.url("review")).0, 200);
    other.done("down dev --yes");
    one.done("down review --yes");
    assert!(machine.processes().is_empty());
}

#[test]
fn a_port_that_somebody_else_has_is_left_to_them() {
    let project = Project::new();
    let _taken = TcpListener::bind(("127.0.0.1", project.port)).unwrap();
    project.done("up dev --yes");
    let url = project.url("dev");
    assert_ne!(url, format!("http://localhost:{}", project.port));
    assert_eq!(project.seen("dev", "PUBLIC_URL"), url);
    project.done("down dev --yes");
}

/// As soon as whoever listens there has ended.
fn eventually_bound(port: u16) -> TcpListener {
    let mut bound = None;
    eventually("its port is free", || {
        bound = TcpListener::bind(("127.0.0.1", port)).ok();
        bound.is_some()
    });
    bound.unwrap()
}

/// What names it learns where it is now, also where it was started before.
#[test]
fn a_port_that_somebody_else_took_meanwhile_is_left_to_them_by_all() {
    let project = Project::new();
    project.done("up dev --yes");
    let of_components = |pid: &u32| {
        let read = |what: &str| std::fs::read_to_string(format!("/proc/{pid}/{what}")).unwrap_or_default();
        let is_supervisor = read("cmdline").contains("supervise");
        is_supervisor || ["bin/web", "bin/worker"].iter().any(|part| read("cmdline").contains(part))
    };
    let kill = |pids: Vec<u32>| {
        for pid in pids {
            drop(Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status());
        }
    };
    // All of them.
    let before = project.url("dev");
    kill(project.machine.processes().into_iter().filter(of_components).collect());
    let first = eventually_bound(project.port);
    project.done("up dev --yes");
    let url = project.url("dev");
    assert_ne!(url, before);
    // The one that moves, alone.
    let of_web = |pid: &u32| {
        let folder = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut files = folder.filter_map(|file| std::fs::read_link(file.path()).ok());
        files.any(|file| file.ends_with("components/web/lock"))
    };
    kill(project.machine.processes().into_iter().filter(of_web).collect());
    let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let second = eventually_bound(port);
    project.done("up dev --yes");
    project.done("plan dev --exit-code");
    let (before, url) = (url, project.url("dev"));
    assert_ne!(url, before);
    drop((first, second));
    let environments = project.machine.processes().into_iter().filter(of_components).map(|pid| {
        let environment = std::fs::read_to_string(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split('\0').find_map(|one| one.strip_prefix("PUBLIC_URL=")).map(str::to_owned)
    });
    let seen: BTreeSet<String> = environments.flatten().collect();
    assert_eq!(seen, BTreeSet::from([url]));
    project.done("down dev --yes");
}
