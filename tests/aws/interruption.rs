//! Asked to stop, it stops cleanly, and the next run goes on.

use serde_json::json;

use super::project::{Project, STAGING, census};
use crate::support::signals::interrupted;

/// At whatever step, whatever is done, and by whatever signal: it ends by itself, says what goes on, and gives its lock back.
#[test]
fn each_signal_stops_what_is_done_between_its_steps() {
    let project = Project::new(120);
    let stopped = |line: &str, signals: &[&str], step: usize, again: &str| {
        let (code, said) = interrupted(&mut project.command(STAGING, line), signals, step).expect("it comes so far");
        assert!(code == 4 && said.contains(again), "`{line}`, {signals:?} at {step}: {code}\n{said}");
        let history = project.done("history staging").out;
        assert!(!history.contains("is being changed"), "{history}");
    };
    let up = "up staging --yes";
    for (signals, step) in [(&["-INT"][..], 2), (&["-TERM"], 6), (&["-HUP"], 4)] {
        stopped(up, signals, step, "`envctl up staging`");
    }
    // Whoever asks twice does not wait for what is under way.
    let slow = json!([{ "fault": "delay", "milliseconds": 2000, "changes": true }]);
    let at_once = |line, signals| {
        project.aws.faults(0, &slow);
        stopped(line, signals, 1, "run the same command again");
        project.aws.no_faults();
    };
    at_once(up, &["-INT", "-INT"]);
    project.done(up);
    project.done("plan staging --exit-code");
    let whole = census(&project);

    project.release("staging", "1.6.0");
    project.replace("templates/shop.toml", "\"50 GiB\"", "\"80 GiB\"");
    stopped(up, &["-HUP"], 1, "`envctl up staging`");
    project.done(up);
    project.done("plan staging --exit-code");
    assert_eq!(census(&project), whole);

    let down = "down staging --yes --allow-data-loss database.main";
    stopped(down, &["-TERM"], 3, "`envctl down staging`");
    at_once(down, &["-INT", "-TERM"]);
    project.done(down);
    assert_eq!(census(&project), [""; 0]);
    project.aws.assert_no_violations();
}
