use envctl::cli::{Answer, Applied, Change, Consent, Error, Exit, Fate, Format, Signals, apply};
use envctl::engine::{Event, Outcome};
use envctl::plan::Plan;
use envctl::record::Operation;
use envctl::ui::plan::Detail;
use envctl::ui::progress::Mode;
use envctl::ui::summary::Doing;

use crate::ui::sample::{definition, header, plan};

/// Whether `apply` was called, and what came of it.
async fn carried_out(plan: &Plan, yes: bool, outcome: Outcome) -> (bool, Result<Answer, Error>) {
    let environment = definition("staging", header().target, None).environment;
    let allowed = ["database.main".to_owned(), "database.old".to_owned()];
    let change = Change {
        doing: Doing::Up,
        operation: Operation::Up,
        environment: &environment,
        plan,
        consent: Consent { yes, allow_data_loss: &allowed, ..Consent::default() },
        format: Format::Json,
        detail: Detail::Brief,
        address: &[],
        reviewed: None,
        fate: &Fate::Kept,
    };
    let mut called = false;
    let answer = change
        .carry_out(async |plan| {
            called = true;
            let mut signals = Signals::new()?;
            let outcome = apply(plan, Mode::Silent, &mut signals, async |events, _stop| {
                let address = plan.steps[0].address.clone();
                events.send(Event::Started { step: 0, address }).unwrap();
                outcome
            });
            Ok(Applied { outcome: outcome.await?, address: vec![] })
        })
        .await;
    (called, answer)
}

#[tokio::test]
async fn what_is_not_permitted_is_not_begun() {
    let (called, answer) = carried_out(&plan(), false, Outcome::default()).await;
    assert!(!called);
    assert_eq!(answer.unwrap_err().exit(), Exit::Refused);
}

#[tokio::test]
async fn nothing_to_do_needs_no_consent() {
    let (called, answer) = carried_out(&Plan::default(), false, Outcome::default()).await;
    assert!(!called);
    assert_eq!(answer.unwrap().exit, Exit::Done);
}

#[tokio::test]
async fn the_exit_code_says_whether_all_was_done() {
    let (called, answer) = carried_out(&plan(), true, Outcome { done: vec![0], ..Outcome::default() }).await;
    assert!(called);
    assert_eq!(answer.unwrap().exit, Exit::Done);
    let partly = Outcome { skipped: vec![1], interrupted: true, ..Outcome::default() };
    let (_, answer) = carried_out(&plan(), true, partly).await;
    assert_eq!(answer.unwrap().exit, Exit::Partial);
}
