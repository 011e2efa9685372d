use crate::model::Mark;

/// What the keys of providers begin with, and what that says of them by the provider's own documentation.
const KEYS: &[(&str, Mark)] = &[
    // https://docs.stripe.com/keys
    ("sk_test_", Mark::Test("Stripe")),
    ("pk_test_", Mark::Test("Stripe")),
    ("rk_test_", Mark::Test("Stripe")),
    ("sk_live_", Mark::Live("Stripe")),
    ("rk_live_", Mark::Live("Stripe")),
    ("pk_live_", Mark::Live("Stripe")),
    // https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/
    ("rzp_test_", Mark::Test("Razorpay")),
    ("rzp_live_", Mark::Live("Razorpay")),
    // https://developer.paddle.com/api-reference/about/authentication
    ("pdl_sdbx_", Mark::Test("Paddle")),
    ("pdl_live_", Mark::Live("Paddle")),
    // https://developer.squareup.com/docs/devtools/sandbox/overview
    ("sandbox-sq0idb-", Mark::Test("Square")),
    ("sandbox-sq0csb-", Mark::Test("Square")),
    ("sq0idp-", Mark::Live("Square")),
    ("sq0csp-", Mark::Live("Square")),
    // https://developer.paypal.com/braintree/docs/guides/authorization/tokenization-key
    ("sandbox_", Mark::Test("Braintree or GoCardless")),
    ("production_", Mark::Live("Braintree")),
    // https://developer.flutterwave.com/docs/authentication
    ("FLWSECK_TEST-", Mark::Test("Flutterwave")),
    ("FLWPUBK_TEST-", Mark::Test("Flutterwave")),
    ("FLWSECK-", Mark::Live("Flutterwave")),
    ("FLWPUBK-", Mark::Live("Flutterwave")),
    // https://docs.xendit.co/docs/api-keys
    ("xnd_development_", Mark::Test("Xendit")),
    ("xnd_public_development_", Mark::Test("Xendit")),
    ("xnd_production_", Mark::Live("Xendit")),
    ("xnd_public_production_", Mark::Live("Xendit")),
    // https://docs.goshippo.com/docs/guides_general/authentication/
    ("shippo_test_", Mark::Test("Shippo")),
    ("shippo_live_", Mark::Live("Shippo")),
    // https://docs.easypost.com/docs/authentication
    ("EZTK", Mark::Test("EasyPost")),
    ("EZAK", Mark::Live("EasyPost")),
    // https://www.checkout.com/docs/developer-resources/api/api-authentication/api-keys
    ("sk_sbox_", Mark::Test("Checkout.com")),
    ("pk_sbox_", Mark::Test("Checkout.com")),
    // https://docs.mollie.com/reference/authentication and https://docs.lob.com/#section/API-Keys
    ("test_", Mark::Test("Mollie or Lob")),
    ("live_", Mark::Live("Mollie, Lob or GoCardless")),
];

/// What follows the prefix of a key is longer than of a word such as `test_database`.
const LEAST_AFTER: usize = 12;

/// Keys that documentation prints, and that work nowhere or for everybody.
const EXAMPLES: [&str; 9] = [
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds-programmatic-access.html
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AKIAI44QH8DHBEXAMPLE",
    "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
    "ASIAIOSFODNN7EXAMPLE",
    // https://docs.stripe.com/keys (the key of their own samples)
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    // https://developers.google.com/recaptcha/docs/faq
    "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI",
    "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
    // https://docs.hcaptcha.com/#integration-testing-test-keys
    "0x0000000000000000000000000000000000000000",
];

/// What somebody writes who means to come back.
const PLACEHOLDERS: [&str; 17] = [
    "changeme",
    "changeit",
    "changethis",
    "pleasechange",
    "replaceme",
    "replacethis",
    "todo",
    "tbd",
    "fixme",
    "placeholder",
    "insertkeyhere",
    "insertvaluehere",
    "yourkeyhere",
    "yourapikeyhere",
    "yourpasswordhere",
    "setme",
    "fillme",
];
/// Values that no credential has.
const WEAK: [&str; 20] = [
    "test", "testing", "secret", "password", "passwd", "pass", "admin", "root", "default", "example", "dummy", "foo",
    "bar", "none", "null", "postgres", "mysql", "12345", "123456", "letmein",
];

/// The marks of keys anywhere in a text.
pub fn marks(text: &str) -> Vec<Mark> {
    let mut found: Vec<Mark> =
        EXAMPLES.iter().filter(|example| text.contains(**example)).map(|_| Mark::Example).collect();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)));
    found.extend(words.filter_map(key));
    found
}

fn key(word: &str) -> Option<Mark> {
    let (prefix, mark) = KEYS.iter().find(|(prefix, _)| word.starts_with(prefix))?;
    let rest = &word[prefix.len()..];
    // A random text of letters has digits or both cases; `test_payment_method` has neither.
    let is_random = rest.chars().any(|c| c.is_ascii_digit())
        || (rest.chars().any(char::is_uppercase) && rest.chars().any(char::is_lowercase));
    (rest.len() >= LEAST_AFTER && is_random).then_some(*mark)
}

/// Whether a value waits for somebody to set it. Of what is a credential, words that no credential is count, too.
pub fn is_placeholder(value: &str, is_credential: bool) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let word: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    let in_brackets = value.len() > 2 && value.starts_with('<') && value.ends_with('>') && !value.contains("</");
    let crossed_out = word.len() >= 3 && word.chars().all(|c| c == 'x');
    let asks =
        word.starts_with("your") && (word.ends_with("here") || word.ends_with("key") || word.ends_with("secret"));
    let begins = PLACEHOLDERS.iter().take(6).any(|begin| word.starts_with(begin) && word.len() <= begin.len() + 8);
    PLACEHOLDERS.contains(&word.as_str())
        || begins
        || in_brackets
        || crossed_out
        || asks
        || (is_credential && WEAK.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No key of these stands here in one piece: scanners of secrets would find it.
    fn key(prefix: &str) -> String {
        format!("{prefix}51Habc9DEF2345678")
    }

    #[test]
    fn keys_say_what_they_are_for() {
        for (prefix, mark) in KEYS {
            assert_eq!(marks(&format!("a={};", key(prefix))), [*mark], "{prefix}");
        }
        assert_eq!(marks("AKIAIOSFODNN7EXAMPLE"), [Mark::Example]);
        for text in [
            "test_database_for_orders",
            "live_reload_enabled_now",
            "sandbox_mode",
            "sk_test_",
            "EZTKANZAS",
            "risk_live_1",
        ] {
            assert_eq!(marks(text), [], "{text}");
        }
    }

    #[test]
    fn placeholders_are_told_from_values() {
        for value in [
            "changeme",
            "CHANGE-ME",
            "change_me_please",
            "<your token>",
            "xxxx",
            "your-api-key-here",
            "TODO",
            "replace-me",
        ] {
            assert!(is_placeholder(value, false), "{value}");
        }
        for value in ["info", "todo-list", "test", "xx", "replacement-service-eu", "youth-center", ""] {
            assert!(!is_placeholder(value, false), "{value}");
        }
        assert!(is_placeholder("test", true) && is_placeholder("Password", true) && !is_placeholder("3f9aX2", true));
    }
}
