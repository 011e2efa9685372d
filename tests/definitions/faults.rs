use super::support::{OWN, SHAPE, line, project, sources};

/// What the one edit brings forth, a line for each fault.
#[track_caller]
fn expect(shape: &str, own: &str, wanted: &[&str]) {
    let found = project(shape, own).diagnostics;
    let lines: Vec<String> = found.iter().map(|found| line(found, &sources(shape, own))).collect();
    assert_eq!(lines, wanted);
}

/// Replaces a part of the right template.
#[track_caller]
fn shape(from: &str, to: &str, wanted: &[&str]) {
    assert!(SHAPE.contains(from), "{from:?} is not in the template");
    expect(&SHAPE.replacen(from, to, 1), OWN, wanted);
}

/// Replaces a part of the right environment.
#[track_caller]
fn own(from: &str, to: &str, wanted: &[&str]) {
    assert!(OWN.contains(from), "{from:?} is not in the environment");
    expect(SHAPE, &OWN.replacen(from, to, 1), wanted);
}

#[test]
fn none_in_the_right_one() {
    expect(SHAPE, OWN, &[]);
}

#[test]
fn syntax_errors_of_several_files_at_once() {
    let shape = SHAPE.replace("zones = 2", "zones = \n=3");
    let own = OWN.replace("[aws]", "[aws");
    expect(
        &shape,
        &own,
        &[
            "environments/staging.toml:4:5 syntax []",
            "templates/shop.toml:3:9 syntax []",
            "templates/shop.toml:4:1 syntax []",
        ],
    );
}

#[test]
fn keys_and_types() {
    shape("count =", "cuont =", &["templates/shop.toml:8:1 unknown-key [cuont] -> count"]);
    own("[data.main]", "[databse]\n[data.main]", &["environments/staging.toml:14:2 unknown-key [databse] -> database"]);
    shape("public = true", "public = 1", &["templates/shop.toml:11:10 wrong-type [1]"]);
    shape("port = 8080", "port = \"8080\"", &["templates/shop.toml:9:8 wrong-type [\"8080\"]"]);
    shape("zones = 2", "zones = [2]", &["templates/shop.toml:3:9 wrong-type [[2]]"]);
    own(
        "[data.main]\nseed = \"seeds/fake.sql\"",
        "[data]\nmain = 1",
        &["environments/staging.toml:15:8 wrong-type [1]"],
    );
}

#[test]
fn what_is_missing() {
    shape(
        "app = \"shop\"\n",
        "",
        &["environments/prod.toml:1:1 missing-key []", "environments/staging.toml:1:1 missing-key []"],
    );
    shape("command = \"bin/web\"\n", "", &["templates/shop.toml:4:1 missing-key [[compute.web]]"]);
    shape("image = \"shop:{release}\"\n", "", &["templates/shop.toml:4:1 missing-key [[compute.web]]"]);
    shape("engine = \"postgres\"\n", "", &["templates/shop.toml:15:1 missing-key [[database.main]]"]);
    shape(
        "actions = [\"s3:GetObject\"]\n",
        "",
        &["templates/shop.toml:12:1 missing-key [[[compute.web.permissions]]]"],
    );
    own("account = \"111111111111\"\n", "", &["environments/staging.toml:4:1 missing-key [[aws]]"]);
    own("owner = \"platform\"\n", "", &["environments/staging.toml:16:1 missing-key [[[deliberate]]]"]);
    own(
        "[aws]\naccount = \"111111111111\"\nregion = \"eu-west-1\"\ncidr = \"10.1.0.0/16\"\n",
        "",
        &["environments/staging.toml:1:1 no-target []"],
    );
    own("[audience]", "[local]\n[audience]", &["environments/staging.toml:8:1 two-targets [[local]]"]);
}

