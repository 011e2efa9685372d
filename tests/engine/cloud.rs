use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use envctl::model::{Address, Inventory, Name, Observed, State, Value};
use envctl::provider::{Caller, Error, ErrorKind, Keep, Kept, Patience, Provider, Wanted};
use envctl::record::{Preview, Record};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::support::graphs::address;

pub const LATENCY: Duration = Duration::from_millis(100);

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How the provider behaves.
pub struct Nature {
    /// How long making a thing takes, by its name.
    pub making: BTreeMap<&'static str, Duration>,
    pub otherwise: Duration,
    /// How long a new thing, a new value or a deletion stays invisible.
    pub lag: Duration,
    pub deleting: Duration,
    /// Whether a thing refuses to go while another mentions its id.
    pub strict: bool,
    pub patience: Patience,
    /// What goes wrong: given the number of the call (from 1), its name and its address.
    #[expect(clippy::type_complexity, reason = "it is named nowhere else")]
    pub fault: Box<dyn Fn(usize, &str, &Address) -> Option<Error> + Send + Sync>,
    /// The call, by its number, that never answers; whether it takes effect.
    pub crash: Option<(usize, bool)>,
}

impl Default for Nature {
    fn default() -> Self {
        Self {
            making: BTreeMap::new(),
            otherwise: seconds(10),
            lag: Duration::ZERO,
            deleting: seconds(5),
            strict: true,
            patience: Patience { interval: seconds(5), deadline: seconds(600) },
            fault: Box::new(|_, _, _| None),
            crash: None,
        }
    }
}

struct Thing {
    seen: Observed,
    visible: Instant,
    ready: Instant,
    revision: u32,
    /// What an update has asked for; shown from the one instant, ready from the other.
    next: Option<(BTreeMap<String, Value>, Instant, Instant)>,
    /// When the deletion shows, and when it is over.
    gone: Option<(Instant, Instant)>,
}

/// A provider that takes its time.
pub struct Cloud {
    pub nature: Nature,
    things: Mutex<Vec<Thing>>,
    pub calls: Mutex<Vec<String>>,
    /// How often the record was written, and what was written last.
    pub kept: Mutex<(u64, Record)>,
    pub crashed: Notify,
    under_way: AtomicUsize,
    pub most_at_once: AtomicUsize,
}

impl Cloud {
    pub fn new(nature: Nature) -> Self {
        Self {
            nature,
            things: Mutex::default(),
            calls: Mutex::default(),
            kept: Mutex::default(),
            crashed: Notify::new(),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        }
    }

    /// The same things under another nature, as a new run of the program finds them.
    pub fn reborn(&self, nature: Nature) -> Self {
        let cloud = Self::new(nature);
        *cloud.things.lock().unwrap() = std::mem::take(&mut self.things.lock().unwrap());
        cloud
    }

    /// Puts a thing there as it is.
    pub fn put(&self, seen: Observed) {
        let now = Instant::now();
        let thing = Thing { seen, visible: now, ready: now, revision: 1, next: None, gone: None };
        self.things.lock().unwrap().push(thing);
    }

    pub fn inventory(&self) -> Inventory {
        Inventory::new(self.things.lock().unwrap().iter_mut().filter_map(Thing::look).collect())
    }

    pub fn count(&self, call: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|made| made.starts_with(call)).count()
    }

    async fn call<T>(
        &self,
        name: &str,
        address: &Address,
        effect: impl FnOnce(&mut Vec<Thing>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(format!("{name} {address}"));
            calls.len()
        };
        let at_once = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        sleep(LATENCY).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if let Some((at, takes_effect)) = self.nature.crash
            && at == number
        {
            if takes_effect {
                drop(effect(&mut self.things.lock().unwrap()));
            }
            self.crashed.notify_one();
            return std::future::pending().await;
        }
        match (self.nature.fault)(number, name, address) {
            Some(error) => Err(error),
            None => effect(&mut self.things.lock().unwrap()),
        }
    }

    fn kept(&self) -> Kept {
        let (writes, record) = self.kept.lock().unwrap().clone();
        Kept { record, version: (writes > 0).then(|| writes.to_string()) }
    }

    fn taking(&self, address: &Address) -> Duration {
        self.nature.making.get(address.name.as_str()).copied().unwrap_or(self.nature.otherwise)
    }
}

impl Thing {
    fn is_gone(&self) -> bool {
        self.gone.is_some_and(|(_, gone)| gone <= Instant::now())
    }

    fn look(&mut self) -> Option<Observed> {
        let now = Instant::now();
        if self.is_gone() || now < self.visible {
            return None;
        }
        let mut seen = self.seen.clone();
        if self.gone.is_some_and(|(shown, _)| shown <= now) {
            seen.state = State::Leaving("deleting".to_owned());
        } else if now < self.ready {
            seen.state = State::Pending("creating".to_owned());
            seen.attributes.retain(|attribute, _| attribute == "id");
        } else if let Some((properties, shown, ready)) = self.next.clone() {
            if now >= ready {
                self.next = None;
                self.revision += 1;
                self.seen.state = State::Ready;
                self.seen.properties = properties;
                self.seen.attributes = attributes(&self.seen.id, self.revision);
                return Some(self.seen.clone());
            }
            if now >= shown {
                seen.state = State::Pending("modifying".to_owned());
            }
        }
        Some(seen)
    }
}

