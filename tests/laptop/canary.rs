//! No value of a secret is anywhere but where it belongs: whatever command runs, in whatever format, however much it logs,
//! and whatever goes wrong.
//!
//! Values belong into the vault, a file of mode 0600; into the environment of the environment's own processes and of what
//! `run` and a seed's command start; and the password of a database, for a moment, into that of the engine's own client.
//! `secret get` exists to print one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::commands::{self, LEVELS, LOOKS, WRONG, well};
use super::convergence::cut_at;
use super::project::{Ended, Project, ended, eventually};
use super::promotion;
use super::watch::{Seen, Watch};
use crate::support::canary::Canaries;

/// Such that each way to write a text changes it.
const SET: &str = "sK9Qx2Lm\"ZpT3v\\K8 a+b/c=é&7%25{x}";
const PASSWORD: &str = "pW4Lx7\"Rk2\\Vn8 Qs+b/c=é&3%41@:#?";

/// Two environments that run, with secrets that are known.
struct Cage {
    project: Project,
    /// Files that somebody has written, with values in some of them; and what is meant to be temporary.
    hand: TempDir,
    temporary: TempDir,
    canaries: Canaries,
    ran: AtomicUsize,
}

impl Cage {
    fn new() -> Self {
        let project = promotion::defined();
        // Values within texts, in what every process sees.
        let more = "[config]\nBEARER = \"Bearer {secret.STRIPE_KEY}\"\nDSN = \"password={database.main.password}\"";
        project.replace("templates/shop.toml", "[config]", more);
        let folder = || tempfile::tempdir().unwrap();
        let (hand, temporary) = (folder(), folder());
        fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let mut canaries = Canaries::default();
        canaries.add("qa's STRIPE_KEY", SET);
        canaries.add("qa's password", PASSWORD);
        let cage = Self { project, hand, temporary, canaries, ran: AtomicUsize::new(0) };
        for (name, text) in [
            ("value", format!("{SET}\n")),
            ("values.env", format!("STRIPE_KEY='{SET}'\n")),
            ("broken.env", format!("STRIPE_KEY={SET}\nSESSION_KEY=\"{SET}\n")),
        ] {
            fs::write(cage.hand.path().join(name), text).unwrap();
        }
        cage
    }

    /// Brings both up. What is generated is known when it is done, and what was said until then is gone through again.
    fn up(&mut self) {
        assert_eq!(self.project.fed("secret set qa STRIPE_KEY", SET).code, 0);
        self.change_vault("qa", |vault| {
            vault["databases"].as_table_mut().unwrap().insert("main".to_owned(), PASSWORD.into());
        });
        let said =
            [self.ends("up qa --yes --format json -vv --log trace", 0), self.ends("up live --confirm live -vv", 0)];
        for environment in ["qa", "live"] {
            let vault = self.vault(environment);
            let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
            self.canaries.add(&format!("{environment}'s key"), &text(&vault["key"]));
            self.canaries.add(&format!("{environment}'s password"), &text(&vault["databases"]["main"]));
            for name in ["SESSION_KEY", "STRIPE_KEY"] {
                self.canaries.add(&format!("{environment}'s {name}"), &text(&vault["secrets"][name]["value"]));
            }
        }
        assert_eq!(self.canaries.told(&format!("{:?}", self.vault("qa"))).len(), 4, "the vault holds them");
        for ended in said {
            assert!(self.canaries.told(&format!("{}\n{}", ended.out, ended.err)).is_empty(), "{ended:?}");
        }
    }