#[test]
fn between_files() {
    own(
        "template = \"shop\"",
        "template = \"shpo\"",
        &["environments/staging.toml:1:12 unknown-template [\"shpo\"] -> \"shop\""],
    );
    own("template = \"shop\"", "template = 1", &["environments/staging.toml:1:12 wrong-type [1]"]);
    own(
        "mirrors = \"prod\"",
        "mirrors = \"prd\"",
        &["environments/staging.toml:2:11 unknown-environment [\"prd\"] -> \"prod\""],
    );
    own(
        "mirrors = \"prod\"",
        "mirrors = \"staging\"",
        &["environments/staging.toml:2:11 mirrors-itself [\"staging\"]"],
    );
    own(
        "mirrors = \"prod\"",
        "mirrors = \"prod\"\napp = \"till\"",
        &["environments/staging.toml:2:11 mirrors-other-app [\"prod\"]"],
    );
    own("mirrors = \"prod\"\n", "", &["environments/staging.toml:15:1 deliberate-without-mirror [[[deliberate]]]"]);
    shape("app = \"shop\"", "app = \"shop\"\nrelease = \"1\"", &["templates/shop.toml:2:1 misplaced-key [release]"]);
}

#[test]
fn names() {
    shape("app = \"shop\"", "app = \"My Shop\"", &["templates/shop.toml:1:7 bad-name [\"My Shop\"] -> \"my-shop\""]);
    shape("app = \"shop\"", "app = \"internal-shop\"", &["templates/shop.toml:1:7 reserved-name [\"internal-shop\"]"]);
    let component = "\n[compute.web_1]\nimage = \"x:1\"\ncommand = \"x\"\ninstance = \"t4g.small\"\n[config]";
    shape("\n[config]", component, &["templates/shop.toml:23:10 bad-name [web_1] -> web-1"]);
    shape("LOG_LEVEL", "LOG-LEVEL", &["templates/shop.toml:24:1 invalid-key [LOG-LEVEL]"]);
    shape("LOG_LEVEL", "SESSION_KEY", &["templates/shop.toml:28:1 duplicate-key [SESSION_KEY]"]);
    shape("work_mem", "\"work mem\"", &["templates/shop.toml:22:1 invalid-parameter [\"work mem\"]"]);
    shape("work_mem", "rds.force_ssl", &["templates/shop.toml:22:1 unquoted-parameter [rds] -> \"rds.force_ssl\""]);
    let long = "K".repeat(513);
    shape("SESSION_KEY", &long, &[&format!("templates/shop.toml:28:1 name-too-long [{long}]")]);
}

#[test]
fn placeholders() {
    shape("shop:{release}", "shop:{relase}", &["templates/shop.toml:5:15 unknown-placeholder [{relase}] -> {release}"]);
    shape("shop:{release}", "shop:{release", &["templates/shop.toml:5:15 unknown-placeholder [{]"]);
    shape(
        "shop:{release}",
        "shop:{secret.SESSION_KEY}",
        &["templates/shop.toml:5:15 misplaced-placeholder [{secret.SESSION_KEY}]"],
    );
    shape(
        "bin/web",
        "bin/web {secret.SESSION_KEY}",
        &["templates/shop.toml:6:20 secret-in-command [{secret.SESSION_KEY}]"],
    );
    shape(
        "bin/web",
        "bin/web {database.main.url}",
        &["templates/shop.toml:6:20 secret-in-command [{database.main.url}]"],
    );
    shape(
        "\"info\"",
        "\"{secret.SESION_KEY}\"",
        &["templates/shop.toml:24:14 undeclared-secret [{secret.SESION_KEY}] -> {secret.SESSION_KEY}"],
    );
    shape(
        "{database.main.url}",
        "{{x}} é {database.mian.url}",
        &["templates/shop.toml:25:16 undeclared-database [{database.mian.url}] -> {database.main.url}"],
    );
    own(
        "domain = \"staging.shop.example\"\ncertificate = \"arn:aws:acm:eu-west-1:111111111111:certificate/a\"\n",
        "",
        &["environments/staging.toml:8:1 plain-http [[audience]]"],
    );
    own(
        "https://staging.shop.example",
        "https://{audience.domian}",
        &["environments/staging.toml:13:23 unknown-placeholder [{audience.domian}] -> {audience.domain}"],
    );
}

#[test]
fn a_domain_that_is_used_is_needed() {
    let own =
        OWN.replace("domain = \"staging.shop.example\"\n", "").replace("staging.shop.example", "{audience.domain}");
    expect(
        SHAPE,
        &own,
        &[
            "environments/staging.toml:9:1 no-domain [certificate]",
            "environments/staging.toml:12:23 no-domain [{audience.domain}]",
        ],
    );
}

