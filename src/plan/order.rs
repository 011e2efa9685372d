use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::model::{Address, Observed, Value};

use super::step::{Action, Step};

/// An id or attribute this short is no evidence that a text equal to it refers to the resource: `tcp`, `443`.
const SHORTEST_MENTION: usize = 4;

/// Puts actions into an order in which each comes after all it needs.
///
/// Certain, from the desired graph: what is made or changed comes after its dependencies, what is deleted comes after
/// its dependents, and what is made comes after the deletion of what bears its address. These edges form no cycle.
///
/// Likely, from what is observed: a resource is deleted after all that mentions it has been deleted or updated.
/// Resources can mention each other, so such an edge is left out where it would close a cycle; the provider then has
/// the last word (it says that something is in use, and the engine tries again).
///
/// Among equals, what is removed for good comes first, then it goes by address.
pub(super) fn order(desired: &Graph, actions: Vec<Action>) -> Vec<Step> {
    let mut edges = Edges { before: vec![BTreeSet::new(); actions.len()] };
    add_certain(&mut edges, desired, &actions);
    add_likely(&mut edges, &actions);

    let key = |index: usize| {
        let action = &actions[index];
        let (rank, phase, id) = match action {
            Action::Delete { observed, replaced_for } => (!replaced_for.is_empty(), 0, observed.id.as_str()),
            Action::Create { .. } | Action::Update { .. } | Action::Wait { .. } => (true, 1, ""),
        };
        (rank, action.address(), phase, id, index)
    };
    let mut missing: Vec<usize> = edges.before.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<_> = (0..actions.len()).filter(|index| missing[*index] == 0).map(key).collect();
    let mut sequence: Vec<usize> = Vec::with_capacity(actions.len());
    let behind = edges.reversed();
    while let Some((.., index)) = ready.pop_first() {
        sequence.push(index);
        for &next in &behind[index] {
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.insert(key(next));
            }
        }
    }
    let position: BTreeMap<usize, usize> = sequence.iter().enumerate().map(|(at, index)| (*index, at)).collect();
    let mut actions: Vec<Option<Action>> = actions.into_iter().map(Some).collect();
    let steps = sequence.iter().filter_map(|&index| {
        let action = actions[index].take()?;
        let after = edges.before[index].iter().filter_map(|before| position.get(before).copied()).collect();
        Some(Step { address: action.address().clone(), action, after })
    });
    steps.collect()
}

struct Edges {
    /// For each action, those that must be done before it.
    before: Vec<BTreeSet<usize>>,
}

impl Edges {
    fn add(&mut self, first: usize, then: usize) {
        self.before[then].insert(first);
    }

    fn add_unless_cyclic(&mut self, first: usize, then: usize) {
        if first != then && !self.leads(then, first) {
            self.add(first, then);
        }
    }

    /// Whether `from` must be done before `to`.
    fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::from([to]);
        let mut open = vec![to];
        while let Some(at) = open.pop() {
            if at == from {
                return true;
            }
            open.extend(self.before[at].iter().copied().filter(|before| seen.insert(*before)));
        }
        false
    }

    fn reversed(&self) -> Vec<Vec<usize>> {
        let mut behind = vec![Vec::new(); self.before.len()];
        for (then, before) in self.before.iter().enumerate() {
            for &first in before {
                behind[first].push(then);
            }
        }
        behind
    }
}

fn add_certain(edges: &mut Edges, desired: &Graph, actions: &[Action]) {
    let mut deletions: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
    let mut others: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
    for (index, action) in actions.iter().enumerate() {
        let deletes = matches!(action, Action::Delete { .. });
        let of_its_sort = if deletes { &mut deletions } else { &mut others };
        of_its_sort.entry(action.address()).or_default().push(index);
    }
    for (then, action) in actions.iter().enumerate() {
        match action {
            Action::Delete { .. } => {
                for first in nearest(desired, action.address(), &deletions) {
                    // This one is the dependent: it goes first.
                    edges.add(then, first);
                }
            }
            Action::Create { .. } | Action::Update { .. } => {
                for first in nearest(desired, action.address(), &others) {
                    edges.add(first, then);
                }
            }
            Action::Wait { .. } => {}
        }
        if matches!(action, Action::Create { .. }) {
            for &first in deletions.get(action.address()).into_iter().flatten() {
                edges.add(first, then);
            }
        }
    }
}

/// The actions on what an address depends on; where there is none, those on what that one in turn depends on.
fn nearest(desired: &Graph, address: &Address, actions: &BTreeMap<&Address, Vec<usize>>) -> BTreeSet<usize> {
    let of = |address: &Address| desired.get(address).map(|resource| resource.dependencies()).unwrap_or_default();
    let mut found = BTreeSet::new();
    let mut seen = of(address);
    let mut open: Vec<Address> = seen.iter().cloned().collect();
    while let Some(address) = open.pop() {
        match actions.get(&address) {
            Some(indexes) => found.extend(indexes),
            None => open.extend(of(&address).into_iter().filter(|next| seen.insert(next.clone()))),
        }
    }
    found
}

fn add_likely(edges: &mut Edges, actions: &[Action]) {
    let mut marks: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (index, action) in actions.iter().enumerate() {
        if let Action::Delete { observed, .. } = action {
            for mark in marks_of(observed) {
                marks.entry(mark).or_default().insert(index);
            }
        }
    }
    let mut link = |first: usize, observed: &Observed| {
        for text in observed.properties.values().flat_map(texts) {
            for &then in marks.get(text).into_iter().flatten() {
                if actions[then].address() != actions[first].address() {
                    edges.add_unless_cyclic(first, then);
                }
            }
        }
    };
    // Deletions first: where edges close a cycle, one from an update is the one to leave out. It is always left out
    // where the update moves a reference to the new one of a replaced resource: it can only come after the deletion.
    for (index, action) in actions.iter().enumerate() {
        if let Action::Delete { observed, .. } = action {
            link(index, observed);
        }
    }
    for (index, action) in actions.iter().enumerate() {
        if let Action::Update { observed, .. } = action {
            link(index, observed);
        }
    }
}

/// By what others mention a resource.
fn marks_of(observed: &Observed) -> impl Iterator<Item = &str> {
    let all = observed.attributes.values().chain([&observed.id]).map(String::as_str);
    all.filter(|mark| mark.chars().count() >= SHORTEST_MENTION)
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) => vec![text],
        Value::List(values) | Value::Join(values) => values.iter().flat_map(texts).collect(),
        Value::Map(entries) => entries.values().flat_map(texts).collect(),
        Value::Bool(_) | Value::Integer(_) | Value::Reference(_) => Vec::new(),
    }
}
