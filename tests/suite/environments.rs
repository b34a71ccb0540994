//! `--env`: which settings are meant.

use super::support::Project;

fn project() -> Project {
    let project = Project::with_migration("create table a (i int);\n")
        .file("db/schema/a.sql", "create table a (i int);\n");
    project.file("db/environments/production.yaml", "").file("db/environments/test.yaml", "")
}

#[test]
fn an_environment_without_a_file_is_a_slip_where_others_have_theirs() {
    let project = project();
    for command in
        [&["build"][..], &["migrate", "up"], &["migrate", "status"], &["seed", "apply"], &["drift"]]
    {
        let run = project.run(command).with(&["--env", "prodution"]);
        let said = run.env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x").ends_with(2);
        let said = said.out + &said.err;
        assert!(
            said.contains("there is no environment prodution: no db/environments/prodution.yaml"),
            "{said}"
        );
        assert!(said.contains("did you mean production?"), "{said}");
    }
    project.run(&["build", "-e", "x"]).ends_with(2).says(&["there are production, test"]);
    for good in
        [&["build"][..], &["build", "-e", "test"], &["build", "-e", "x", "-c", "db/environments/test.yaml"]]
    {
        project.run(good).ends_with(0);
    }
    fs_err::remove_dir_all(project.path("db/environments")).unwrap();
    project.run(&["build", "-e", "x"]).ends_with(0).says(&["db/generated/schema_x.sql"]);
}

#[test]
fn the_name_of_an_environment_leads_nowhere_else() {
    let project = project();
    for name in ["../../x", "a/b", "..", "", "a\nb", "a\\b"] {
        project.run(&["build", "--env", name]).ends_with(2).says(&["is no name for an environment"]);
    }
    assert!(!project.path("db/generated").exists());
}

#[test]
fn who_names_a_database_that_cannot_be_used_is_said() {
    let project = project();
    let status = |file: &str| {
        project.write("db/environments/local.yaml", file);
        project.run(&["migrate", "status"])
    };
    let both = status("database_url: ''").env("CONFITURE_DATABASE_URL", "").env("DATABASE_URL", "");
    both.ends_with(2).says(&["must begin with postgresql://", "it is CONFITURE_DATABASE_URL that says so"]);
    status("").env("DATABASE_URL", "mysql://a/b").ends_with(2).says(&["it is DATABASE_URL that says so"]);
    for file in ["database_url: x", "database: {port: x, database: a}", "database: {port: 5432}"] {
        status(file).ends_with(2).says(&["it is db/environments/local.yaml that says so"]);
    }
    status("database: {port: 5432}").ends_with(2).says(&["write database.database"]);
}