#[test]
fn config_of_the_audience() {
    own(
        "PUBLIC_URL =",
        "PUBLIC_ULR =",
        &[
            "environments/staging.toml:12:1 audience-unset [[audience.config]]",
            "environments/staging.toml:13:1 undeclared-config [PUBLIC_ULR] -> PUBLIC_URL",
        ],
    );
    own(
        "PUBLIC_URL =",
        "LOG_LEVEL = \"debug\"\nPUBLIC_URL =",
        &["environments/staging.toml:13:1 not-audience [LOG_LEVEL]"],
    );
    shape("{ audience = true }", "{ audience = false }", &["templates/shop.toml:26:27 audience-false [false]"]);
    shape("\"info\"", "\"a\\u0000b\"", &["templates/shop.toml:24:13 invalid-value [\"a\\u0000b\"]"]);
    shape("\"info\"", "[]", &["templates/shop.toml:24:13 wrong-type [[]]"]);
    shape("LOG_LEVEL", "PORT", &["templates/shop.toml:24:1 reserved-variable [PORT]"]);
    shape("LOG_LEVEL", "ENVCTL_APP", &["templates/shop.toml:24:1 reserved-variable [ENVCTL_APP]"]);
}

#[test]
fn what_only_a_shell_would_understand_is_said() {
    shape("\"bin/web\"", "\"bin/web && x\"", &["templates/shop.toml:6:11 no-shell [\"bin/web && x\"]"]);
    shape("\"bin/web\"", "\"sh -c 'bin/web && x'\"", &[]);
    shape("\"bin/web\"", "\"bin/web --delimiter '|'\"", &[]);
    shape("\"bin/web\"", "\"bin/web 'x\"", &["templates/shop.toml:6:11 invalid-command [\"bin/web 'x\"]"]);
}

#[test]
fn units_and_ranges() {
    shape("\"50 GiB\"", "\"50\"", &["templates/shop.toml:19:11 invalid-size [\"50\"] -> \"50 GiB\""]);
    shape("\"50 GiB\"", "\"50GB\"", &["templates/shop.toml:19:11 invalid-size [\"50GB\"] -> \"50 GiB\""]);
    shape("\"50 GiB\"", "\"19 GiB\"", &["templates/shop.toml:19:11 out-of-range [\"19 GiB\"]"]);
    shape("\"50 GiB\"", "\"65537 GiB\"", &["templates/shop.toml:19:11 out-of-range [\"65537 GiB\"]"]);
    shape("\"50 GiB\"", "50", &["templates/shop.toml:19:11 wrong-type [50] -> \"50 GiB\""]);
    shape("\"50 GiB\"", "\"1 TB\"", &["templates/shop.toml:19:11 invalid-size [\"1 TB\"]"]);
    shape("\"50 GiB\"", "1_000", &["templates/shop.toml:19:11 wrong-type [1_000] -> \"1000 GiB\""]);
    shape("\"7 days\"", "7", &["templates/shop.toml:20:11 wrong-type [7] -> \"7 days\""]);
    shape("\"7 days\"", "\"a week\"", &["templates/shop.toml:20:11 invalid-days [\"a week\"]"]);
    shape("\"7 days\"", "\"36 days\"", &["templates/shop.toml:20:11 out-of-range [\"36 days\"]"]);
    shape("8080", "0", &["templates/shop.toml:9:8 out-of-range [0]"]);
    shape("8080", "65536", &["templates/shop.toml:9:8 out-of-range [65536]"]);
    shape("48", "15", &["templates/shop.toml:28:28 out-of-range [15]"]);
    shape("48", "99999999999999999999", &["templates/shop.toml:28:28 out-of-range [99999999999999999999]"]);
    shape("zones = 2", "zones = 1", &["templates/shop.toml:3:9 too-few-zones [1]"]);
    shape("zones = 2", "zones = 4", &["templates/shop.toml:3:9 out-of-range [4]"]);
    shape(
        "zones = 2",
        "egress = \"perzone\"",
        &["templates/shop.toml:3:10 unknown-egress [\"perzone\"] -> \"per-zone\""],
    );
    shape("min = 2", "min = 7", &["templates/shop.toml:8:26 count-inverted [6]"]);
    shape("max = 6", "max = 0", &["templates/shop.toml:8:26 count-inverted [0]"]);
    shape("max = 6", "max = 1001", &["templates/shop.toml:8:26 out-of-range [1001]"]);
    shape("min = 2, max = 6", "min = 0, max = 0", &[]);
}

