use std::collections::BTreeMap;

use crate::model::{
    Compute, ConfigValue, Count, Egress, Name, Network, Permission, Placeholder, SecretSpec, Shape, Source, Text,
};

use super::database::database;
use super::diagnostic::Fault;
use super::forms::{self, ACTION, HEALTH, PROJECT_PATH, VARIABLE, WORKDIR};
use super::instance::compute_instance;
use super::reader::{Table, Value};
use super::tree::Content;

/// What the tables of the shape say, without what is faulty.
pub(super) fn shape(root: &mut Table<'_>) -> Shape {
    Shape {
        network: root.optional("network", network).unwrap_or(DEFAULT_NETWORK),
        compute: root.optional("compute", |value| named(value, component)).unwrap_or_default(),
        database: root.optional("database", |value| named(value, database)).unwrap_or_default(),
        config: root.optional("config", |value| value.entries("a table", variable, config_value)).unwrap_or_default(),
        secrets: root.optional("secrets", |value| value.entries("a table", variable, secret)).unwrap_or_default(),
    }
}

fn named<T>(value: Value<'_>, read: impl Fn(Value<'_>, &str) -> Option<T>) -> Option<BTreeMap<Name, T>> {
    value.entries("a table", name_of_key, read)
}

const DEFAULT_NETWORK: Network = Network { zones: 2, egress: Egress::PerZone };

fn network(value: Value<'_>) -> Option<Network> {
    value.table("a table", |network| {
        let zones = network.optional("zones", |value| value.integer(1..=3)).unwrap_or(DEFAULT_NETWORK.zones);
        let egress = network
            .optional("egress", |value| value.choice("unknown-egress", &EGRESS))
            .unwrap_or(DEFAULT_NETWORK.egress);
        Some(Network { zones, egress })
    })
}

const EGRESS: [(&str, Egress); 3] = [("per-zone", Egress::PerZone), ("single", Egress::Single), ("none", Egress::None)];

fn component(value: Value<'_>, _: &str) -> Option<Compute> {
    value.table("a table", |compute| {
        let source = source(compute);
        let command = compute.required("command", "such as command = \"bin/web\"", command);
        let directory = compute.optional("directory", |value| value.form(&PROJECT_PATH));
        let workdir = workdir(compute, source.as_ref());
        let instance = compute.required("instance", "such as instance = \"t4g.small\"", compute_instance);
        let count = compute.get("count").map_or(Some(Count { min: 1, max: 1 }), count);
        let port = compute.optional("port", |value| value.integer(1..=65_535));
        let health = compute.optional("health", |value| value.form(&HEALTH));
        let public = compute.optional("public", |value| value.boolean()).unwrap_or(false);
        let permissions = compute.optional("permissions", |value| {
            value.list("an array of tables, each with `actions` and `resources`", permission)
        });
        Some(Compute {
            source: source?,
            command: command?,
            directory,
            workdir,
            instance: instance?,
            count: count?,
            port,
            health,
            public,
            permissions: permissions.unwrap_or_default(),
        })
    })
}

fn source(compute: &mut Table<'_>) -> Option<Source> {
    let artifact = compute.get("artifact");
    let image = compute.get("image");
    let expected = "exactly one of `artifact` and `image`";
    match (artifact, image) {
        (Some(value), None) => {
            located(value, "s3://acme-releases/shop/{release}.tar.gz", forms::artifact).map(Source::Artifact)
        }
        (None, Some(value)) => located(value, "registry.example/shop:{release}", forms::image).map(Source::Image),
        (Some(artifact), Some(image)) => image.fault_of_key(
            Fault::new("two-sources", "the component has both an artifact and an image")
                .expected(expected)
                .related(Some(artifact.node.key), "the artifact is set here"),
        ),
        (None, None) => compute.missing(
            Fault::new("missing-key", "`artifact` or `image` is missing")
                .expected(format!("{expected}, such as artifact = \"s3://acme-releases/shop/{{release}}.tar.gz\"")),
        ),
    }
}

