//! What a disk can hold in place of a definition, and what can become of the output: the program says what is wrong with
//! which file and what helps, at once. It never panics, and waits for nobody.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};
use tempfile::TempDir;

use crate::support::command::run_within;
use crate::support::example;

const LONGEST: Duration = Duration::from_secs(10);
const DEV: &str = "environments/dev.toml";
const PROD: &str = "environments/prod.toml";
const MIGRATION: &str = "templates/shop/migrations/0002_strange.sql";
/// Neither root nor the owner of anything.
const NOBODY: u32 = 65_534;

/// The example, and a folder for what stands on this machine.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        example::put_into(folder.path());
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    /// Room for something else in the place of a file.
    fn without(&self, name: &str) -> PathBuf {
        let path = self.at(name);
        if path.exists() {
            fs::remove_file(&path).unwrap();
        }
        path
    }

    fn prepared(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).env("NO_COLOR", "1").env("ENVCTL_TODAY", "2026-12-01");
        command.env_remove("ENVCTL_LOG").env("ENVCTL_STATE", self.at("state"));
        command
    }

    fn command(&self, line: &str) -> Command {
        let mut command = self.prepared(Command::new(env!("CARGO_BIN_EXE_envctl")));
        command.args(line.split_whitespace());
        command
    }

    /// The command as the shell redirects it.
    fn redirected(&self, line: &str, to: &str) -> (i32, String) {
        let mut command = self.prepared(Command::new("sh"));
        let script = format!("exec \"$0\" \"$@\" {to}");
        command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_envctl")).args(line.split_whitespace());
        told(&mut command)
    }

    /// By a user whom permissions hold back. Root's own program may lie where others cannot go.
    fn by_another(&self, line: &str) -> (i32, String) {
        let mut command = self.command(line);
        if geteuid().is_root() {
            let program = self.at("envctl");
            if !program.exists() {
                fs::copy(env!("CARGO_BIN_EXE_envctl"), &program).unwrap();
            }
            command = self.prepared(Command::new(program));
            command.args(line.split_whitespace()).uid(NOBODY).gid(NOBODY);
        }
        told(&mut command)
    }

    fn forbid(&self, name: &str, mode: u32) -> Forbidden {
        let path = self.at(name);
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Forbidden { path, before }
    }
}

/// Permits it again, so that the folder can be removed.
struct Forbidden {
    path: PathBuf,
    before: fs::Permissions,
}

impl Drop for Forbidden {
    fn drop(&mut self) {
        drop(fs::set_permissions(&self.path, self.before.clone()));
    }
}

/// How it ended, and all that it said, in one line: where lines are broken depends on how long a path is.
#[track_caller]
fn told(command: &mut Command) -> (i32, String) {
    let began = Instant::now();
    let (code, out, err) = run_within(LONGEST, command);
    assert!(began.elapsed() < LONGEST, "{command:?} took {:?}", began.elapsed());
    let said = (out + &err).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!said.contains("panicked") && !said.contains("a defect of envctl"), "{command:?}: {said}");
    (code, said)
}

/// It names the place, the cause and the remedy, and ends with 2.
#[track_caller]
fn refused((code, said): (i32, String), parts: &[&str]) {
    let missing: Vec<_> = parts.iter().filter(|part| !said.contains(**part)).collect();
    assert!(code == 2 && missing.is_empty(), "{code}, without {missing:?}: {said}");
}

