use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};
use jiff::civil::Date;

use crate::model::{Audience, Aws, Data, Deliberate, Environment, Local, Name, Placeholder, Seed, Target};

use super::diagnostic::Fault;
use super::forms::{self, ACCOUNT, CERTIFICATE, COMMAND_LINE, DOMAIN, PROJECT_PATH, REGION, RELEASE, ROLE, SENTENCE};
use super::reader::{Table, Value};
use super::shape::{bad_name, name_of_key, repaired, shape, variable, variable_value};
use super::tree::Content;

/// The keys that stand in an environment's own file only, and what the file has them for.
pub(super) const OWN_KEYS: [&str; 9] =
    ["template", "mirrors", "release", "protected", "aws", "local", "audience", "data", "deliberate"];

/// The whole of a definition, overlay done.
///
/// A faulty part is reported, and a stand-in put in its place so that the rules between the others can be checked;
/// whoever calls this drops an environment with faults. `None` while only a part of the definition is at hand.
pub(super) fn environment(root: &mut Table<'_>, name: &Name) -> Option<Environment> {
    root.get("template");
    let app = root.required("app", "such as app = \"shop\" in the template", name_in_text);
    let shape = shape(root);
    let mirrors = root.optional("mirrors", name_in_text);
    let release = root.optional("release", |value| value.form(&RELEASE));
    let protected = root.optional("protected", |value| value.boolean()).unwrap_or(false);
    let target = target(root);
    let audience = root.optional("audience", |value| audience(value, name)).unwrap_or_default();
    let data = root.optional("data", |value| value.entries("a table", name_of_key, data)).unwrap_or_default();
    let deliberate =
        root.optional("deliberate", |value| value.list("an array of tables, written [[deliberate]]", deliberate));
    (!root.value.reading.partial).then(|| Environment {
        app: app.unwrap_or_else(|| name.clone()),
        name: name.clone(),
        like: None,
        protected,
        mirrors,
        target: target.unwrap_or(Target::Local(Local::default())),
        release,
        shape,
        audience,
        data,
        deliberate: deliberate.unwrap_or_default(),
    })
}

pub(super) fn name_in_text(value: Value<'_>) -> Option<Name> {
    let text = value.text("a text, a name such as \"shop\"")?;
    match Name::new(text) {
        Ok(name) => Some(name),
        Err(error) => value.fault(bad_name(text, error).suggest(repaired(text).map(|name| format!("\"{name}\"")))),
    }
}

fn target(root: &mut Table<'_>) -> Option<Target> {
    const EXPECTED: &str = "exactly one of [aws] and [local]";
    let (on_aws, local) = (root.get("aws"), root.get("local"));
    match (on_aws, local) {
        (Some(value), None) => aws(value).map(Target::Aws),
        (None, Some(value)) => value.table("a table", |_| Some(Target::Local(Local::default()))),
        (Some(aws), Some(local)) => local.fault(
            Fault::new("two-targets", "the environment has two targets")
                .expected(EXPECTED)
                .related(Some(aws.node.place), "the other stands here"),
        ),
        (None, None) => root.missing(Fault::new("no-target", "the environment has no target").expected(EXPECTED)),
    }
}

fn aws(value: Value<'_>) -> Option<Aws> {
    value.table("a table", |aws| {
        let account = aws.required("account", "such as account = \"111111111111\"", |value| value.form(&ACCOUNT));
        let region = aws.required("region", "such as region = \"eu-west-1\"", |value| value.form(&REGION));
        let role = aws.optional("role", |value| value.form(&ROLE));
        let cidr = aws.get("cidr").map_or(Some(DEFAULT_CIDR), cidr);
        Some(Aws { account: account?, region: region?, role, cidr: cidr? })
    })
}

const DEFAULT_CIDR: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 0, 0, 0), 16);

/// A VPC is a /16 to a /28 (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>); from /21 on, a
/// sixteenth of it would be too small for a subnet.
fn cidr(value: Value<'_>) -> Option<Ipv4Net> {
    const EXPECTED: &str = "a private network of /16 to /20 such as \"10.20.0.0/16\"";
    let IpNet::V4(network) = net(value, EXPECTED)? else {
        return value.fault(Fault::new("invalid-cidr", "the VPC's network is an IPv4 network").expected(EXPECTED));
    };
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        .iter()
        .filter_map(|range| range.parse::<Ipv4Net>().ok())
        .any(|range| range.contains(&network));
    if private && (16..=20).contains(&network.prefix_len()) {
        return Some(network);
    }
    let what = if private { "of the wrong size for a VPC" } else { "not a private network (RFC 1918)" };
    value.fault(Fault::new("invalid-cidr", format!("{network} is {what}")).expected(EXPECTED))
}

