//! Values that would be recognised wherever they show, and in whatever form.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// So many bytes of a form are looked up at each place of a text.
const START: usize = 8;

/// Secrets with all that would give them away.
#[derive(Clone, Debug, Default)]
pub struct Canaries {
    values: Vec<(String, String)>,
    /// By how it starts: a form, and whose it is.
    forms: HashMap<[u8; START], Vec<(Vec<u8>, usize)>>,
}

impl Canaries {
    pub fn add(&mut self, name: &str, value: &str) {
        assert!(value.chars().count() >= 20, "{name} is too short to be told from chance");
        for form in forms(value).iter().flat_map(|form| [form.clone(), without_blanks(form)]) {
            let start = *form.as_bytes().first_chunk().expect("half a value is longer");
            self.forms.entry(start).or_default().push((form.into_bytes(), self.values.len()));
        }
        self.values.push((name.to_owned(), value.to_owned()));
    }

    /// Names and values.
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }

    /// Those that a text gives away, by name. Where lines are broken to a width, no line holds the whole of a value.
    pub fn told(&self, text: &str) -> BTreeSet<&str> {
        let bare = without_blanks(text);
        let found = [text.as_bytes(), bare.as_bytes()].into_iter().flat_map(|bytes| self.found(bytes));
        found.map(|index| self.values[index].0.as_str()).collect()
    }

    fn found(&self, bytes: &[u8]) -> BTreeSet<usize> {
        let starts = bytes.windows(START).enumerate();
        let candidates = starts.filter_map(|(at, start)| Some((at, self.forms.get(start)?)));
        let found =
            candidates.flat_map(|(at, forms)| forms.iter().filter(move |(form, _)| bytes[at..].starts_with(form)));
        found.map(|(_, index)| *index).collect()
    }
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn forms(value: &str) -> Vec<String> {
    // Half of it is half too much.
    let (middle, _) = value.char_indices().nth(value.chars().count() / 2).expect("it is no empty text");
    let (first, second) = value.split_at(middle);
    let mut forms: Vec<String> = [first, second].map(str::to_owned).into();
    for part in [first, second] {
        let json = serde_json::to_string(part).expect("a text is JSON");
        // Rust's own way of showing a text, and TOML's, which leaves what is no ASCII as it is.
        let shown = [json, format!("{part:?}"), toml::Value::from(part).to_string(), part.escape_default().to_string()];
        forms.extend(shown.map(|text| text.trim_matches(['"', '\'']).to_owned()));
        forms.push(part.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;"));
        let url = utf8_percent_encode(part, NON_ALPHANUMERIC).to_string();
        // Others leave some characters as they are.
        let fewer = [("%2D", "-"), ("%2E", "."), ("%5F", "_"), ("%7E", "~")];
        let unreserved = fewer.iter().fold(url.clone(), |url, (code, plain)| url.replace(code, plain));
        forms.extend([url.to_lowercase(), unreserved.replace("%20", "+"), unreserved, url]);
        let hex = part.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a text takes all");
            hex
        });
        forms.extend([hex.to_uppercase(), hex]);
        forms.extend((0..3).map(|shift| base64(part.as_bytes(), shift)));
        forms.extend((0..3).map(|shift| base64(part.as_bytes(), shift).replace('+', "-").replace('/', "_")));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// What does not depend on the text around it, where it begins at this byte of three.
fn base64(bytes: &[u8], shift: usize) -> String {
    let text = STANDARD.encode([&vec![0; shift], bytes].concat());
    text[(shift * 8).div_ceil(6)..(shift + bytes.len()) * 8 / 6].to_owned()
}

#[test]
fn a_canary_is_found_in_every_form() {
    let value = "sK9Qx2Lm\"ZpT3v\\K8 a+b/c=é&7%25";
    let mut canaries = Canaries::default();
    canaries.add("A", value);
    let hex: String = value.bytes().map(|byte| format!("{byte:02X}")).collect();
    let texts = [
        value.to_owned(),
        format!("in a line: {value}, and on"),
        value[..20].to_owned(),
        value.chars().rev().take(16).collect::<Vec<_>>().into_iter().rev().collect(),
        value.replace("v\\", "v\\\n      "),
        serde_json::json!({ "a": [value] }).to_string(),
        serde_json::json!({ "a": serde_json::json!(value).to_string() }).to_string().replace("\\\\", "\\"),
        toml::Value::from(value).to_string(),
        format!("{value:?}"),
        format!("Authorization: Basic {}", STANDARD.encode(format!("shop:{value}"))),
        STANDARD.encode(format!("{{\"key\":\"{value}\"}}")),
        format!("postgres://shop:{}@localhost/shop", utf8_percent_encode(value, NON_ALPHANUMERIC)),
        hex.to_lowercase(),
        hex,
    ];
    for text in texts {
        assert_eq!(canaries.told(&text), BTreeSet::from(["A"]), "{text}");
    }
    assert!(canaries.told("sK9Qx2 and no more of it").is_empty() && canaries.told("").is_empty());
}
