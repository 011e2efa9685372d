//! No value of a secret is anywhere but where it belongs: whatever command runs, in whatever format, however much it logs,
//! and whatever goes wrong.
//!
//! Values belong into the vault, a file of mode 0600; into the environment of the environment's own processes and of what
//! `run` and a seed's command start; and the password of a database, for a moment, into that of the engine's own client.
//! `secret get` exists to print one.

use std::collections::BTreeSet;
use std::fs;

use super::cage::{Cage, PASSWORD, SET, with};
use super::commands::{self, LEVELS, OUTERMOST, WRONG, well};
use super::convergence::cut_at;
use super::project::eventually;
use super::watch::{Seen, Watch};
use crate::support::canary::Canaries;

#[test]
fn no_value_is_told_whatever_runs_and_whatever_goes_wrong() {
    let watch = Watch::start();
    let mut cage = Cage::new();
    cage.up();
    cage.ends("plan qa --out qa.plan", 0);
    every_command_in_every_format(&cage, &OUTERMOST);
    wrong_use(&cage);
    what_goes_wrong_outside(&cage);
    what_the_project_s_own_code_does(&cage);
    releases_and_the_end(&cage);
    processes_hold_what_is_theirs(&watch.seen(), &cage.canaries);
    assert!(cage.ran.into_inner() > 300);
}

#[test]
#[ignore = "a minute: every command in every format at every level of the log"]
fn nor_at_any_level_of_the_log() {
    let mut cage = Cage::new();
    cage.up();
    cage.ends("plan qa --out qa.plan", 0);
    every_command_in_every_format(&cage, &LEVELS);
}

fn every_command_in_every_format(cage: &Cage, levels: &[&str]) {
    let mut lines = Vec::new();
    for command in commands::all() {
        let (line, code) = well(&command.name);
        let options =
            command.format_options().flat_map(|format| levels.iter().map(move |level| format!("{format} {level}")));
        lines.extend(options.map(|options| (with(line, &options), Some(code))));
    }
    cage.all_quiet(&lines);
    cage.look();
}

fn wrong_use(cage: &Cage) {
    let lines = WRONG.iter().flat_map(|line| ["", "-vv --log trace"].map(|options| (with(line, options), None)));
    cage.all_quiet(&lines.collect::<Vec<_>>());
    // What somebody types, others have seen; but envctl is not the one that shows it again.
    let typed = cage.ends("secret set qa STRIPE_KEY=sk_typed_in_the_open", 2);
    assert!(typed.err.contains("no argument") && !typed.err.contains("sk_typed"), "{typed:?}");
}

fn what_goes_wrong_outside(cage: &Cage) {
    let project = &cage.project;
    project.replace("environments/qa.toml", "template = ", "template = = ");
    cage.look();
    project.replace("environments/qa.toml", "template = = ", "template = ");

    let server = fs::read_to_string(cage.folder("qa").join("databases/main/data/postmaster.pid")).unwrap();
    cage.kill(server.lines().next().unwrap());
    cage.look();
    // It starts from a shell that has all of them.
    let up = format!("run qa --log trace -- {} up qa --yes -vv --log trace", env!("CARGO_BIN_EXE_envctl"));
    cage.ends(&up, 0);

    let vault = cage.vault("qa");
    cage.change_vault("qa", |vault| {
        vault["databases"].as_table_mut().unwrap().insert("main".to_owned(), format!("another {SET}").into());
    });
    cage.look();
    let file = cage.folder("qa").join("secrets.toml");
    fs::write(&file, format!("{vault}\nbroken = \"{PASSWORD}\n")).unwrap();
    cage.look();
    cage.quiet("up qa --yes");
    fs::write(&file, vault.to_string()).unwrap();
    cage.ends("up qa --yes", 0);
}