fn attributes(id: &str, revision: u32) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("id".to_owned(), id.to_owned()),
        ("arn".to_owned(), format!("arn:{id}")),
        ("revision".to_owned(), format!("{id}.{revision}")),
    ])
}

fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::Text(text) => text == id,
        Value::List(values) => values.iter().any(|value| mentions(value, id)),
        _ => false,
    }
}

fn owned(properties: &BTreeMap<&'static str, Value>) -> BTreeMap<String, Value> {
    properties.iter().map(|(property, value)| ((*property).to_owned(), value.clone())).collect()
}

impl Provider for Cloud {
    async fn caller(&self) -> Result<Caller, Error> {
        Ok(Caller { account: "1".to_owned(), name: "test".to_owned() })
    }

    async fn observe(&self) -> Result<Inventory, Error> {
        Ok(self.inventory())
    }

    async fn look(&self, address: &Address, id: &str) -> Result<Option<Observed>, Error> {
        self.call("look", address, |things| {
            Ok(things.iter_mut().find(|thing| thing.seen.id == id).and_then(Thing::look))
        })
        .await
    }

    async fn create(&self, wanted: &Wanted) -> Result<String, Error> {
        self.call("create", &wanted.address, |things| {
            let now = Instant::now();
            if let Some(thing) = things.iter().find(|thing| thing.seen.address == wanted.address && !thing.is_gone()) {
                return match thing.gone {
                    None => Ok(thing.seen.id.clone()),
                    Some(_) => Err(Error::new(ErrorKind::Transient, "the name is still taken")),
                };
            }
            let id = format!("{}-{}", wanted.address.name, things.len());
            let seen = Observed {
                address: wanted.address.clone(),
                id: id.clone(),
                state: State::Ready,
                properties: owned(&wanted.properties),
                attributes: attributes(&id, 1),
                holds_data: wanted.holds_data.clone(),
            };
            let (visible, ready) = (now + self.nature.lag, now + self.taking(&wanted.address));
            things.push(Thing { seen, visible, ready, revision: 1, next: None, gone: None });
            Ok(id)
        })
        .await
    }

    async fn update(&self, wanted: &Wanted, observed: &Observed, properties: &[&str]) -> Result<(), Error> {
        assert!(!properties.is_empty(), "an update names what to change");
        self.call("update", &wanted.address, |things| {
            let shown = Instant::now() + self.nature.lag;
            let thing = things.iter_mut().find(|thing| thing.seen.id == observed.id && thing.gone.is_none());
            let Some(thing) = thing else { return Err(Error::new(ErrorKind::Rejected, "there is no such thing")) };
            if thing.look().is_none_or(|seen| matches!(seen.state, State::Pending(_))) {
                return Err(Error::new(ErrorKind::Rejected, "it is not ready to be changed"));
            }
            let mut next = thing.seen.properties.clone();
            next.extend(owned(&wanted.properties).into_iter().filter(|(name, _)| properties.contains(&name.as_str())));
            thing.next = Some((next, shown, shown + self.taking(&wanted.address)));
            Ok(())
        })
        .await
    }

    async fn delete(&self, observed: &Observed) -> Result<(), Error> {
        self.call("delete", &observed.address, |things| {
            let others =
                things.iter().filter(|other| self.nature.strict && other.seen.id != observed.id && !other.is_gone());
            for other in others {
                if other.seen.properties.values().any(|value| mentions(value, &observed.id)) {
                    let message = format!("{} is used by {}", observed.id, other.seen.id);
                    return Err(Error::new(ErrorKind::InUse, message));
                }
            }
            let shown = Instant::now() + self.nature.lag;
            let gone = (shown, shown + self.nature.deleting);
            for thing in things.iter_mut().filter(|thing| thing.seen.id == observed.id) {
                thing.gone.get_or_insert(gone);
            }
            Ok(())
        })
        .await
    }

    fn settles_within(&self) -> Duration {
        Duration::ZERO
    }

    fn patience(&self, _: &Address) -> Patience {
        self.nature.patience
    }
}

/// One call on one thing goes wrong each time.
pub fn fails(call: &'static str, name: &'static str, kind: ErrorKind) -> Nature {
    let fault = move |_, made: &str, at: &Address| {
        (made == call && *at == address(name)).then(|| Error::new(kind, format!("{call} went wrong")))
    };
    Nature { fault: Box::new(fault), ..Nature::default() }
}

impl Keep for Cloud {
    async fn record(&self) -> Result<Kept, Error> {
        sleep(LATENCY).await;
        Ok(self.kept())
    }

    async fn replace(&self, kept: &Kept, record: &Record) -> Result<bool, Error> {
        sleep(LATENCY).await;
        let is_present = self.kept().version == kept.version;
        let mut now = self.kept.lock().unwrap();
        if is_present {
            *now = (now.0 + 1, record.clone());
        }
        Ok(is_present)
    }

    async fn forget(&self) -> Result<(), Error> {
        sleep(LATENCY).await;
        *self.kept.lock().unwrap() = Default::default();
        Ok(())
    }

    async fn previews(&self) -> Result<BTreeMap<Name, Preview>, Error> {
        sleep(LATENCY).await;
        let name = Name::new("preview").unwrap();
        Ok(self.kept().record.preview.map(|preview| (name, preview)).into_iter().collect())
    }
}
