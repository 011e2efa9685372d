//! `fetch`, really run, with an `aws` that copies from a folder.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use envctl::model::{Environment, Source};
use tempfile::TempDir;

use super::sample::{artifact, files, image, name, path_with, resolved, shop, write_program};

fn instance(source: Source) -> TempDir {
    instance_of(&shop(source, "bin/web"))
}

fn instance_of(environment: &Environment) -> TempDir {
    let folder = TempDir::new().unwrap();
    let written = files(&resolved(environment));
    let at = |name: &str| folder.path().join(name);
    let manifest = &written["/etc/envctl/manifest.json"];
    fs::write(at("manifest.json"), manifest.replace("/opt/app", folder.path().to_str().unwrap())).unwrap();
    write_program(&at("fetch"), &written["/opt/envctl/fetch"]);
    // There is no user `app` here.
    write_program(&at("chgrp"), "#!/bin/sh\n");
    folder
}

fn fetch(folder: &Path) -> Output {
    let mut command = Command::new("sh");
    // With the unit's umask.
    command.args(["-c", "umask 077; exec \"$0\" \"$1\""]).arg(folder.join("fetch")).arg(folder.join("manifest.json"));
    command.env("PATH", path_with(folder)).env("FAKE", folder).output().unwrap()
}

#[test]
fn an_artifact_is_unpacked_once_and_whole() {
    let folder = instance(artifact());
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("build/bin")).unwrap();
    write_program(&at("build/bin/web"), "#!/bin/sh\n");
    fs::write(at("build/page.html"), "hello").unwrap();
    let tar = Command::new("tar").arg("-czf").arg(at("1.5.0.tar.gz")).arg("-C").arg(at("build")).arg(".").status();
    assert!(tar.unwrap().success());

    // A download that breaks off leaves nothing that could be taken for a release.
    write_program(&at("aws"), "#!/bin/sh\nhead -c 20 \"$FAKE/1.5.0.tar.gz\" >\"$5\"\n");
    assert!(!fetch(folder.path()).status.success());
    assert_eq!(fs::read_dir(at("releases")).unwrap().count(), 0);

    write_program(&at("aws"), "#!/bin/sh\necho \"$*\" >>\"$FAKE/calls\"\ncp \"$FAKE/${4##*/}\" \"$5\"\n");
    for _ in 0..2 {
        let output = fetch(folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let calls = fs::read_to_string(at("calls")).unwrap();
    assert!(calls.starts_with("s3 cp --only-show-errors s3://acme-releases/shop/1.5.0.tar.gz "), "{calls}");
    assert_eq!(calls.lines().count(), 1, "the second start finds the release in place");
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("releases"), 0o755, "the component's user gets through");
    assert_eq!((mode("releases/1.5.0"), mode("releases/1.5.0/bin/web")), (0o750, 0o750));
    assert_eq!(mode("releases/1.5.0/page.html"), 0o640);
}

#[test]
fn the_client_that_applies_migrations_is_installed_once() {
    for (source, installed) in [(artifact(), "postgresql15\n"), (image(), "docker\npostgresql15\n")] {
        let mut environment = shop(source, "bin/web");
        environment.shape.database.get_mut(&name("main")).unwrap().migrations = Some("migrations".to_owned());
        environment.shape.compute.get_mut(&name("web")).unwrap().workdir = Some("/app".to_owned());
        let folder = instance_of(&environment);
        let at = |name: &str| folder.path().join(name);
        for program in ["aws", "mountpoint"] {
            write_program(&at(program), "#!/bin/sh\nexit 1\n");
        }
        // Up to here, and no further.
        write_program(&at("mkdir"), "#!/bin/sh\nexit 1\n");
        write_program(&at("rpm"), "#!/bin/sh\ngrep -sqx \"$3\" \"$FAKE/installed\"\n");
        write_program(
            &at("dnf"),
            "#!/bin/sh\n[ \"$1 $2 $3\" = '--assumeyes --quiet install' ] && echo \"$4\" >>\"$FAKE/installed\"\n",
        );
        for _ in 0..2 {
            assert!(!fetch(folder.path()).status.success());
        }
        assert_eq!(fs::read_to_string(at("installed")).unwrap(), installed);
    }
}

#[test]
fn an_image_is_pulled_with_a_password_that_is_no_argument() {
    let folder = instance(image());
    let at = |name: &str| folder.path().join(name);
    for program in ["rpm", "mountpoint", "sysctl", "systemctl", "mount"] {
        write_program(&at(program), "#!/bin/sh\n");
    }
    write_program(&at("mktemp"), "#!/bin/sh\nmkdir \"$FAKE/config\"\necho \"$FAKE/config\"\n");
    write_program(
        &at("aws"),
        "#!/bin/sh\n[ \"$*\" = 'ecr get-login-password --region eu-west-1' ] && echo confidential\n",
    );
    write_program(
        &at("docker"),
        "#!/bin/sh\necho \"$*\" >>\"$FAKE/calls\"\n\
         case $1 in\n\
         image) [ -f \"$FAKE/pulled\" ] ;;\n\
         login) cat >\"$FAKE/password\" ;;\n\
         pull) touch \"$FAKE/pulled\" ;;\n\
         esac\n",
    );
    for _ in 0..2 {
        let output = fetch(folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    snapbox::assert_data_eq!(
        fs::read_to_string(at("calls")).unwrap(),
        snapbox::str![[r#"
image inspect 111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:1.5.0
login --username AWS --password-stdin 111111111111.dkr.ecr.eu-west-1.amazonaws.com
pull --quiet 111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:1.5.0
image inspect 111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:1.5.0

"#]]
    );
    assert_eq!(fs::read_to_string(at("password")).unwrap(), "confidential\n");
    assert!(!at("config").exists(), "docker's own copy of the password is gone");
}
