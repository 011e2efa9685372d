//! Migrations, seeds, and the loss of data that was asked for.

use std::process::Stdio;

use super::project::{Project, ended, eventually, get};

const MIGRATIONS: &str = "templates/shop/migrations";

#[test]
fn migrations_are_applied_once_and_a_failed_one_leaves_nothing() {
    let project = Project::new();
    project.done("up dev --yes");
    project.write(
        &format!("{MIGRATIONS}/0002_notes.sql"),
        "CREATE TABLE notes (text text);\nINSERT INTO notes VALUES ('once');\n",
    );
    let planned = project.done("plan dev").out;
    assert!(planned.contains("0002_notes.sql"), "{planned}");
    project.done("up dev --yes");
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM notes"), "1");

    let broken = format!("{MIGRATIONS}/0003_broken.sql");
    project.write(&broken, "ALTER TABLE notes ADD done boolean;\n\nALTER TABLE nowhere ADD x int;\n");
    let up = project.envctl("up dev --yes");
    assert_eq!(up.code, 4, "{}\n{}", up.out, up.err);
    assert!(up.out.contains(&format!("{broken}:3")), "{}", up.out);
    assert!(up.out.contains("relation \"nowhere\" does not exist"), "{}", up.out);
    assert_eq!(project.sql("dev", "SELECT count(*) FROM information_schema.columns WHERE table_name = 'notes'"), "1");
    assert_eq!(get(&project.url("dev")).0, 200, "what ran goes on");

    project.write(&broken, "ALTER TABLE notes ADD done boolean;\n");
    project.done("up dev --yes");
    project.write(&format!("{MIGRATIONS}/0002_notes.sql"), "CREATE TABLE notes (text text, at date);\n");
    let up = project.envctl("up dev --yes");
    assert!(up.code == 4 && up.out.contains("was changed after it was\n  applied here"), "{}\n{}", up.out, up.err);
    project.done("reset dev --confirm dev");
    project.done("down dev --yes");
}

/// Nobody has seen those, and what waits for those that were planned would wait in vain.
#[test]
fn migrations_that_change_while_a_plan_is_carried_out_are_told() {
    let project = Project::new();
    let late = project.path().join(MIGRATIONS).join("0003_late.sql");
    let script = format!("\\! echo 'CREATE TABLE late (id int);' > {}\nSELECT 1;\n", late.display());
    project.write(&format!("{MIGRATIONS}/0002_writes.sql"), &script);
    let up = project.envctl("up dev --yes");
    let said = up.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(up.code == 4 && said.contains("database.main have changed since this was planned"), "{said}");
    assert!(project.done("plan dev").out.contains("0003_late.sql"));
    project.done("up dev --yes");
    project.done("plan dev --exit-code");
    project.done("down dev --yes");
}

#[test]
fn a_seed_is_loaded_once_from_a_file_or_by_a_command() {
    let project = Project::new();
    project.done("up dev --yes");
    project.sql("dev", "DELETE FROM products");
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "0", "a seed came twice");
    project.done("down dev --yes");

    project.write(
        "seed.sh",
        "psql \"$1\" -X -q -c \"INSERT INTO products (name, price_cents) VALUES ('by $ENVCTL_ENVIRONMENT', 1)\"\n",
    );
    project.replace(
        "environments/dev.toml",
        "\"environments/dev/seed.sql\"",
        "{ command = \"sh -c 'PGPASSWORD=x sh seed.sh $DATABASE_URL'\" }",
    );
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT name FROM products"), "by dev");
    project.done("down dev --yes");

    project.replace(
        "environments/dev.toml",
        "{ command = \"sh -c 'PGPASSWORD=x sh seed.sh $DATABASE_URL'\" }",
        "{ command = \"sh -c 'echo no fakes today >&2; exit 1'\" }",
    );
    let up = project.envctl("up dev --yes");
    assert!(up.code == 4 && up.out.contains("no fakes today"), "{}\n{}", up.out, up.err);
    project.done("down dev --yes");
}

