//! Two environments that run, and a person who does everything that can be done, and reads all of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::commands::{self, LOOKS};
use super::project::{Ended, Project, ended};
use super::promotion;
use crate::support::canary::Canaries;

/// Such that each way to write a text changes it.
pub const SET: &str = "sK9Qx2Lm\"ZpT3v\\K8 a+b/c=é&7%25{x}";
pub const PASSWORD: &str = "pW4Lx7\"Rk2\\Vn8 Qs+b/c=é&3%41@:#?";

/// Two environments that run, with secrets that are known.
pub struct Cage {
    pub project: Project,
    /// Files that somebody has written, with values in some of them; and what is meant to be temporary.
    hand: TempDir,
    temporary: TempDir,
    pub canaries: Canaries,
    /// So many commands.
    pub ran: AtomicUsize,
}

impl Cage {
    pub fn new() -> Self {
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
        write_by_hand(cage.hand.path());
        cage
    }

    /// Brings both up. What is generated is known when it is done, and what was said until then is gone through again.
    pub fn up(&mut self) {
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

    pub fn folder(&self, environment: &str) -> PathBuf {
        let named = format!("shop-{environment}-");
        let is_it = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&named);
        self.project.machine.environments().into_iter().find(is_it).unwrap()
    }

    pub fn vault(&self, environment: &str) -> toml::Table {
        fs::read_to_string(self.folder(environment).join("secrets.toml")).unwrap().parse().unwrap()
    }

    pub fn change_vault(&self, environment: &str, change: impl FnOnce(&mut toml::Table)) {
        let mut vault = self.vault(environment);
        change(&mut vault);
        fs::write(self.folder(environment).join("secrets.toml"), toml::to_string(&vault).unwrap()).unwrap();
    }

    pub fn kill(&self, pid: &str) {
        assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
    }

    /// A command's answer, which has given nothing away.
    #[track_caller]
    pub fn quiet(&self, line: &str) -> Ended {
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
    pub fn ends(&self, line: &str, code: i32) -> Ended {
        let ended = self.quiet(line);
        assert_eq!(ended.code, code, "envctl {line}\n{}\n{}", ended.out, ended.err);
        ended
    }

    /// All lines, on both of the processors that there are at least.
    pub fn all_quiet(&self, lines: &[(String, Option<i32>)]) {
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
    pub fn look(&self) {
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
    pub fn files_are_clean(&self) {
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
    pub fn servers_keep_none(&self) {
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
pub fn with(line: &str, options: &str) -> String {
    match line.split_once(" -- ") {
        Some((own, others)) => format!("{own} {options} -- {others}"),
        None => format!("{line} {options}"),
    }
}

/// Files that somebody has written, all with a value in it.
pub fn write_by_hand(folder: &Path) {
    for (name, text) in [
        ("value", format!("{SET}\n")),
        ("value.json", serde_json::json!(SET).to_string()),
        ("values.env", format!("STRIPE_KEY='{SET}'\n")),
        ("broken.env", format!("STRIPE_KEY={SET}\nSESSION_KEY=\"{SET}\n")),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// All files below, but for what a server keeps as its own.
pub fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
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
