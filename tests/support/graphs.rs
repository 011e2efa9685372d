//! Small resources, and random graphs of them.

use std::collections::BTreeMap;

use envctl::graph::{Graph, Resource, Rule};
use envctl::model::{Address, Inventory, Observed, State, Value};
use proptest::prelude::*;

pub fn address(name: &str) -> Address {
    Address::new("thing", name)
}

/// A desired resource that nothing refers to.
pub fn thing(name: &str) -> Resource {
    Resource::new(address(name), format!("shop-{name}"))
}

pub fn graph(resources: impl IntoIterator<Item = Resource>) -> Graph {
    Graph::new(resources).expect("the test's graph has no cycle")
}

/// An observed resource, ready, whose id is its name and `-id`.
pub fn seen(name: &str) -> Observed {
    let id = format!("{name}-id");
    Observed {
        address: address(name),
        attributes: BTreeMap::from([("id".to_owned(), id.clone())]),
        id,
        state: State::Ready,
        properties: BTreeMap::new(),
        holds_data: None,
    }
}

/// The test's way to say more about an observed resource.
pub trait Seen: Sized {
    fn id(self, id: &str) -> Self;
    fn state(self, state: State) -> Self;
    fn holding(self, data: &str) -> Self;
}

impl Seen for Observed {
    fn id(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self.attributes.insert("id".to_owned(), id.to_owned());
        self
    }

    fn state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    fn holding(mut self, data: &str) -> Self {
        self.holds_data = Some(data.to_owned());
        self
    }
}

pub fn inventory(resources: impl IntoIterator<Item = Observed>) -> Inventory {
    Inventory::new(resources.into_iter().collect())
}

const NAMES: [&str; 9] = ["amber", "birch", "cedar", "daisy", "elder", "fern", "grass", "hazel", "iris"];

/// What a random resource has: plain values, and links to some of those before it.
#[derive(Clone, Debug)]
struct Draft {
    present: bool,
    colour: u8,
    size: u8,
    shape: u8,
    release: u8,
    holds_data: bool,
    links: Vec<(usize, Link)>,
}

#[derive(Clone, Copy, Debug)]
enum Link {
    InPlace,
    Fixed,
    Set,
    Joined,
    Volatile,
    After,
}

fn draft() -> impl Strategy<Value = Draft> {
    let link = prop_oneof![
        3 => Just(Link::InPlace),
        2 => Just(Link::Fixed),
        1 => Just(Link::Set),
        1 => Just(Link::Joined),
        2 => Just(Link::Volatile),
        1 => Just(Link::After),
    ];
    let links = prop::collection::vec((0..NAMES.len(), link), 0..3);
    (prop::bool::weighted(0.8), 0..2_u8, 1..3_u8, 0..2_u8, 0..3_u8, prop::bool::weighted(0.2), links).prop_map(
        |(present, colour, size, shape, release, holds_data, links)| Draft {
            present,
            colour,
            size,
            shape,
            release,
            holds_data,
            links,
        },
    )
}

/// A graph of up to nine resources, whose names do not follow its order. Two of them share
/// addresses and values, so that one is a change of the other.
pub fn graphs() -> impl Strategy<Value = Graph> {
    let names = Just(NAMES.to_vec()).prop_shuffle();
    (names, prop::collection::vec(draft(), NAMES.len())).prop_map(|(names, drafts)| build(&names, &drafts))
}

fn build(names: &[&'static str], drafts: &[Draft]) -> Graph {
    let mut resources = Vec::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| draft.present) {
        let versions = ["16", "16.9", "17.1"];
        let mut resource = thing(names[index])
            .with("colour", i32::from(draft.colour))
            .with("size", i32::from(draft.size))
            .rule("size", Rule::Grow)
            .fixed("shape", i32::from(draft.shape))
            .with("release", versions[usize::from(draft.release)])
            .rule("release", Rule::Version { line: 1 })
            .initially("seed", 7)
            .volatile("revision");
        if draft.holds_data {
            resource = resource.holding(format!("data.{}", names[index]));
        }
        for (to, link) in draft.links.iter().filter(|(to, _)| *to < index && drafts[*to].present) {
            let to = address(names[*to]);
            let set = |attribute| Value::set([to.attribute(attribute), Value::from("always")]);
            resource = match link {
                Link::InPlace => resource.with("link", to.attribute("id")),
                Link::Fixed => resource.fixed("fixed-link", to.attribute("id")),
                Link::Set => resource.with("links", set("id")),
                Link::Joined => resource.with("path", Value::Join(vec!["/".into(), to.attribute("arn")])),
                Link::Volatile => resource.with("revision-of", to.attribute("revision")),
                Link::After => resource.after([to]),
            };
        }
        resources.push(resource);
    }
    graph(resources)
}
