use crate::plan::Tally;

/// `3 to add, 1 to change, 30 unchanged`: what there is none of is left out.
pub fn tally(tally: &Tally) -> String {
    let parts = [
        (tally.add, "to add"),
        (tally.change, "to change"),
        (tally.replace, "to replace"),
        (tally.destroy, "to destroy"),
        (tally.wait, "to wait for"),
        (tally.unchanged, "unchanged"),
    ];
    let said: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    said.join(", ")
}
