use super::diagnostic::Fault;

/// How a text must look.
pub(super) struct Form {
    pub code: &'static str,
    /// What the text is, with its article: "an AWS region".
    pub what: &'static str,
    /// What it should look like, with an example.
    pub expected: &'static str,
    pub holds: fn(&str) -> bool,
}

impl Form {
    pub fn fault(&self, text: &str) -> Fault {
        Fault::new(self.code, format!("{text:?} is not {}", self.what)).expected(self.expected)
    }
}

pub(super) const ACCOUNT: Form = Form {
    code: "invalid-account",
    what: "an AWS account's id",
    expected: "twelve digits such as \"111111111111\"",
    holds: |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()),
};

pub(super) const REGION: Form = Form {
    code: "invalid-region",
    what: "an AWS region",
    expected: "a region's code such as \"eu-west-1\"",
    holds: |text| {
        let parts: Vec<&str> = text.split('-').collect();
        let [area, directions @ .., number] = parts.as_slice() else { return false };
        let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        area.len() == 2
            && letters(area)
            && !directions.is_empty()
            && directions.iter().all(letters)
            && number.len() == 1
            && number.bytes().all(|b| b.is_ascii_digit())
    },
};

/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html>
pub(super) const CERTIFICATE: Form = Form {
    code: "invalid-certificate",
    what: "the ARN of an ACM certificate",
    expected: "an ARN such as \"arn:aws:acm:eu-west-1:111111111111:certificate/1234abcd-…\"",
    holds: |text| certificate(text).is_some(),
};

/// The region and the account in a certificate's ARN.
pub(super) fn certificate(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "acm", region, account, resource] = parts.as_slice() else { return None };
    let id = resource.strip_prefix("certificate/")?;
    let known = partition.starts_with("aws") && (REGION.holds)(region) && (ACCOUNT.holds)(account);
    let hex = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (known && hex).then_some((region, account))
}

/// A role's ARN, which names its account and no region.
pub(super) const ROLE: Form = Form {
    code: "invalid-role",
    what: "the ARN of an IAM role",
    expected: "an ARN such as \"arn:aws:iam::111111111111:role/deploy\"",
    holds: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return false };
        let name = resource.strip_prefix("role/").unwrap_or_default();
        let known = name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_/-".contains(c));
        partition.starts_with("aws") && (ACCOUNT.holds)(account) && known && !name.is_empty() && !name.ends_with('/')
    },
};

/// An environment variable, as POSIX shells take it.
pub(super) const VARIABLE: Form = Form {
    code: "invalid-key",
    what: "an environment variable's name",
    expected: "letters, digits and `_`, not beginning with a digit, such as `LOG_LEVEL`",
    holds: |text| {
        !text.starts_with(|c: char| c.is_ascii_digit())
            && !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    },
};

pub(super) const PARAMETER: Form = Form {
    code: "invalid-parameter",
    what: "a database parameter's name",
    expected: "letters, digits, `_`, `-` and `.` such as `log_min_duration_statement` or `rds.force_ssl`",
    holds: |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    },
};

/// RFC 1123, in lower case.
pub(super) const DOMAIN: Form = Form {
    code: "invalid-domain",
    what: "a domain",
    expected: "a host name in lower case such as \"staging.shop.example\" or \"{environment}.shop.example\", without scheme, port or path",
    holds: |text| {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        text.len() <= 253 && text.split('.').all(label)
    },
};

/// Whether a release that stands in no file could stand in one; what is wrong with it otherwise.
pub fn check_release(release: &str) -> Result<(), String> {
    match (RELEASE.holds)(release) {
        true => Ok(()),
        false => Err(format!("{release:?} is not {}: it is {}", RELEASE.what, RELEASE.expected)),
    }
}

/// It becomes a part of object keys, image tags and the values of AWS tags.
pub(super) const RELEASE: Form = Form {
    code: "invalid-release",
    what: "a release",
    expected: "1 to 128 letters, digits and `._+-`, a letter or digit first, such as \"1.5.0\"",
    holds: |text| {
        text.len() <= 128
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
    },
};

/// A load balancer's health check takes a path of 1 to 1024 characters:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
pub(super) const HEALTH: Form = Form {
    code: "invalid-health",
    what: "a health check's path",
    expected: "a path that begins with `/` such as \"/healthz\"",
    holds: |text| text.starts_with('/') && text.len() <= 1024 && text.bytes().all(|b| b.is_ascii_graphic()),
};

/// A path that stays within the project.
pub(super) const PROJECT_PATH: Form = Form {
    code: "invalid-path",
    what: "a path within the project",
    expected: "a path relative to the project's root, with `/` between its parts and without `..`",
    holds: |text| {
        let parts = text.strip_suffix('/').unwrap_or(text).split('/');
        !text.contains(['\\', ':'])
            && !text.contains(char::is_control)
            && parts.into_iter().all(|part| !part.is_empty() && part != "..")
    },
};

/// A path within a container.
pub(super) const WORKDIR: Form = Form {
    code: "invalid-path",
    what: "a folder of a container",
    expected: "a path that begins with `/`, without `..` and `:`, such as \"/app\"",
    holds: |text| {
        let below = text.strip_prefix('/');
        below.is_some_and(|below| below.is_empty() || (PROJECT_PATH.holds)(below))
    },
};

