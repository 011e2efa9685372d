/// The hosts in a text that are the domain itself or lie under it, in lower case. E-mail addresses are none. A domain
/// without a dot (`localhost`) is no one's own.
pub fn under(text: &str, domain: &str) -> Vec<String> {
    let (text, domain) = (text.to_ascii_lowercase(), domain.to_ascii_lowercase());
    if !domain.contains('.') {
        return Vec::new();
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let found = text.match_indices(&domain).filter_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + domain.len()..]);
        let goes_on =
            after.strip_prefix('.').unwrap_or(after).starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let start = before
            .rfind(|c: char| !is_part(c))
            .map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
        let prefix = &before[start..];
        let whole = prefix.is_empty() || prefix.ends_with('.');
        let is_email = before[..start].ends_with('@') && !word_before(before).contains("//");
        (whole && !goes_on && !is_email).then(|| format!("{prefix}{domain}"))
    });
    found.collect()
}

fn word_before(text: &str) -> &str {
    let start = text.rfind(|c: char| c.is_whitespace() || ",;\"'<>[](){}".contains(c)).map_or(0, |at| at + 1);
    &text[start..]
}

/// Of two domains, the one that the host belongs to more closely: the longer of those that it is or lies under.
pub fn is_rather(host: &str, theirs: &str, ours: Option<&str>) -> bool {
    let lies_under = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    lies_under(theirs) && !ours.is_some_and(|ours| lies_under(ours) && ours.len() >= theirs.len())
}

/// A URL as it works: scheme and host in any case, the slash at its end without meaning.
pub fn canonical(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    format!(
        "{}://{}{}",
        scheme.to_ascii_lowercase(),
        rest[..end].to_ascii_lowercase(),
        rest[end..].trim_end_matches('/')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_by_itself_in_a_url_or_in_a_list() {
        assert_eq!(under("shop.example", "shop.example"), ["shop.example"]);
        assert_eq!(under("https://Shop.example/a", "shop.example"), ["shop.example"]);
        assert_eq!(under(r#"["https://api.shop.example:8080"]"#, "shop.example"), ["api.shop.example"]);
        assert_eq!(under("a.example,b.shop.example.", "shop.example"), ["b.shop.example"]);
        assert_eq!(under("postgres://u:p@db.shop.example/x", "shop.example"), ["db.shop.example"]);
        for other in ["help@shop.example", "https://shop.example.org", "https://my-shop.example", "shop.example-cdn"] {
            assert_eq!(under(other, "shop.example"), [""; 0], "{other}");
        }
        assert_eq!(under("http://localhost:80", "localhost"), [""; 0]);
    }

    #[test]
    fn a_host_belongs_to_the_nearer_domain() {
        assert!(is_rather("api.shop.example", "shop.example", Some("staging.shop.example")));
        assert!(!is_rather("api.staging.shop.example", "shop.example", Some("staging.shop.example")));
        assert!(is_rather("staging.shop.example", "staging.shop.example", Some("shop.example")));
        assert!(!is_rather("myshop.example", "shop.example", None));
        assert!(!is_rather("shop.example", "shop.example", Some("shop.example")));
    }

    #[test]
    fn urls_are_alike_but_for_case_and_the_last_slash() {
        assert_eq!(canonical("HTTPS://Shop.example/"), canonical("https://shop.example"));
        assert_ne!(canonical("https://shop.example/A"), canonical("https://shop.example/a"));
        assert_ne!(canonical("Production"), canonical("production"));
    }
}