    fn folder(&self, environment: &str) -> PathBuf {
        let named = format!("shop-{environment}-");
        let is_it = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&named);
        self.project.machine.environments().into_iter().find(is_it).unwrap()
    }

    fn vault(&self, environment: &str) -> toml::Table {
        fs::read_to_string(self.folder(environment).join("secrets.toml")).unwrap().parse().unwrap()
    }

    fn change_vault(&self, environment: &str, change: impl FnOnce(&mut toml::Table)) {
        let mut vault = self.vault(environment);
        change(&mut vault);
        fs::write(self.folder(environment).join("secrets.toml"), toml::to_string(&vault).unwrap()).unwrap();
    }

    fn kill(&self, pid: &str) {
        assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
    }

    /// A command's answer, which has given nothing away.
    #[track_caller]
    fn quiet(&self, line: &str) -> Ended {
        let line = line.replace("HAND", self.hand.path().to_str().unwrap());
        let mut command = self.project.command(&line);
        let ended =
            ended(command.env("TMPDIR", self.temporary.path()).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace"));
        self.ran.fetch_add(1, Ordering::Relaxed);
        let mut told = self.canaries.told(&ended.out);
        if line.starts_with("secret get qa STRIPE_KEY") && ended.code == 0 {
            assert!(told.remove("qa's STRIPE_KEY"), "{line} prints it");
        }
        told.extend(self.canaries.told(&ended.err));
        assert!(told.is_empty(), "`envctl {line}` gives away {told:?}:\n{}\n{}", ended.out, ended.err);
        assert!((0..70).contains(&ended.code) || ended.code == 127, "{line}: {ended:?}");
        ended
    }

    #[track_caller]
    fn ends(&self, line: &str, code: i32) -> Ended {
        let ended = self.quiet(line);
        assert_eq!(ended.code, code, "envctl {line}\n{}\n{}", ended.out, ended.err);
        ended
    }

    /// All lines, on both of the processors that there are at least.
    fn all_quiet(&self, lines: &[(String, Option<i32>)]) {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((line, code)) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                match code {
                    Some(code) => drop(self.ends(line, *code)),
                    None => drop(self.quiet(line)),
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(work);
            work();
        });
    }

    /// Looks at all that can be looked at, and at all that was written.
    fn look(&self) {
        let mut lines = Vec::new();
        for command in commands::all() {
            for line in LOOKS.iter().filter(|line| line.starts_with(&format!("{} ", command.name))) {
                let options = command.format_options().map(|format| format!("{format} -vv --log trace"));
                lines.extend(options.map(|options| (with(line, &options), None)));
            }
        }
        assert!(lines.len() > LOOKS.len());
        self.all_quiet(&lines);
        self.files_are_clean();
    }

    /// Of the project and of the machine, but for the vaults, and the bytes that the servers alone write.
    #[track_caller]
    fn files_are_clean(&self) {
        let mut files = Vec::new();
        for folder in [self.project.path(), self.project.machine.state(), self.temporary.path()] {
            collect(folder, &mut files);
        }
        assert!(files.len() > 20, "{files:?}");
        for path in files {
            // What is there for a moment may be gone.
            let Ok(bytes) = fs::read(&path) else { continue };
            let told = self.canaries.told(&String::from_utf8_lossy(&bytes));
            let others = fs::metadata(&path).map_or(0, |file| file.permissions().mode() & 0o077);
            if path.ends_with("secrets.toml") {
                assert_eq!(others, 0, "others can read {}", path.display());
            } else {
                assert!(told.is_empty(), "{} holds {told:?}", path.display());
            }
            assert!(path.starts_with(self.project.path()) || others == 0, "others can read {}", path.display());
        }
    }

    /// A server keeps no password, but what it checks one by.
    fn servers_keep_none(&self) {
        let values: Vec<&str> = self.canaries.values().iter().map(|(_, value)| value.as_str()).collect();
        let patterns = self.hand.path().join("patterns");
        fs::write(&patterns, values.join("\n")).unwrap();
        let grep = |options: &[&str]| {
            let mut grep = Command::new("grep");
            grep.args(["-rlF", "--binary-files=text"]).args(options).arg("-f").arg(&patterns);
            String::from_utf8(grep.arg(self.project.machine.state()).output().unwrap().stdout).unwrap()
        };
        assert_eq!(grep(&["--exclude=secrets.toml"]), "");
        assert_eq!(grep(&[]).lines().count(), 2, "both vaults hold them");
    }
}

/// The options stand before what belongs to another program.
fn with(line: &str, options: &str) -> String {
    match line.split_once(" -- ") {
        Some((own, others)) => format!("{own} {options} -- {others}"),
        None => format!("{line} {options}"),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !path.ends_with("data") {
            collect(&path, files);
        } else if kind.is_file() {
            files.push(path);
        }
    }
}

#[test]
fn no_value_is_told_whatever_runs_and_whatever_goes_wrong() {
    let watch = Watch::start();
    let mut cage = Cage::new();
    cage.up();
    cage.ends("plan qa --out qa.plan", 0);
    every_command_in_every_format_at_every_level(&cage);
    wrong_use(&cage);
    what_goes_wrong_outside(&cage);
    what_the_project_s_own_code_does(&cage);
    releases_and_the_end(&cage);
    processes_hold_what_is_theirs(&watch.seen(), &cage.canaries);
    assert!(cage.ran.into_inner() > 500);
}

fn every_command_in_every_format_at_every_level(cage: &Cage) {
    let mut lines = Vec::new();
    for command in commands::all() {
        let (line, code) = well(&command.name);
        let options = command.format_options().flat_map(|format| LEVELS.map(|level| format!("{format} {level}")));
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
