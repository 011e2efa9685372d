//! What the real tools say of the files. Without a tool its test says so and passes, but not in CI.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use envctl::aws::boot::packed;
use tempfile::TempDir;

use super::sample::{artifact, files, image, name, resolved, shop, write_program};

/// Both kinds of component, public and not, in a folder each.
fn each(check: impl Fn(&Path, &str)) {
    for (source, public) in [(artifact(), true), (image(), true), (artifact(), false)] {
        let folder = TempDir::new().unwrap();
        let mut environment = shop(source, "bin/web");
        environment.shape.compute.get_mut(&name("web")).unwrap().public = public;
        check(folder.path(), &resolved(&environment));
    }
}

/// Runs a tool that must find nothing wrong.
fn run(program: &str, arguments: &[&str]) {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{program} {arguments:?}:\n{}", String::from_utf8_lossy(&said));
        }
        Err(error) if std::env::var_os("CI").is_some() => panic!("{program} is needed in CI: {error}"),
        // Past the test runner's capture.
        Err(error) => {
            let note = format!("left out: {program}: {error}\n");
            std::io::stderr().write_all(note.as_bytes()).unwrap();
        }
    }
}

#[test]
fn cloud_init_knows_every_key() {
    each(|folder, user_data| {
        let file = folder.join("user-data");
        fs::write(&file, user_data).unwrap();
        run("cloud-init", &["schema", "--config-file", file.to_str().unwrap()]);
    });
}

#[test]
fn cloud_init_unpacks_what_ec2_keeps() {
    // What of a running instance's cloud-init reads what it is given.
    const PROCESS: &str = "import sys; from cloudinit.user_data import UserDataProcessor as It; \
         whole = It({}).process(open(sys.argv[1], 'rb').read()); \
         assert [part.get_payload(decode=True) for part in whole.get_payload()] == [open(sys.argv[2], 'rb').read()]";
    each(|folder, user_data| {
        let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        fs::write(at("packed"), packed(user_data)).unwrap();
        fs::write(at("plain"), user_data).unwrap();
        // The Python that Debian's packages are for.
        run("/usr/bin/python3", &["-c", PROCESS, &at("packed"), &at("plain")]);
    });
}

#[test]
fn systemd_accepts_the_units() {
    each(|folder, user_data| {
        // The programs must be there to be found good.
        for program in ["fetch", "launch", "rotated", "stays-up", "docker", "systemctl"] {
            write_program(&folder.join(program), "#!/bin/sh\n");
        }
        let here = folder.to_str().unwrap();
        let files = files(user_data);
        let units = files.iter().filter_map(|(path, unit)| Some((path.strip_prefix("/etc/systemd/system/")?, unit)));
        let written = units.map(|(name, unit)| {
            let unit = unit.replace("/opt/envctl", here).replace("/usr/bin/", &format!("{here}/"));
            // As systemd names a template's instance.
            let file = folder.join(name.replace('@', "@envctl-web"));
            fs::write(&file, unit).unwrap();
            file.to_str().unwrap().to_owned()
        });
        let written: Vec<String> = written.collect();
        assert!([3, 5].contains(&written.len()), "{written:?}");
        let verify = ["verify", "--recursive-errors=no"].into_iter();
        run("systemd-analyze", &verify.chain(written.iter().map(String::as_str)).collect::<Vec<_>>());
    });
}

#[test]
fn shellcheck_finds_nothing() {
    each(|folder, user_data| {
        let files = files(user_data);
        for program in ["fetch", "rotated", "stays-up"] {
            let Some(source) = files.get(&format!("/opt/envctl/{program}")) else { continue };
            let file = folder.join(program);
            fs::write(&file, source).unwrap();
            run("shellcheck", &["--severity=style", file.to_str().unwrap()]);
        }
    });
}
