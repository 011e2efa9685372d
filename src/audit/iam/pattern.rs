/// Whether a text matches a pattern in which `*` stands for any text, also an empty one, and `?` for one character.
/// Both span `:` and `/`, as in a policy's `Resource`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last `*` stands, and up to where of the text it stands for.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some('?') => (at, from) = (at + 1, from + 1),
            Some(c) if *c == text[from] => (at, from) = (at + 1, from + 1),
            _ => {
                let Some((last, taken)) = star else { return false };
                star = Some((last, taken + 1));
                (at, from) = (last + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// Actions are alike in any case.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
pub fn matches_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// `ArnLike`: each of an ARN's six parts by itself.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
pub fn matches_arn(pattern: &str, arn: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    patterns.len() == parts.len() && patterns.iter().zip(parts).all(|(pattern, part)| matches(pattern, part))
}

/// The part of a pattern before its first wildcard: what all that it matches begins with.
pub fn stem(pattern: &str) -> &str {
    &pattern[..pattern.find(['*', '?', '$']).unwrap_or(pattern.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_iam_says() {
        for (pattern, text) in [
            ("*", ""),
            ("arn:aws:s3:::a/*/test/*", "arn:aws:s3:::a/1/2/test/3/object.jpg"),
            ("secret:shop/prod/KEY-??????", "secret:shop/prod/KEY-AbCdEf"),
            ("a*b*c", "axxbyybzzc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a?", "a"), ("a*b", "abc"), ("arn:aws:s3:::a/*", "arn:aws:s3:::a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(matches_action("S3:get*", "s3:GetObject") && !matches_action("s3:Put*", "s3:GetObject"));
        assert!(matches_arn("arn:aws:iam::*:role/a", "arn:aws:iam::111111111111:role/a"));
        assert!(!matches_arn("arn:aws:*", "arn:aws:iam::111111111111:role/a"));
        assert_eq!(stem("arn:aws:s3:::a-${aws:username}/*"), "arn:aws:s3:::a-");
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&"*a".repeat(60), &"a".repeat(59)));
        assert!(!matches(&"a*".repeat(200), &"b".repeat(2_000)));
    }
}
