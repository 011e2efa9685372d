use crate::graph::Graph;
use crate::model::Inventory;

use super::step::Plan;

pub fn plan(_desired: &Graph, _observed: &Inventory) -> Plan {
    Plan::default()
}

pub fn teardown(_desired: &Graph, _observed: &Inventory) -> Plan {
    Plan::default()
}