fn workdir(compute: &mut Table<'_>, source: Option<&Source>) -> Option<String> {
    let value = compute.get("workdir")?;
    let Some(Source::Artifact(_)) = source else { return value.form(&WORKDIR) };
    value.fault_of_key(
        Fault::new("misplaced-key", "an artifact has no `workdir`")
            .expected("`workdir` beside an `image`")
            .help("an artifact's command runs where the archive is unpacked"),
    )
}

/// Where a build lies: the same for all environments but for their names.
fn located(value: Value<'_>, example: &str, holds: fn(&str) -> bool) -> Option<Text> {
    let text = value.template(example, only_names)?;
    if holds(text.source()) {
        return Some(text);
    }
    let fault = Fault::new("invalid-source", format!("{:?} names no build", text.source()));
    value.fault(fault.expected(format!("such as \"{example}\"")))
}

fn only_names(placeholder: &Placeholder) -> Option<Fault> {
    match placeholder {
        Placeholder::App | Placeholder::Environment | Placeholder::Release => None,
        _ => Some(
            Fault::new("misplaced-placeholder", format!("{placeholder} has no meaning here"))
                .expected("{app}, {environment} or {release}"),
        ),
    }
}

fn command(value: Value<'_>) -> Option<Text> {
    let text = value.template("bin/web", |placeholder| {
        use crate::model::DatabaseField::{Password, Url};
        match placeholder {
            Placeholder::Secret(_) | Placeholder::Database(_, Password | Url) => Some(
                Fault::new("secret-in-command", format!("{placeholder} would put a secret into the command line"))
                    .expected("a key under [config], which the process reads from its environment")
                    .help("every user of the machine sees the arguments of its processes"),
            ),
            _ => None,
        }
    })?;
    let one_line = !text.source().trim().is_empty() && !text.source().contains(char::is_control);
    if one_line {
        let Some(words) = shlex::split(text.source()) else {
            let fault = Fault::new("invalid-command", "the command has a quote that is never closed, or ends in `\\`");
            return value.fault(fault.expected("words as a shell would tell them apart"));
        };
        // Not one that stands between quotes.
        let is_bare = |word: &&String| text.source().split_whitespace().any(|bare| bare == **word);
        if let Some(operator) = words.iter().filter(is_bare).find(|word| OPERATORS.contains(&word.as_str())) {
            let fault = Fault::warning(
                "no-shell",
                format!("no shell runs this: `{operator}` goes to the program as it stands"),
            );
            value.fault::<()>(fault.help("name the shell where one is meant: \"sh -c '…'\""));
        }
        return Some(text);
    }
    let fault = Fault::new("invalid-command", "the command is empty or has more than one line");
    value.fault(fault.expected("one line such as \"bin/web\""))
}

/// What means something to a shell when it stands by itself.
const OPERATORS: [&str; 8] = ["&&", "||", "|", ";", ">", ">>", "<", "&"];

/// `count = 2` is short for `{ min = 2, max = 2 }`. In a table, `min` is 1 and `max` is `min` unless set. With 0 the
/// component is switched off.
fn count(value: Value<'_>) -> Option<Count> {
    const RANGE: std::ops::RangeInclusive<i64> = 0..=1000;
    if let Content::Integer(_) = value.node.content {
        let both = value.integer(RANGE)?;
        return Some(Count { min: both, max: both });
    }
    value.table("an integer or a table such as { min = 1, max = 2 }", |count| {
        let (min, max) = (count.get("min"), count.get("max"));
        let from = min.map_or(Some(1), |value| value.integer(RANGE))?;
        let to = max.map_or(Some(from.max(1)), |value| value.integer(RANGE))?;
        if from <= to {
            return Some(Count { min: from, max: to });
        }
        let fault = Fault::new("count-inverted", format!("the least count {from} is above the greatest, {to}"));
        let related = min.map(|value| value.node.key);
        max.unwrap_or(count.value).fault(fault.expected("min ≤ max").related(related, "the least count is set here"))
    })
}

fn permission(value: Value<'_>) -> Option<Permission> {
    value.table("a table with `actions` and `resources`", |permission| {
        let actions = permission.required("actions", "such as actions = [\"s3:GetObject\"]", |value| {
            filled(value, "an array of IAM actions", |action| action.form(&ACTION))
        });
        let resources = permission.required("resources", "such as resources = [\"arn:aws:s3:::bucket/*\"]", |value| {
            filled(value, "an array of ARNs", resource)
        });
        Some(Permission { actions: actions?, resources: resources? })
    })
}

