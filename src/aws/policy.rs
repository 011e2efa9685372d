//! IAM policies as values: what is written and what AWS gives back compare by meaning.

use serde_json::json;

use super::names;
use crate::model::Value;

/// A statement that allows the actions on the resources.
pub fn allow<'a>(id: &str, actions: impl IntoIterator<Item = &'a str>, resources: Value) -> Value {
    Value::map([
        ("Sid", Value::text(id)),
        ("Effect", Value::text("Allow")),
        ("Action", Value::set(actions.into_iter().map(Value::text))),
        ("Resource", resources),
    ])
}

/// The policy's document.
pub fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The statements of a document as IAM returns it, which is percent-encoded. One text stands for a list of one, and a
/// list's order has no meaning. A document that is no JSON, which IAM would not keep, gives one text.
pub fn statements(document: &str) -> Value {
    let decoded = percent_encoding::percent_decode_str(document).decode_utf8_lossy();
    let Ok(parsed) = serde_json::from_str::<serde_json::Value>(&decoded) else {
        return Value::List(vec![Value::text(decoded)]);
    };
    match &parsed["Statement"] {
        serde_json::Value::Array(statements) => Value::List(statements.iter().map(statement).collect()),
        one => Value::List(vec![statement(one)]),
    }
}

fn statement(json: &serde_json::Value) -> Value {
    let Some(fields) = json.as_object() else { return value(json) };
    Value::map(fields.iter().map(|(name, field)| match name.as_str() {
        "Action" | "NotAction" | "Resource" | "NotResource" => {
            let one = std::slice::from_ref(field);
            (name, Value::set(field.as_array().map_or(one, Vec::as_slice).iter().map(value)))
        }
        _ => (name, value(field)),
    }))
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Bool(bool) => Value::Bool(*bool),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::text(number.to_string()), Value::Integer)
        }
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(values) => Value::List(values.iter().map(value).collect()),
        serde_json::Value::Object(fields) => Value::map(fields.iter().map(|(name, field)| (name, value(field)))),
        serde_json::Value::Null => Value::text(""),
    }
}

/// The ARN of the repository of an image in ECR, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`.
pub fn ecr_repository(image: &str) -> Option<String> {
    let (host, rest) = image.split_once('/')?;
    let mut parts = host.split('.');
    let (account, dkr, ecr, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if dkr != "dkr" || !["ecr", "ecr-fips"].contains(&ecr) {
        return None;
    }
    let name = rest.split(['@', ':']).next()?;
    Some(format!("arn:{}:ecr:{region}:{account}:repository/{name}", names::partition(region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_equal() {
        let resources = Value::set([Value::text("arn:aws:s3:::a/*")]);
        let written = vec![allow("One", ["s3:PutObject", "s3:GetObject"], resources)];
        let document = document(&written);
        let encoded = percent_encoding::utf8_percent_encode(&document, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(statements(&encoded.to_string()), Value::List(written));
    }

    #[test]
    fn one_text_stands_for_a_list_of_one() {
        let written = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
        let read = statements(written);
        let fields = read.as_list()[0].as_map().unwrap();
        assert_eq!(fields["Action"], Value::List(vec![Value::text("s3:GetObject")]));
    }

    #[test]
    fn only_an_ecr_image_has_an_ecr_repository() {
        let image = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/shop:1.0";
        assert_eq!(ecr_repository(image).unwrap(), "arn:aws:ecr:eu-west-1:111111111111:repository/team/shop");
        assert_eq!(ecr_repository("ghcr.io/acme/shop:1.0"), None);
    }
}
