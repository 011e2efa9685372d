//! Every branch of what a definition can ask for goes up and down without one refused or malformed request.

use super::project::{Project, STAGING, of_kind, remains};

fn goes_up_and_down(project: &Project, check: impl Fn(&[serde_json::Value])) {
    project.done("up staging --yes");
    check(&project.aws.inventory(STAGING));
    let plan = project.staging("plan staging --exit-code");
    assert_eq!(plan.code, 0, "{}", plan.out);
    let lost: Vec<String> =
        databases(project).iter().map(|name| format!("--allow-data-loss database.{name}")).collect();
    project.done(&format!("down staging --yes {}", lost.join(" ")));
    let left = project.aws.inventory(STAGING);
    assert!(left.iter().all(remains), "{left:#?}");
    project.aws.assert_no_violations();
}

fn databases(project: &Project) -> Vec<String> {
    let template = std::fs::read_to_string(project.file("templates/shop.toml")).unwrap();
    let names = template.lines().filter_map(|line| line.strip_prefix("[database.")?.strip_suffix(']'));
    names.filter(|name| !name.contains('.')).map(str::to_owned).collect()
}

#[test]
fn one_gateway_for_all_zones_and_three_zones() {
    let project = Project::new(600);
    project.edit("environments/staging.toml", |text| format!("{text}\n[network]\nzones = 3\negress = \"single\"\n"));
    goes_up_and_down(&project, |made| {
        assert_eq!(of_kind(made, "nat-gateway").len(), 1);
        assert_eq!(of_kind(made, "subnet").len(), 6);
    });
}

#[test]
fn no_way_out_and_no_certificate() {
    let project = Project::new(600);
    project.edit("environments/staging.toml", |text| {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("certificate")).collect();
        format!("{}\n[network]\nzones = 2\negress = \"none\"\n", kept.join("\n"))
    });
    goes_up_and_down(&project, |made| {
        assert_eq!(of_kind(made, "nat-gateway").len(), 0);
        assert_eq!(of_kind(made, "listener").len(), 1);
        assert_eq!(of_kind(made, "vpc-endpoint").len(), 2);
    });
}

#[test]
fn long_names_several_databases_and_engines_and_an_image() {
    let project = Project::new(600);
    project.edit("templates/shop.toml", |text| {
        text.replace("app = \"shop\"", "app = \"a-remarkably-long-name-for-quite-a-small-shop\"")
            + r#"
[database.reporting-and-business-intelligence]
engine   = "mysql"
version  = "8.0"
instance = "db.t4g.micro"
storage  = "20 GiB"

[database.sessions]
engine   = "mariadb"
version  = "10.11"
instance = "db.t4g.micro"
storage  = "20 GiB"
backups  = "0 days"

[compute.recommendations-and-personalisation]
image    = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop:{release}"
command   = "serve --port 9000"
instance = "m7i.large"
port     = 9000
health    = "/up"
public   = true
permissions = [{ actions = ["s3:GetObject", "s3:PutObject"], resources = ["arn:aws:s3:::acme-{environment}-uploads/*"] }]
"#
    });
    goes_up_and_down(&project, |made| {
        assert_eq!(of_kind(made, "db-instance").len(), 3);
        assert_eq!(of_kind(made, "load-balancer").len(), 2);
    });
}

#[test]
fn components_and_databases_come_and_go() {
    let project = Project::new(600);
    project.done("up staging --yes");
    project.edit("templates/shop.toml", |text| {
        text + "\n[database.cache]\nengine = \"postgres\"\nversion = \"16\"\ninstance = \"db.t4g.micro\"\nstorage = \"20 GiB\"\n"
    });
    project.edit("environments/staging.toml", |text| format!("{text}\n[data.cache]\nthrowaway = true\n"));
    project.done("up staging --yes");
    project.done("plan staging --exit-code");
    project.edit("templates/shop.toml", |text| text.split("\n[database.cache]").next().unwrap().to_owned() + "\n");
    project.edit("environments/staging.toml", |text| text.split("\n[data.cache]").next().unwrap().to_owned() + "\n");
    // That its data was throwaway is no longer said anywhere but in a tag.
    assert_eq!(project.staging("up staging --yes").code, 3);
    let up = project.done("up staging --yes --allow-data-loss database.cache");
    assert!(up.out.contains("destroyed"), "{}", up.out);
    project.done("plan staging --exit-code");
    project.aws.assert_no_violations();
}