#[test]
fn another_encoding_is_named_and_what_a_text_editor_adds_is_no_trouble() {
    let disk = Disk::new();
    let text = disk.text(DEV);
    let plain = told(&mut disk.command("plan dev --format json"));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(disk.at(DEV), [b"\xff\xfe", &utf16[..]].concat()).unwrap();
    refused(told(&mut disk.command("check")), &[DEV, "byte 0 is not UTF-8", "help: save it as UTF-8"]);
    // Without its mark each second byte is a zero, which is UTF-8, but nothing that TOML knows.
    fs::write(disk.at(DEV), utf16).unwrap();
    refused(told(&mut disk.command("check")), &["environments/dev.toml:1:2", "invalid comment character", "expected"]);
    fs::write(disk.at(DEV), [b"# caf\xe9\n", text.as_bytes()].concat()).unwrap();
    refused(told(&mut disk.command("check")), &[DEV, "byte 5 is not UTF-8", "help: save it as UTF-8"]);
    // What is wrong with the others is shown beside it, and keeps none of them.
    let prod = disk.text(PROD);
    fs::write(disk.at(PROD), "ap = 1\n").unwrap();
    refused(
        told(&mut disk.command("check")),
        &["byte 5 is not UTF-8", "environments/prod.toml:1:1", "did you mean app?"],
    );
    fs::rename(disk.at(DEV), disk.at(PROD)).unwrap();
    fs::write(disk.at(DEV), &text).unwrap();
    assert_eq!(told(&mut disk.command("plan dev --format json")), plain);
    refused(told(&mut disk.command("plan prod")), &["environments/prod.toml:1:1", "byte 5 is not UTF-8"]);
    fs::write(disk.at(PROD), prod).unwrap();
    fs::write(disk.at(DEV), format!("{text}[config]\nZERO = \"a\0b\"\n")).unwrap();
    let line = format!("environments/dev.toml:{}:10", text.lines().count() + 2);
    refused(told(&mut disk.command("check")), &[&line, "a␀b", "invalid basic string, expected"]);

    for changed in [format!("\u{feff}{text}"), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
        fs::write(disk.at(DEV), changed).unwrap();
        assert_eq!(told(&mut disk.command("check")).0, 0);
        assert_eq!(told(&mut disk.command("plan dev --format json")), plain);
    }
}

/// A build may make it: so it is no error.
#[test]
fn what_a_definition_names_and_the_project_has_not_is_said() {
    let disk = Disk::new();
    fs::remove_file(disk.at("environments/dev/seed.sql")).unwrap();
    fs::rename(disk.at("templates/shop/migrations"), disk.at("elsewhere")).unwrap();
    let (code, said) = told(&mut disk.command("check"));
    let wanted = [
        "warning[missing-file]: there is no file environments/dev/seed.sql",
        "warning[missing-file]: there is no folder templates/shop/migrations",
        "3 environments valid",
    ];
    assert!(code == 0 && wanted.iter().all(|part| said.contains(part)), "{code}: {said}");
    assert_eq!(said.matches("no folder").count(), 1, "{said}");
}

#[test]
fn a_project_without_environments_is_told_how_to_begin() {
    let disk = Disk::new();
    for name in ["dev", "staging", "prod"] {
        fs::remove_file(disk.at(&format!("environments/{name}.toml"))).unwrap();
    }
    for line in ["check", "ls", "audit"] {
        refused(told(&mut disk.command(line)), &["defines no environment", "environments/NAME.toml"]);
    }
}

