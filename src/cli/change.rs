use std::sync::Arc;

use crate::engine::{self, Outcome};
use crate::model::{Address, Environment, Inventory, Observed};
use crate::plan::{Change as PropertyChange, Plan};
use crate::promote::unwell;
use crate::provider::{Keep, Provider};
use crate::record::{self, Operation};
use crate::ui::plan::{Detail, human};
use crate::ui::status::addresses;
use crate::ui::summary::{Doing, Summary};
use crate::ui::{self, Header};

use super::apply::Signals;
use super::guard::{Consent, Permit, Refusal, ask, is_yes, judge};
use super::lock::{Deed, Ended, Fate, LockArgs, holding, is_dead, note_unchanged, unsettled};
use super::reviewed::{Reviewed, digest};
use super::{Answer, Error, Exit, Format, Globals, apply, now};

/// A plan on its way to being applied: what `up` and `down` have in common.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    pub doing: Doing,
    /// As what it is written down.
    pub operation: Operation,
    pub environment: &'a Environment,
    pub plan: &'a Plan,
    pub consent: Consent<'a>,
    pub format: Format,
    pub detail: Detail,
    /// Where the environment answers as it stands: URLs.
    pub address: &'a [String],
    /// The plan that was read before, in a file: nothing else is applied.
    pub reviewed: Option<&'a Reviewed>,
    /// What becomes of what is written down of a preview.
    pub fate: &'a Fate,
}

/// How a plan was applied, and where the environment answers now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    pub outcome: Outcome,
    /// URLs.
    pub address: Vec<String>,
}

/// What came of a change, as it is shown and as it is written down.
pub struct Carried {
    answer: Answer,
    /// `None`: there was nothing to do.
    outcome: Option<Outcome>,
    /// What is there, where there was nothing to do.
    unchanged: Vec<Observed>,
}

impl Carried {
    pub fn is_complete(&self) -> bool {
        self.outcome.as_ref().is_none_or(Outcome::is_complete)
    }

    /// Stopped on request.
    pub fn is_interrupted(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.interrupted)
    }

    pub fn into_answer(self) -> Answer {
        self.answer
    }
}

impl Ended for Carried {
    fn outcome(&self) -> Option<record::Outcome> {
        let outcome = self.outcome.as_ref()?;
        Some(if outcome.is_complete() { record::Outcome::Done } else { record::Outcome::Partly })
    }

    fn note(&self) -> Option<String> {
        self.outcome.as_ref()?.failed.first().map(|(_, error)| error.message.clone())
    }
}

