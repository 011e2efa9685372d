use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

/// How deep encodings are followed into each other: base64 of JSON of a percent-encoded URL is three.
const DEEPEST: usize = 4;
/// All that is unpacked from one text, in bytes. A value that unpacks to more is read in part.
const MOST: usize = 4 << 20;
/// Shorter words are words, and not base64 of something that says anything.
const SHORTEST_BASE64: usize = 16;

/// A text, or what another one holds in an encoding.
pub struct Layer {
    pub text: String,
    /// The outermost encoding, which is what one sees of it: `in JSON`, `percent-encoded`, `in base64`.
    pub how: Option<&'static str>,
    /// Texts that stand under a key: of JSON, and of lines such as `KEY=value`.
    pub pairs: Vec<(String, String)>,
}

/// The text and all that it holds in JSON, percent-encoding or base64, in whatever order they are nested.
pub fn layers(text: &str) -> Vec<Layer> {
    let mut layers = vec![Layer { text: text.to_owned(), how: None, pairs: lines(text) }];
    let (mut next, mut depth_ends, mut depth, mut size) = (0, 1, 0, text.len());
    while next < layers.len() && depth < DEEPEST {
        let outer = layers[next].how;
        for layer in within(&layers[next].text) {
            let layer = Layer { how: outer.or(layer.how), ..layer };
            size += layer.text.len();
            if size <= MOST && layers.iter().all(|known| known.text != layer.text) {
                layers.push(layer);
            }
        }
        next += 1;
        if next == depth_ends {
            (depth, depth_ends) = (depth + 1, layers.len());
        }
    }
    layers
}

fn within(text: &str) -> Vec<Layer> {
    let mut found = Vec::new();
    if text.contains('%') {
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        if decoded != text {
            found.push(Layer { pairs: lines(&decoded), text: decoded.into_owned(), how: Some("percent-encoded") });
        }
    }
    if text.trim_start().starts_with(['{', '[', '"'])
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        let (mut texts, mut pairs) = (Vec::new(), Vec::new());
        strings("", &json, &mut texts, &mut pairs);
        let text = texts.join("\n");
        pairs.extend(texts.iter().flat_map(|text| lines(text)));
        found.push(Layer { text, how: Some("in JSON"), pairs });
        // Each by itself, too: one of them may be base64 or JSON again.
        found.extend(texts.into_iter().map(|text| Layer { pairs: Vec::new(), text, how: Some("in JSON") }));
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    // What wraps its lines is one text: a file in base64, the body of a PEM.
    let lines_of_base64 =
        text.lines().count() > 1 && text.chars().all(|c| is_base64(c) || c == '=' || c.is_whitespace());
    let unwrapped: String = if lines_of_base64 { text.split_whitespace().collect() } else { String::new() };
    let words = text.split(|c: char| !is_base64(c)).chain([unwrapped.trim_end_matches('=')]);
    for word in words.filter(|word| word.len() >= SHORTEST_BASE64) {
        let decoded = STANDARD_NO_PAD.decode(word).or_else(|_| URL_SAFE_NO_PAD.decode(word)).ok();
        let readable = |text: &String| text.chars().all(|c| !c.is_control() || c.is_whitespace());
        if let Some(text) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).filter(readable) {
            found.push(Layer { pairs: lines(&text), text, how: Some("in base64") });
        }
    }
    found
}

fn strings(key: &str, json: &Json, texts: &mut Vec<String>, pairs: &mut Vec<(String, String)>) {
    match json {
        Json::String(text) => {
            texts.push(text.clone());
            pairs.push((key.to_owned(), text.clone()));
        }
        Json::Number(number) => texts.push(number.to_string()),
        Json::Array(items) => items.iter().for_each(|item| strings(key, item, texts, pairs)),
        Json::Object(entries) => entries.iter().for_each(|(key, value)| strings(key, value, texts, pairs)),
        Json::Null | Json::Bool(_) => {}
    }
}

/// `KEY=value`, `export KEY="value"` and `key: value`, as files of settings have them.
fn lines(text: &str) -> Vec<(String, String)> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let pair = |line: &str| {
        let line = line.trim().trim_start_matches("export ");
        let (key, value) = line.split_once('=').or_else(|| line.split_once(": "))?;
        let (key, value) = (key.trim().trim_matches('"'), value.trim().trim_matches(['"', '\'', ',']));
        (!key.is_empty() && key.chars().all(is_key)).then(|| (key.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn reaches(text: &str, wanted: &str) -> bool {
        layers(text).iter().any(|layer| layer.text.contains(wanted))
    }

    #[test]
    fn encodings_are_followed_into_each_other() {
        let url = "postgres://app@db.shop.example/shop";
        let percent = "postgres%3A%2F%2Fapp%40db.shop.example%2Fshop";
        let json = format!(r#"{{"a":[{{"url":"postgres:\/\/app@db.shop.example\/shop","n":1}}],"b":"{percent}"}}"#);
        let base64 = STANDARD.encode(&json);
        for text in [percent, &json, &base64, &format!("prefix:{base64}"), &format!(r#"{{"file":"{base64}"}}"#)] {
            assert!(reaches(text, url), "{text}");
        }
        let wrapped: Vec<String> =
            base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into()).collect();
        assert!(reaches(&wrapped.join("\n"), url));
    }

    #[test]
    fn what_is_no_encoding_stays_as_it_is() {
        for text in ["100%", "a plain sentence of some words", "{not json}", "AAAAAAAAAAAAAAAAAAAAAAAA", ""] {
            assert_eq!(layers(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn no_text_unpacks_without_end() {
        let mut text = "x".repeat(100_000);
        for _ in 0..10 {
            text = STANDARD.encode(text);
        }
        assert!(layers(&text).len() <= DEEPEST + 1);
    }

    #[test]
    fn values_know_their_keys() {
        let pairs: Vec<(String, String)> =
            layers("A=1\nexport B=\"2\"\nc: 3\n{\"d\": 4}").into_iter().flat_map(|layer| layer.pairs).collect();
        for (key, value) in [("A", "1"), ("B", "2"), ("c", "3")] {
            assert!(pairs.contains(&(key.to_owned(), value.to_owned())), "{pairs:?}");
        }
    }
}
