//! How each command reads its arguments.

use clap::{Args, Parser};
use envctl::cli::{
    Answer, Exit, FindingsFormat, Format, Globals, ReportFormat, check, diff, down, ls, plan, promote, status, up,
};
use envctl::plan::Plan;
use envctl::ui::plan::Detail;
use envctl::ui::progress::Mode;

use crate::ui::sample::{self, header};

#[derive(Parser)]
struct Alone<A: Args> {
    #[command(flatten)]
    args: A,
}

fn parse<A: Args>(line: &str) -> Result<A, clap::Error> {
    Alone::try_parse_from(std::iter::once("envctl").chain(line.split_whitespace())).map(|alone| alone.args)
}

#[test]
fn what_may_be_lost_is_named_one_by_one() {
    let args: up::Args =
        parse("prod --confirm prod --allow-data-loss database.main --allow-data-loss database.old").unwrap();
    let consent = args.consent(true);
    assert_eq!(consent.confirm, Some("prod"));
    assert_eq!(consent.allow_data_loss, ["database.main", "database.old"]);
    assert!(!consent.yes && consent.terminal);
    let args: down::Args = parse("staging --yes --allow-data-loss database.main").unwrap();
    assert_eq!(args.consent(true).allow_data_loss, ["database.main"]);
}

#[test]
fn nothing_changes_in_place_in_ci_or_between_log_lines() {
    for line in ["--ci true", "-v", "--log debug"] {
        assert_eq!(parse::<Globals>(line).unwrap().progress(), Mode::Plain);
    }
}

#[test]
fn saying_more_shows_every_property() {
    assert_eq!(parse::<Globals>("").unwrap().detail(), Detail::Brief);
    assert_eq!(parse::<Globals>("-v").unwrap().detail(), Detail::Full);
}

#[test]
fn an_environment_is_always_named() {
    assert!(parse::<up::Args>("").is_err());
    assert!(parse::<down::Args>("--yes").is_err());
    assert!(parse::<plan::Args>("").is_err());
    assert!(parse::<status::Args>("").is_err());
    assert!(parse::<diff::Args>("staging").is_err());
}

#[test]
fn times_are_from_now_on_and_bounded() {
    for time in ["-5s", "-9223372036854775808s", "400d", "9223372036854775808 seconds ago", "soon"] {
        assert!(parse::<up::Args>(&format!("dev --yes --lock-timeout={time}")).is_err(), "{time}");
    }
    assert!(parse::<up::Args>("dev --yes --lock-timeout=0s").is_ok());
    assert!(parse::<promote::Args>("a b --skip running --reason= ").is_err());
}

#[test]
fn formats_are_those_that_make_sense() {
    assert_eq!(parse::<check::Args>("--format markdown").unwrap().format, FindingsFormat::Markdown);
    assert_eq!(parse::<diff::Args>("a b --live --format json").unwrap().format, ReportFormat::Json);
    assert_eq!(parse::<ls::Args>("").unwrap().format, Format::Human);
    assert!(parse::<ls::Args>("--format markdown").is_err());
}

fn planned(line: &str, plan: &Plan) -> Answer {
    plan::report(&parse(line).unwrap(), &header(), plan, Detail::Brief)
}

#[test]
fn a_plan_tells_by_its_exit_code_only_when_asked_to() {
    assert_eq!(planned("staging", &sample::plan()).exit, Exit::Done);
    assert_eq!(planned("staging --exit-code", &sample::plan()).exit, Exit::Differences);
    assert_eq!(planned("staging --exit-code --format json", &sample::plan()).exit, Exit::Differences);
    assert_eq!(planned("staging --exit-code", &Plan::default()).exit, Exit::Done);
}
