use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use envctl::cli::{Error, Exit, status};
use envctl::model::{Address, Inventory, Observed};
use envctl::provider::{Caller, Error as Failure, ErrorKind, Patience, Provider, Wanted};

use crate::ui::sample::{definition, header, observed};

/// An account with a VPC in it; it can be looked at and not be changed.
struct Account {
    number: &'static str,
    looked: AtomicBool,
}

impl Provider for Account {
    async fn caller(&self) -> Result<Caller, Failure> {
        Ok(Caller { account: self.number.to_owned(), name: "role/deploy".to_owned() })
    }

    async fn observe(&self) -> Result<Inventory, Failure> {
        self.looked.store(true, Ordering::Relaxed);
        Ok(Inventory::new(vec![observed("vpc", "main", "vpc-1")]))
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

    fn patience(&self, _: &Address) -> Patience {
        Patience { interval: std::time::Duration::ZERO, deadline: std::time::Duration::ZERO }
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

#[tokio::test]
async fn the_environments_own_account_is_looked_at() {
    let account = Account { number: "111111111111", looked: false.into() };
    assert!(asked(&account).await.unwrap().contains("vpc.main"));
}

#[tokio::test]
async fn another_account_is_refused_before_anything_is_looked_at() {
    let account = Account { number: "222222222222", looked: false.into() };
    assert_eq!(asked(&account).await.unwrap_err().exit(), Exit::Refused);
    assert!(!account.looked.load(Ordering::Relaxed));
}
