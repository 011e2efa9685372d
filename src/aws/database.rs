use async_trait::async_trait;
use aws_sdk_rds::types::{DbInstance, DbParameterGroupStatus, Tag};

use super::clients::Clients;
use super::error::{Failure, failed, found, gone};
use super::kind::{Kind, Which, minutes};
use super::names;
use super::site::{self, Site};
use super::subnet_group::rds_tags;
use super::{parameter_group, security_group, subnet_group, vpc};
use crate::graph::{Resource, Rule};
use crate::model::{
    Address, Database, Engine, EngineVersion, Environment, Name, Observed, State, Value, database_name, database_owner,
};
use crate::provider::{ErrorKind, Patience, Wanted};

pub const KIND: &str = "database";

/// Says whether deleting the database leaves a final snapshot.
const THROWAWAY: &str = "envctl:throwaway";

pub fn address(database: &Name) -> Address {
    Address::new(KIND, database.as_str())
}

/// The path under which a definition writes a database, and by which its loss is permitted.
fn path(database: &str) -> String {
    format!("database.{database}")
}

pub fn desired(site: &Site, name: &Name, database: &Database) -> Vec<Resource> {
    let environment = site.environment;
    let throwaway = environment.data.get(name).is_some_and(|data| data.throwaway);
    let instance = Resource::new(address(name), identifier(environment, name.as_str()))
        .fixed("engine", database.engine.as_str())
        .with("version", database.version.to_string())
        .rule("version", Rule::Version { line: database.engine.major_parts() })
        .with("instance", database.instance.as_str())
        .with("storage", database.storage.gib)
        .rule("storage", Rule::Grow)
        .with("standby", database.standby)
        .with("backup_days", database.backups.0)
        .with("parameter_group", parameter_group::address(name, database).attribute("name"))
        .fixed("subnet_group", subnet_group::address(name).attribute("name"))
        .with("security_groups", Value::set([security_group::of_database(name).attribute("id")]))
        .fixed("encrypted", true)
        .with("public", false)
        .with("deletion_protection", database.deletion_protection.unwrap_or(environment.protected))
        .with("throwaway", throwaway)
        .fixed("database", database_name(&environment.app))
        .fixed("user", database_owner(&environment.app))
        .fixed("vpc", vpc::address().attribute("id"))
        .with("running", true)
        .holding(path(name.as_str()));
    vec![subnet_group::desired(site, name), parameter_group::desired(site, name, database), instance]
}

fn identifier(environment: &Environment, database: &str) -> String {
    site::name(environment, names::RDS, &[database])
}

pub struct Databases;

