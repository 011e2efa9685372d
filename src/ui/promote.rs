//! The gates of a promotion, each with its result.

use serde_json::{Value as Json, json};

use crate::promote::{Gate, GateState, is_open};

use super::style::{ADD, ALARM, BOLD, CHANGE, DIM, paint};
use super::text::{count, wrap};
use super::{FORMAT_VERSION, Header, WIDTH};

/// Columns before a gate's findings.
const MARGIN: usize = 22;

pub fn human([from, to]: &[Header; 2], gates: &[Gate]) -> String {
    let release = from.release.as_deref().unwrap_or("no release");
    format!("{} from {} to {}\n\n{}", paint(BOLD, release), from.environment, to.environment, table(gates))
}

/// Of environments of which no more than the names are known: the definitions are invalid.
pub fn invalid_human([from, to]: [&str; 2], gates: &[Gate]) -> String {
    format!("From {from} to {to}\n\n{}", table(gates))
}

fn table(gates: &[Gate]) -> String {
    let mut text = String::new();
    for gate in gates {
        let (style, word) = match &gate.state {
            GateState::Open => (ADD, "open"),
            GateState::Closed => (ALARM, "closed"),
            GateState::Skipped { .. } => (CHANGE, "skipped"),
            GateState::Unjudged => (DIM, "unjudged"),
        };
        let mut lines: Vec<String> = gate.findings.iter().flat_map(|finding| wrap(finding, WIDTH - MARGIN)).collect();
        match (&gate.state, &gate.remedy) {
            (GateState::Skipped { reason }, _) => lines.extend(wrap(&format!("skipped: {reason}"), WIDTH - MARGIN)),
            (GateState::Closed, Some(remedy)) => lines.extend(wrap(&format!("→ {remedy}"), WIDTH - MARGIN)),
            _ => {}
        }
        let head = format!("{}{}{:<11} ", paint(style, word), " ".repeat(9 - word.len()), gate.name.as_str());
        let line = format!(" {head}{}", lines.join(&format!("\n{}", " ".repeat(MARGIN))));
        text.push_str(&format!("{}\n", line.trim_end()));
    }
    let closed = gates.iter().filter(|gate| gate.state == GateState::Closed).count();
    text.push_str(&match is_open(gates) {
        true => "\nEvery gate is open.\n".to_owned(),
        false => format!("\n{} closed: nothing was changed.\n", count(closed, "gate")),
    });
    text
}

/// How it was carried out.
pub struct Ended {
    pub promoted: bool,
    /// Why it did not hold.
    pub why: Vec<String>,
    /// Whether what ran before was brought back.
    pub rolled_back: bool,
}

/// `ended`: `None` where it was not carried out.
pub fn json([from, to]: &[Header; 2], gates: &[Gate], ended: Option<&Ended>) -> Json {
    document([from.json(), to.json()], from.release.as_deref(), gates, ended)
}

pub fn invalid_json([from, to]: [&str; 2], gates: &[Gate]) -> Json {
    document([json!({ "environment": from }), json!({ "environment": to })], None, gates, None)
}

fn document([from, to]: [Json; 2], release: Option<&str>, gates: &[Gate], ended: Option<&Ended>) -> Json {
    json!({
        "format_version": FORMAT_VERSION,
        "from": from,
        "to": to,
        "release": release,
        "open": is_open(gates),
        "gates": gates,
        "promoted": ended.is_some_and(|ended| ended.promoted),
        "why": ended.map(|ended| &ended.why),
        "rolled_back": ended.is_some_and(|ended| ended.rolled_back),
    })
}
