//! What things are called at AWS.
//!
//! A name is derived from the app, the environment and the component alone, so that it can be computed again at any
//! time instead of being kept. Two different tuples of parts never get the same name: where joining them with hyphens
//! would be ambiguous or too long, the name ends in a hash of the tuple.

use sha2::{Digest, Sha256};

/// Application and Network Load Balancers. A name neither begins nor ends with a hyphen, nor begins with `internal-`.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>
pub const LOAD_BALANCER: usize = 32;
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
pub const TARGET_GROUP: usize = 32;
/// Unique in its account, whatever the case.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub const IAM_ROLE: usize = 64;
/// A database instance's identifier: a letter first, no `--`, no hyphen at the end.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
pub const RDS: usize = 63;
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>
pub const DB_SUBNET_GROUP: usize = 255;
/// Unique in its VPC, whatever the case; not `sg-…`.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
pub const SECURITY_GROUP: usize = 255;
/// At least 3 characters.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>
pub const LAUNCH_TEMPLATE: usize = 128;
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
pub const AUTO_SCALING_GROUP: usize = 255;
/// Letters, digits and `/_+=.@-`.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
pub const SECRET: usize = 512;
/// A tag's value, such as the `Name` of what has no name of its own.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>
pub const TAG: usize = 256;

/// The smallest limit that [`derive()`] can keep: a letter, a hyphen and the hash.
pub const LEAST: usize = 2 + HASH;

/// One digit and eight letters or digits: 3 + 8 × 5 = 43 bits.
const HASH: usize = 9;
/// What some service keeps for itself at a name's beginning.
const RESERVED_PREFIXES: [&str; 4] = ["internal-", "sg-", "aws-", "ssm-"];
/// Comes before a name that would otherwise begin in a way some service refuses.
const GUARD: &str = "x-";
/// A name alone that RDS refuses for a subnet group, and the shortest name of a launch template.
const RESERVED: &str = "default";
const SHORTEST: usize = 3;

/// The name of what `parts` (at least one) identify, at most `limit` (at least [`LEAST`]) characters long.
///
/// It is made of `a-z`, `0-9` and single hyphens, begins with a letter, and ends with none of the hyphens: valid for
/// every service above. `shop`, `staging`, `web` give `shop-staging-web`. Where that would be too long, or another
/// tuple would give the same (`a-b`, `c` and `a`, `b-c`), each part keeps a readable beginning and a hash of the whole
/// tuple follows.
pub fn derive(limit: usize, parts: &[&str]) -> String {
    debug_assert!(limit >= LEAST, "no name of {limit} characters holds a hash");
    let joined = parts.join("-");
    // What has the form of a hash could be another tuple's, so it gets one of its own.
    let plain = parts.iter().all(|part| is_word(part) && !has_form_of_hash(part));
    if plain && joined.len() <= limit && joined.len() >= SHORTEST && joined != RESERVED && may_begin(&joined) {
        return joined;
    }
    let words: Vec<String> = parts.iter().map(|part| readable(part)).filter(|word| !word.is_empty()).collect();
    let room = limit.saturating_sub(HASH + 1);
    let mut stem = abridge(&words, room);
    if !may_begin(&format!("{stem}-")) {
        stem = format!("{GUARD}{}", abridge(&words, room.saturating_sub(GUARD.len())));
    }
    format!("{}-{}", stem.trim_end_matches('-'), hash(parts))
}

/// The name of an environment's secret: `shop/staging/STRIPE_KEY`. At most [`SECRET`] characters, and never ending in
/// a hyphen and six characters, which is how Secrets Manager ends an ARN.
pub fn secret_name(app: &str, environment: &str, name: &str) -> String {
    let whole = format!("{app}/{environment}/{name}");
    let parts = [app, environment, name];
    let known = |c: char| c.is_ascii_alphanumeric() || "_+=.@-".contains(c);
    let like_arn = whole.as_bytes().iter().rev().nth(6) == Some(&b'-');
    if whole.len() <= SECRET && !like_arn && parts.iter().all(|part| part.chars().all(known)) {
        return whole;
    }
    let kept: String = whole.chars().map(|c| if known(c) || c == '/' { c } else { '_' }).collect();
    // Replaced characters are ASCII, so a byte is a character.
    let end = kept.len().min(SECRET - HASH - 1);
    format!("{}_{}", &kept[..end], hash(&parts))
}