#[async_trait]
impl Kind for Databases {
    fn name(&self) -> &'static str {
        KIND
    }

    fn is_found_by_name(&self) -> bool {
        true
    }

    /// Three to eight minutes as a rule, twenty at times; a change of storage or class takes longer.
    fn patience(&self) -> Patience {
        minutes(60, 10)
    }

    async fn read(&self, aws: &Clients, which: Which<'_>) -> Result<Vec<Observed>, Failure> {
        Ok(describe(aws, which).await?.iter().filter_map(|instance| observed(aws, instance)).collect())
    }

    async fn create(&self, aws: &Clients, wanted: &Wanted) -> Result<String, Failure> {
        ensure_not_renamed(aws, wanted).await?;
        let mut tags = rds_tags(&aws.scope, wanted);
        tags.push(throwaway_tag(wanted));
        let request = aws
            .rds
            .create_db_instance()
            .db_instance_identifier(&wanted.name)
            .engine(wanted.text("engine"))
            .engine_version(wanted.text("version"))
            .db_instance_class(wanted.text("instance"))
            .storage_type("gp3")
            .allocated_storage(wanted.integer("storage"))
            .multi_az(wanted.is("standby"))
            .backup_retention_period(wanted.integer("backup_days"))
            .db_parameter_group_name(wanted.text("parameter_group"))
            .db_subnet_group_name(wanted.text("subnet_group"))
            .set_vpc_security_group_ids(Some(wanted.strings("security_groups")))
            .storage_encrypted(wanted.is("encrypted"))
            .publicly_accessible(wanted.is("public"))
            .deletion_protection(wanted.is("deletion_protection"))
            .db_name(wanted.text("database"))
            .master_username(wanted.text("user"))
            .manage_master_user_password(true)
            // A minor upgrade of AWS's choosing would let staging and production drift apart.
            .auto_minor_version_upgrade(false)
            .copy_tags_to_snapshot(true)
            .set_tags(Some(tags));
        request.send().await.map_err(failed("rds:CreateDBInstance"))?;
        Ok(wanted.name.clone())
    }

    async fn update(
        &self,
        aws: &Clients,
        wanted: &Wanted,
        observed: &Observed,
        properties: &[&str],
    ) -> Result<(), Failure> {
        if properties.contains(&"throwaway") {
            let arn = observed.attributes.get("arn").cloned().unwrap_or_default();
            let request = aws.rds.add_tags_to_resource().resource_name(arn).tags(throwaway_tag(wanted));
            request.send().await.map_err(failed("rds:AddTagsToResource"))?;
        }
        if properties.contains(&"running") {
            start(aws, &observed.id).await?;
        }
        if properties.iter().all(|property| ["running", "throwaway"].contains(property)) {
            return Ok(());
        }
        let (iops, throughput) = provisioned(wanted, observed, properties)?;
        let is = |property: &str| properties.contains(&property);
        let text = |property: &str| is(property).then(|| wanted.text(property).to_owned());
        let integer = |property: &str| is(property).then(|| wanted.integer(property));
        let switch = |property: &str| is(property).then(|| wanted.is(property));
        let groups = is("security_groups").then(|| wanted.strings("security_groups"));
        // Without `apply_immediately` a change waits for the maintenance window.
        let request = aws
            .rds
            .modify_db_instance()
            .db_instance_identifier(&observed.id)
            .apply_immediately(true)
            .set_engine_version(text("version"))
            .set_allow_major_version_upgrade(is_major_change(wanted, observed).then_some(true))
            .set_db_instance_class(text("instance"))
            .set_allocated_storage(integer("storage"))
            .set_iops(iops)
            .set_storage_throughput(throughput)
            .set_multi_az(switch("standby"))
            .set_backup_retention_period(integer("backup_days"))
            .set_db_parameter_group_name(text("parameter_group"))
            .set_vpc_security_group_ids(groups)
            .set_publicly_accessible(switch("public"))
            .set_deletion_protection(switch("deletion_protection"));
        request.send().await.map_err(failed("rds:ModifyDBInstance"))?;
        Ok(())
    }

    /// Leaves a final snapshot, named after this very instance, unless its data is throwaway.
    async fn delete(&self, aws: &Clients, observed: &Observed) -> Result<(), Failure> {
        let is = |property: &str| observed.properties.get(property).and_then(Value::as_bool).unwrap_or_default();
        let throwaway = observed.holds_data.is_none();
        if let (State::Failed(status), false) = (&observed.state, throwaway) {
            let message = format!(
                "{} is {status}, and RDS takes no final snapshot of it: save what you need of it, then delete it at the \
                 console or declare its data throwaway",
                observed.address
            );
            return Err(Failure::new(ErrorKind::Rejected, message));
        }
        if is("deletion_protection") && !is("running") {
            // RDS changes nothing of one that is stopped, and its protection is a part of it:
            // <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html>
            start(aws, &observed.id).await?;
            let message = format!("{} is started, for its protection to be taken off", observed.address);
            return Err(Failure::new(ErrorKind::Transient, message));
        }
        if is("deletion_protection") {
            let request = aws.rds.modify_db_instance().db_instance_identifier(&observed.id);
            let request = request.deletion_protection(false).apply_immediately(true);
            request.send().await.map_err(failed("rds:ModifyDBInstance"))?;
        }
        let request = aws.rds.delete_db_instance().db_instance_identifier(&observed.id);
        let request = match throwaway {
            true => request.skip_final_snapshot(true),
            false => {
                let resource = observed.attributes.get("resource").map(String::as_str).unwrap_or_default();
                request.skip_final_snapshot(false).final_db_snapshot_identifier(final_snapshot(&observed.id, resource))
            }
        };
        gone(request.send().await.map_err(failed("rds:DeleteDBInstance")))
    }
}

async fn describe(aws: &Clients, which: Which<'_>) -> Result<Vec<DbInstance>, Failure> {
    let request = aws.rds.describe_db_instances();
    let request = match which {
        Which::Owned => request,
        Which::Id(id) => request.db_instance_identifier(id),
    };
    let instances = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    found(instances.map_err(failed("rds:DescribeDBInstances")))
}

