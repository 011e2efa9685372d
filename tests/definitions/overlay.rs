use envctl::model::{Count, Path};

use super::support::{OWN, SHAPE, project, staging};

#[test]
fn values_report_the_file_that_set_them() {
    let own = format!("{OWN}[compute.web]\ncount = {{ min = 1 }}\n");
    let staging = staging(SHAPE, &own);
    assert_eq!(staging.environment.shape.compute["web"].count, Count { min: 1, max: 6 });
    let place = |path: &[&str]| staging.origins.of(&Path::new(path.iter().copied())).unwrap().to_string();
    assert_eq!(place(&["compute", "web", "count", "min"]), "environments/staging.toml:22:11");
    assert_eq!(place(&["compute", "web", "count", "max"]), "templates/shop.toml:8:20");
    assert_eq!(place(&["compute", "web"]), "templates/shop.toml:4:10");
    assert_eq!(place(&["database", "main", "parameters", "work_mem"]), "templates/shop.toml:22:1");
    assert_eq!(place(&["aws", "account"]), "environments/staging.toml:5:1");
    assert_eq!(place(&["audience", "config", "PUBLIC_URL"]), "environments/staging.toml:13:1");
    assert_eq!(place(&["data", "main", "seed"]), "environments/staging.toml:15:1");
    assert_eq!(place(&["release"]), "environments/staging.toml:3:1");
}

#[test]
fn a_table_that_the_overlay_sets_as_a_whole_is_the_overlay_s() {
    let staging = staging(SHAPE, &format!("{OWN}[compute.web.count]\nmin = 1\nmax = 1\n"));
    let count = Path::new(["compute", "web", "count"]);
    assert_eq!(staging.origins.of(&count).unwrap().to_string(), "environments/staging.toml:21:14");
}

#[test]
fn defaults_have_no_place_of_their_own() {
    let staging = staging(SHAPE, OWN);
    assert_eq!(staging.origins.exact(&Path::new(["database", "main", "standby"])), None);
    assert!(!staging.environment.shape.database["main"].standby);
}

#[test]
fn one_number_is_a_count_of_its_own() {
    let staging = staging(SHAPE, &format!("{OWN}[compute.web]\ncount = 3\n"));
    assert_eq!(staging.environment.shape.compute["web"].count, Count { min: 3, max: 3 });
}

#[test]
fn numbers_and_booleans_are_text_in_config() {
    let shape = SHAPE.replace("LOG_LEVEL = \"info\"", "A = 1_000\nB = 1.50\nC = true\nD = 0x10");
    let config = staging(&shape, OWN).environment.shape.config;
    let json = serde_json::to_value(config).unwrap();
    assert_eq!([&json["A"], &json["B"], &json["C"], &json["D"]], ["1000", "1.50", "true", "16"]);
}

#[test]
fn an_environment_can_say_everything_itself() {
    let own = format!(
        "{}{}",
        "app = \"shop\"\n[local]\n", "[compute.web]\nimage = \"shop:1\"\ncommand = \"x\"\ninstance = \"t4g.small\"\n"
    );
    let project = project(SHAPE, &own);
    assert_eq!(project.diagnostics, []);
    assert_eq!(project.definitions["staging"].environment.shape.compute["web"].count, Count { min: 1, max: 1 });
}