/// It outlives a run that is killed, and would go on writing beside the next one's.
#[test]
fn a_seed_of_a_run_that_was_killed_ends_before_the_next_begins() {
    let project = Project::new();
    project.write(
        "seed.sh",
        "for batch in 1 2 3 4; do\n  psql \"$1\" -X -q -c \"INSERT INTO products (name, price_cents) VALUES ('a', 1)\"\n  \
         touch begun\n  sleep 1\ndone\n",
    );
    let seed = "{ command = \"sh -c 'sh seed.sh $DATABASE_URL'\" }";
    project.replace("environments/dev.toml", "\"environments/dev/seed.sql\"", seed);
    let mut killed = project.command("up dev --yes");
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the seed has begun", || project.path().join("begun").exists());
    killed.kill().unwrap();
    killed.wait().unwrap();
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "4");
    project.done("down dev --yes");
}

#[test]
fn a_reset_is_asked_for_by_name_and_says_what_is_lost() {
    let project = Project::new();
    project.done("up dev --yes");
    project.sql("dev", "INSERT INTO products (name, price_cents) VALUES ('of today', 1)");
    let refused = project.envctl("reset dev");
    assert!(refused.code == 3 && refused.err.contains("--confirm dev"), "{refused:?}");
    assert_eq!(project.envctl("reset dev --confirm staging").code, 3);
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "3");
    let reset = project.done("reset dev --confirm dev");
    assert!(
        reset.err.contains("database.main  public.products  3") || reset.err.contains("products  3"),
        "{}",
        reset.err
    );
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "2");
    assert_eq!(get(&project.url("dev")).0, 200);

    project.replace("environments/dev.toml", "template = \"shop\"", "template = \"shop\"\nprotected = true");
    let refused = project.envctl("reset dev --confirm dev");
    assert!(refused.code == 3 && refused.err.contains("protected"), "{refused:?}");
    assert_eq!(project.envctl("down dev --yes").code, 3);
    project.replace("environments/dev.toml", "protected = true", "protected = false");
    project.done("down dev --yes");
}

/// A reset was cut off between the end of the database and its new beginning, or somebody has dropped it.
#[test]
fn a_database_that_is_gone_from_a_server_that_runs_is_made_anew() {
    let project = Project::new();
    project.done("up dev --yes");
    let drop = "psql \"${DATABASE_URL%/*}/postgres\" -X -q -c 'DROP DATABASE shop_db WITH (FORCE)'";
    let mut run = project.command("run dev -- sh -c");
    assert_eq!(ended(run.arg(drop)).code, 0);
    let plan = project.envctl("plan dev --exit-code");
    assert!(plan.code == 1 && plan.out.contains("running: false → true"), "{}", plan.out);
    let status = project.envctl("status dev").out;
    assert!(status.contains("the server has no such database"), "{status}");
    project.done("up dev --yes");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "2");
    assert_eq!(ended(project.command("run dev -- sh -c").arg(drop)).code, 0);
    project.done("reset dev --confirm dev");
    assert_eq!(project.sql("dev", "SELECT count(*) FROM products"), "2");
    project.done("down dev --yes");
}

#[test]
fn a_reset_of_what_the_definition_does_not_have_ends_nothing() {
    let project = Project::new();
    project.done("up dev --yes");
    for (file, from, to) in [
        ("templates/shop.toml", "[database.main]", "[database.other]"),
        ("templates/shop.toml", "[database.main.parameters]", "[database.other.parameters]"),
        ("templates/shop.toml", "{database.main.url}", "{database.other.url}"),
        ("environments/dev.toml", "[data.main]", "[data.other]"),
        ("environments/dev.toml", "\"database.main.version\"", "\"database.other.version\""),
    ] {
        project.replace(file, from, to);
    }
    let reset = project.envctl("reset dev --confirm dev");
    assert!(reset.code != 0 && reset.err.contains("`envctl up dev`"), "{reset:?}");
    assert_eq!(get(&project.url("dev")).0, 200, "what ran goes on");
    project.done("up dev --yes --allow-data-loss database.main");
    project.done("reset dev --confirm dev");
    project.done("down dev --yes");
}

