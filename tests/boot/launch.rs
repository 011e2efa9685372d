//! `launch`, really run, with an `aws` that answers from files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::process::{Command, Output};

use envctl::model::{ConfigValue, Environment};
use proptest::prelude::*;
use tempfile::TempDir;

use super::sample::{artifact, files, image, literal, path_with, resolved, shop, write_program};

/// Says what it was asked, and answers from the file that is called as the secret is.
const AWS: &str = r#"#!/bin/sh
echo "$*" >>"$FAKE/calls"
answer=$FAKE/${6##*[:/]}
if [ -f "$answer.fails-once" ]; then
    rm "$answer.fails-once"
    echo "An error occurred (AccessDeniedException): not yet" >&2
    exit 254
elif [ -f "$answer" ]; then
    cat "$answer"
else
    echo "An error occurred (ResourceNotFoundException): no such secret" >&2
    exit 254
fi
"#;

pub struct Instance {
    pub folder: TempDir,
}

impl Instance {
    pub fn new(environment: &Environment) -> Self {
        let folder = TempDir::new().unwrap();
        let written = files(&resolved(environment));
        let manifest = &written["/etc/envctl/manifest.json"];
        let release = folder.path().join("release");
        fs::create_dir(&release).unwrap();
        let manifest = manifest.replace("/opt/app/releases/1.5.0", release.to_str().unwrap());
        fs::write(folder.path().join("manifest.json"), manifest).unwrap();
        write_program(&folder.path().join("launch"), &written["/opt/envctl/launch"]);
        if let Some(migrate) = written.get("/opt/envctl/migrate.py") {
            fs::write(folder.path().join("migrate.py"), migrate).unwrap();
        }
        write_program(&folder.path().join("aws"), AWS);
        Self { folder }
    }

    pub fn with_secrets(self, session: &str, stripe: &str, password: &str) -> Self {
        self.answer("SESSION_KEY", session);
        self.answer("STRIPE_KEY", stripe);
        self.answer("main", &serde_json::json!({ "username": "shop_owner", "password": password }).to_string());
        self
    }

    fn answer(&self, secret: &str, value: &str) {
        let answer = serde_json::json!({ "Name": secret, "SecretString": value, "VersionId": format!("v1-{secret}") });
        fs::write(self.folder.path().join(secret), answer.to_string()).unwrap();
    }

    pub fn launch(&self) -> Output {
        // By its own first line, since a version manager's python3 would put its folder before the fake aws.
        let mut command = Command::new(self.folder.path().join("launch"));
        command.arg(self.folder.path().join("manifest.json"));
        command.env("PATH", path_with(self.folder.path())).env("FAKE", self.folder.path()).env("LC_ALL", "C");
        command.env("RUNTIME_DIRECTORY", self.folder.path());
        command.output().unwrap()
    }

    /// The environment that the component sees: it must be run as `env -0`.
    fn environment(&self) -> BTreeMap<String, String> {
        let output = self.launch();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let entries = output.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
        let texts = entries.map(|entry| std::ffi::OsString::from_vec(entry.to_vec()).into_string().unwrap());
        texts
            .map(|entry| entry.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).unwrap())
            .collect()
    }
}

#[test]
fn the_component_gets_its_config_and_secrets() {
    let instance = Instance::new(&shop(artifact(), "env -0")).with_secrets("s3ss'ion", "sk live", "p@ss/w:rd %é");
    let environment = instance.environment();
    let host = "shop-staging-main.abc123.eu-west-1.rds.amazonaws.com";
    for (key, value) in [
        (
            "DATABASE_URL",
            &*format!("postgres://shop_owner:p%40ss%2Fw%3Ard%20%25%C3%A9@{host}:5432/shop_db?sslmode=require"),
        ),
        ("SEARCH_PATH", &format!("{host}:5432")),
        ("PAYMENTS", "https://sk live@pay.example/staging?v=1.5.0"),
        ("PUBLIC_URL", "https://staging.shop.example"),
        ("SESSION_KEY", "s3ss'ion"),
        ("STRIPE_KEY", "sk live"),
        ("PORT", "8080"),
        ("AWS_REGION", "eu-west-1"),
        ("ENVCTL_COMPONENT", "web"),
        ("ENVCTL_ENVIRONMENT", "staging"),
        ("ENVCTL_RELEASE", "1.5.0"),
    ] {
        assert_eq!(environment.get(key).map(String::as_str), Some(value), "{key}");
    }
    let calls = fs::read_to_string(instance.folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 3, "each secret is read once: {calls}");
    let versions = fs::read_to_string(instance.folder.path().join("versions")).unwrap();
    assert_eq!(versions, "v1-main arn:aws:secretsmanager:eu-west-1:111111111111:secret:main\n", "passwords alone");
}