#[test]
fn compute() {
    shape(
        "t4g.small",
        "db.t4g.small",
        &["templates/shop.toml:7:12 invalid-instance [\"db.t4g.small\"] -> \"t4g.small\""],
    );
    shape("t4g.small", "t4g.smal", &["templates/shop.toml:7:12 invalid-instance [\"t4g.smal\"] -> \"t4g.small\""]);
    shape("image = ", "artifact = \"s3://acme/x\"\nimage = ", &["templates/shop.toml:6:1 two-sources [image]"]);
    shape(
        "image = \"shop",
        "artifact = \"https://acme/x",
        &["templates/shop.toml:5:12 invalid-source [\"https://acme/x:{release}\"]"],
    );
    let beside = |workdir: &str| format!("workdir = \"{workdir}\"\nimage = \"shop");
    shape("image = \"shop", &beside("/app"), &[]);
    shape("image = \"shop", &beside("app"), &["templates/shop.toml:5:11 invalid-path [\"app\"]"]);
    shape(
        "image = \"shop",
        &beside("/app").replace("image = \"shop", "artifact = \"s3://acme/x"),
        &["templates/shop.toml:5:1 misplaced-key [workdir]"],
    );
    shape("bin/web", "", &["templates/shop.toml:6:11 invalid-command [\"\"]"]);
    shape("/healthz", "healthz", &["templates/shop.toml:10:10 invalid-health [\"healthz\"]"]);
    shape("port = 8080\n", "", &["templates/shop.toml:4:1 missing-key [[compute.web]]"]);
    shape("s3:GetObject", "GetObject", &["templates/shop.toml:13:12 invalid-action [\"GetObject\"]"]);
    shape("arn:aws:s3:::b/*", "b", &["templates/shop.toml:14:14 invalid-arn [\"b\"]"]);
    shape("[\"s3:GetObject\"]", "[]", &["templates/shop.toml:13:11 empty-list [[]]"]);
}

#[test]
fn databases() {
    shape("postgres", "postgre", &["templates/shop.toml:16:10 unknown-engine [\"postgre\"] -> \"postgres\""]);
    shape("16.9", "9.6", &["templates/shop.toml:17:11 invalid-version [\"9.6\"]"]);
    shape("16.9", "16.9.1", &["templates/shop.toml:17:11 invalid-version [\"16.9.1\"]"]);
    shape("16.9", "latest", &["templates/shop.toml:17:11 invalid-version [\"latest\"]"]);
    shape(
        "\"postgres\"\nversion = \"16.9\"",
        "\"mysql\"\nversion = \"8\"",
        &["templates/shop.toml:17:11 invalid-version [\"8\"]"],
    );
    shape("\"postgres\"\nversion = \"16.9\"", "\"mysql\"\nversion = \"8.4.3\"", &[]);
    shape("\"postgres\"\nversion = \"16.9\"", "\"mariadb\"\nversion = \"10.11\"", &[]);
    shape(
        "\"postgres\"\nversion = \"16.9\"",
        "\"mariadb\"\nversion = \"12.0\"",
        &["templates/shop.toml:17:11 invalid-version [\"12.0\"]"],
    );
    shape(
        "db.t4g.medium",
        "t4g.medium",
        &["templates/shop.toml:18:12 invalid-instance [\"t4g.medium\"] -> \"db.t4g.medium\""],
    );
    shape("backups", "migrations = \"../x\"\nbackups", &["templates/shop.toml:20:14 invalid-path [\"../x\"]"]);
    own("[data.main]", "[data.mian]", &["environments/staging.toml:14:7 undeclared-database [mian] -> main"]);
    own("seeds/fake.sql", "/tmp/fake.sql", &["environments/staging.toml:15:8 invalid-path [\"/tmp/fake.sql\"]"]);
}