#[test]
fn neither_a_file_s_name_nor_its_text_steers_the_terminal() {
    let disk = Disk::new();
    for name in ["a\u{1b}[2Jb", "a\u{9b}2Jb"] {
        let file = disk.at(&format!("environments/{name}.toml"));
        for text in ["app = \"\u{9b}2J\u{1b}[2J\"\n\u{9b}2J = 1\n".as_bytes(), b"\xff"] {
            fs::write(&file, text).unwrap();
            let (code, said) = told(&mut disk.command("check"));
            assert!(code == 2 && said.contains("2Jb.toml:1:1"), "{code}: {said}");
            assert!(!said.contains(char::is_control), "{said:?}");
        }
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn what_is_no_file_is_neither_opened_nor_waited_for() {
    type Make = fn(&Path);
    let cases: [(Make, &str); 7] = [
        (|path| mkfifo(path, Mode::S_IRWXU).unwrap(), "neither a file nor a link to one"),
        (|path| symlink("/dev/zero", path).unwrap(), "neither a file nor a link to one"),
        (|path| symlink("/dev/stdin", path).unwrap(), "neither a file nor a link to one"),
        (|path| fs::create_dir(path).unwrap(), "neither a file nor a link to one"),
        (|path| symlink(path.file_name().unwrap(), path).unwrap(), "Too many levels of symbolic links"),
        (|path| symlink("nowhere", path).unwrap(), "No such file"),
        (|path| fs::File::create(path).unwrap().set_len(100 << 20).unwrap(), "too large: more than 1048576 bytes"),
    ];
    for (make, cause) in cases {
        let disk = Disk::new();
        make(&disk.without(DEV));
        let one = told(&mut disk.command("check"));
        refused(one, &[DEV, cause, "help: "]);
        // Of several each has its cause; so has what a definition names.
        make(&disk.without("templates/shop.toml"));
        refused(told(&mut disk.command("ls")), &[DEV, "templates/shop.toml", cause, "help: "]);
    }
    // So is what a definition names. A large file of SQL is none the worse for it.
    for (make, cause) in &cases[..6] {
        let disk = Disk::new();
        make(&disk.without(MIGRATION));
        let cause = if cause.starts_with("neither") { "cannot read" } else { cause };
        for line in ["plan dev", "up dev --yes"] {
            refused(told(&mut disk.command(line)), &[MIGRATION, cause]);
        }
    }
}

#[test]
fn templates_that_lead_in_circles_are_refused_where_they_say_so() {
    let disk = Disk::new();
    let shop = disk.text("templates/shop.toml");
    fs::write(disk.at("templates/shop.toml"), format!("template = \"shop\"\n{shop}")).unwrap();
    refused(told(&mut disk.command("check")), &["templates/shop.toml:1:1", "stands in a template", "expected: "]);
    fs::write(disk.at("templates/shop.toml"), format!("template = \"till\"\n{shop}")).unwrap();
    fs::write(disk.at("templates/till.toml"), format!("template = \"shop\"\n{shop}")).unwrap();
    refused(told(&mut disk.command("check")), &["templates/shop.toml:1:1", "templates/till.toml:1:1", "expected: "]);
    // A loop of links in place of a folder.
    fs::remove_dir_all(disk.at("templates")).unwrap();
    symlink("templates", disk.at("templates")).unwrap();
    refused(told(&mut disk.command("check")), &["templates", "Too many levels of symbolic links", "help: "]);
}

#[test]
fn deep_nesting_costs_neither_stack_nor_time() {
    let disk = Disk::new();
    let text = disk.text(DEV);
    let deep = 10_000;
    let (open, close) = ("[".repeat(deep), "]".repeat(deep));
    for value in [open.clone(), format!("{open}{close}"), format!("{}1{}", "{a=".repeat(deep), "}".repeat(deep))] {
        fs::write(disk.at(DEV), format!("x = {value}\n{text}")).unwrap();
        refused(told(&mut disk.command("check")), &["environments/dev.toml:1:", "too deeply nested", "expected: "]);
    }
    fs::write(disk.at(DEV), format!("{}a = 1\n{text}", "a.".repeat(deep))).unwrap();
    refused(told(&mut disk.command("check")), &["environments/dev.toml:1:", "too deeply nested", "expected: "]);
}

#[test]
fn a_file_that_comes_and_goes_is_read_whole_or_named() {
    let disk = Disk::new();
    let (path, beside, text) = (disk.at(DEV), disk.at("environments/dev.new"), disk.text(DEV));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                fs::write(&beside, &text).unwrap();
                fs::rename(&beside, &path).unwrap();
                std::thread::yield_now();
                fs::remove_file(&path).unwrap();
            }
        });
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            let (code, said) = told(&mut disk.command("check"));
            let fine = match code {
                // Without it, two are left, and nobody misses it.
                0 => said.contains("3 environments valid") || said.contains("2 environments valid"),
                2 => said.contains("dev.toml") && said.contains("help: "),
                _ => false,
            };
            if !fine {
                over.store(true, Ordering::Relaxed);
                panic!("{code}: {said}");
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_may_not_be_read_or_written_is_said_with_what_helps() {
    let disk = Disk::new();
    fs::write(disk.at("value"), "hunter2").unwrap();
    {
        let _closed = disk.forbid(DEV, 0o200);
        refused(disk.by_another("check"), &[DEV, "Permission denied", "help: ", "permission"]);
        let _too = disk.forbid(PROD, 0o200);
        let both = [DEV, "environments/prod.toml: Permission denied", "help: "];
        refused(disk.by_another("check"), &both);
    }
    {
        let _closed = disk.forbid("environments", 0o111);
        refused(disk.by_another("check"), &["environments", "Permission denied", "help: "]);
    }
    {
        let _closed = disk.forbid("value", 0o200);
        refused(
            disk.by_another("secret set dev STRIPE_KEY --file value"),
            &["cannot read value", "Permission denied", "help: "],
        );
    }
    let _project = disk.forbid(".", 0o555);
    refused(disk.by_another("plan dev --out dev.plan"), &["cannot write dev.plan", "Permission denied", "help: "]);
    let changes = ["up dev --yes", "secret set dev STRIPE_KEY --file value", "reset dev --confirm dev"];
    for line in changes {
        refused(disk.by_another(line), &["cannot make", "state: Permission denied", "help: "]);
    }
    for line in ["plan dev", "status dev", "history dev"] {
        assert_eq!(disk.by_another(line).0, 0, "to look needs no permission: {line}");
    }
    assert!(!disk.at("state").exists());
    if geteuid().is_root() {
        // It is another's.
        fs::create_dir(disk.at("state")).unwrap();
        for line in changes {
            refused(disk.by_another(line), &["cannot open", "/state/", "Permission denied", "help: "]);
        }
        assert_eq!(fs::read_dir(disk.at("state")).unwrap().count(), 0);
    }
}

#[test]
fn a_named_file_is_written_and_nothing_else_is_lost() {
    let disk = Disk::new();
    fs::write(disk.at("kept.plan.new"), "somebody's").unwrap();
    fs::write(disk.at("kept.plan"), "old").unwrap();
    symlink("kept.plan", disk.at("link")).unwrap();
    assert_eq!(told(&mut disk.command("plan dev --out link")).0, 0);
    assert!(disk.at("link").symlink_metadata().unwrap().is_symlink());
    assert_eq!(told(&mut disk.command("show kept.plan")).0, 0);
    assert_eq!(fs::read_to_string(disk.at("kept.plan.new")).unwrap(), "somebody's");
    let (code, said) = disk.redirected("plan dev --out /dev/stdout", "| cat");
    assert!(code == 0 && said.contains("format_version"), "{said}");
    let device = fs::metadata("/dev/null").unwrap().file_type();
    assert_eq!(told(&mut disk.command("plan dev --out /dev/null")).0, 0);
    assert_eq!(fs::metadata("/dev/null").unwrap().file_type(), device);
}

/// As the XDG specification has it.
#[test]
fn a_variable_that_is_set_and_empty_is_none() {
    let disk = Disk::new();
    let mut check = disk.command("check");
    assert_eq!(told(check.env("XDG_STATE_HOME", "").env("ENVCTL_STATE", "")).0, 0);
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_nobody_takes_ends_a_command_as_it_should() {
    let disk = Disk::new();
    for line in ["ls", "check", "diff staging prod --format json", "plan dev", "secret list dev", "man", "history dev"]
    {
        refused(disk.redirected(line, "> /dev/full"), &["stdout", "No space left", "help: make room"]);
        assert_eq!(disk.redirected(line, "> /dev/full 2>&1").0, 2, "{line}");
        // Nobody listens, by choice.
        for nobody in [">&-", ">&- 2>&-", "<&- >&- 2>&-"] {
            assert_eq!(disk.redirected(line, nobody), (0, String::new()), "{line} {nobody}");
        }
    }
    // What was to be written down is written, though nobody could be told of it.
    assert_eq!(disk.redirected("plan dev --out dev.plan", "> /dev/full").0, 2);
    assert_eq!(told(&mut disk.command("show dev.plan")).0, 0);
    let left = |name: &OsStr| name.to_str().is_some_and(|name| name.ends_with(".new"));
    assert!(!fs::read_dir(disk.folder.path()).unwrap().any(|entry| left(&entry.unwrap().file_name())));
}
