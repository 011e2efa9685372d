use std::collections::BTreeMap;

use super::error::Error;

/// What the server's own settings decide here, whatever a definition says: where it listens and that it is durable.
const OURS: [&str; 22] = [
    "bind_address",
    "config_file",
    "data_directory",
    "datadir",
    "external_pid_file",
    "fsync",
    "full_page_writes",
    "hba_file",
    "listen_addresses",
    "log_destination",
    "logging_collector",
    "password_encryption",
    "pid_file",
    "port",
    "require_secure_transport",
    "skip_networking",
    "socket",
    "ssl",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
    "user",
];

/// Only RDS has these (`rds.*`, and Aurora's), or only RDS can work them out (`{DBInstanceClassMemory/4}`).
fn is_only_in_rds(name: &str, value: &str) -> bool {
    ["rds.", "rds_", "aurora", "apg_"].iter().any(|prefix| name.starts_with(prefix)) || value.contains('{')
}

fn is_ours(name: &str) -> bool {
    OURS.contains(&name.replace('-', "_").as_str())
}

/// The parameters that a server on a laptop is started without.
pub fn unmirrored(parameters: &BTreeMap<String, String>) -> Vec<&str> {
    let left_out = parameters.iter().filter(|(name, value)| is_only_in_rds(name, value) || is_ours(name));
    left_out.map(|(name, _)| name.as_str()).collect()
}

/// Those that it is started with.
pub fn mirrored(parameters: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    let kept = parameters.iter().filter(|(name, value)| !is_only_in_rds(name, value) && !is_ours(name));
    kept.map(|(name, value)| (name.as_str(), value.as_str()))
}

/// What would not stay one setting in a configuration file.
pub fn check(parameters: &BTreeMap<String, String>) -> Result<(), Error> {
    for (name, value) in mirrored(parameters) {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        let why = if !is_name {
            "is no name of a setting"
        } else if value.chars().any(char::is_control) {
            "has a value with a line break or another control character"
        } else {
            continue;
        };
        return Err(Error::Parameter { name: name.to_owned(), why });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_only_rds_knows_is_left_out_and_told() {
        let all = parameters(&[
            ("fsync", "0"),
            ("log_min_duration_statement", "500"),
            ("rds.force_ssl", "1"),
            ("shared_buffers", "{DBInstanceClassMemory/32768}"),
        ]);
        assert_eq!(unmirrored(&all), ["fsync", "rds.force_ssl", "shared_buffers"]);
        assert_eq!(mirrored(&all).collect::<Vec<_>>(), [("log_min_duration_statement", "500")]);
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        assert!(check(&parameters(&[("work_mem", "4MB'"), ("auto_explain.log_min_duration", "1")])).is_ok());
        for (name, value) in [("work_mem", "4MB\nfsync=off"), ("a = b\nc", "1"), ("", "1"), ("1a", "1")] {
            assert!(matches!(check(&parameters(&[(name, value)])), Err(Error::Parameter { .. })), "{name}");
        }
    }
}