#[test]
fn targets_and_networks() {
    own(
        "account = \"111111111111\"",
        "account = \"1111\"",
        &["environments/staging.toml:5:11 invalid-account [\"1111\"]"],
    );
    own("\"eu-west-1\"", "\"eu-west\"", &["environments/staging.toml:6:10 invalid-region [\"eu-west\"]"]);
    own("10.1.0.0/16", "10.1.0.0/24", &["environments/staging.toml:7:8 invalid-cidr [\"10.1.0.0/24\"]"]);
    own("10.1.0.0/16", "11.1.0.0/16", &["environments/staging.toml:7:8 invalid-cidr [\"11.1.0.0/16\"]"]);
    own("10.1.0.0/16", "fd00::/16", &["environments/staging.toml:7:8 invalid-cidr [\"fd00::/16\"]"]);
    own(
        "10.1.0.0/16",
        "10.1.2.0/16",
        &["environments/staging.toml:7:8 host-bits [\"10.1.2.0/16\"] -> \"10.1.0.0/16\""],
    );
    own(
        "203.0.113.0/24",
        "203.0.113.7",
        &["environments/staging.toml:11:10 invalid-cidr [\"203.0.113.7\"] -> \"203.0.113.7/32\""],
    );
    own("[\"203.0.113.0/24\"]", "[\"::/0\", \"::/0\"]", &["environments/staging.toml:11:18 duplicate-cidr [\"::/0\"]"]);
    own("allow = [\"203.0.113.0/24\"]\n", "", &["environments/staging.toml:8:1 missing-key [[audience]]"]);
    own("[\"203.0.113.0/24\"]", "[]", &["environments/staging.toml:11:9 missing-key [[]]"]);
    own(
        "acm:eu-west-1",
        "acm:us-east-1",
        &["environments/staging.toml:10:15 foreign-certificate [\"arn:aws:acm:us-east-1:111111111111:certificate/a\"]"],
    );
    own(
        "\"arn:aws:acm:eu-west-1:111111111111:certificate/a\"",
        "\"x\"",
        &["environments/staging.toml:10:15 invalid-certificate [\"x\"]"],
    );
    own(
        "\"staging.shop.example\"",
        "\"https://x.example\"",
        &["environments/staging.toml:9:10 invalid-domain [\"https://x.example\"]"],
    );
    own("1.5.0", "feature/x", &["environments/staging.toml:3:11 invalid-release [\"feature/x\"]"]);
}

#[test]
fn deliberate_entries() {
    own("2027-03-31", "\"2027-03-31\"", &["environments/staging.toml:20:11 wrong-type [\"2027-03-31\"] -> 2027-03-31"]);
    own("2027-03-31", "2027-03-31T10:00:00", &["environments/staging.toml:20:11 invalid-date [2027-03-31T10:00:00]"]);
    own("\"enough\"", "\" \"", &["environments/staging.toml:18:10 empty-text [\" \"]"]);
    own("compute.web.count", "compute..count", &["environments/staging.toml:17:8 invalid-path [\"compute..count\"]"]);
}

#[test]
fn what_a_laptop_runs() {
    shape("port = 8080", "port = 8080\ndirectory = \"/srv\"", &["templates/shop.toml:10:13 invalid-path [\"/srv\"]"]);
    own("seed = \"seeds/fake.sql\"", "seed = { command = \"bin/seed --fake\" }", &[]);
    own(
        "seed = \"seeds/fake.sql\"",
        "seed = { command = \"bin/seed 'fake\" }",
        &["environments/staging.toml:15:20 invalid-command [\"bin/seed 'fake\"]"],
    );
    own("seed = \"seeds/fake.sql\"", "seed = {}", &["environments/staging.toml:15:8 missing-key [{}]"]);
    own("seed = \"seeds/fake.sql\"", "seed = 1", &["environments/staging.toml:15:8 wrong-type [1] -> \"1\""]);
}

#[test]
fn where_a_component_answers() {
    own("\"https://staging.shop.example\"", "\"{compute.web.url}/start\"", &[]);
    own(
        "\"https://staging.shop.example\"",
        "\"{compute.wob.url}\"",
        &["environments/staging.toml:13:15 undeclared-component [{compute.wob.url}] -> {compute.web.url}"],
    );
    let own_without_domain = OWN
        .replace("domain = \"staging.shop.example\"\n", "")
        .replace("certificate = \"arn:aws:acm:eu-west-1:111111111111:certificate/a\"\n", "");
    let without_domain = own_without_domain.replace("\"https://staging.shop.example\"", "\"{compute.web.url}\"");
    expect(
        SHAPE,
        &without_domain,
        &[
            "environments/staging.toml:8:1 plain-http [[audience]]",
            "environments/staging.toml:11:15 no-domain [{compute.web.url}]",
        ],
    );
}