#[test]
fn data_that_is_no_throwaway_goes_by_name_alone() {
    let project = Project::new();
    project.replace("environments/dev.toml", "throwaway = true", "throwaway = false");
    project.done("up dev --yes");
    let refused = project.envctl("down dev --yes");
    assert!(refused.code == 3 && refused.err.contains("--allow-data-loss database.main"), "{refused:?}");
    assert_eq!(get(&project.url("dev")).0, 200);
    project.done("down dev --yes --allow-data-loss database.main");
    assert!(project.machine.processes().is_empty());
}

#[test]
fn another_major_version_is_an_error_unless_it_is_deliberate() {
    let project = Project::new();
    let text = std::fs::read_to_string(project.path().join("environments/dev.toml")).unwrap();
    let (kept, _) = text.split_once("[[deliberate]]\npath    = \"database.main.version\"").unwrap();
    project.write("environments/dev.toml", kept);
    project.replace("templates/shop.toml", "\"16.9\"", "\"10\"");
    let up = project.envctl("up dev --yes");
    assert_eq!(up.code, 2, "{up:?}");
    assert!(up.err.contains("postgres 10 is not installed") && up.err.contains("[[deliberate]]"), "{}", up.err);
    assert!(project.machine.processes().is_empty());
}

#[test]
fn mariadb_is_served_the_same_way() {
    let project = Project::new();
    for (from, to) in [
        ("engine     = \"postgres\"", "engine     = \"mariadb\""),
        ("\"16.9\"", "\"10.11\""),
        ("log_min_duration_statement = \"500\"\n\"rds.force_ssl\" = \"1\"", "max_connections = \"40\""),
    ] {
        project.replace("templates/shop.toml", from, to);
    }
    project.write(
        &format!("{MIGRATIONS}/0001_products.sql"),
        "CREATE TABLE products (id int AUTO_INCREMENT PRIMARY KEY, name text NOT NULL, price_cents int NOT NULL);\n",
    );
    // The example's own code speaks to Postgres alone.
    for command in ["bin/web", "bin/worker --queue orders"] {
        project.replace("templates/shop.toml", &format!("command   = \"{command}\""), "command   = \"sleep 600\"");
    }
    project.replace("templates/shop.toml", "health    = \"/healthz\"\npublic    = true\n", "");
    project.replace("templates/shop.toml", &format!("port      = {}\n", project.port), "");
    project.replace("environments/dev.toml", "{compute.web.url}", "http://localhost");
    project.done("up dev --yes");
    let count = project.envctl("db dev -- -N -B -e select(count(*))from(products)");
    assert_eq!((count.code, count.out.trim()), (0, "2"), "{}", count.err);
    assert!(project.seen("dev", "DATABASE_URL").starts_with("mysql://shop_owner:"));

    project.write(
        &format!("{MIGRATIONS}/0002_broken.sql"),
        "ALTER TABLE products ADD stock int;\nALTER TABLE nowhere ADD x int;\n",
    );
    let up = project.envctl("up dev --yes");
    assert!(up.code == 4 && up.out.contains("0002_broken.sql:2"), "{}\n{}", up.out, up.err);
    let columns = project.envctl("db dev -- -N -B -e show/**/columns/**/from/**/products");
    assert_eq!(columns.out.lines().count(), 3, "what the migration did is undone: {}", columns.out);
    std::fs::remove_file(project.path().join(format!("{MIGRATIONS}/0002_broken.sql"))).unwrap();
    project.done("reset dev --confirm dev");
    project.done("down dev --yes");
    assert!(project.machine.processes().is_empty());
}
