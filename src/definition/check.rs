use crate::model::{Aws, ConfigValue, Environment, Target};

use super::diagnostic::Fault;
use super::forms;
use super::nearest::nearest;
use super::reader::Reading;
use super::source::Place;
use super::tree::{Content, Node};

/// What no single value shows: the rules between the parts of one environment.
pub(super) struct Check<'c> {
    pub root: &'c Node,
    pub environment: &'c Environment,
    pub reading: &'c Reading<'c>,
}

impl Check<'_> {
    pub fn run(&self) {
        self.zones();
        self.ports();
        self.keys();
        self.audience_config();
        self.data();
        self.names();
        self.deliberate();
        if let Target::Aws(aws) = &self.environment.target {
            self.allow();
            self.certificate(aws);
            self.plain_http();
        }
    }

    fn node(&self, path: &[&str]) -> Option<&Node> {
        self.root.find(path.iter().copied())
    }

    /// The longest beginning of the path that some file sets; the file itself at the last.
    fn nearest_place(&self, path: &[&str]) -> Place {
        (1..=path.len()).rev().find_map(|length| self.node(&path[..length])).map_or(self.root.place, |node| node.place)
    }

    fn fault(&self, place: Place, fault: Fault) {
        self.reading.fault::<()>(place, fault);
    }

    /// The tables of a kind, faulty ones too: what another part needs of them does not hang on their faults.
    fn tables(&self, kind: &str) -> impl Iterator<Item = (&str, &Node)> {
        let tables = self.node(&[kind]).and_then(Node::entries).into_iter().flatten();
        tables.map(|(name, node)| (name.as_str(), node))
    }

    /// The components behind a load balancer, each with the node that says so.
    fn public(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.tables("compute").filter_map(|(name, node)| {
            let public = node.find(["public"])?;
            matches!(public.content, Content::Boolean(true)).then_some((name, public))
        })
    }

    fn zones(&self) {
        if self.environment.shape.network.zones >= 2 {
            return;
        }
        let public = self.public().next();
        if let Some((name, node)) = public.or_else(|| self.tables("database").next()) {
            let fault = Fault::new("too-few-zones", "a load balancer and a database need two zones");
            let place = self.nearest_place(&["network", "zones"]);
            self.fault(place, fault.expected("2 or 3").related(Some(node.key), format!("{name} needs two zones")));
        }
    }

    fn ports(&self) {
        let public = self.public().map(|(name, node)| (name, "a public component", node));
        let health =
            self.tables("compute").filter_map(|(name, node)| Some((name, "a health check", node.find(["health"])?)));
        for (name, what, needs) in public.chain(health) {
            let Some(table) = self.node(&["compute", name]).filter(|table| table.find(["port"]).is_none()) else {
                continue;
            };
            let fault = Fault::new("missing-key", "`port` is missing").expected("such as port = 8080");
            self.fault(table.place, fault.related(Some(needs.key), format!("{what} needs a port")));
        }
    }

    /// A process sees config and secrets alike as its environment's variables.
    fn keys(&self) {
        for (key, secret) in self.tables("secrets") {
            let Some(config) = self.node(&["config", key]) else { continue };
            let fault = Fault::new("duplicate-key", format!("{key} is both a secret and a config key"));
            let related = Some(config.key);
            self.fault(secret.key, fault.help("rename or remove one").related(related, "the config key stands here"));
        }
    }

    fn audience_config(&self) {
        let own = self.node(&["audience", "config"]).and_then(Node::entries);
        let shape = &self.environment.shape.config;
        let declared =
            || shape.iter().filter(|(_, value)| **value == ConfigValue::Audience).map(|(key, _)| key.as_str());
        for key in declared().filter(|key| own.is_none_or(|own| !own.contains_key(*key))) {
            let fault = Fault::new("audience-unset", format!("{key} has no value in this environment"))
                .expected(format!("{key} = \"…\" under [audience.config] of {}", self.file()))
                .related(self.node(&["config", key]).map(|node| node.key), "declared here as audience");
            self.fault(self.nearest_place(&["audience", "config"]), fault);
        }
        for (key, node) in own.into_iter().flatten() {
            match (self.node(&["config", key]), shape.get(key)) {
                (Some(config), Some(ConfigValue::Shared(_))) => {
                    let fault = Fault::new("not-audience", format!("{key} is not declared as audience"))
                        .expected(format!("{key} = {{ audience = true }} under [config]"))
                        .related(Some(config.key), "its one value for all is set here");
                    self.fault(node.key, fault);
                }
                (Some(_), _) => {}
                (None, _) => {
                    let fault = Fault::new("undeclared-config", format!("[config] declares no key {key}"))
                        .expected(format!("{key} = {{ audience = true }} under [config]"))
                        .suggest(nearest(key, declared()));
                    self.fault(node.key, fault);
                }
            }
        }
    }

    fn data(&self) {
        for (name, node) in self.tables("data").filter(|(name, _)| self.node(&["database", name]).is_none()) {
            let near = nearest(name, self.tables("database").map(|(database, _)| database));
            let fault = Fault::new("undeclared-database", format!("there is no database {name}"));
            self.fault(node.key, fault.expected(format!("a table [database.{name}]")).suggest(near));
        }
    }

    /// Names that AWS would refuse once they are part of a resource's name.
    fn names(&self) {
        let environment = self.environment;
        let app = environment.app.as_str();
        // A load balancer is not `internal-…`, a security group not `sg-…`, a parameter neither `aws…` nor `ssm…`.
        let reserved = ["internal", "sg", "aws", "ssm"].into_iter().find(|word| app.split('-').next() == Some(word));
        if let Some(word) = reserved {
            let fault = Fault::new("reserved-name", format!("AWS keeps names that begin with `{word}-` for itself"));
            self.fault(self.nearest_place(&["app"]), fault.expected("an app that begins with another word"));
        }
        for name in environment.shape.secrets.keys() {
            const LONGEST: usize = 512;
            let path = format!("{app}/{}/{name}", environment.name);
            let place = || self.node(&["secrets", name]).map_or(self.root.place, |node| node.key);
            if path.len() > LONGEST {
                let fault = Fault::new("name-too-long", "the secret's name in AWS is too long");
                self.fault(place(), fault.expected(format!("at most {LONGEST} characters with app and environment")));
            }
            // Secrets Manager ends a secret's ARN with a hyphen and six characters of its own; a name that ends so is
            // found by the wrong ARN. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
            if path.len() > 7 && path.as_bytes()[path.len() - 7] == b'-' {
                let fault = Fault::new("reserved-name", format!("{path} ends in a hyphen and six characters"));
                self.fault(place(), fault.expected("a secret's name of another length"));
            }
        }
    }

    fn deliberate(&self) {
        let deliberate = &self.environment.deliberate;
        if self.environment.mirrors.is_none()
            && (deliberate.is_empty() || deliberate.iter().any(|entry| !entry.is_for_audit()))
            && let Some(node) = self.node(&["deliberate"])
        {
            let fault = Fault::warning("deliberate-without-mirror", "nothing is compared with this environment");
            self.fault(node.place, fault.expected("mirrors = \"…\", the environment from which this one differs"));
        }
    }

    fn allow(&self) {
        let empty = self
            .node(&["audience", "allow"])
            .is_none_or(|node| matches!(&node.content, Content::Array(of) if of.is_empty()));
        let Some((name, public)) = self.public().next().filter(|_| empty) else { return };
        let fault = Fault::new("missing-key", "`allow` is missing: nobody reaches the public components")
            .expected("such as allow = [\"203.0.113.0/24\"] under [audience]")
            .help("allow = [\"0.0.0.0/0\", \"::/0\"] lets in everyone")
            .related(Some(public.key), format!("{name} is public"));
        self.fault(self.nearest_place(&["audience", "allow"]), fault);
    }

    /// A load balancer takes certificates of its own region and account only.
    fn certificate(&self, aws: &Aws) {
        let audience = &self.environment.audience;
        let Some((region, account)) = audience.certificate.as_deref().and_then(forms::certificate) else { return };
        let Some(node) = self.node(&["audience", "certificate"]) else { return };
        if (region, account) != (aws.region.as_str(), aws.account.as_str()) {
            let fault =
                Fault::new("foreign-certificate", format!("the certificate is of account {account} in {region}"));
            let related = self.node(&["aws"]).map(|node| node.place);
            let expected = format!("one of account {} in {}", aws.account, aws.region);
            self.fault(node.place, fault.expected(expected).related(related, "the environment's account and region"));
        }
        if self.node(&["audience", "domain"]).is_none() {
            let fault = Fault::new("no-domain", "a certificate without a domain that it is for");
            self.fault(node.key, fault.expected("domain = \"…\" under [audience]"));
        }
    }

    /// Nothing is refused for it: a first staging may well begin without a domain. But it is said.
    fn plain_http(&self) {
        if self.node(&["audience", "certificate"]).is_some() {
            return;
        }
        if let Some((name, public)) = self.public().next() {
            let fault =
                Fault::warning("plain-http", format!("{name} is reached over plain HTTP: no certificate is given"))
                    .expected("certificate = \"arn:aws:acm:…\" under [audience]")
                    .related(Some(public.key), format!("{name} is public"));
            self.fault(self.nearest_place(&["audience", "certificate"]), fault);
        }
    }

    fn file(&self) -> &str {
        &self.reading.report.files.get(self.root.place.file).path
    }
}