/// A set of at least one element, sorted.
fn filled<'t, T: Ord>(value: Value<'t>, expected: &str, read: impl FnMut(Value<'t>) -> Option<T>) -> Option<Vec<T>> {
    let mut elements = value.list(expected, read)?;
    if matches!(&value.node.content, Content::Array(nodes) if nodes.is_empty()) {
        return value.fault(Fault::new("empty-list", "the array is empty").expected(expected));
    }
    elements.sort();
    elements.dedup();
    Some(elements)
}

fn resource(value: Value<'_>) -> Option<Text> {
    let text = value.template("arn:aws:s3:::bucket/*", only_names)?;
    if text.source() == "*" || (text.source().starts_with("arn:") && text.source().split(':').count() >= 6) {
        return Some(text);
    }
    let fault = Fault::new("invalid-arn", format!("{:?} is not an ARN", text.source()));
    value.fault(fault.expected("an ARN such as \"arn:aws:s3:::bucket/*\", or \"*\""))
}

fn config_value(value: Value<'_>, _: &str) -> Option<ConfigValue> {
    let Content::Table(_) = value.node.content else { return variable_value(value).map(ConfigValue::Shared) };
    value.table("a value or { audience = true }", |table| {
        let audience = table.required("audience", "audience = true", |value| Some((value, value.boolean()?)));
        match audience? {
            (_, true) => Some(ConfigValue::Audience),
            (value, false) => value.fault(
                Fault::new("audience-false", "a key that is no audience key has its value written in place")
                    .expected("true, or a value in place of the table"),
            ),
        }
    })
}

/// The value of an environment variable. Numbers and booleans become the text that TOML wrote.
pub(super) fn variable_value(value: Value<'_>) -> Option<Text> {
    let text = match &value.node.content {
        Content::Integer(Some(number)) => Text::parse(&number.to_string()).ok(),
        Content::Float(number) => Text::parse(number).ok(),
        Content::Boolean(boolean) => Text::parse(&boolean.to_string()).ok(),
        Content::Text(_) => value.template("{database.main.url}", |_| None),
        _ => value.wrong_type("a text, a number, a boolean or { audience = true }"),
    }?;
    if text.source().contains('\0') {
        return value.fault(Fault::new("invalid-value", "an environment variable holds no NUL character"));
    }
    Some(text)
}

fn secret(value: Value<'_>, _: &str) -> Option<SecretSpec> {
    value.table("a table such as {} or { generate = 48 }", |secret| {
        Some(SecretSpec { generate: secret.optional("generate", |value| value.integer(16..=4096)) })
    })
}

pub(super) fn name_of_key(value: Value<'_>, key: &str) -> Option<Name> {
    match Name::new(key) {
        Ok(name) => Some(name),
        Err(error) => value.fault_of_key(bad_name(key, error).suggest(repaired(key))),
    }
}

pub(super) fn bad_name(text: &str, error: crate::model::NameError) -> Fault {
    Fault::new("bad-name", format!("{text:?} is not a name: {error}"))
        .expected("1 to 63 of a-z, 0-9 and single hyphens, a letter first")
}

/// The name that a text would be with its letters and separators set right.
pub(super) fn repaired(text: &str) -> Option<String> {
    let lower: String = text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = lower.split('-').filter(|part| !part.is_empty()).collect();
    Name::new(&parts.join("-")).ok().map(|name| name.to_string())
}

pub(super) fn variable(value: Value<'_>, key: &str) -> Option<String> {
    if !(VARIABLE.holds)(key) {
        return value.fault_of_key(VARIABLE.fault(key));
    }
    if key == "PORT" || key.starts_with("ENVCTL_") {
        let fault = Fault::new("reserved-variable", format!("{key} is a variable that envctl sets itself"));
        return value.fault_of_key(fault.expected("another name; `PORT` is the port that a component is to listen on"));
    }
    Some(key.to_owned())
}
