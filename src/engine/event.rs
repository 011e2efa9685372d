use std::time::Duration;

use crate::model::Address;

/// What happens while a plan is applied. Reporters print events; the engine prints nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The step's dependencies are done and its first call is on its way. `step` is its index in the plan.
    Started {
        step: usize,
        address: Address,
    },
    /// It takes its time: the provider has begun, or something else has to go first. `detail` is the provider's own word
    /// for the state, or the cause in a few words (`still in use`). Told once for each new detail.
    Waiting {
        step: usize,
        address: Address,
        detail: String,
    },
    /// A transient error: the same call goes out again after `pause`. What is merely still in use is
    /// [`Waiting`](Self::Waiting).
    Retrying {
        step: usize,
        address: Address,
        attempt: u32,
        pause: Duration,
        error: String,
    },
    Finished {
        step: usize,
        address: Address,
        took: Duration,
    },
    Failed {
        step: usize,
        address: Address,
        took: Duration,
        error: String,
    },
    /// Never begun: what it depends on failed, or the engine was asked to stop.
    Skipped {
        step: usize,
        address: Address,
    },
    /// The engine was asked to stop while it waited; `left` says what for (`to see it ready: creating`). Running again
    /// goes on from there.
    Interrupted {
        step: usize,
        address: Address,
        took: Duration,
        left: String,
    },
}

/// How applying a plan ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Indexes of the plan's steps, ascending.
    pub done: Vec<usize>,
    /// With what went wrong.
    pub failed: Vec<(usize, crate::provider::Error)>,
    /// Never begun, or left under way when the engine was asked to stop.
    pub skipped: Vec<usize>,
    /// Asked to stop before all was done.
    pub interrupted: bool,
    pub took: Duration,
}

impl Outcome {
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty()
    }
}
