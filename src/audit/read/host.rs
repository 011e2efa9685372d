use std::net::IpAddr;

/// A host as it works: in any case, with or without the dot at its end.
pub fn canonical(host: &str) -> String {
    host.trim().trim_end_matches('.').trim_matches(['[', ']']).to_ascii_lowercase()
}

/// The host and each domain that it lies under, nearest first: `a.b.c`, `b.c`.
pub fn parents(host: &str) -> impl Iterator<Item = &str> {
    let dots = host.match_indices('.').map(|(at, _)| &host[at + 1..]);
    std::iter::once(host).chain(dots).filter(|domain| domain.contains('.'))
}

/// Whether it means "this machine" wherever it is said.
pub fn is_loopback(host: &str) -> bool {
    let host = canonical(host);
    let by_name = host == "localhost" || host.ends_with(".localhost") || host == "host.docker.internal";
    by_name || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

/// What the names of replicas, poolers and proxies add to that of their database's host.
const ADDED: [&str; 15] = [
    "-ro",
    "-rw",
    "-r",
    "-rr",
    "-reader",
    "-readonly",
    "-read",
    "-replica",
    "-writer",
    "-primary",
    "-master",
    "-pooler",
    "-pool",
    "-pgbouncer",
    "-proxy",
];

/// The database server behind a host: what is common to the names of its endpoint, replicas, poolers and proxies.
///
/// `None` for what means another server in each network: loopback and names without a dot.
pub fn server(host: &str, user: Option<&str>) -> Option<String> {
    let host = canonical(host);
    if is_loopback(&host) {
        return None;
    }
    if host.parse::<IpAddr>().is_ok() {
        return Some(host);
    }
    let (first, rest) = host.split_once('.')?;
    if let Some(name) = on_rds(first, rest).or_else(|| on_supabase(&host, user)) {
        return Some(name);
    }
    Some(format!("{}.{rest}", without_additions(first)))
}

fn without_additions(label: &str) -> &str {
    let without_number = label.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
    for label in [label, without_number] {
        let stems = ADDED.iter().filter_map(|added| label.strip_suffix(added)).filter(|stem| !stem.is_empty());
        if let Some(stem) = stems.min_by_key(|stem| stem.len()) {
            return stem;
        }
    }
    label
}

/// An RDS endpoint is `NAME.HASH.REGION.rds.amazonaws.com`; HASH stands for the account and region, and has `cluster-`,
/// `cluster-ro-`, `cluster-custom-` or `proxy-` before it.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html>
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-endpoints.html>
fn on_rds(first: &str, rest: &str) -> Option<String> {
    let labels: Vec<&str> = rest.split('.').collect();
    let (hash, region) = match labels[..] {
        [hash, region, "rds", "amazonaws", "com"] | [hash, region, "rds", "amazonaws", "com", "cn"] => (hash, region),
        // A proxy's further endpoints: `NAME.endpoint.proxy-HASH.…`.
        ["endpoint", hash, region, "rds", "amazonaws", "com"] => (hash, region),
        _ => return None,
    };
    let kinds = ["cluster-ro-", "cluster-custom-", "cluster-", "proxy-"];
    let hash = kinds.iter().find_map(|kind| hash.strip_prefix(kind)).unwrap_or(hash);
    Some(format!("{}.{hash}.{region}.rds.amazonaws.com", without_additions(first)))
}

/// Supabase's poolers are shared; the project stands behind the user's name: `postgres.PROJECT`.
/// <https://supabase.com/docs/guides/database/connecting-to-postgres>
fn on_supabase(host: &str, user: Option<&str>) -> Option<String> {
    if !host.ends_with(".pooler.supabase.com") {
        return None;
    }
    let (_, project) = user?.rsplit_once('.')?;
    Some(format!("db.{project}.supabase.co"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        server(left, None).is_some() && server(left, None) == server(right, None)
    }

    #[test]
    fn one_server_has_many_names() {
        for (left, right) in [
            ("db.shop.example", "DB.Shop.Example."),
            ("db.shop.example", "db-ro.shop.example"),
            ("shop-rw.prod.svc.cluster.local", "shop-ro.prod.svc.cluster.local"),
            ("ep-cool-12.us-east-2.aws.neon.tech", "ep-cool-12-pooler.us-east-2.aws.neon.tech"),
            (
                "shop-prod-main.c1a2.eu-west-1.rds.amazonaws.com",
                "shop-prod-main-replica-1.c1a2.eu-west-1.rds.amazonaws.com",
            ),
            ("shop.cluster-c1a2.eu-west-1.rds.amazonaws.com", "shop.cluster-ro-c1a2.eu-west-1.rds.amazonaws.com"),
            ("shop-proxy.proxy-c1a2.eu-west-1.rds.amazonaws.com", "shop.cluster-c1a2.eu-west-1.rds.amazonaws.com"),
            ("shop-proxy.endpoint.proxy-c1a2.eu-west-1.rds.amazonaws.com", "shop.c1a2.eu-west-1.rds.amazonaws.com"),
            ("10.0.3.4", "10.0.3.4"),
        ] {
            assert!(same(left, right), "{left} {right}");
        }
        let pooled = server("aws-0-eu-west-1.pooler.supabase.com", Some("postgres.abcd"));
        assert_eq!(pooled, server("db.abcd.supabase.co", None));
    }

    #[test]
    fn other_servers_have_other_names() {
        for (left, right) in [
            ("db.shop.example", "db.staging.shop.example"),
            ("main.c1a2.eu-west-1.rds.amazonaws.com", "main.c9z8.eu-west-1.rds.amazonaws.com"),
            ("main.c1a2.eu-west-1.rds.amazonaws.com", "main.c1a2.us-east-1.rds.amazonaws.com"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("postgres", "postgres"),
        ] {
            assert!(!same(left, right), "{left} {right}");
        }
    }

    #[test]
    fn parents_are_domains() {
        assert_eq!(
            parents("a.b.shop.example").collect::<Vec<_>>(),
            ["a.b.shop.example", "b.shop.example", "shop.example"]
        );
        assert_eq!(parents("localhost").count(), 0);
    }
}