/// Nobody is to find an empty database in the place of one that somebody has given another name, to restore it for instance.
async fn ensure_not_renamed(aws: &Clients, wanted: &Wanted) -> Result<(), Failure> {
    let all = describe(aws, Which::Owned).await?;
    let stays = all.iter().filter(|one| one.db_instance_status() != Some("deleting"));
    let renamed =
        stays.into_iter().find(|one| marked(aws, one).as_ref() == Some(&wanted.address) && !is_ours(aws, one));
    let Some(id) = renamed.and_then(|one| one.db_instance_identifier()) else { return Ok(()) };
    let message = format!(
        "the database instance {id} carries the tags of {}, which would be made anew beside it: rename it to {}, or take the \
         tags off that begin with `envctl:`",
        wanted.address, wanted.name
    );
    Err(Failure::new(ErrorKind::Faulty, message))
}

/// What its tags say that it is.
fn marked(aws: &Clients, instance: &DbInstance) -> Option<Address> {
    aws.scope.address(instance.tag_list().iter().map(|tag| (tag.key(), tag.value())))
}

/// What somebody has restored from a snapshot has the tags of the database that it was taken of.
fn is_ours(aws: &Clients, instance: &DbInstance) -> bool {
    let identifier = |address: Address| identifier(&aws.environment, &address.name);
    marked(aws, instance).map(identifier).as_deref() == instance.db_instance_identifier()
}

/// One that is starting already is left to it. What else is asked of it is refused until it has, and tried again.
async fn start(aws: &Clients, id: &str) -> Result<(), Failure> {
    let started = aws.rds.start_db_instance().db_instance_identifier(id).send().await;
    match started.map_err(failed("rds:StartDBInstance")) {
        Err(busy) if busy.has_code("InvalidDBInstanceState") => Ok(()),
        started => started.map(drop),
    }
}

/// The snapshot that a deleted instance leaves. With the instance's own resource id (`db-ABC…`) its name stays free for
/// the next instance of the same name.
fn final_snapshot(id: &str, resource: &str) -> String {
    format!("{id}-final-{}", resource.trim_start_matches("db-").to_lowercase())
}

fn throwaway_tag(wanted: &Wanted) -> Tag {
    Tag::builder().key(THROWAWAY).value(wanted.is("throwaway").to_string()).build()
}

fn is_major_change(wanted: &Wanted, observed: &Observed) -> bool {
    let engines = Engine::ALL;
    let engine = engines.into_iter().find(|engine| engine.as_str() == wanted.text("engine"));
    let line = engine.map_or(1, Engine::major_parts);
    let major = |text: &str| EngineVersion::parse(text).ok().map(|version| version.major(line));
    let now = observed.properties.get("version").and_then(Value::as_text).unwrap_or_default();
    major(wanted.text("version")) != major(now)
}

/// From this many GiB on, gp3 stripes its volumes and has a higher baseline, which a change across the line must name.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage>
const STRIPED_GIB: i32 = 400;
const STRIPED_IOPS: i32 = 12_000;
const STRIPED_MIB_A_SECOND: i32 = 500;

/// The IOPS and throughput that go with a change of storage, if any do.
fn provisioned(
    wanted: &Wanted,
    observed: &Observed,
    properties: &[&str],
) -> Result<(Option<i32>, Option<i32>), Failure> {
    if !properties.contains(&"storage") {
        return Ok((None, None));
    }
    let now = observed.properties.get("storage").and_then(Value::as_integer).unwrap_or_default();
    let now = i32::try_from(now).unwrap_or_default();
    let (storage, least) = (wanted.integer("storage"), now + (now + 9) / 10);
    if storage < least {
        // RDS would round it up, and then the definition would be less than what is there.
        let message =
            format!("storage grows by a tenth at least: from {now} GiB to {least} GiB or more, not to {storage}");
        return Err(Failure::new(ErrorKind::Rejected, message));
    }
    if storage < STRIPED_GIB {
        return Ok((None, None));
    }
    let attribute =
        |name: &str| observed.attributes.get(name).and_then(|value| value.parse::<i32>().ok()).unwrap_or_default();
    Ok((Some(attribute("iops").max(STRIPED_IOPS)), Some(attribute("throughput").max(STRIPED_MIB_A_SECOND))))
}

