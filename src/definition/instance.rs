use super::diagnostic::Fault;
use super::nearest::nearest;
use super::reader::Value;

const SIZES: [&str; 18] = [
    "nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "3xlarge", "4xlarge", "6xlarge", "8xlarge",
    "9xlarge", "12xlarge", "16xlarge", "18xlarge", "24xlarge", "32xlarge", "48xlarge",
];
const DATABASE_PREFIX: &str = "db.";

/// An EC2 instance type: `t4g.small`. What a region offers is not knowable from here; the form is.
/// <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>
pub(super) fn compute_instance(value: Value<'_>) -> Option<String> {
    const EXPECTED: &str = "an EC2 instance type such as \"t4g.small\"";
    let text = value.text(&format!("a text, {EXPECTED}"))?;
    if let Some(class) = text.strip_prefix(DATABASE_PREFIX).filter(|class| is_class(class)) {
        let fault = Fault::new("invalid-instance", format!("{text:?} is a database's instance class"));
        return value.fault(fault.expected(EXPECTED).suggest(Some(format!("\"{class}\""))));
    }
    if is_class(text) {
        return Some(text.to_owned());
    }
    value.fault(unknown(text, "").expected(EXPECTED))
}

/// An RDS instance class: `db.t4g.medium`.
pub(super) fn database_instance(value: Value<'_>) -> Option<String> {
    const EXPECTED: &str = "an RDS instance class such as \"db.t4g.medium\"";
    let text = value.text(&format!("a text, {EXPECTED}"))?;
    match text.strip_prefix(DATABASE_PREFIX) {
        Some(class) if is_class(class) && !class.contains(".metal") => Some(text.to_owned()),
        None if is_class(text) => value.fault(
            Fault::new("invalid-instance", format!("{text:?} lacks the `db.` of a database's instance class"))
                .expected(EXPECTED)
                .suggest(Some(format!("\"db.{text}\""))),
        ),
        class => value.fault(unknown(class.unwrap_or(text), DATABASE_PREFIX).expected(EXPECTED)),
    }
}

fn unknown(class: &str, prefix: &str) -> Fault {
    let fault = Fault::new("invalid-instance", format!("{:?} is not an instance class", format!("{prefix}{class}")));
    let near = class
        .split_once('.')
        .filter(|(family, _)| is_family(family))
        .and_then(|(family, size)| nearest(size, SIZES).map(|size| format!("\"{prefix}{family}.{size}\"")));
    fault.suggest(near)
}

fn is_class(text: &str) -> bool {
    text.split_once('.').is_some_and(|(family, size)| is_family(family) && is_size(size))
}

fn is_family(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A known word, any multiple of `xlarge` (AWS goes on adding), or bare metal.
fn is_size(text: &str) -> bool {
    let multiple = |number: &str| (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    SIZES.contains(&text)
        || text.strip_suffix("xlarge").is_some_and(multiple)
        || text == "metal"
        || text.strip_prefix("metal-").and_then(|rest| rest.strip_suffix("xl")).is_some_and(multiple)
}

#[cfg(test)]
mod tests {
    use super::is_class;

    #[test]
    fn knows_the_form_of_classes() {
        for class in
            ["t4g.small", "m7i-flex.large", "u-6tb1.112xlarge", "c7gn.metal", "m7i.metal-48xl", "x2iezn.xlarge"]
        {
            assert!(is_class(class), "{class}");
        }
        for class in ["", "t4g", "t4g.smal", "tg.small", "T4g.small", "t4g.small.x", "4tg.small", "t4g.xxlarge"] {
            assert!(!is_class(class), "{class}");
        }
    }
}
