//! Databases, by every name that they answer to, and secrets, without their values.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Filter;
use aws_sdk_rds::types::{DbInstance, DbProxy};
use futures_util::future::try_join_all;
use jiff::civil::Date;

use super::date;
use crate::aws::clients::Clients;
use crate::aws::error::{Failure, failed};
use crate::aws::{database, secret};
use crate::model::{Address, ExposedDatabase, ExposedResource, ExposedSecret, Inventory};

/// All of the account's database instances in the region, and what else leads to them.
pub struct Instances {
    all: Vec<DbInstance>,
    /// The endpoints of proxies, by the instance that they lead to.
    proxies: BTreeMap<String, Vec<String>>,
}

impl Instances {
    pub async fn read(aws: &Clients) -> Result<Self, Failure> {
        let (all, proxies) = tokio::try_join!(instances(aws), proxies(aws))?;
        Ok(Self { all, proxies })
    }

    pub fn all(&self) -> &[DbInstance] {
        &self.all
    }

    fn own<'a>(&'a self, aws: &'a Clients) -> impl Iterator<Item = (Address, &'a DbInstance)> {
        let tagged = self.all.iter().filter_map(|instance| {
            let tags = instance.tag_list().iter().map(|tag| (tag.key(), tag.value()));
            Some((aws.scope.address(tags)?, instance))
        });
        tagged.filter(|(address, _)| address.kind == database::KIND)
    }

    pub fn oldest(&self, aws: &Clients) -> Option<Date> {
        self.own(aws).filter_map(|(_, instance)| date(instance.instance_create_time()?)).min()
    }

    /// The secrets in which RDS keeps the passwords.
    pub fn passwords(&self, aws: &Clients) -> Vec<ExposedResource> {
        let arns = self.own(aws).filter_map(|(_, instance)| instance.master_user_secret()?.secret_arn());
        arns.map(|arn| ExposedResource { arn: arn.to_owned(), policy: None }).collect()
    }

    pub async fn exposed(&self, aws: &Clients) -> Result<Vec<ExposedDatabase>, Failure> {
        let own: Vec<ExposedDatabase> =
            self.own(aws).map(|(address, instance)| self.describe(address, instance)).collect();
        let groups: Vec<String> = own.iter().flat_map(|database| database.security_groups.clone()).collect();
        if groups.is_empty() {
            return Ok(own);
        }
        // RDS says no addresses; the network interfaces that it makes are in the instance's own security group.
        let request = aws.ec2.describe_network_interfaces();
        let request = request.filters(Filter::builder().name("group-id").set_values(Some(groups)).build());
        let interfaces = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let interfaces = interfaces.map_err(failed("ec2:DescribeNetworkInterfaces"))?;
        let with_addresses = own.into_iter().map(|database| {
            let is_in = |id: Option<&str>| id.is_some_and(|id| database.security_groups.iter().any(|own| own == id));
            let its = interfaces.iter().filter(|interface| interface.groups().iter().any(|one| is_in(one.group_id())));
            let addresses = its.filter_map(|interface| interface.private_ip_address()?.parse().ok()).collect();
            ExposedDatabase { addresses, ..database }
        });
        Ok(with_addresses.collect())
    }

    fn describe(&self, address: Address, instance: &DbInstance) -> ExposedDatabase {
        let network = instance.db_subnet_group();
        let subnets = network.map(|group| group.subnets()).unwrap_or_default();
        let replicas = self.all.iter().filter(|other| {
            let id = other.db_instance_identifier().unwrap_or_default();
            instance.read_replica_db_instance_identifiers().iter().any(|replica| replica == id)
        });
        let endpoints = std::iter::once(instance).chain(replicas).filter_map(|one| one.endpoint()?.address());
        let proxies = instance.db_instance_identifier().and_then(|id| self.proxies.get(id)).into_iter().flatten();
        let groups = instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
        ExposedDatabase {
            name: address.name,
            arn: instance.db_instance_arn().unwrap_or_default().to_owned(),
            endpoints: endpoints.map(str::to_owned).chain(proxies.cloned()).collect(),
            addresses: Vec::new(),
            port: instance.endpoint().and_then(|endpoint| u16::try_from(endpoint.port()?).ok()).unwrap_or_default(),
            public: instance.publicly_accessible().unwrap_or_default(),
            vpc: network.and_then(|group| group.vpc_id()).unwrap_or_default().to_owned(),
            subnets: subnets.iter().filter_map(|subnet| subnet.subnet_identifier()).map(str::to_owned).collect(),
            security_groups: groups.map(str::to_owned).collect(),
        }
    }
}

async fn instances(aws: &Clients) -> Result<Vec<DbInstance>, Failure> {
    let instances = aws.rds.describe_db_instances().into_paginator().items().send();
    instances.collect::<Result<Vec<_>, _>>().await.map_err(failed("rds:DescribeDBInstances"))
}

/// No call tells where several proxies lead to, so there is one call for each.
async fn proxies(aws: &Clients) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let proxies = aws.rds.describe_db_proxies().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let proxies = proxies.map_err(failed("rds:DescribeDBProxies"))?;
    let of_one = async |proxy: &DbProxy| {
        let request = aws.rds.describe_db_proxy_targets().set_db_proxy_name(proxy.db_proxy_name().map(str::to_owned));
        let targets = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let targets = targets.map_err(failed("rds:DescribeDBProxyTargets"))?;
        let instances = targets.into_iter().filter_map(|target| target.rds_resource_id);
        Ok::<_, Failure>((proxy.endpoint().unwrap_or_default().to_owned(), instances.collect::<Vec<String>>()))
    };
    let mut by_instance: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (endpoint, instances) in try_join_all(proxies.iter().map(of_one)).await? {
        for instance in instances {
            by_instance.entry(instance).or_default().push(endpoint.clone());
        }
    }
    Ok(by_instance)
}

/// No call tells the policies of several secrets, so there are two calls for each.
pub async fn secrets(aws: &Clients, inventory: &Inventory) -> Result<Vec<ExposedSecret>, Failure> {
    let own = inventory.resources.iter().filter(|observed| observed.address.kind == secret::KIND);
    try_join_all(own.map(async |observed| {
        let (policy, set) = tokio::try_join!(policy(aws, &observed.id), set(aws, &observed.id))?;
        let (name, arn) = (observed.address.name.clone(), observed.id.clone());
        Ok(ExposedSecret { name, arn, policy, set, value: None })
    }))
    .await
}

async fn policy(aws: &Clients, arn: &str) -> Result<Option<String>, Failure> {
    let answer = aws.secrets.get_resource_policy().secret_id(arn).send().await;
    Ok(answer.map_err(failed("secretsmanager:GetResourcePolicy"))?.resource_policy)
}

/// The day on which the present value was set.
async fn set(aws: &Clients, arn: &str) -> Result<Option<Date>, Failure> {
    let answer = aws.secrets.list_secret_version_ids().secret_id(arn).send().await;
    let answer = answer.map_err(failed("secretsmanager:ListSecretVersionIds"))?;
    let mut versions = answer.versions().iter();
    let present = versions.find(|version| version.version_stages().iter().any(|stage| stage == "AWSCURRENT"));
    Ok(present.and_then(|version| date(version.created_date()?)))
}