fn observed(aws: &Clients, instance: &DbInstance) -> Option<Observed> {
    let tags = instance.tag_list();
    let address = marked(aws, instance).filter(|_| is_ours(aws, instance))?;
    let id = instance.db_instance_identifier()?;
    let throwaway = tags.iter().any(|tag| tag.key() == Some(THROWAWAY) && tag.value() == Some("true"));
    let groups = instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
    let parameter_group = instance.db_parameter_groups().first().and_then(|group| group.db_parameter_group_name());
    let subnet_group = instance.db_subnet_group().and_then(|group| group.db_subnet_group_name());
    let declared = aws.environment.data.iter().find(|(name, _)| name.as_str() == address.name);
    // Both must say so: a tag outlives a definition that has changed its mind.
    let expendable = throwaway && declared.is_some_and(|(_, data)| data.throwaway);
    let path = path(&address.name);
    let network = instance.db_subnet_group().and_then(|group| group.vpc_id());
    let mut observed = Observed::new(address, id, state(instance))
        .with("engine", instance.engine().unwrap_or_default())
        .with("version", instance.engine_version().unwrap_or_default())
        .with("instance", instance.db_instance_class().unwrap_or_default())
        .with("storage", instance.allocated_storage().unwrap_or_default())
        .with("standby", instance.multi_az().unwrap_or_default())
        .with("backup_days", instance.backup_retention_period().unwrap_or_default())
        .with("parameter_group", parameter_group.unwrap_or_default())
        .with("subnet_group", subnet_group.unwrap_or_default())
        .with("security_groups", Value::set(groups.map(Value::text)))
        .with("encrypted", instance.storage_encrypted().unwrap_or_default())
        .with("public", instance.publicly_accessible().unwrap_or_default())
        .with("deletion_protection", instance.deletion_protection().unwrap_or_default())
        .with("throwaway", throwaway)
        .with("running", !matches!(instance.db_instance_status(), Some("stopped" | "stopping")))
        .with("vpc", network.unwrap_or_default())
        .with("database", instance.db_name().unwrap_or_default())
        .with("user", instance.master_username().unwrap_or_default())
        .attribute("id", id)
        .attribute("arn", instance.db_instance_arn().unwrap_or_default())
        .attribute("health", health(instance))
        .attribute("iops", instance.iops().unwrap_or_default().to_string())
        .attribute("throughput", instance.storage_throughput().unwrap_or_default().to_string())
        .attribute("resource", instance.dbi_resource_id().unwrap_or_default())
        .attribute("name", instance.db_name().unwrap_or_default())
        .attribute("user", instance.master_username().unwrap_or_default());
    if let Some((host, port)) = instance.endpoint().and_then(|endpoint| Some((endpoint.address()?, endpoint.port()?))) {
        observed = observed.attribute("host", host).attribute("port", port.to_string());
    }
    if let Some(secret) = instance.master_user_secret().and_then(|secret| secret.secret_arn()) {
        observed = observed.attribute("secret", secret);
    }
    if !expendable {
        let snapshot = final_snapshot(id, instance.dbi_resource_id().unwrap_or_default());
        observed = observed.attribute("leaves", format!("the final snapshot {snapshot}"));
        observed.holds_data = Some(path);
    }
    Some(observed)
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html>
fn state(instance: &DbInstance) -> State {
    match instance.db_instance_status().unwrap_or("unknown") {
        // Optimising goes on for hours, and the database serves all the while.
        "available" | "storage-optimization" | "backing-up" => State::Ready,
        // As somebody left it; that it shall run is a property.
        "stopped" => State::Ready,
        status @ "deleting" => State::Leaving(status.to_owned()),
        status @ ("failed"
        | "storage-full"
        | "restore-error"
        | "insufficient-capacity"
        | "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable") => State::Failed(status.to_owned()),
        status if status.starts_with("incompatible-") => State::Failed(status.to_owned()),
        status => State::Pending(status.to_owned()),
    }
}

/// RDS's own word, and whether parameters wait for a reboot to take effect.
fn health(instance: &DbInstance) -> String {
    let status = instance.db_instance_status().unwrap_or_default();
    let waits = |group: &DbParameterGroupStatus| group.parameter_apply_status() == Some("pending-reboot");
    match instance.db_parameter_groups().iter().any(waits) {
        true => format!("{status}, parameters wait for a reboot"),
        false => status.to_owned(),
    }
}
