//! What every user of the machine can see of processes, and what their owner can, while commands run.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// So many looks at a process are as quick as can be.
const OFTEN: usize = 50;

/// A process as it was seen once.
#[derive(Clone, Debug)]
pub struct Seen {
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
}

/// Looks again and again, from a thread of its own, until it is asked what it has seen.
pub struct Watch {
    over: Arc<AtomicBool>,
    seen: JoinHandle<Vec<Seen>>,
}

impl Seen {
    /// The name of what runs.
    pub fn program(&self) -> &str {
        let first = self.arguments.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or_default()
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Watch {
    pub fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let earlier: HashSet<u32> = processes().collect();
        let seen = std::thread::spawn(move || {
            let mut known: HashMap<u32, (Vec<u8>, usize)> = HashMap::new();
            let mut seen = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                for pid in processes().filter(|pid| !earlier.contains(pid)) {
                    let (last, looks) = known.entry(pid).or_default();
                    *looks += 1;
                    // What has been the same for long most likely stays so.
                    if *looks > OFTEN && !looks.is_multiple_of(OFTEN) {
                        continue;
                    }
                    let Some(arguments) = read(pid, "cmdline") else { continue };
                    if arguments.is_empty() || arguments == *last {
                        continue;
                    }
                    let environment = read(pid, "environ").unwrap_or_default();
                    // It may have become another program in between.
                    if read(pid, "cmdline").as_ref() == Some(&arguments) {
                        seen.push(Seen { arguments: words(&arguments), environment: pairs(&environment) });
                        (*last, *looks) = (arguments, 0);
                    }
                }
                std::thread::sleep(Duration::from_millis(4));
            }
            seen
        });
        Self { over, seen }
    }

    pub fn seen(self) -> Vec<Seen> {
        self.over.store(true, Ordering::Relaxed);
        self.seen.join().expect("it looks without failing")
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("this is Linux");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn read(pid: u32, what: &str) -> Option<Vec<u8>> {
    fs::read(format!("/proc/{pid}/{what}")).ok()
}

fn words(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// A word without `=` is a name that a shell takes over at this moment: it sets a zero in the place of the `=`.
fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    let mut words = words(bytes).into_iter();
    let mut pairs = Vec::new();
    while let Some(word) = words.next() {
        pairs.push(match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (word, words.next().unwrap_or_default()),
        });
    }
    pairs
}