fn what_the_project_s_own_code_does(cage: &Cage) {
    let project = &cage.project;
    let web = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("bin/web"));
    cage.kill(&project.machine.processes().iter().find(|pid| web(pid)).unwrap().to_string());
    cage.look();
    eventually("all is well again", || cage.quiet("status qa").out.contains("2/2 healthy"));

    project.replace("templates/shop.toml", "\"bin/web\"", "\"sh -c 'exit 3'\"");
    cage.ends("up qa --yes -vv --log trace", 4);
    cage.look();
    project.replace("templates/shop.toml", "\"sh -c 'exit 3'\"", "\"bin/web\"");

    // The client has its password in its environment, and says what it finds no file of.
    let migration = "templates/shop/migrations/0002_curious.sql";
    project.write(migration, "\\set found `printenv PGPASSWORD`\n\\i :found\n");
    let failed = cage.ends("up qa --yes -vv --log trace", 4);
    assert!(failed.out.contains("***"), "{failed:?}");
    cage.look();
    fs::remove_file(project.path().join(migration)).unwrap();

    let seed = "seed      = \"environments/qa/seed.sql\"";
    let talks = "seed      = { command = \"sh -c 'env; env >&2; exit 1'\" }";
    project.replace("environments/qa.toml", seed, talks);
    let failed = cage.ends("reset qa --confirm qa -vv --log trace", 4);
    assert!(failed.out.contains("***"), "{failed:?}");
    cage.look();
    project.replace("environments/qa.toml", talks, seed);
    assert!(cut_at(project, "up qa --yes", 1));
    cage.look();
    cage.ends("up qa --yes --format json -vv", 0);
}

fn releases_and_the_end(cage: &Cage) {
    cage.ends("promote qa live --min-age 0s --watch 0s --confirm live -vv --log trace", 0);
    cage.ends("rollback live --confirm live --format json -vv", 0);
    cage.look();
    cage.servers_keep_none();
    cage.ends("down qa --yes --format json -vv --log trace", 0);
    cage.look();
    assert!(cage.vault("qa")["secrets"]["STRIPE_KEY"]["value"].as_str() == Some(SET), "what was set is kept");
}

/// Nobody has a value among its arguments, and in its environment only who is to.
fn processes_hold_what_is_theirs(seen: &[Seen], canaries: &Canaries) {
    let mut holders = BTreeSet::new();
    for process in seen {
        let (program, arguments) = (process.program(), process.arguments.join(" "));
        let told = canaries.told(&arguments);
        assert!(told.is_empty(), "the arguments of {program} give away {told:?}: {arguments}");
        let telling = process.environment.iter().filter(|(_, value)| !canaries.told(value).is_empty());
        let telling: BTreeSet<&str> = telling.map(|(name, _)| name.as_str()).collect();
        if telling.is_empty() {
            continue;
        }
        let holder = holder(process, &telling);
        holders.insert(holder.unwrap_or_else(|| panic!("{arguments} has secrets in its environment: {telling:?}")));
    }
    assert_eq!(holders, BTreeSet::from(["a command", "a component", "the client"]), "others were not seen");
    for program in ["initdb", "postgres", "psql", "envctl"] {
        assert!(seen.iter().any(|process| process.program() == program), "{program} was not seen");
    }
    assert!(seen.iter().any(|process| process.arguments.get(1).is_some_and(|word| word == "supervise")));
}

/// As what a process may have values in these variables; `None`: it may not.
fn holder(process: &Seen, variables: &BTreeSet<&str>) -> Option<&'static str> {
    let is_supervisor = process.arguments.get(1).is_some_and(|word| word == "supervise");
    let mark = process.variable("ENVCTL_MARK").filter(|mark| !mark.ends_with(".supervisor"));
    let is_of_the_environment = process.variable("ENVCTL_APP").is_some();
    match process.program() {
        _ if mark.is_some() && is_of_the_environment => Some("a component"),
        // What `run` becomes, and the seed's command.
        "env" | "envctl" | "sh" | "true" if is_of_the_environment && !is_supervisor => Some("a command"),
        // And what a migration has it start.
        "psql" | "sh" | "printenv" if *variables == BTreeSet::from(["PGPASSWORD"]) => Some("the client"),
        _ => None,
    }
}
