use super::draft::Draft;
use super::manifest::{self, Boot, Written};
use super::packed::LIMIT;
use super::problem::Problem;
use crate::model::{Name, Source, Value};

/// By what a YAML block's lines are indented.
const INDENT: &str = "    ";

const UNITS: &str = "/etc/systemd/system";

const LAUNCH: &str = include_str!("launch.py");
const MIGRATE: &str = include_str!("migrate.py");
const FETCH_ARTIFACT: &str = include_str!("fetch-artifact.sh");
const FETCH_IMAGE: &str = include_str!("fetch-image.sh");
const ARTIFACT_SERVICE: &str = include_str!("artifact.service");
const IMAGE_SERVICE: &str = include_str!("image.service");
const ROTATED: &str = include_str!("rotated.sh");
const ROTATION_SERVICE: &str = include_str!("rotation.service");
const ROTATION_TIMER: &str = include_str!("rotation.timer");
const STAYS_UP: &str = include_str!("stays-up.sh");
const STAYS_UP_SERVICE: &str = include_str!("stays-up.service");
const STAYS_UP_TIMER: &str = include_str!("stays-up.timer");

/// Templates of systemd's, whose instance is the component's unit: no component's own unit can have an `@`.
const ROTATION: &str = "envctl-rotation@";
const STAYING_UP: &str = "envctl-stays-up@";

/// The systemd unit that runs a component. The prefix keeps a component called `docker` or `sshd` off the system's own.
pub fn unit_name(component: &Name) -> String {
    format!("envctl-{component}.service")
}

/// The user data of a component's instances, not yet [`packed`](super::packed): a join of texts with references to databases'
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
    let mut draft = Draft::new();
    draft.text(&format!(
        "#cloud-config\n\
         # {app} {environment}: component {component}. Written by envctl.\n\
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
    draft.text("- path: /etc/envctl/manifest.json\n  permissions: \"0640\"\n  content: |\n");
    let Written { config, passwords, migrations } = manifest::write(boot, INDENT, &mut draft)?;
    static_file(&mut draft, "/opt/envctl/fetch", "0755", fetch);
    static_file(&mut draft, "/opt/envctl/launch", "0755", LAUNCH);
    if migrations {
        static_file(&mut draft, "/opt/envctl/migrate.py", "0644", MIGRATE);
    }
    static_file(&mut draft, &format!("{UNITS}/{unit}"), "0644", service);
    let mut started = unit.clone();
    let mut timer = |template: &str, program: (&str, &str), service: &str, timer: &str| {
        static_file(&mut draft, program.0, "0755", program.1);
        static_file(&mut draft, &format!("{UNITS}/{template}.service"), "0644", service);
        static_file(&mut draft, &format!("{UNITS}/{template}.timer"), "0644", timer);
        started.push_str(&format!(", {template}{}.timer", unit.trim_end_matches(".service")));
    };
    if passwords {
        timer(ROTATION, ("/opt/envctl/rotated", ROTATED), ROTATION_SERVICE, ROTATION_TIMER);
    }
    // A public one's load balancer asks the process itself.
    if !boot.compute.public {
        timer(STAYING_UP, ("/opt/envctl/stays-up", STAYS_UP), STAYS_UP_SERVICE, STAYS_UP_TIMER);
    }
    // Not awaited: cloud-init would hold back the boot's end until the release is fetched.
    draft
        .text(&format!("runcmd:\n- [systemctl, daemon-reload]\n- [systemctl, enable, --now, --no-block, {started}]\n"));

    let bytes = draft.longest();
    if bytes > LIMIT {
        return Err(vec![Problem::TooLarge { component: boot.component.to_string(), bytes, config }]);
    }
    Ok(draft.into_value())
}

/// A file without anything of the definition. As it is ASCII, YAML takes no character of it for a line break.
fn static_file(draft: &mut Draft, path: &str, permissions: &str, source: &str) {
    draft.text(&format!("- path: {path}\n  permissions: \"{permissions}\"\n  content: |\n"));
    for line in source.lines() {
        draft.text(&format!("{}{line}\n", if line.is_empty() { "" } else { INDENT }));
    }
}
