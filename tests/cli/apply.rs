#![cfg(unix)]

use std::process::{Command, id};

use envctl::cli::{Error, Exit, Signals, apply};
use envctl::engine::Outcome;
use envctl::ui::progress::Mode;

use crate::ui::sample::plan;

fn interrupt(signal: &str) {
    assert!(Command::new("kill").args([signal, &id().to_string()]).status().unwrap().success());
}

/// Run by the other test, in a process of its own.
#[tokio::test]
#[ignore = "signals its process"]
async fn is_interrupted() {
    let plan = plan();
    for signal in ["-INT", "-TERM"] {
        let mut signals = Signals::new().unwrap();
        let outcome = apply(&plan, Mode::Plain, &mut signals, async |_events, mut stop| {
            interrupt(signal);
            stop.changed().await.unwrap();
            Outcome { interrupted: true, ..Outcome::default() }
        });
        assert!(outcome.await.unwrap().interrupted);
    }
    let mut signals = Signals::new().unwrap();
    let abandoned: Result<Outcome, Error> = apply(&plan, Mode::Plain, &mut signals, async |_events, mut stop| {
        interrupt("-INT");
        stop.changed().await.unwrap();
        interrupt("-INT");
        std::future::pending().await
    })
    .await;
    assert_eq!(abandoned.unwrap_err().exit(), Exit::Partial);

    // Before anything is begun, and while nobody listens.
    let mut signals = Signals::new().unwrap();
    assert_eq!(signals.unless(async { 7 }).await.unwrap(), 7);
    interrupt("-INT");
    let stopped = signals.unless(std::future::pending::<()>()).await.unwrap_err();
    assert_eq!((stopped.exit(), stopped.to_string().as_str()), (Exit::Refused, "stopped: nothing was changed"));
    interrupt("-TERM");
    let outcome = apply(&plan, Mode::Plain, &mut signals, async |_events, mut stop| {
        stop.changed().await.unwrap();
        Outcome { interrupted: true, ..Outcome::default() }
    });
    assert!(outcome.await.unwrap().interrupted);
}

#[test]
fn a_first_signal_stops_between_steps_and_a_second_at_once() {
    let output = super::in_own_process("cli::apply::is_interrupted");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(said.matches("once more to leave them where they are").count(), 4, "{said}");
}