impl Change<'_> {
    /// Shows the plan, lets the guard judge it, asks where it must, takes the environment's lock and applies it. What
    /// exists may have changed until then, so under the lock it is looked at again: `plan` says what is to do now.
    pub async fn run<P: Provider + Keep>(
        self,
        provider: &Arc<P>,
        plan: impl Fn(&Inventory) -> Plan,
        wait: &LockArgs,
        globals: &Globals,
    ) -> Result<Answer, Error> {
        let deed = Deed {
            operation: self.operation,
            release: self.environment.release.clone().filter(|_| self.doing == Doing::Up),
            plan: Some(digest(self.plan)),
            note: None,
            fate: self.fate.clone(),
        };
        // Where more may come of what was cut off, nobody knows yet whether there is something to do.
        let is_settled = !self.plan.is_empty() || {
            let record = provider.record().await?.record.as_of(now(), is_dead);
            unsettled(provider.as_ref(), &record).is_none()
        };
        let work = async |signals: &mut Signals| {
            let observed = signals.unless(provider.observe()).await??;
            let now = plan(&observed);
            let change = Change { plan: &now, ..self };
            if let Some(reviewed) = self.reviewed {
                reviewed.ensure_same(self.environment, &observed, &now)?;
            } else if digest(&now) != digest(self.plan) && !now.is_empty() {
                ui::note("\nMeanwhile, what exists has changed. This is to do now:\n\n");
                // Nobody else can do anything meanwhile, so it is not asked for ever.
                let agreed = tokio::time::timeout(globals.lease().unsigned_abs(), change.agree());
                let unanswered = |_| Error::refused("the question was not answered", "run the same command again");
                signals.unless(agreed).await?.map_err(unanswered)??;
            }
            if now.is_empty() {
                return Ok(change.nothing_done());
            }
            change.apply_with(provider, globals, signals).await
        };
        let carried = if self.agree().await? || !is_settled {
            holding(provider, self.environment, deed, wait, globals, work).await?
        } else if self.doing == Doing::Down && self.fate.is_end() {
            let nothing = async |_: &mut Signals| Ok(self.nothing_done());
            holding(provider, self.environment, deed, wait, globals, nothing).await?
        } else {
            self.nothing_done()
        };
        if self.doing == Doing::Up && !carried.unchanged.is_empty() {
            let is_well = unwell(&Inventory::new(carried.unchanged.clone())).is_empty();
            note_unchanged(provider.as_ref(), self.environment, is_well, self.fate).await?;
        }
        Ok(carried.into_answer())
    }

    /// [`run`](Self::run) for whoever holds the lock already.
    pub async fn run_locked<P: Provider>(
        self,
        provider: &Arc<P>,
        globals: &Globals,
        signals: &mut Signals,
    ) -> Result<Carried, Error> {
        if !self.agree().await? {
            return Ok(self.nothing_done());
        }
        self.apply_with(provider, globals, signals).await
    }

    /// What [`run_locked`](Self::run_locked) gives where nothing is to be done.
    pub fn nothing_done(&self) -> Carried {
        Carried { answer: self.nothing_to_do(), outcome: None, unchanged: self.plan.unchanged.clone() }
    }

    /// For whoever holds the lock, and has asked whether it is permitted.
    pub async fn apply_with<P: Provider>(
        &self,
        provider: &Arc<P>,
        globals: &Globals,
        signals: &mut Signals,
    ) -> Result<Carried, Error> {
        self.apply(async |plan| {
            let options = globals.options();
            let work = async |events, stop| engine::apply(Arc::clone(provider), plan, options, events, stop).await;
            let outcome = apply(plan, globals.progress(), signals, work).await?;
            // The summary must not be lost because the last look fails: what was done is done.
            let address = provider.observe().await.map(|found| addresses(&found)).unwrap_or_default();
            Ok(Applied { outcome, address })
        })
        .await
    }

    /// Shows the plan, lets the guard judge it, asks where it must, applies it and sums up. `apply` is called at most
    /// once, and only when nothing speaks against it.
    pub async fn carry_out(self, apply: impl AsyncFnOnce(&Plan) -> Result<Applied, Error>) -> Result<Answer, Error> {
        if !self.agree().await? {
            return Ok(self.nothing_to_do());
        }
        self.apply(apply).await.map(Carried::into_answer)
    }

    async fn apply(&self, apply: impl AsyncFnOnce(&Plan) -> Result<Applied, Error>) -> Result<Carried, Error> {
        let Applied { outcome, address } = apply(self.plan).await?;
        Ok(Carried { answer: self.sum_up(&outcome, &address), outcome: Some(outcome), unchanged: Vec::new() })
    }

    /// Shows the plan, and asks where it must. Whether there is something to do, and nothing and nobody speaks against it.
    pub async fn agree(&self) -> Result<bool, Error> {
        if self.plan.is_empty() {
            return Ok(false);
        }
        let blocked: Vec<Refusal> =
            self.plan.blocked().into_iter().map(|(address, change)| self.blocked(address, change)).collect();
        if !blocked.is_empty() {
            return Err(Error::Refused(blocked));
        }
        let permit = judge(self.doing, self.environment, &self.plan.data_lost(), self.consent);
        // The plan is a part of the question, so it goes where the question goes.
        if self.format == Format::Human || permit == Ok(Permit::Ask) {
            ui::note(&format!("{}\n", human(&self.header(), self.plan, self.detail)));
        }
        if permit.map_err(Error::Refused)? == Permit::Ask {
            self.ask().await?;
        }
        Ok(true)
    }

    fn header(&self) -> Header {
        Header::of(self.environment)
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

    fn nothing_to_do(&self) -> Answer {
        let header = &self.header();
        let mut text = match (self.format, self.doing) {
            (Format::Json, _) => return self.sum_up(&Outcome::default(), self.address),
            (Format::Human, Doing::Up) => human(header, self.plan, self.detail),
            (Format::Human, Doing::Down) => format!("Nothing of {} exists.\n", header.environment),
        };
        text.extend(self.address.iter().map(|url| format!("  {url}\n")));
        Answer::done(text)
    }

    fn sum_up(&self, outcome: &Outcome, address: &[String]) -> Answer {
        let header = &self.header();
        let again = &self.again();
        let summary = Summary { doing: self.doing, environment: header, plan: self.plan, outcome, address, again };
        let exit = if outcome.is_complete() { Exit::Done } else { Exit::Partial };
        match self.format {
            Format::Human => Answer { text: summary.human(), exit },
            Format::Json => Answer::json(&summary.json(), exit),
        }
    }

    fn again(&self) -> String {
        let argument = self.environment.argument();
        match (self.operation, &self.environment.release) {
            // `up` leads to what the definition says, and that is the release that ran before.
            (Operation::Promote, _) => {
                format!("Run `envctl up {argument}` to bring back what ran before, and promote again then.")
            }
            (Operation::Rollback, Some(release)) => {
                format!("Run `envctl rollback {argument} --to {release}` to go on.")
            }
            _ => format!("Run `envctl {} {argument}` again to go on.", self.doing.command()),
        }
    }

    async fn ask(&self) -> Result<(), Error> {
        let header = self.header();
        let name = header.environment.as_str();
        let command = format!("{} {}", self.doing.command(), header.argument);
        match self.doing {
            Doing::Up => {
                let question = format!("Apply this to {name} ({})? [y/N] ", header.target);
                ask(&question, is_yes, &command).await
            }
            Doing::Down => {
                let question = format!("To remove {name} ({}), type its name: ", header.target);
                ask(&question, |answer| answer == name, &command).await
            }
        }
    }
}
