use serde_json::{Value as Json, json};

use crate::plan::{Action, After, Change, Plan, Step};
use crate::ui::{FORMAT_VERSION, Header};

/// The whole plan. A reference to what does not exist yet stands as `<address.attribute>`.
pub fn json(header: &Header, plan: &Plan) -> Json {
    json!({
        "format_version": FORMAT_VERSION,
        "environment": header.json(),
        "tally": plan.tally(),
        "data_lost": plan.data_lost(),
        "steps": steps(plan),
    })
}

/// All that applying it does.
pub fn steps(plan: &Plan) -> Json {
    plan.steps.iter().map(|one| step(plan, one)).collect()
}

fn step(plan: &Plan, step: &Step) -> Json {
    let after: Vec<String> =
        step.after.iter().filter_map(|index| plan.steps.get(*index)).map(|step| step.address.to_string()).collect();
    let mut json = match &step.action {
        Action::Create { desired, replaces } => json!({
            "action": "create",
            "replaces": replaces,
            "name": desired.name,
            "properties": desired.properties,
        }),
        Action::Update { observed, changes, .. } => {
            json!({ "action": "update", "id": observed.id, "changes": changes.iter().map(change).collect::<Vec<_>>() })
        }
        Action::Wait { observed } => json!({ "action": "wait", "id": observed.id, "state": observed.state }),
        Action::Delete { observed, replaced_for } => json!({
            "action": "delete",
            "id": observed.id,
            "holds_data": observed.holds_data,
            "leaves": observed.attributes.get("leaves"),
            "replaced_for": replaced_for.iter().map(change).collect::<Vec<_>>(),
        }),
    };
    if let Json::Object(entries) = &mut json {
        entries.insert("after".to_owned(), json!(after));
        entries.shift_insert(0, "address".to_owned(), json!(step.address));
    }
    json
}

fn change(change: &Change) -> Json {
    let (after, unknown) = match &change.after {
        After::Known(value) => (value, false),
        After::Unknown(value) => (value, true),
    };
    json!({
        "property": change.property,
        "before": change.before,
        "after": after,
        "unknown": unknown,
        "replaces": change.replaces,
    })
}