proptest! {
    // Each case starts a process.
    #![proptest_config(ProptestConfig { max_shrink_iters: 8, ..ProptestConfig::with_cases(4) })]
    #[test]
    fn any_value_arrives_as_it_was_written(
        values in prop::collection::vec("([ -~]|[\\PC]|[\"'$\\\\\\\\%{}#:\n\r\t]|\u{1}|\u{7f}|\u{85}|\u{2028}|\u{feff}|😀){0,30}", 30),
        secret in "[^\0]{0,40}",
        password in "[^\0]{0,40}",
    ) {
        let mut environment = shop(artifact(), "env -0");
        for (index, value) in values.iter().enumerate() {
            environment.shape.config.insert(format!("VALUE_{index}"), ConfigValue::Shared(literal(value)));
        }
        let database_password = ConfigValue::Shared(super::sample::text("{database.main.password}"));
        environment.shape.config.insert("PASSWORD".to_owned(), database_password);
        let printable = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
        prop_assert!(resolved(&environment).bytes().all(printable), "YAML refuses some characters and breaks lines at others");
        let seen = Instance::new(&environment).with_secrets("-", &secret, &password).environment();
        for (index, value) in values.iter().enumerate() {
            prop_assert_eq!(&seen[&format!("VALUE_{index}")], value);
        }
        prop_assert_eq!(&seen["STRIPE_KEY"], &secret);
        prop_assert_eq!(&seen["PASSWORD"], &password);
    }
}

#[test]
fn a_missing_secret_is_named_and_nothing_starts() {
    let instance = Instance::new(&shop(artifact(), "touch started"));
    instance.answer("SESSION_KEY", "confidential");
    let output = instance.launch();
    assert_eq!(output.status.code(), Some(1));
    snapbox::assert_data_eq!(
        String::from_utf8(output.stderr).unwrap(),
        snapbox::str![[r#"
envctl: secret STRIPE_KEY has no value yet (shop/staging/STRIPE_KEY)
the password of database main has no value yet (arn:aws:secretsmanager:eu-west-1:111111111111:secret:main)

"#]]
    );
    assert!(!instance.folder.path().join("release/started").exists());
}

#[test]
fn a_secret_that_cannot_be_read_yet_is_tried_again() {
    let instance = Instance::new(&shop(artifact(), "env -0")).with_secrets("late", "-", "-");
    fs::write(instance.folder.path().join("SESSION_KEY.fails-once"), "").unwrap();
    assert_eq!(instance.environment()["SESSION_KEY"], "late");
}

#[test]
fn an_odd_secret_is_refused_without_showing_it() {
    let instance = Instance::new(&shop(artifact(), "env -0")).with_secrets("confidential\0", "-", "-");
    let output = instance.launch();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, "envctl: SESSION_KEY holds a NUL character, which no environment can\n");

    instance.answer("SESSION_KEY", "-");
    instance.answer("main", "confidential");
    let error = String::from_utf8(instance.launch().stderr).unwrap();
    assert_eq!(error, "envctl: the secret of database main holds no password\n");
}

#[test]
fn the_command_runs_in_the_release_and_its_status_is_the_units() {
    let status = |command: &str| {
        let instance = Instance::new(&shop(artifact(), command)).with_secrets("-", "-", "-");
        let release = instance.folder.path().join("release");
        write_program(&release.join("web"), "#!/bin/sh\n[ \"$1\" = 'two words' ] && exit 42\n");
        fs::write(release.join("data"), "").unwrap();
        let output = instance.launch();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(status("./web 'two words'"), (Some(42), String::new()));
    assert_eq!(
        status("bin/lost"),
        (Some(127), "envctl: bin/lost cannot be run: No such file or directory\n".to_owned())
    );
    assert_eq!(status("./data"), (Some(126), "envctl: ./data cannot be run: Permission denied\n".to_owned()));
}

#[test]
fn a_container_gets_names_as_arguments_and_values_by_the_environment() {
    let instance = Instance::new(&shop(image(), "bin/web --verbose")).with_secrets("confidential", "-", "-");
    write_program(
        &instance.folder.path().join("docker"),
        "#!/bin/sh\nprintf '%s\\n' \"$*\"; [ \"$SESSION_KEY\" = confidential ] && exit 9\n",
    );
    let output = instance.launch();
    assert_eq!(output.status.code(), Some(9), "{}", String::from_utf8_lossy(&output.stderr));
    let arguments = String::from_utf8(output.stdout).unwrap();
    assert!(!arguments.contains("confidential"), "{arguments}");
    assert!(arguments.contains("--env SESSION_KEY") && arguments.contains("--env DATABASE_URL"), "{arguments}");
    let end = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:1.5.0 bin/web --verbose\n";
    assert!(arguments.ends_with(end), "{arguments}");
}
