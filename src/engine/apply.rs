use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::plan::Plan;
use crate::provider::{Error, ErrorKind, Provider};

use super::attributes::Attributes;
use super::calls::{Calls, Ended};
use super::clock::now;
use super::event::{Event, Outcome};
use super::options::Options;
use super::step::StepRun;

/// Carries out the plan. Every step starts the moment those it comes after are done; a step that fails takes along only
/// the steps that depend on it.
///
/// Once `stop` is true no step starts any more, and those under way finish the call they are in and stop waiting. What
/// is left is in the outcome. Dropping the future abandons the calls under way; nothing is lost by either, as the next
/// plan goes on from what exists.
///
/// Needs a tokio runtime with its timer.
pub async fn apply<P: Provider>(
    provider: Arc<P>,
    plan: &Plan,
    options: Options,
    events: mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<bool>,
) -> Outcome {
    let shared = Arc::new(Shared {
        attributes: Attributes::new(plan),
        permits: Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
        provider,
        options,
        events,
        stop,
    });
    let mut schedule = Schedule {
        plan,
        shared,
        waiting: plan.steps.iter().map(|step| step.after.clone()).enumerate().collect(),
        running: BTreeMap::new(),
        tasks: JoinSet::new(),
        outcome: Outcome::default(),
    };
    let began = now();
    schedule.run().await;
    let mut outcome = schedule.outcome;
    outcome.done.sort_unstable();
    outcome.failed.sort_unstable_by_key(|(step, _)| *step);
    outcome.skipped.sort_unstable();
    outcome.took = began.elapsed();
    outcome
}

/// What all steps of one plan share.
struct Shared<P> {
    provider: Arc<P>,
    attributes: Attributes,
    options: Options,
    permits: Semaphore,
    events: mpsc::UnboundedSender<Event>,
    stop: watch::Receiver<bool>,
}

struct Schedule<'a, P> {
    plan: &'a Plan,
    shared: Arc<Shared<P>>,
    /// The steps not begun, each with those it still waits for.
    waiting: BTreeMap<usize, BTreeSet<usize>>,
    running: BTreeMap<Id, (usize, Instant)>,
    /// Dropped with the schedule, and the tasks end with it.
    tasks: JoinSet<Result<(), Ended>>,
    outcome: Outcome,
}

impl<P: Provider> Schedule<'_, P> {
    async fn run(&mut self) {
        self.start_ready();
        while let Some(joined) = self.tasks.join_next_with_id().await {
            let (id, result) = match joined {
                Ok((id, result)) => (id, result),
                Err(error) => (error.id(), Err(Ended::Failed(defect(&error)))),
            };
            let Some((step, began)) = self.running.remove(&id) else { continue };
            self.ended(step, began, result);
            self.start_ready();
        }
        // What was never begun, since the engine was asked to stop.
        for step in std::mem::take(&mut self.waiting).into_keys() {
            self.outcome.interrupted |= *self.shared.stop.borrow();
            self.skip(step);
        }
    }

    fn start_ready(&mut self) {
        if *self.shared.stop.borrow() {
            return;
        }
        let ready: Vec<usize> =
            self.waiting.extract_if(.., |_, after| after.is_empty()).map(|(step, _)| step).collect();
        for step in ready {
            self.start(step);
        }
    }

    fn start(&mut self, index: usize) {
        let (shared, step, began) = (Arc::clone(&self.shared), self.plan.steps[index].clone(), now());
        self.tell(Event::Started { step: index, address: step.address.clone() });
        let task = self.tasks.spawn(async move {
            let calls = Calls {
                step: index,
                address: &step.address,
                options: &shared.options,
                patience: shared.options.patience(shared.provider.patience(&step.address)),
                began,
                permits: &shared.permits,
                events: &shared.events,
                stop: shared.stop.clone(),
                state: None,
            };
            let run = StepRun { provider: &*shared.provider, attributes: &shared.attributes, calls };
            run.run(&step.action).await
        });
        self.running.insert(task.id(), (index, began));
    }

    fn ended(&mut self, step: usize, began: Instant, result: Result<(), Ended>) {
        let (address, took) = (self.plan.steps[step].address.clone(), began.elapsed());
        match result {
            Ok(()) => {
                for after in self.waiting.values_mut() {
                    after.remove(&step);
                }
                self.outcome.done.push(step);
                self.tell(Event::Finished { step, address, took });
            }
            Err(Ended::Failed(error)) => {
                self.tell(Event::Failed { step, address, took, error: error.message.clone() });
                self.outcome.failed.push((step, error));
                self.skip_dependents(step);
            }
            Err(Ended::Interrupted(left)) => {
                self.outcome.interrupted = true;
                self.outcome.skipped.push(step);
                self.tell(Event::Interrupted { step, address, took, left });
            }
        }
    }

    /// A plan's steps come after earlier ones only, so one pass finds the dependents of dependents.
    fn skip_dependents(&mut self, failed: usize) {
        let mut lost = BTreeSet::from([failed]);
        let dependents = self.waiting.extract_if(.., |step, after| {
            let skips = !after.is_disjoint(&lost);
            if skips {
                lost.insert(*step);
            }
            skips
        });
        for (step, _) in dependents.collect::<Vec<_>>() {
            self.skip(step);
        }
    }

    fn skip(&mut self, step: usize) {
        self.outcome.skipped.push(step);
        self.tell(Event::Skipped { step, address: self.plan.steps[step].address.clone() });
    }

    fn tell(&self, event: Event) {
        // Nobody has to listen.
        self.shared.events.send(event).ok();
    }
}

/// A step's task ends early only by a panic, which must not take the other steps along.
fn defect(error: &JoinError) -> Error {
    Error::new(ErrorKind::Unexpected, format!("a defect of envctl ended this step: {error}"))
}
