#![cfg(unix)]

use std::process::{Command, id};

use envctl::cli::{Error, Exit, apply};
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
        let outcome = apply(&plan, Mode::Plain, async |_events, mut stop| {
            interrupt(signal);
            stop.changed().await.unwrap();
            Outcome { interrupted: true, ..Outcome::default() }
        });
        assert!(outcome.await.unwrap().interrupted);
    }
    let abandoned: Result<Outcome, Error> = apply(&plan, Mode::Plain, async |_events, mut stop| {
        interrupt("-INT");
        stop.changed().await.unwrap();
        interrupt("-INT");
        std::future::pending().await
    })
    .await;
    assert_eq!(abandoned.unwrap_err().exit(), Exit::Partial);
}

#[test]
fn a_first_signal_stops_between_steps_and_a_second_at_once() {
    let output = super::in_own_process("cli::apply::is_interrupted");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(said.matches("once more to leave them where they are").count(), 3, "{said}");
}
