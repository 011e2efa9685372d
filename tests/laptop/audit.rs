//! The audit of what exists on this machine.

use super::project::Project;

#[test]
fn what_an_environment_left_behind_is_found_and_a_whole_one_is_no_alarm() {
    let project = Project::new();
    project.done("up dev --yes");
    let whole = project.envctl("audit --live dev");
    assert_eq!((whole.code, whole.err.as_str()), (0, ""), "{}", whole.out);

    // Its file is gone, and its database still runs.
    let dev = std::fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    project.write("environments/qa.toml", &dev.replace("\"localhost\"", "\"qa.localhost\""));
    std::fs::remove_file(project.path().join("environments/dev.toml")).unwrap();
    let left = project.envctl("audit --live qa");
    assert_eq!(left.code, 1, "{}{}", left.out, left.err);
    assert!(left.out.contains("unknown-environment") && left.out.contains("database.main"), "{}", left.out);

    // A part of it that the definition no longer has.
    std::fs::rename(project.path().join("environments/qa.toml"), project.path().join("environments/dev.toml")).unwrap();
    let template = std::fs::read_to_string(project.path().join("templates/shop.toml")).unwrap();
    let (head, rest) = template.split_once("[compute.worker]").expect("the shop has a worker");
    let (_, rest) = rest.split_once("[database").expect("and a database");
    project.write("templates/shop.toml", &format!("{head}[database{rest}"));
    let orphan = project.envctl("audit --live dev");
    assert_eq!(orphan.code, 1, "{}{}", orphan.out, orphan.err);
    assert!(orphan.out.contains("component.worker exists and no definition knows it"), "{}", orphan.out);
    project.done("up dev --yes");
    assert_eq!(project.envctl("audit --live dev").code, 0);
}