/// A network whose host bits are zero.
fn net(value: Value<'_>, expected: &str) -> Option<IpNet> {
    let text = value.text(&format!("a text, {expected}"))?;
    let Ok(network) = text.parse::<IpNet>() else {
        let single = text.parse::<std::net::IpAddr>().ok().map(|address| format!("\"{}\"", IpNet::from(address)));
        let fault = Fault::new("invalid-cidr", format!("{text:?} is not a network in CIDR form"));
        return value.fault(fault.expected(expected).suggest(single));
    };
    if network.trunc() == network {
        return Some(network);
    }
    let fault = Fault::new("host-bits", format!("{network} names a host, not a network"));
    value.fault(fault.expected(expected).suggest(Some(format!("\"{}\"", network.trunc()))))
}

fn audience(value: Value<'_>, name: &Name) -> Option<Audience> {
    value.table("a table", |audience| {
        let domain = audience.optional("domain", |value| domain(value, name));
        let certificate = audience.optional("certificate", |value| value.form(&CERTIFICATE));
        let allow = audience.optional("allow", allow).unwrap_or_default();
        let config = audience
            .optional("config", |value| value.entries("a table", variable, |value, _| variable_value(value)))
            .unwrap_or_default();
        Some(Audience { domain, certificate, allow, config })
    })
}

/// With the environment's name in it a copy of the environment has a domain of its own.
fn domain(value: Value<'_>, name: &Name) -> Option<String> {
    let text = value.text(&format!("a text, {}", DOMAIN.expected))?;
    let domain = text.replace(&Placeholder::Environment.to_string(), name.as_str());
    if (DOMAIN.holds)(&domain) { Some(domain) } else { value.fault(DOMAIN.fault(text)) }
}

fn allow(value: Value<'_>) -> Option<Vec<IpNet>> {
    let expected = "a network such as \"203.0.113.0/24\" or \"2001:db8::/32\"";
    let mut networks = BTreeSet::new();
    value.list("an array of networks", |element| {
        let network = net(element, expected)?;
        if networks.insert(network) {
            return Some(());
        }
        element.fault(Fault::new("duplicate-cidr", format!("{network} stands here twice")).help("remove one"))
    })?;
    Some(networks.into_iter().collect())
}

fn data(value: Value<'_>, _: &str) -> Option<Data> {
    value.table("a table", |data| {
        let seed = data.optional("seed", seed);
        let throwaway = data.optional("throwaway", |value| value.boolean()).unwrap_or(false);
        Some(Data { seed, throwaway })
    })
}

/// `seed = "seeds/fake.sql"`, or `seed = { command = "bin/seed" }`.
fn seed(value: Value<'_>) -> Option<Seed> {
    let Content::Table(_) = value.node.content else { return value.form(&PROJECT_PATH).map(Seed::File) };
    value.table("a path, or a table such as { command = \"bin/seed\" }", |seed| {
        let command = seed.required("command", "such as command = \"bin/seed\"", |value| value.form(&COMMAND_LINE));
        Some(Seed::Command { command: command? })
    })
}

fn deliberate(value: Value<'_>) -> Option<Deliberate> {
    value.table("a table", |entry| {
        let path = entry.required("path", "such as path = \"compute.web.count\"", pattern);
        let reason = entry.required("reason", "why the two may differ", |value| value.form(&SENTENCE));
        let owner = entry.required("owner", "who answers for it", |value| value.form(&SENTENCE));
        let expires = entry.required("expires", "such as expires = 2027-03-31", date);
        let origin = value.reading.report.files.origin(value.node.place);
        Some(Deliberate { path: path?, reason: reason?, owner: owner?, expires: expires?, origin })
    })
}

/// A path, in whose segments `*` may stand. A segment with other characters is quoted, as in TOML.
fn pattern(value: Value<'_>) -> Option<String> {
    let text = value.text("a text, a path such as \"compute.web.count\"")?;
    if forms::path_segments(text).is_some() {
        return Some(text.to_owned());
    }
    let fault = Fault::new("invalid-path", format!("{text:?} is not a path in a definition"));
    value.fault(fault.expected("keys with dots between them such as \"compute.web.count\" or \"compute.*.count\""))
}

fn date(value: Value<'_>) -> Option<Date> {
    const EXPECTED: &str = "a date without quotes such as 2027-03-31";
    let Content::Date(date) = &value.node.content else {
        if let Content::Text(text) = &value.node.content
            && text.parse::<Date>().is_ok()
        {
            let fault = Fault::new("wrong-type", "a text where a date belongs");
            return value.fault(fault.expected(EXPECTED).suggest(Some(text)));
        }
        return value.wrong_type(EXPECTED);
    };
    let day = date.date.filter(|_| date.time.is_none()).and_then(|date| {
        let number = |part: u8| i8::try_from(part).ok();
        Date::new(i16::try_from(date.year).ok()?, number(date.month)?, number(date.day)?).ok()
    });
    if day.is_none() {
        value.fault::<()>(Fault::new("invalid-date", "not a day of the calendar alone").expected(EXPECTED));
    }
    day
}
