use std::cmp::Ordering;

use serde_json::Value as Json;

use crate::model::{Path, Size};

/// Whether a path of the shape says how much there is of a thing, and not what it is.
pub fn is_capacity(path: &Path) -> bool {
    let segments: Vec<&str> = path.segments().iter().map(String::as_str).collect();
    matches!(
        segments.as_slice(),
        ["compute", _, "instance"] | ["compute", _, "count", ..] | ["database", _, "instance" | "storage"]
    )
}

/// Which of two capacities is the larger, where that can be said: of numbers, of sizes, and of instance classes of one
/// family.
pub fn compare(left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left.as_i64()?.partial_cmp(&right.as_i64()?),
        (Json::String(left), Json::String(right)) => match (Size::parse(left), Size::parse(right)) {
            (Ok(left), Ok(right)) => Some(left.cmp(&right)),
            _ => compare_classes(left, right),
        },
        _ => None,
    }
}

fn compare_classes(left: &str, right: &str) -> Option<Ordering> {
    let (left_family, left_size) = left.rsplit_once('.')?;
    let (right_family, right_size) = right.rsplit_once('.')?;
    if left_family != right_family {
        return None;
    }
    Some(rank(left_size)?.cmp(&rank(right_size)?))
}

/// The size's place in AWS's order; `metal` has none, since how large it is depends on the family.
/// <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>
fn rank(size: &str) -> Option<u32> {
    const BELOW_TIMES: [&str; 6] = ["nano", "micro", "small", "medium", "large", "xlarge"];
    if let Some(place) = BELOW_TIMES.iter().position(|known| *known == size) {
        return u32::try_from(place).ok();
    }
    let times: u32 = size.strip_suffix("xlarge")?.parse().ok()?;
    times.checked_add(u32::try_from(BELOW_TIMES.len()).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_sizes_and_classes_have_an_order() {
        let larger = [
            (json!(10), json!(9)),
            (json!("100 GiB"), json!("20 GiB")),
            (json!("t4g.small"), json!("t4g.micro")),
            (json!("db.r7g.10xlarge"), json!("db.r7g.2xlarge")),
            (json!("m7i.2xlarge"), json!("m7i.xlarge")),
        ];
        for (large, small) in larger {
            assert_eq!(compare(&large, &small), Some(Ordering::Greater), "{large} {small}");
            assert_eq!(compare(&small, &large), Some(Ordering::Less), "{large} {small}");
        }
    }

    #[test]
    fn families_have_no_order() {
        assert_eq!(compare(&json!("t4g.small"), &json!("m7g.small")), None);
        assert_eq!(compare(&json!("m7i.metal"), &json!("m7i.large")), None);
        assert_eq!(compare(&json!("db.t4g.small"), &json!("t4g.small")), None);
    }
}
