use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::entry::{Entry, Level, Place};

/// The Static Analysis Results Interchange Format, as code hosts take it.
/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
pub fn sarif(entries: &[Entry]) -> Json {
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in entries {
        titles.entry(&entry.rule).or_insert(&entry.title);
    }
    let rules: Vec<Json> =
        titles.iter().map(|(rule, title)| json!({ "id": rule, "shortDescription": { "text": title } })).collect();
    let index: BTreeMap<&str, usize> = titles.keys().enumerate().map(|(index, rule)| (*rule, index)).collect();
    let results: Vec<Json> = entries.iter().map(|entry| result(entry, index[entry.rule.as_str()])).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "envctl", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "PROJECT": { "description": { "text": "the folder that has environments/" } } },
            "results": results,
        }],
    })
}

fn result(entry: &Entry, index: usize) -> Json {
    let level = match entry.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let mut result = json!({
        "ruleId": entry.rule,
        "ruleIndex": index,
        "level": level,
        "message": { "text": entry.message },
        "locations": entry.places.first().map(location).into_iter().collect::<Vec<_>>(),
        // The same finding in the next run, wherever its line has moved to.
        "partialFingerprints": { "envctl/v1": fingerprint(entry) },
    });
    if entry.places.len() > 1 {
        // At most so many: one value of a template can stand in hundreds of environments.
        let more = entry.places.iter().skip(1).take(RELATED).enumerate().map(|(id, place)| {
            let mut location = location(place);
            location["id"] = json!(id + 1);
            location
        });
        result["relatedLocations"] = more.collect();
    }
    if let Some(waiver) = &entry.waiver {
        let why = format!("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires);
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": why }]);
    }
    result
}

const RELATED: usize = 20;

fn location(place: &Place) -> Json {
    let origin = &place.origin;
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": encoded(&origin.file), "uriBaseId": "PROJECT" },
            "region": { "startLine": origin.line.max(1), "startColumn": origin.column.max(1) },
        },
        "logicalLocations": [{ "fullyQualifiedName": place.name }],
    })
}

/// A file's name as part of a URI.
fn encoded(file: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    utf8_percent_encode(file, KEPT).to_string()
}

fn fingerprint(entry: &Entry) -> String {
    use sha2::{Digest, Sha256};
    let names: Vec<&str> = entry.places.iter().map(|place| place.name.as_str()).collect();
    let digest = Sha256::digest(format!("{}\n{}", entry.rule, names.join("\n")));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
