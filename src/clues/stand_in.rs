/// Whether a setting puts a stand-in where production has the real thing, by its key or by its value.
pub fn is_stand_in(key: &str, value: &str) -> bool {
    const WORDS: [&str; 15] = [
        "mock",
        "mocks",
        "mocked",
        "fake",
        "stub",
        "stubs",
        "dummy",
        "sandbox",
        "noop",
        "simulate",
        "simulated",
        // Catch mail instead of sending it.
        "mailtrap",
        "mailhog",
        "mailpit",
        "mailcatcher",
    ];
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect()
    };
    let (key, value) = (words(key), words(value));
    let says_so = |words: &[String]| {
        words.iter().any(|word| WORDS.contains(&word.as_str())) || words.windows(2).any(|pair| pair == ["dry", "run"])
    };
    let is_off = matches!(value.as_slice().first().map(String::as_str), None | Some("0" | "false" | "no" | "off"));
    let is_mode = key.last().is_some_and(|word| ["mode", "driver", "backend", "mailer"].contains(&word.as_str()));
    let is_test_key = value.len() >= 2 && ["sk", "pk", "rk"].contains(&value[0].as_str()) && value[1] == "test";
    let is_test_mode =
        is_mode && matches!(value.as_slice(), [only] if ["test", "testing", "array"].contains(&only.as_str()));
    let is_no_mail =
        key.last().is_some_and(|word| word == "mailer") && matches!(value.as_slice(), [only] if only == "log");
    (says_so(&key) && !is_off) || says_so(&value) || is_test_mode || is_no_mail || is_test_key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_known_by_key_or_value() {
        for (key, value) in [
            ("PAYMENTS_MODE", "mock"),
            ("STRIPE_MODE", "test"),
            ("USE_FAKE_SMTP", "true"),
            ("MAIL_DRY_RUN", "1"),
            ("PAYPAL_URL", "https://api.sandbox.paypal.example"),
            ("STRIPE_PUBLISHABLE", "pk_test_51"),
            ("SMTP_HOST", "smtp.mailtrap.io"),
            ("MAIL_MAILER", "log"),
        ] {
            assert!(is_stand_in(key, value), "{key}");
        }
        for (key, value) in [
            ("USE_FAKE_SMTP", "false"),
            ("MOCKS", ""),
            ("LOG_LEVEL", "debug"),
            ("TEST_SUITE", "a"),
            ("MODE", "live"),
            ("LOG_DRIVER", "log"),
        ] {
            assert!(!is_stand_in(key, value), "{key}");
        }
    }
}
