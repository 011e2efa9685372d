use std::collections::BTreeMap;

use super::pattern::{matches, matches_arn};

/// Whether conditions hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Yes,
    No,
    /// It hangs on what is known only when the request is made.
    Unknown,
}

impl Holds {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }
}

/// What is known of a request: the values of condition keys, by the key in lower case.
pub type Context = BTreeMap<String, Option<String>>;

/// All keys of all operators must hold; of a key's values, one.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
pub fn holds(conditions: &BTreeMap<String, BTreeMap<String, Vec<String>>>, context: &Context) -> Holds {
    let single =
        conditions.iter().flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)));
    single.fold(Holds::Yes, |all, (operator, key, values)| all.and(one(operator, key, values, context)))
}

fn one(operator: &str, key: &str, values: &[String], context: &Context) -> Holds {
    let key = key.to_ascii_lowercase();
    let Some(known) = context.get(&key) else { return Holds::Unknown };
    let (name, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |name| (name, true));
    if name == "Null" {
        let absent = known.is_none();
        return Holds::of(values.iter().any(|value| value.eq_ignore_ascii_case("true") == absent));
    }
    // Keys of many values are not followed.
    if name.contains(':') || values.iter().any(|value| value.contains("${")) {
        return Holds::Unknown;
    }
    let negated = name.contains("Not");
    let Some(actual) = known else {
        // A key that is absent matches no value: so a negation holds, and `…IfExists` does, too.
        return Holds::of(if_exists || negated);
    };
    let any = |equal: &dyn Fn(&str) -> bool| values.iter().any(|value| equal(value));
    let found = match name {
        "StringEquals" | "StringNotEquals" => any(&|value| value == actual),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => any(&|value| value.eq_ignore_ascii_case(actual)),
        "StringLike" | "StringNotLike" => any(&|value| matches(value, actual)),
        "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => any(&|value| matches_arn(value, actual)),
        "Bool" => any(&|value| value.eq_ignore_ascii_case(actual)),
        _ => return Holds::Unknown,
    };
    Holds::of(found != negated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(operator: &str, key: &str, value: &str) -> Holds {
        let context = Context::from([
            ("aws:resourcetag/envctl:environment".to_owned(), Some("prod".to_owned())),
            ("aws:principaltag/team".to_owned(), None),
            ("aws:principalarn".to_owned(), Some("arn:aws:iam::111111111111:role/shop-staging-web".to_owned())),
        ]);
        one(operator, key, &[value.to_owned()], &context)
    }

    #[test]
    fn operators_hold_as_iam_says() {
        let tag = "aws:ResourceTag/envctl:environment";
        assert_eq!(judge("StringEquals", tag, "staging"), Holds::No);
        assert_eq!(judge("StringEquals", tag, "prod"), Holds::Yes);
        assert_eq!(judge("StringNotEquals", tag, "staging"), Holds::Yes);
        assert_eq!(judge("StringLike", tag, "pr*"), Holds::Yes);
        assert_eq!(judge("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/shop-staging-*"), Holds::Yes);
        assert_eq!(judge("StringEquals", "aws:PrincipalTag/team", "a"), Holds::No);
        assert_eq!(judge("StringEqualsIfExists", "aws:PrincipalTag/team", "a"), Holds::Yes);
        assert_eq!(judge("StringNotEquals", "aws:PrincipalTag/team", "a"), Holds::Yes);
        assert_eq!(judge("Null", "aws:PrincipalTag/team", "true"), Holds::Yes);
        assert_eq!(judge("Null", tag, "true"), Holds::No);
    }

    #[test]
    fn what_hangs_on_the_moment_is_unknown() {
        assert_eq!(judge("IpAddress", "aws:SourceIp", "203.0.113.0/24"), Holds::Unknown);
        assert_eq!(judge("ForAnyValue:StringEquals", "aws:PrincipalArn", "a"), Holds::Unknown);
        assert_eq!(judge("StringEquals", "aws:PrincipalArn", "${aws:username}"), Holds::Unknown);
        assert_eq!(judge("NewOperator", "aws:PrincipalArn", "a"), Holds::Unknown);
    }
}
