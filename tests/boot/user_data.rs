use std::collections::BTreeSet;

use envctl::aws::boot::{LIMIT, Problem, packed};
use envctl::model::{ConfigValue, SecretSpec};
use snapbox::{assert_data_eq, file};

use super::sample::{artifact, boot, files, image, literal, name, readable, resolved, shop, text};

#[test]
fn an_artifact_boots_like_this() {
    assert_data_eq!(readable(&resolved(&shop(artifact(), "bin/web --listen {release}"))), file!["artifact.yaml"].raw());
}

#[test]
fn an_image_boots_like_this() {
    assert_data_eq!(readable(&resolved(&shop(image(), "bin/web"))), file!["image.yaml"].raw());
}

/// The static files as they stand beside the module.
#[test]
fn the_static_files_are_the_sources() {
    let of_artifact = [
        ("/opt/envctl/fetch", include_str!("../../src/aws/boot/fetch-artifact.sh")),
        ("/etc/systemd/system/envctl-web.service", include_str!("../../src/aws/boot/artifact.service")),
    ];
    let of_image = [
        ("/opt/envctl/fetch", include_str!("../../src/aws/boot/fetch-image.sh")),
        ("/etc/systemd/system/envctl-web.service", include_str!("../../src/aws/boot/image.service")),
    ];
    let of_both = [
        ("/opt/envctl/launch", include_str!("../../src/aws/boot/launch.py")),
        ("/opt/envctl/rotated", include_str!("../../src/aws/boot/rotated.sh")),
        ("/etc/systemd/system/envctl-rotation@.service", include_str!("../../src/aws/boot/rotation.service")),
        ("/etc/systemd/system/envctl-rotation@.timer", include_str!("../../src/aws/boot/rotation.timer")),
    ];
    let of_worker = [
        ("/opt/envctl/stays-up", include_str!("../../src/aws/boot/stays-up.sh")),
        ("/etc/systemd/system/envctl-stays-up@.service", include_str!("../../src/aws/boot/stays-up.service")),
        ("/etc/systemd/system/envctl-stays-up@.timer", include_str!("../../src/aws/boot/stays-up.timer")),
    ];
    for (source, public, own) in
        [(artifact(), true, of_artifact), (image(), true, of_image), (artifact(), false, of_artifact)]
    {
        let mut environment = shop(source, "bin/web");
        environment.shape.compute.get_mut(&name("web")).unwrap().public = public;
        let files = files(&resolved(&environment));
        let of_worker = if public { &[][..] } else { &of_worker };
        assert_eq!(files.len(), 1 + own.len() + of_both.len() + of_worker.len());
        for (path, source) in own.iter().chain(&of_both).chain(of_worker) {
            let (path, source) = (*path, *source);
            assert_eq!(files[path], source, "{path}");
            assert!(source.is_ascii(), "{path}");
        }
    }
}

#[test]
fn only_a_password_is_looked_after() {
    let mut environment = shop(artifact(), "bin/web");
    environment.shape.config.remove("DATABASE_URL");
    let user_data = resolved(&environment);
    assert!(files(&user_data)["/etc/envctl/manifest.json"].contains("\"main\": {"), "its host is still used");
    assert!(!user_data.contains("/opt/envctl/rotated") && !user_data.contains("rotation@"), "{user_data}");
    environment.shape.config.insert("PGPASSWORD".to_owned(), ConfigValue::Shared(text("{database.main.password}")));
    assert!(resolved(&environment).contains("envctl-rotation@envctl-web.timer"));
}

#[test]
fn what_is_known_only_after_creation_is_referred_to() {
    let value = boot(&shop(artifact(), "bin/web")).unwrap();
    let references: BTreeSet<String> = value.references().iter().map(ToString::to_string).collect();
    assert_eq!(
        references.into_iter().collect::<Vec<_>>(),
        [
            "database.main.host",
            "database.main.name",
            "database.main.port",
            "database.main.secret",
            "database.main.user",
            "secret.SESSION_KEY.name",
            "secret.STRIPE_KEY.name"
        ]
    );
}

#[test]
fn a_database_that_nothing_names_is_not_waited_for() {
    let mut environment = shop(artifact(), "bin/web");
    environment.shape.config.clear();
    let value = boot(&environment).unwrap();
    assert!(value.references().iter().all(|reference| reference.address.kind == "secret"));
    // Without members the manifest's objects must still be JSON.
    environment.shape.secrets.clear();
    let manifest = &files(&resolved(&environment))["/etc/envctl/manifest.json"];
    let json: serde_json::Value = serde_json::from_str(manifest).unwrap();
    assert_eq!(json["config"], serde_json::json!({}));
}

#[test]
fn a_large_definition_fits() {
    for source in [artifact(), image()] {
        let mut environment = shop(source, "bin/web --workers 4");
        environment.shape.database.get_mut(&name("main")).unwrap().migrations = Some("migrations".to_owned());
        environment.shape.compute.get_mut(&name("web")).unwrap().workdir = Some("/app".to_owned());
        for index in environment.shape.config.len()..300 {
            let value = ConfigValue::Shared(literal(&format!("https://service-{index}.internal.example/v1")));
            environment.shape.config.insert(format!("SERVICE_NUMBER_{index}_URL"), value);
        }
        for index in environment.shape.secrets.len()..12 {
            environment.shape.secrets.insert(format!("SERVICE_{index}_KEY"), SecretSpec::default());
        }
        let value = resolved(&environment);
        let bytes = packed(&value).len();
        assert!(value.len() > 3 * LIMIT && bytes <= LIMIT, "{} bytes, {bytes} packed", value.len());
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_size() {
    let mut environment = shop(artifact(), "bin/web");
    for index in 0..1_200_u64 {
        let value = format!("{:x}", index.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_pow(3));
        environment.shape.config.insert(format!("KEY_{index}"), ConfigValue::Shared(literal(&value)));
    }
    let problems = boot(&environment).unwrap_err();
    assert_data_eq!(
        problems[0].to_string(),
        snapbox::str![
            "the user data of component web can grow to [..] bytes when it is packed, more than EC2's 16384: its config has [..] before that; move large values into a file of the release"
        ]
    );
}

#[test]
fn every_problem_is_told_at_once() {
    let mut environment = shop(artifact(), "bin/web --key {secret.STRIPE_KEY}");
    environment.audience.config.clear();
    environment.audience.domain = None;
    let lost = ConfigValue::Shared(text("{database.other.url} {secret.LOST} {audience.domain}"));
    environment.shape.config.insert("LOST".to_owned(), lost);
    let problems: Vec<String> = boot(&environment).unwrap_err().iter().map(Problem::to_string).collect();
    assert_data_eq!(
        problems.join("\n"),
        snapbox::str![[r#"
the command of component web names {secret.STRIPE_KEY}: every user of the machine can read arguments; let it read the environment instead
config key LOST names {database.other.url}, which the definition does not declare
config key LOST names {secret.LOST}, which the definition does not declare
config key LOST names {audience.domain}, but the audience has no domain: set it under [audience]
config key PUBLIC_URL has no value: set it under [audience.config]
"#]]
    );
}

#[test]
fn a_command_must_be_words() {
    let unclosed = boot(&shop(artifact(), "bin/web 'oops")).unwrap_err();
    assert_eq!(unclosed, [Problem::Unquoted { component: "web".to_owned() }]);
    let empty = boot(&shop(artifact(), "")).unwrap_err();
    assert_eq!(empty, [Problem::NoCommand { component: "web".to_owned() }]);
    boot(&shop(image(), "")).expect("an image has a command of its own");
}
