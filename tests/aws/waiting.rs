//! Work runs along the critical path: what takes long at AWS is all that is waited for.

use std::time::Instant;

use super::project::Project;

/// AWS seconds a second of ours.
const SPEED: u32 = 10;

/// The longest chain at the strict AWS, in its seconds: the database (300), a fresh instance profile that is refused
/// (10), an instance that starts (30), and its health check (30).
const CRITICAL_PATH: f64 = 300.0 + 10.0 + 30.0 + 30.0;

#[test]
fn up_takes_no_longer_than_its_critical_path_and_a_tenth() {
    let project = Project::new(SPEED);
    let began = Instant::now();
    project.done("up staging --yes");
    let took = began.elapsed().as_secs_f64() * f64::from(SPEED);
    assert!(took >= CRITICAL_PATH * 0.8, "{took:.0} AWS seconds: less than the least that is possible");
    assert!(took <= CRITICAL_PATH * 1.1, "{took:.0} AWS seconds, where {CRITICAL_PATH:.0} are needed");
}
