//! Secrets on this machine.

use std::os::unix::fs::PermissionsExt;

use super::project::{Project, eventually};

#[test]
fn values_are_set_read_listed_and_taken_away() {
    let project = Project::new();
    let listed = project.done("secret list dev").out;
    assert!(listed.contains("STRIPE_KEY   to be generated"), "{listed}");
    assert_eq!(project.envctl("secret get dev STRIPE_KEY").code, 2);
    let set = project.fed("secret set dev STRIPE_KEY", "sk_test_one\n");
    assert_eq!((set.code, set.out.contains("sk_test_one")), (0, false), "{set:?}");
    assert_eq!(project.done("secret get dev STRIPE_KEY").out, "sk_test_one\n");
    assert!(project.done("secret list dev").out.contains("STRIPE_KEY   set"));

    let folder = &project.machine.environments()[0];
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&folder.join("secrets.toml")), 0, "others can read it");
    project.write("more.env", "# a comment\nexport SESSION_KEY=\"of a file\"\nSTRIPE_KEY='sk_test_$two'\n");
    project.done("secret import dev more.env");
    assert_eq!(project.done("secret get dev STRIPE_KEY").out, "sk_test_$two\n");
    assert_eq!(project.done("secret get dev SESSION_KEY").out, "of a file\n");
    project.done("secret unset dev STRIPE_KEY");
    assert!(project.done("secret unset dev STRIPE_KEY").out.contains("had no value"));
}

#[test]
fn a_value_is_kept_and_given_as_it_is() {
    let project = Project::new();
    let file =
        "\u{feff}# it's $HOME\nSTRIPE_KEY=first\nSTRIPE_KEY='pa$$word${HOME}' # and $more\nSESSION_KEY=\"a\\$b\"\n";
    assert!(project.fed("secret import dev -", file).out.contains("2 secrets set"));
    assert_eq!(project.done("secret get dev STRIPE_KEY").out, "pa$$word${HOME}\n");
    assert_eq!(project.done("secret get dev SESSION_KEY").out, "a$b\n");
    let strange = "a\u{1b}[31mb\u{7f}\u{1}c";
    assert_eq!(project.fed("secret set dev STRIPE_KEY", strange).code, 0);
    assert_eq!(project.done("secret get dev STRIPE_KEY").out, format!("{strange}\n"));
}

#[test]
fn wrong_input_is_said_and_shows_no_value() {
    let project = Project::new();
    for (line, stdin, said) in [
        ("secret set dev STRIPE_KE", "hunter2", "declares no secret `STRIPE_KE`"),
        ("secret set dev STRIPE_KEY=hunter2", "", "a secret's value is no argument"),
        ("secret set dev STRIPE_KEY=hunter2 hunter2", "", "give STRIPE_KEY another value"),
        ("secret set dev STRIPE_KEY hunter2", "", "a secret's value is no argument"),
        ("secret set dev STRIPE_KEY --value hunter2", "", "give STRIPE_KEY another value"),
        ("secret set dev STRIPE_KEY --value=hunter2", "", "a secret's value is no argument"),
        ("secret set dev STRIPE_KEY", "", "an empty value is none"),
        ("secret set dev STRIPE_KEY", "hunter2\0", "NUL"),
        ("secret import dev -", "# one\n\nSTRIPE_KEY=hunter2 hunter2\n", "-:3: a value with a blank"),
        ("secret import dev - --declared-only", "STRIPE_KEY=a\nhunter2hunter2==\n", "-:2: it has no value, and may"),
        ("secret import dev - --declared-only", "OTHER='hunter2\nSTRIPE_KEY=a\n", "-:1: its quote is never closed"),
        ("secret import dev -", "hunter2=hunter2\n", "declares no secret -:1"),
        (
            "secret import dev -",
            "STRIPE_KEY=hunter$2\nSESSION_KEY=\"$HOME\"\n",
            "-:1: `$` stands for a variable; -:2: ",
        ),
        ("secret import dev -", "STRIPE_KEY='hunter2\0'\nSESSION_KEY=\n", "-:1: a NUL character"),
        ("secret import dev -", "STRIPE_KEY=hunter2\nOTHER=hunter2\n", "declares no secret OTHER"),
        ("secret set dev STRIPE_KEY --file nowhere", "hunter2", "cannot read nowhere"),
        ("secret set de STRIPE_KEY", "hunter2", "did you mean `dev`?"),
    ] {
        let ended = project.fed(line, stdin);
        assert!(ended.code == 2 && ended.err.contains(said), "{line}: {ended:?}");
        assert!(!format!("{ended:?}").contains("hunter2"), "{line}: {ended:?}");
    }
    assert_eq!(project.envctl("secret get dev STRIPE_KEY").code, 2);
}

#[test]
fn a_new_value_reaches_what_runs_with_the_next_up_and_outlives_a_down() {
    let project = Project::new();
    project.done("up dev --yes");
    let made = project.done("secret get dev STRIPE_KEY").out;
    assert_eq!(made.trim().len(), 32);
    assert_eq!(project.fed("secret set dev STRIPE_KEY", "sk_test_mine").code, 0);
    let planned = project.done("plan dev");
    assert!(planned.out.contains("STRIPE_KEY") && planned.out.contains("2 to change"), "{}", planned.out);
    assert!(!planned.out.contains("sk_test_mine") && !planned.out.contains(made.trim()));
    project.done("up dev --yes");
    let has_it = || {
        project.machine.processes().iter().any(|pid| {
            let environ = std::fs::read_to_string(format!("/proc/{pid}/environ")).unwrap_or_default();
            environ.contains("STRIPE_KEY=sk_test_mine")
        })
    };
    eventually("a process has the new value", has_it);

    let down = project.done("down dev --yes");
    assert!(down.out.contains("Kept") && down.out.contains("secret.STRIPE_KEY"), "{}", down.out);
    assert!(project.done("status dev").out.contains("Nothing of dev exists yet"));
    let session = project.done("secret list dev").out;
    assert!(session.contains("SESSION_KEY  to be generated") && session.contains("STRIPE_KEY   set"), "{session}");
    project.done("up dev --yes");
    eventually("a process has the value that was kept", has_it);
    project.done("down dev --yes");
    project.done("secret unset dev STRIPE_KEY");
}

/// The incident: somebody tries something out on a laptop with production's own key.
#[test]
fn a_live_key_on_a_laptop_is_found_by_its_value_and_never_shown() {
    let project = Project::new();
    let key = format!("sk_{}_{}", "live", "51H8f2c4be1d07a4c5d9e36Qx");
    assert_eq!(project.fed("secret set dev STRIPE_KEY", "sk_test_51H8f2c4be1d07a4c5d9e36Qx").code, 0);
    assert_eq!(project.done("audit dev --secrets").err, "");

    assert_eq!(project.fed("secret set dev STRIPE_KEY", &key).code, 0);
    project.done("audit dev");
    let found = project.envctl("audit dev --secrets");
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.out.contains("live-key") && found.out.contains("secrets.STRIPE_KEY"), "{}", found.out);
    assert!(!format!("{found:?}").contains(&key));
}
