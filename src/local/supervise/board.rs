use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::lock::Lock;
use super::spec::Spec;
use super::state::{self, Instance, Phase, State};
use crate::local::clock;
use crate::local::process::Identity;

/// Where the instances say how they are: the state's file follows, and the proxy looks here for whom to ask.
pub struct Board {
    folder: PathBuf,
    lock: Arc<Lock>,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    /// What could not be written, as the disk was full, is tried again.
    written: bool,
}

impl Board {
    pub fn new(spec: &Spec, supervisor: Identity, lock: Arc<Lock>) -> Self {
        let instance = |number| Instance {
            number,
            phase: Phase::Backoff,
            since: clock::timestamp(),
            detail: None,
            process: None,
            port: None,
            restarts: 0,
            last_exit: None,
        };
        let state = State {
            component: spec.component.clone(),
            supervisor,
            alive: true,
            listen: spec.listen,
            properties: spec.properties.clone(),
            instances: (1..=spec.count).map(instance).collect(),
        };
        Self { folder: spec.folder.clone(), lock, inner: Mutex::new(Inner { state, written: false }) }
    }

    /// Writes the state where that is due.
    pub fn write(&self) -> std::io::Result<()> {
        let mut inner = self.lock();
        // Once the folder was removed another supervisor may write there.
        if !inner.written && self.lock.is_in_place() {
            state::write(&self.folder, &inner.state)?;
            inner.written = true;
        }
        Ok(())
    }

    pub fn change(&self, number: u32, change: impl FnOnce(&mut Instance)) {
        let mut inner = self.lock();
        let Some(instance) = inner.state.instances.iter_mut().find(|instance| instance.number == number) else {
            return;
        };
        let before = instance.clone();
        change(instance);
        if instance.phase != before.phase {
            instance.since = clock::timestamp();
        }
        if *instance != before {
            inner.written = false;
            drop(inner);
            // Tried again by who calls `write` from time to time.
            self.write().ok();
        }
    }

    /// Numbers and ports of the healthy instances.
    pub fn healthy(&self) -> Vec<(u32, u16)> {
        let inner = self.lock();
        let healthy = inner.state.instances.iter().filter(|instance| instance.phase == Phase::Healthy);
        healthy.filter_map(|instance| Some((instance.number, instance.port?))).collect()
    }

    /// The ports in use.
    pub fn ports(&self) -> Vec<u16> {
        self.lock().state.instances.iter().filter_map(|instance| instance.port).collect()
    }

    pub fn component(&self) -> String {
        self.lock().state.component.clone()
    }

    pub fn state(&self) -> State {
        self.lock().state.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
