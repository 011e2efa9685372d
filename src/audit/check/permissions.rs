use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::service::{DATABASE, ROLE, SECRET, actions_on, kind_of};
use crate::audit::Code;
use crate::audit::draft::Draft;
use crate::audit::facts::{Facts, fill};
use crate::audit::iam::{Access, Document, Principal, Request, access, stem};
use crate::model::{Compute, Environment, Name, Path, Target};

const REMEDY: &str = "write {environment} into the resources, and name the actions one by one";

/// Permissions by which a component's role reaches what is another environment's.
pub fn check(facts: &Facts<'_>) -> Vec<Draft> {
    let goods = Goods::new(facts);
    let components = facts.environments().flat_map(|environment| {
        environment.shape.compute.iter().map(move |(name, compute)| (environment, name, compute))
    });
    let mut known = Known::new();
    components.flat_map(|component| of_component(facts, &goods, &mut known, component)).collect()
}

/// A resource that a definition implies, by an ARN of the form that it will have.
struct Good<'a> {
    of: &'a Environment,
    account: &'a str,
    actions: &'static [&'static str],
}

/// By ARN, sorted, so that those that a pattern can match stand together.
struct Goods<'a>(BTreeMap<String, Good<'a>>);

impl<'a> Goods<'a> {
    fn new(facts: &Facts<'a>) -> Self {
        let mut goods = BTreeMap::new();
        for environment in facts.environments() {
            let Target::Aws(aws) = &environment.target else { continue };
            let (app, name, account, region) = (&environment.app, &environment.name, aws.account.as_str(), &aws.region);
            let mut add = |arn: String, actions| goods.extend([(arn, Good { of: environment, account, actions })]);
            for secret in environment.shape.secrets.keys() {
                // Secrets Manager ends an ARN with six characters of its own.
                add(format!("arn:aws:secretsmanager:{region}:{account}:secret:{app}/{name}/{secret}-AbCdEf"), SECRET);
            }
            for database in environment.shape.database.keys() {
                add(format!("arn:aws:rds:{region}:{account}:db:{app}-{name}-{database}"), DATABASE);
            }
            for component in environment.shape.compute.keys() {
                add(format!("arn:aws:iam::{account}:role/{app}-{name}-{component}"), ROLE);
            }
            let permissions = environment.shape.compute.values().flat_map(|compute| &compute.permissions);
            for text in permissions.flat_map(|permission| &permission.resources) {
                let arn = fill(text, environment);
                if arn.contains(name.as_str()) && text.source().contains("{environment}") {
                    add(arn.replace(['*', '?'], "x"), actions_on(&arn));
                }
            }
        }
        Self(goods)
    }

    /// Those that a resource pattern may match.
    fn near(&self, pattern: &str) -> impl Iterator<Item = (&String, &Good<'a>)> {
        let stem = stem(pattern).to_owned();
        self.0.range(stem.clone()..).take_while(move |(arn, _)| arn.starts_with(&stem))
    }
}

/// What a pattern of a permission reaches: who is reached in one way stands together, however many they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    resources: BTreeSet<&'static str>,
    actions: BTreeSet<&'static str>,
    /// The other's account still stands in between.
    one_sided: bool,
    into_production: bool,
}

/// Patterns that many environments have from their template are judged once for each account.
type Known<'a> = BTreeMap<(&'a str, &'a [String], String), Rc<BTreeMap<Way, BTreeSet<&'a Name>>>>;

fn of_component<'a>(
    facts: &Facts<'a>,
    goods: &Goods<'a>,
    known: &mut Known<'a>,
    (environment, component, compute): (&'a Environment, &Name, &'a Compute),
) -> Vec<Draft> {
    let Target::Aws(aws) = &environment.target else { return Vec::new() };
    let path = Path::new(["compute", component.as_str(), "permissions"]);
    let origin = facts.origin(&environment.name, &path);
    let mut drafts = Vec::new();
    for permission in &compute.permissions {
        for resource in &permission.resources {
            let key = (aws.account.as_str(), permission.actions.as_slice(), fill(resource, environment));
            let ways = match known.get(&key) {
                Some(ways) => Rc::clone(ways),
                None => {
                    let ways = Rc::new(reached(facts, goods, key.0, key.1, &key.2));
                    known.insert(key, Rc::clone(&ways));
                    ways
                }
            };
            for (way, owners) in ways.iter() {
                let mut others = owners.iter().filter(|owner| **owner != &environment.name).peekable();
                if others.peek().is_none() {
                    continue;
                }
                let resources: Vec<&str> = way.resources.iter().copied().collect();
                let actions: Vec<&str> = way.actions.iter().copied().collect();
                let but = if way.one_sided { "; only the other's account still holds them back" } else { "" };
                let message = format!("{path} reach {} of others{but}", resources.join(", "));
                let draft = Draft::new(Code::CrossingPermission, message, REMEDY).lowered(way.one_sided);
                let draft = others.fold(draft, |draft, owner| draft.owner(owner));
                drafts.push(draft.seen(&environment.name, path.clone(), origin.clone(), actions.join(", ")));
            }
        }
    }
    drafts
}

fn reached<'a>(
    facts: &Facts<'a>,
    goods: &Goods<'a>,
    account: &str,
    actions: &[String],
    pattern: &str,
) -> BTreeMap<Way, BTreeSet<&'a Name>> {
    let policies = [Document::allowing(actions.to_vec(), vec![pattern.to_owned()])];
    // Which role it is makes no difference: no resource's policy is known.
    let principal = Principal { arn: "", account, policies: &policies, ..Principal::default() };
    let mut by_owner: BTreeMap<&Name, Way> = BTreeMap::new();
    for (resource, good) in goods.near(pattern) {
        let may = |action: &&&str| {
            let request = Request { action, resource, account: good.account, ..Request::default() };
            // Within one account a trust policy that nobody wrote lets nobody in; envctl writes one for EC2 alone.
            access(&principal, &request) > Access::Denied && !(good.account == account && **action == "sts:AssumeRole")
        };
        let allowed: BTreeSet<&'static str> = good.actions.iter().filter(may).copied().collect();
        if !allowed.is_empty() {
            let way = by_owner.entry(&good.of.name).or_insert_with(|| Way {
                resources: BTreeSet::new(),
                actions: BTreeSet::new(),
                one_sided: good.account != account,
                into_production: facts.is_production(&good.of.name),
            });
            way.resources.insert(kind_of(resource));
            way.actions.extend(allowed);
        }
    }
    let mut ways: BTreeMap<Way, BTreeSet<&Name>> = BTreeMap::new();
    for (owner, way) in by_owner {
        ways.entry(way).or_default().insert(owner);
    }
    ways
}
