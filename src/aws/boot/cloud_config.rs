use super::draft::Draft;
use super::manifest::{self, Boot};
use super::problem::Problem;
use crate::model::{Name, Source, Value};

/// The most bytes that user data may have, before base64.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
pub const LIMIT: usize = 16 * 1024;

/// By what a YAML block's lines are indented.
const INDENT: &str = "    ";

const LAUNCH: &str = include_str!("launch.py");
const FETCH_ARTIFACT: &str = include_str!("fetch-artifact.sh");
const FETCH_IMAGE: &str = include_str!("fetch-image.sh");
const ARTIFACT_SERVICE: &str = include_str!("artifact.service");
const IMAGE_SERVICE: &str = include_str!("image.service");

/// The systemd unit that runs a component. The prefix keeps a component called `docker` or `sshd` off the system's own.
pub fn unit_name(component: &Name) -> String {
    format!("envctl-{component}.service")
}

/// The user data of a component's instances, not yet in base64: a join of texts with references to databases'
/// `host`, `port`, `name`, `user` and `secret` (the ARN of the master user's secret) and to secrets' `arn`.
///
/// # Errors
///
/// Every [`Problem`] of the component at once.
pub fn user_data(boot: &Boot) -> Result<Value, Vec<Problem>> {
    let (fetch, service, groups) = match boot.compute.source {
        Source::Artifact(_) => (FETCH_ARTIFACT, ARTIFACT_SERVICE, ""),
        // The unit names the group, and Docker's package comes only with the unit's first start.
        Source::Image(_) => (FETCH_IMAGE, IMAGE_SERVICE, "groups: [docker]\n"),
    };
    let unit = unit_name(boot.component);
    let mut draft = Draft::default();
    draft.text(&format!(
        "#cloud-config\n\
         # {app} {environment}: component {component}. Written by envctl; the files come without their comments.\n\
         {groups}\
         users:\n\
         - name: app\n\
         \x20 system: true\n\
         \x20 homedir: /var/lib/app\n\
         \x20 no_create_home: true\n\
         \x20 shell: /sbin/nologin\n\
         write_files:\n",
        app = boot.environment.app,
        environment = boot.environment.name,
        component = boot.component,
    ));
    begin_file(&mut draft, "/etc/envctl/manifest.json", "0640");
    let config = manifest::write(boot, INDENT, &mut draft)?;
    for (path, permissions, content) in [
        ("/opt/envctl/fetch", "0755", fetch),
        ("/opt/envctl/launch", "0755", LAUNCH),
        (&*format!("/etc/systemd/system/{unit}"), "0644", service),
    ] {
        begin_file(&mut draft, path, permissions);
        for line in content.lines().filter(|line| !is_comment(line)) {
            let indent = if line.is_empty() { "" } else { INDENT };
            draft.text(&format!("{indent}{line}\n"));
        }
    }
    // Not awaited: cloud-init would hold back the boot's end until the release is fetched.
    draft.text(&format!("runcmd:\n- [systemctl, daemon-reload]\n- [systemctl, enable, --now, --no-block, {unit}]\n"));

    let bytes = draft.longest();
    if bytes > LIMIT {
        return Err(vec![Problem::TooLarge { component: boot.component.to_string(), bytes, config }]);
    }
    Ok(draft.into_value())
}

fn begin_file(draft: &mut Draft, path: &str, permissions: &str) {
    draft.text(&format!("- path: {path}\n  permissions: \"{permissions}\"\n  content: |\n"));
}

/// Comments are for the reader of the sources; on the instance they would take the room of a definition's config.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') && !line.starts_with("#!")
}
