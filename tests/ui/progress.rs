use std::time::Duration;

use envctl::engine::Event;
use envctl::model::Address;
use envctl::ui::progress::Tracker;
use snapbox::{assert_data_eq, str};

use super::sample::plan;

fn at(tenths: u64) -> Duration {
    Duration::from_millis(tenths * 100)
}

fn waiting(step: usize, address: &Address, detail: &str) -> Event {
    Event::Waiting { step, address: address.clone(), detail: detail.to_owned() }
}

#[test]
fn lines_tell_what_is_new_and_nothing_twice() {
    let plan = plan();
    let address = |step: usize| plan.steps[step].address.clone();
    let started = |step| Event::Started { step, address: address(step) };
    let finished = |step, tenths| Event::Finished { step, address: address(step), took: at(tenths) };
    let mut tracker = Tracker::new(&plan);
    let mut said = String::new();
    let events = [
        (0, started(0)),
        (1, started(5)),
        (2, waiting(5, &address(5), "deleting")),
        (12, finished(0, 12)),
        (13, started(2)),
        (15, waiting(5, &address(5), "deleting")),
        (
            20,
            Event::Retrying {
                step: 2,
                address: address(2),
                attempt: 1,
                pause: at(5),
                error: "Throttling: rate exceeded".to_owned(),
            },
        ),
        (31, waiting(5, &address(5), "backing-up")),
        (
            40,
            Event::Failed {
                step: 2,
                address: address(2),
                took: at(27),
                error: "InvalidGroup.InUse\n\u{1b}[2J".to_owned(),
            },
        ),
        (41, Event::Skipped { step: 6, address: address(6) }),
    ];
    for (tenths, event) in events {
        if let Some(line) = tracker.event(at(tenths), &event) {
            said.push_str(&format!("{tenths:>3} {line}\n"));
        }
    }
    for (_, line) in tracker.running(at(950)) {
        said.push_str(&format!("live {line}\n"));
    }
    said.push_str(&format!("{}\n{}\n", tracker.overall(at(950)), tracker.sign_of_life(at(950))));
    assert_data_eq!(
        anstream::adapter::strip_str(&said).to_string(),
        str![[r#"
  2 database.main: deleting
 12 vpc.main: created (1.2s)
 20 security-group.web: attempt 1 failed, again in 0.5s: Throttling: rate exceeded
 31 database.main: deleting (backing-up)
 40 security-group.web: FAILED after 2.7s: InvalidGroup.InUse /u{1b}[2J
live database.main: deleting (backing-up) 1m34s
1/8 done, 1 running, 1 failed, 1 skipped, 4 left, 1m35s
1/8 done, 1 running, 1 failed, 1 skipped, 4 left, 1m35s; longest: database.main for 1m34s (backing-up)

"#]]
    );
}

#[test]
fn a_step_that_is_throttled_for_long_says_so_now_and_then() {
    let plan = plan();
    let mut tracker = Tracker::new(&plan);
    let said = (1..=20).filter_map(|attempt| {
        let error = format!("ec2:CreateSubnet: Throttling: rate exceeded {}(request {attempt})", "and more ".repeat(9));
        let address = plan.steps[0].address.clone();
        tracker.event(at(attempt), &Event::Retrying { step: 0, address, attempt: 1, pause: at(5), error })
    });
    let said: Vec<String> = said.map(|line| anstream::adapter::strip_str(&line).to_string()).collect();
    assert_data_eq!(
        said.join("\n"),
        str![[r#"
vpc.main: attempt 1 failed, again in 0.5s: ec2:CreateSubnet: Throttling: rate exceeded and more and more and more and more and more and more and more and more and more (request 1)
vpc.main: 4 attempts failed, again in 0.5s: ec2:CreateSubnet: Throttling: rate exceeded and more and mo…
vpc.main: 8 attempts failed, again in 0.5s: ec2:CreateSubnet: Throttling: rate exceeded and more and mo…
vpc.main: 16 attempts failed, again in 0.5s: ec2:CreateSubnet: Throttling: rate exceeded and more and mo…
"#]]
    );
}