/// Words as a shell splits them, without a shell.
pub(super) const COMMAND_LINE: Form = Form {
    code: "invalid-command",
    what: "a command line",
    expected: "one line whose quotes are closed such as \"bin/seed --fake\"",
    holds: |text| !text.contains(char::is_control) && shlex::split(text).is_some_and(|words| !words.is_empty()),
};

pub(super) const ACTION: Form = Form {
    code: "invalid-action",
    what: "an IAM action",
    expected: "a service and an action such as \"s3:GetObject\" or \"sqs:*\"",
    holds: |text| {
        let Some((service, action)) = text.split_once(':') else { return false };
        !service.is_empty()
            && service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !action.is_empty()
            && action.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'*' || b == b'?')
    },
};

/// A text that a person wrote and that says something.
pub(super) const SENTENCE: Form = Form {
    code: "empty-text",
    what: "an explanation",
    expected: "a text that is not empty",
    holds: |text| !text.trim().is_empty(),
};

/// `s3://bucket/key`, in which placeholders may stand.
pub(super) fn artifact(text: &str) -> bool {
    let Some((bucket, key)) = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else { return false };
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    let name = (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
        && bucket.starts_with(|c: char| c.is_ascii_alphanumeric())
        && bucket.ends_with(|c: char| c.is_ascii_alphanumeric());
    (name || bucket.contains('{')) && !key.is_empty() && !key.contains(char::is_control)
}

/// A container image's reference, in which placeholders may stand.
pub(super) fn image(text: &str) -> bool {
    !text.is_empty()
        && !text.contains("://")
        && text.bytes().all(|b| b.is_ascii_graphic())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '{')
}

/// The segments of a path as one writes it in TOML, unquoted; `None` for what is no path.
pub(super) fn path_segments(text: &str) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    let mut rest = text;
    loop {
        let (segment, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        let bare = |c: char| c.is_ascii_alphanumeric() || "-_*[]".contains(c);
        if segment.is_empty() || (!rest.starts_with('"') && !segment.chars().all(bare)) {
            return None;
        }
        segments.push(segment.to_owned());
        if after.is_empty() {
            return Some(segments);
        }
        rest = after.strip_prefix('.')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_as_in_toml() {
        let split = |text| path_segments(text).map(|segments| segments.join("|"));
        assert_eq!(split("compute.*.count").as_deref(), Some("compute|*|count"));
        let quoted = r#"database.main.parameters."rds.force_ssl""#;
        assert_eq!(split(quoted).as_deref(), Some("database|main|parameters|rds.force_ssl"));
        for bad in ["", ".", "a.", "a..b", "a b", "\"a", "\"a\"b"] {
            assert_eq!(split(bad), None, "{bad:?}");
        }
    }

    fn sorts(form: &Form, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!((form.holds)(text), "{text:?} is {}", form.what);
        }
        for text in bad {
            assert!(!(form.holds)(text), "{text:?} is not {}", form.what);
        }
    }

    #[test]
    fn accounts_and_regions() {
        sorts(&ACCOUNT, &["111111111111"], &["", "11111111111", "1111111111112", "11111111111a"]);
        sorts(
            &REGION,
            &["eu-west-1", "us-gov-east-1", "ap-southeast-4"],
            &["eu-west", "eu-west-1a", "west-1", "eu--1"],
        );
    }

    #[test]
    fn certificates() {
        let arn = "arn:aws:acm:eu-west-1:111111111111:certificate/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(certificate(arn), Some(("eu-west-1", "111111111111")));
        sorts(&CERTIFICATE, &[arn], &["arn:aws:iam::111111111111:server-certificate/x", "staging", ""]);
    }

    #[test]
    fn keys_parameters_and_releases() {
        sorts(&VARIABLE, &["LOG_LEVEL", "_x", "a1"], &["", "1A", "LOG-LEVEL", "Ä"]);
        sorts(&PARAMETER, &["rds.force_ssl", "DateStyle"], &["", ".x", "log level", "1x"]);
        sorts(&RELEASE, &["1.5.0", "v1.2+b3", "7f3c9d1"], &["", "feature/x", "a b", "-1", &"1".repeat(129)]);
    }

    #[test]
    fn domains_and_paths() {
        sorts(
            &DOMAIN,
            &["shop.example", "a-b.c"],
            &["", "https://shop.example", "Shop.example", "a..b", "-a.b", "a:80"],
        );
        sorts(&PROJECT_PATH, &["migrations/", "a/b.sql"], &["", "/etc/passwd", "../x", "a//b", "C:\\x", "a/../b"]);
        sorts(&WORKDIR, &["/", "/app", "/srv/app/"], &["", "app", "//", "/a/../b", "/a:b"]);
        sorts(&HEALTH, &["/", "/healthz?deep=1"], &["", "healthz", "/a b"]);
    }

    #[test]
    fn actions_and_sources() {
        sorts(&ACTION, &["s3:GetObject", "sqs:*"], &["*", "s3", ":x", "s3:", "S3:Get"]);
        assert!(artifact("s3://acme-releases/shop/{release}.tar.gz") && artifact("s3://{environment}-builds/x"));
        assert!(!artifact("https://x/y") && !artifact("s3://acme-releases") && !artifact("s3://UP/x"));
        assert!(image("registry.example/shop:{release}") && !image("https://x/y") && !image("a b") && !image(""));
    }
}