/// A pattern (`*` stands for anything) that every name matches which [`derive()`] gives to an environment's resources: to
/// the app, the environment and one or two parts more. `*` for either gives `*`.
pub fn pattern(limit: usize, app: &str, environment: &str) -> String {
    const PARTS: usize = 4;
    if app == "*" || environment == "*" {
        return "*".to_owned();
    }
    // What each part keeps at least, however long the others are.
    let share = (limit.saturating_sub(HASH + 1 + GUARD.len() + PARTS - 1)) / PARTS;
    let kept = |part: &str| match part.len() <= share {
        true => part.to_owned(),
        false => format!("{}*", part[..share].trim_end_matches('-')),
    };
    let guard = if may_begin(&format!("{app}-")) { "" } else { "*" };
    format!("{guard}{}-{}-*", kept(app), kept(environment))
}

/// The partition that a region belongs to, with which each of its ARNs begins.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn partition(region: &str) -> &'static str {
    match region {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// An idempotency token for the making of what `parts` identify: 64 characters, the most that EC2 takes
/// (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>) and within Secrets Manager's 32–64.
///
/// A token that was used for something since deleted still stands for it, so `parts` must hold what sets one making
/// apart from the next.
pub fn token(parts: &[&str]) -> String {
    digest(parts).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn has_form_of_hash(part: &str) -> bool {
    part.len() == HASH && part.starts_with(|c: char| c.is_ascii_digit())
}

fn may_begin(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The part in `a-z`, `0-9` and single hyphens.
fn readable(part: &str) -> String {
    let lower = part.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// The words joined with hyphens in at most `room` characters. The longest lose most; each keeps its beginning.
fn abridge(words: &[String], room: usize) -> String {
    let hyphens = words.len().saturating_sub(1);
    let mut share = words.iter().map(String::len).max().unwrap_or(0);
    let length = |share: usize| words.iter().map(|word| word.len().min(share)).sum::<usize>() + hyphens;
    while share > 1 && length(share) > room {
        share -= 1;
    }
    let kept = words.iter().map(|word| word[..word.len().min(share)].trim_end_matches('-'));
    let mut stem = kept.collect::<Vec<_>>().join("-");
    stem.truncate(room);
    stem.truncate(stem.trim_end_matches('-').len());
    stem
}

/// Of the tuple, not of its joined text: each part's length goes before it.
fn digest(parts: &[&str]) -> [u8; 32] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part.as_bytes());
    }
    sha.finalize().into()
}

/// Begins with a digit, as no [`Name`](crate::model::Name) does, so that it cannot be taken for one.
#[expect(clippy::cast_possible_truncation, reason = "at most five bits are left")]
fn hash(parts: &[&str]) -> String {
    // Without e, o, t and u hardly a word can come out by chance.
    const ALPHABET: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
    let [a, b, c, d, e, f, g, h, ..] = digest(parts);
    let mut bits = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let mut take = |width: u32| {
        let index = (bits & ((1 << width) - 1)) as usize;
        bits >>= width;
        char::from(ALPHABET[index])
    };
    std::iter::once(3).chain([5; HASH - 1]).map(&mut take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_tuples_read_as_written() {
        assert_eq!(derive(LOAD_BALANCER, &["shop", "staging", "web"]), "shop-staging-web");
        assert_eq!(secret_name("shop", "staging", "STRIPE_KEY"), "shop/staging/STRIPE_KEY");
    }

    #[test]
    fn a_pattern_says_as_much_of_an_environment_as_its_names_do() {
        assert_eq!(pattern(LOAD_BALANCER, "web", "prod"), "web-prod-*");
        assert_eq!(pattern(LOAD_BALANCER, "shop", "staging"), "shop-stag*-*");
        assert_eq!(pattern(IAM_ROLE, "shop", "staging"), "shop-staging-*");
        assert_eq!(pattern(IAM_ROLE, "internal", "staging"), "*internal-staging-*");
        assert_eq!(pattern(IAM_ROLE, "*", "*"), "*");
    }

    #[test]
    fn a_hyphen_inside_a_part_is_told_from_one_between_parts() {
        let one = derive(RDS, &["a-b", "c"]);
        let other = derive(RDS, &["a", "b-c"]);
        assert_ne!(one, other);
        assert!(one.starts_with("a-b-c-") && other.starts_with("a-b-c-"), "{one} {other}");
    }

    #[test]
    fn long_names_keep_the_beginning_of_each_part() {
        let name = derive(LOAD_BALANCER, &["marketplace", "integration", "recommendations"]);
        snapbox::assert_data_eq!(name, snapbox::str!["market-integr-recomm-69hhsw0zk"]);
    }

    #[test]
    fn reserved_beginnings_are_guarded() {
        for parts in [["internal", "web"], ["sg", "web"], ["9lives", "web"], ["sg-eu", "web"], ["Ünïcode", "web"]] {
            let name = derive(LOAD_BALANCER, &parts);
            assert!(is_valid(&name, LOAD_BALANCER), "{name}");
        }
        assert_ne!(derive(DB_SUBNET_GROUP, &["default"]), "default");
    }

    #[test]
    fn a_name_stays_the_same_for_good() {
        // Pinned: another hash would make envctl look for every resource under another name.
        assert_eq!(derive(LOAD_BALANCER, &["a-b", "c", "d"]), "a-b-c-d-3ksvhr0ks");
        assert_eq!(&token(&["shop", "staging"])[..16], "e75a633c3277ef5a");
    }

    fn is_valid(name: &str, limit: usize) -> bool {
        crate::model::Name::new(name[..name.len().min(63)].trim_end_matches('-')).is_ok()
            && !name.ends_with('-')
            && !name.contains("--")
            && (SHORTEST..=limit).contains(&name.len())
            && may_begin(name)
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,12}){0,4}",
            // Few letters, so that ambiguous tuples are frequent.
            4 => "[ab](-[ab]){0,3}",
            1 => "(internal|sg|default|aws)(-[a-z]{1,3})?",
            1 => "[0-9][a-z0-9]{8}",
            1 => "\\PC{0,20}",
        ]
    }

    proptest! {
        #[test]
        fn names_are_valid_short_enough_and_the_same_each_time(
            parts in prop::collection::vec(part(), 1..5), limit in prop::sample::select(vec![32_usize, 63, 64, 255]),
        ) {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let name = derive(limit, &parts);
            prop_assert!(is_valid(&name, limit), "{parts:?} gives {name}");
            prop_assert_eq!(name, derive(limit, &parts));
        }

        #[test]
        fn different_tuples_have_different_names(
            one in prop::collection::vec(part(), 3), other in prop::collection::vec(part(), 3),
        ) {
            prop_assume!(one != other);
            let one: Vec<&str> = one.iter().map(String::as_str).collect();
            let other: Vec<&str> = other.iter().map(String::as_str).collect();
            prop_assert_ne!(derive(LOAD_BALANCER, &one), derive(LOAD_BALANCER, &other));
            prop_assert_ne!(token(&one), token(&other));
            prop_assert_ne!(
                secret_name(one[0], one[1], one[2]),
                secret_name(other[0], other[1], other[2])
            );
        }

        #[test]
        fn an_environments_names_match_its_pattern(
            parts in prop::collection::vec("(internal|sg|[a-z][a-z0-9]{0,30})(-[a-z0-9]{1,12}){0,2}", 3..5),
            limit in prop::sample::select(vec![32_usize, 63, 64, 255]),
        ) {
            let parts: Vec<&str> = parts.iter().map(|part| &part[..part.len().min(63)]).collect();
            let pattern = pattern(limit, parts[0], parts[1]);
            let name = derive(limit, &parts);
            let glob = globset::Glob::new(&pattern).unwrap().compile_matcher();
            prop_assert!(glob.is_match(&name), "{parts:?} gives {name}, which is no {pattern}");
        }

        #[test]
        fn secret_names_fit(app in "[a-z]{1,63}", environment in "[a-z]{1,63}", name in "[A-Z_-]{0,8}[a-zA-Z_é/ -]{0,600}") {
            let name = secret_name(&app, &environment, &name);
            prop_assert!(name.len() <= SECRET);
            prop_assert!(name.as_bytes()[name.len() - 7] != b'-', "{name}");
            prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)), "{name}");
        }
    }
}
