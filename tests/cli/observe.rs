use std::time::Duration;

use clap::Parser;
use envctl::cli::{Error, Exit, status};
use envctl::model::{Address, Inventory, Observed};
use envctl::provider::{Caller, Error as Failure, ErrorKind, Patience, Provider, Wanted};

use crate::ui::sample::{definition, header, observed};

/// An account with a VPC in it; it can be looked at and not be changed.
struct Account {
    number: &'static str,
    answers_after: Duration,
    /// Whether looking is permitted.
    open: bool,
}

impl Provider for Account {
    async fn caller(&self) -> Result<Caller, Failure> {
        tokio::time::sleep(self.answers_after).await;
        Ok(Caller { account: self.number.to_owned(), name: "role/deploy".to_owned() })
    }

    async fn observe(&self) -> Result<Inventory, Failure> {
        if self.open { Ok(Inventory::new(vec![observed("vpc", "main", "vpc-1")])) } else { Err(denied()) }
    }

    async fn look(&self, _: &Address, _: &str) -> Result<Option<Observed>, Failure> {
        Err(denied())
    }

    async fn create(&self, _: &Wanted) -> Result<String, Failure> {
        Err(denied())
    }

    async fn update(&self, _: &Wanted, _: &Observed, _: &[&str]) -> Result<(), Failure> {
        Err(denied())
    }

    async fn delete(&self, _: &Observed) -> Result<(), Failure> {
        Err(denied())
    }

    fn settles_within(&self) -> Duration {
        Duration::ZERO
    }

    fn patience(&self, _: &Address) -> Patience {
        Patience { interval: Duration::ZERO, deadline: Duration::ZERO }
    }
}

fn denied() -> Failure {
    Failure::new(ErrorKind::Denied, "only to be looked at")
}

#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    args: status::Args,
}

async fn asked(account: &Account) -> Result<String, Error> {
    let environment = definition("staging", header().target, None).environment;
    let alone = Alone::try_parse_from(["status", "staging"]).unwrap();
    status::run(&alone.args, &environment, account).await.map(|answer| answer.text)
}

fn account(number: &'static str, open: bool) -> Account {
    Account { number, answers_after: Duration::from_secs(1), open }
}

#[tokio::test(start_paused = true)]
async fn the_environments_own_account_is_looked_at() {
    assert!(asked(&account("111111111111", true)).await.unwrap().contains("vpc.main"));
    assert_eq!(asked(&account("111111111111", false)).await.unwrap_err().exit(), Exit::Trouble);
}

#[tokio::test(start_paused = true)]
async fn another_account_is_refused_whatever_can_be_seen_in_it() {
    for open in [true, false] {
        assert_eq!(asked(&account("222222222222", open)).await.unwrap_err().exit(), Exit::Refused);
    }
}
