use std::sync::Arc;

use crate::engine::{self, Options, Outcome};
use crate::model::{Address, Environment};
use crate::plan::{Change as PropertyChange, Plan};
use crate::provider::Provider;
use crate::ui::plan::{Detail, human};
use crate::ui::progress::Mode;
use crate::ui::status::addresses;
use crate::ui::summary::{Doing, Summary};
use crate::ui::{self, Header};

use super::guard::{Consent, Permit, Refusal, judge};
use super::{Answer, Error, Exit, Format, While, apply};

/// A plan on its way to being applied: what `up` and `down` have in common.
pub struct Change<'a> {
    pub doing: Doing,
    pub environment: &'a Environment,
    pub plan: &'a Plan,
    pub consent: Consent<'a>,
    pub format: Format,
    pub detail: Detail,
    /// Where the environment answers as it stands: URLs.
    pub address: &'a [String],
}

/// How a plan was applied, and where the environment answers now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    pub outcome: Outcome,
    /// URLs.
    pub address: Vec<String>,
}

impl Change<'_> {
    /// [`carry_out`](Self::carry_out) with the engine, and a last look at where the environment answers then.
    pub async fn run<P: Provider>(self, provider: Arc<P>, options: Options, mode: Mode) -> Result<Answer, Error> {
        self.carry_out(async |plan| {
            let work = async |events, stop| engine::apply(Arc::clone(&provider), plan, options, events, stop).await;
            let outcome = apply(plan, mode, work).await?;
            // The summary must not be lost because the last look fails: what was done is done.
            let address = provider.observe().await.map(|found| addresses(&found)).unwrap_or_default();
            Ok(Applied { outcome, address })
        })
        .await
    }

    /// Shows the plan, lets the guard judge it, asks where it must, applies it and sums up. `apply` is called at most
    /// once, and only when nothing speaks against it.
    pub async fn carry_out(self, apply: impl AsyncFnOnce(&Plan) -> Result<Applied, Error>) -> Result<Answer, Error> {
        let header = Header::of(self.environment);
        if self.plan.is_empty() {
            return Ok(self.nothing_to_do(&header));
        }
        let blocked: Vec<Refusal> =
            self.plan.blocked().into_iter().map(|(address, change)| self.blocked(address, change)).collect();
        if !blocked.is_empty() {
            return Err(Error::Refused(blocked));
        }
        let permit = judge(self.doing, self.environment, &self.plan.data_lost(), self.consent);
        // The plan is a part of the question, so it goes where the question goes.
        if self.format == Format::Human || permit == Ok(Permit::Ask) {
            ui::note(&format!("{}\n", human(&header, self.plan, self.detail)));
        }
        if permit.map_err(Error::Refused)? == Permit::Ask {
            self.ask(&header)?;
        }
        let Applied { outcome, address } = apply(self.plan).await?;
        Ok(self.sum_up(&header, &outcome, &address))
    }

    fn blocked(&self, address: &Address, change: &PropertyChange) -> Refusal {
        let (name, property) = (&self.environment.name, &change.property);
        let before = change.before.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        Refusal {
            why: format!("{property} of {address} cannot change while {name} stands: everything stands on it"),
            remedy: format!(
                "set it back to {before}, or take {name} down first: `envctl down {}`",
                self.environment.argument()
            ),
        }
    }

    fn nothing_to_do(&self, header: &Header) -> Answer {
        let mut text = match (self.format, self.doing) {
            (Format::Json, _) => return self.sum_up(header, &Outcome::default(), self.address),
            (Format::Human, Doing::Up) => human(header, self.plan, self.detail),
            (Format::Human, Doing::Down) => format!("Nothing of {} exists.\n", header.environment),
        };
        text.extend(self.address.iter().map(|url| format!("  {url}\n")));
        Answer::done(text)
    }

    fn sum_up(&self, header: &Header, outcome: &Outcome, address: &[String]) -> Answer {
        let summary = Summary { doing: self.doing, environment: header, plan: self.plan, outcome, address };
        let exit = if outcome.is_complete() { Exit::Done } else { Exit::Partial };
        match self.format {
            Format::Human => Answer { text: summary.human(), exit },
            Format::Json => Answer::json(&summary.json(), exit),
        }
    }

    fn ask(&self, header: &Header) -> Result<(), Error> {
        let name = header.environment.as_str();
        let question = match self.doing {
            Doing::Up => format!("Apply this to {name} ({})? [y/N] ", header.target),
            Doing::Down => format!("To remove {name} ({}), type its name: ", header.target),
        };
        let answer = ui::ask(&question).while_doing("cannot read the answer")?.unwrap_or_default();
        let agreed = match self.doing {
            Doing::Up => ["y", "yes"].contains(&answer.to_lowercase().as_str()),
            Doing::Down => answer == name,
        };
        let declined = || Refusal {
            why: "the question was not answered in its favour".to_owned(),
            remedy: format!("run `envctl {} {}` again when you are sure", self.doing.command(), header.argument),
        };
        if agreed { Ok(()) } else { Err(Error::Refused(vec![declined()])) }
    }
}
