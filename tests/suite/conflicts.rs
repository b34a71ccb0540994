//! Open branches tried against each other on a real server: what is said of two, and how it is known.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use confiture::gateway::files::assemble;
use confiture::model::conflict::{CombinationVerdict, Conflict, Matrix, Pair, Verdict, What, Why};
use confiture::operation::conflict::{Base, Branch, Kept, Limits, check, replay};
use confiture::operation::project::ProjectOptions;

use super::support::{self, Project};

const TABLES: &str = "create table users (id bigint generated always as identity primary key, name text, nick text);\n\
                      create table orders (id bigint primary key, user_id bigint references users);\n\
                      create sequence tickets;\n\
                      create function label() returns text language sql as $$ select 'base' $$;\n";

/// A project whose base has these migrations.
struct Bed {
    project: Project,
    base: Base,
}

impl Bed {
    fn new(migrations: &[(&str, &str)]) -> Self {
        let mut project = Project::new();
        for (name, sql) in migrations {
            project = project.file(&format!("db/migrations/{name}.up.sql"), sql);
        }
        let variables = BTreeMap::from([
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("TMPDIR".to_owned(), project.servers().to_str().unwrap().to_owned()),
            ("CONFITURE_CACHE_DIR".to_owned(), support::cache().to_str().unwrap().to_owned()),
        ]);
        let directory = camino::Utf8PathBuf::from_path_buf(project.path(".")).unwrap();
        let options =
            ProjectOptions { directory, env: "local".to_owned(), variables, ..ProjectOptions::default() };
        let base = Base { project: options, postgres: Some(support::MAJOR.to_string()), ..Base::default() };
        Self { project, base }
    }

    fn with_tables() -> Self {
        Self::new(&[("001_tables", TABLES)])
    }

    async fn check(&self, branches: &[Branch]) -> Matrix {
        self.check_again(branches, &Matrix::default()).await
    }

    async fn check_again(&self, branches: &[Branch], known: &Matrix) -> Matrix {
        let matrix = self.judged(branches, known).await;
        support::assert_nothing_is_left(self.project.servers());
        matrix
    }

    async fn judged(&self, branches: &[Branch], known: &Matrix) -> Matrix {
        check(self.base.clone(), branches.to_vec(), known.clone()).await.unwrap()
    }

    /// The directories of servers that are there.
    fn servers(&self) -> Vec<PathBuf> {
        self.project.servers().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// What is said of two branches of one migration each.
    async fn pair(&self, a: &str, b: &str) -> Pair {
        let branches = [branch("#1", &[("002_a", a)]), branch("#2", &[("003_b", b)])];
        self.check(&branches).await.pairs.remove(0)
    }
}

fn branch(id: &str, migrations: &[(&str, &str)]) -> Branch {
    let files = migrations
        .iter()
        .map(|(name, sql)| (format!("db/migrations/{name}.up.sql").into(), sql.as_bytes().to_vec()));
    let migrations = assemble(files.collect()).unwrap().migrations;
    Branch {
        id: id.to_owned(),
        title: format!("branch {id}"),
        url: format!("https://example.org/{id}"),
        migrations,
        unreadable: None,
    }
}

/// A pair as its reader sees it: the verdict, and a line for each conflict.
fn said(pair: &Pair) -> String {
    let mut lines = vec![format!("{:?}", pair.verdict)];
    lines.extend(pair.conflicts.iter().map(|conflict| {
        let object =
            conflict.object.as_ref().map(|object| format!(" {}:", object.full_name())).unwrap_or_default();
        format!("{}:{object} {}", conflict.severity, what(conflict))
    }));
    lines.join("\n")
}

fn what(conflict: &Conflict) -> String {
    match &conflict.what {
        What::SameVersion { version, take, .. } => {
            format!("both are {version}, the later takes {}", take[0].take)
        }
        What::SameFileName { path, take } => format!("both add {path}, the later takes {}", take[0].take),
        What::BothAdd { alike } => format!("both add it, alike: {alike}"),
        What::BothDrop => "both drop it".to_owned(),
        What::BothChange { properties } => format!("both change {}", properties.join(", ")),
        What::DropsWhatOtherChanges { drops, .. } => format!("{drops} drops what the other changes"),
        What::DropsWhatOtherUses { drops, user } => {
            format!("{drops} drops it, {} needs it", user.full_name())
        }
        What::ChangesWhatOtherUses { changes, properties, user } => {
            format!("{changes} changes its {}, {} needs it", properties.join(", "), user.full_name())
        }
        What::OnlyInOrder { first, refused } => {
            let place = refused.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{first} first, else {place}: {}", refused.message)
        }
        What::NeitherOrder { after_a, after_b } => {
            format!("neither: {}; {}", after_a.message, after_b.message)
        }
        What::ResultsDiffer { changes, .. } => {
            let names: Vec<String> = changes.iter().map(|change| change.object.full_name()).collect();
            format!("they differ in {}", names.join(", "))
        }
        What::NotReplayed { branch, why: Why::Refused(refused) } => format!("{branch}: {}", refused.message),
        What::NotReplayed { branch, why } => format!("{branch}: {why:?}"),
    }
}

#[track_caller]
fn assert_said(pair: &Pair, wanted: &[&str]) {
    assert_eq!(said(pair), wanted.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_touch_different_things_are_independent() {
    let bed = Bed::with_tables();
    let pair = bed.pair("alter table users add column bio text;", "create index on orders (user_id);").await;
    assert_said(&pair, &["Independent"]);
    // Another order of columns is no difference.
    let pair = bed.pair("alter table users add column a text;", "alter table users add column b text;").await;
    assert_said(&pair, &["Independent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_add_one_column_collide() {
    let bed = Bed::with_tables();
    let pair =
        bed.pair("alter table users add column bio text;", "alter table users add bio varchar(500);").await;
    assert_said(
        &pair,
        &[
            "Collides",
            "error: neither: column \"bio\" of relation \"users\" already exists; column \"bio\" of relation \"users\" already exists",
            "error: bio of public.users: both add it, alike: false",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_on_a_table_that_the_other_renames_has_to_come_first() {
    let bed = Bed::with_tables();
    let pair = bed
        .pair("alter table users rename to people;", "\ncreate view names as select name from users;")
        .await;
    assert_said(
        &pair,
        &[
            "OrderMatters",
            "error: #2 first, else db/migrations/003_b.up.sql:2:39: relation \"users\" does not exist",
            "error: public.users: #1 drops it, public.names needs it",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_on_a_column_that_the_other_drops_names_the_column() {
    let bed = Bed::with_tables();
    let pair =
        bed.pair("alter table users drop column nick;", "create index users_nick on users (nick);").await;
    assert_said(
        &pair,
        &[
            "OrderMatters",
            "error: #2 first, else db/migrations/003_b.up.sql:1:1: column \"nick\" does not exist",
            "error: nick of public.users: #1 drops it, users_nick of public.users needs it",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_uses_a_table_of_the_other_s_has_to_come_after_it() {
    let bed = Bed::with_tables();
    let a = "alter table tags add column colour text;";
    let b = "create table tags (id int primary key);";
    let pair = bed.pair(a, b).await;
    let line = "error: #2 first, else db/migrations/002_a.up.sql:1:1: relation \"tags\" does not exist";
    assert_said(&pair, &["OrderMatters", line]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_version_or_file_name_in_two_branches_comes_with_the_number_to_take() {
    let bed = Bed::with_tables();
    let branches = [
        branch("#1", &[("002_a", "create table a ();")]),
        branch("#2", &[("002_b", "create table b ();"), ("003_c", "create table c ();")]),
        branch("#3", &[("002_a", "create table d ();")]),
        branch("#4", &[("002_a", "create table a ();"), ("004_e", "create table e ();")]),
    ];
    let matrix = bed.check(&branches).await;
    let pair = |a: &str, b: &str| said(matrix.of(a).find(|pair| pair.other(a) == b).unwrap());
    assert_eq!(pair("#1", "#2"), "Collides\nerror: both are 002, the later takes 005");
    assert_eq!(pair("#1", "#3"), "Collides\nerror: both add db/migrations/002_a.up.sql, the later takes 007");
    assert_eq!(pair("#2", "#3"), "Collides\nerror: both are 002, the later takes 007");
    // A branch that was begun on another one has its file too.
    assert_eq!(pair("#1", "#4"), "Independent\ninfo: public.a: both add it, alike: true");
    let taken = |id: &str| -> Vec<String> {
        matrix
            .branch(id)
            .unwrap()
            .renumber
            .iter()
            .map(|one| format!("{} {}", one.version, one.take))
            .collect()
    };
    assert_eq!([taken("#1"), taken("#4")], [Vec::<String>::new(), Vec::new()]);
    assert_eq!(taken("#2"), ["002 005", "003 006"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_orders_that_work_and_lead_elsewhere_say_what_differs() {
    let bed = Bed::with_tables();
    let table = |column: &str| format!("create table if not exists tags (id int, {column});");
    let pair = bed.pair(&table("a text"), &table("b text")).await;
    assert_said(
        &pair,
        &[
            "OrderMatters",
            "error: they differ in a of public.tags, b of public.tags",
            "error: public.tags: both add it, alike: false",
        ],
    );
    let body = |word: &str| {
        format!("create or replace function label() returns text language sql as $$ select '{word}' $$;")
    };
    let pair = bed.pair(&body("one"), &body("two")).await;
    assert_said(
        &pair,
        &[
            "OrderMatters",
            "error: they differ in public.label()",
            "error: public.label(): both change definition",
        ],
    );
    let What::ResultsDiffer { changes, objects: 1 } = &pair.conflicts[0].what else { panic!("{pair:?}") };
    let places =
        [&changes[0].from_source, &changes[0].to_source].map(|place| place.as_ref().unwrap().path.as_str());
    assert_eq!(places, ["db/migrations/003_b.up.sql", "db/migrations/002_a.up.sql"]);
    assert_said(&bed.pair(&body("same"), &body("same")).await, &["Independent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_transaction_takes_is_replayed_too() {
    use Verdict::{Independent, OrderMatters};
    let bed = Bed::with_tables();
    let concurrently = "create index concurrently users_nick on users (nick);";
    let branches = [
        branch("#1", &[("002_a", concurrently)]),
        branch("#2", &[("003_b", "alter table orders add column at date;")]),
        branch("#3", &[("004_c", "begin; alter table users drop column nick; commit;")]),
        branch("#4", &[("005_d", "-- confiture: no-transaction\ncreate table d ();")]),
    ];
    let matrix = bed.check(&branches).await;
    let verdicts: Vec<Verdict> = matrix.pairs.iter().map(|pair| pair.verdict).collect();
    assert_eq!(
        verdicts,
        [Independent, OrderMatters, Independent, Independent, Independent, Independent],
        "{:#?}",
        matrix.pairs
    );
    let own: Vec<bool> = matrix.branches.iter().map(|branch| branch.own_database).collect();
    assert_eq!(own, [true, false, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_share_a_transaction_is_proved_in_a_database_of_its_own() {
    let bed = Bed::new(&[("001_mood", "create type mood as enum ('sad');\ncreate table m (m mood);")]);
    let a = [("002_a", "alter type mood add value 'happy';"), ("003_b", "insert into m values ('happy');")];
    let matrix = bed.check(&[branch("#1", &a), branch("#2", &[("004_c", "create table c ();")])]).await;
    assert_said(&matrix.pairs[0], &["Independent"]);
    assert!(matrix.branches[0].own_database);
    // Each by itself shares one, and both together do not.
    let add = "alter type mood add value 'glad';";
    let use_it = "do $$ begin if exists (select from pg_enum where enumlabel = 'glad') then \
                  insert into m values ('glad'); end if; end $$;";
    assert_said(&bed.pair(add, use_it).await, &["Independent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_alone_is_unknown_with_its_reason_and_no_conflict() {
    let bed = Bed::with_tables();
    let branches = [
        branch("#1", &[("002_a", "create table a ();")]),
        branch("#2", &[("003_b", "create table b ();\nalter table nowhere add column c int;")]),
        branch("#3", &[("004_c", "select 1 / 0;")]),
        branch("#4", &[("005_d", "\\copy users from 'x'")]),
    ];
    let matrix = bed.check(&branches).await;
    let unknown = |text: &str| format!("Unknown\nwarning: {text}");
    let found: Vec<String> = matrix.pairs.iter().take(3).map(said).collect();
    assert_eq!(found[0], unknown("#2: relation \"nowhere\" does not exist"));
    assert_eq!(found[1], unknown("#3: division by zero"));
    assert!(found[2].starts_with(&unknown("#4: ")), "{}", found[2]);
    assert!(matrix.pairs.iter().all(|pair| pair.verdict == Verdict::Unknown));
    let Some(Why::Refused(refused)) = &matrix.branches[1].fails else { panic!("{:?}", matrix.branches[1]) };
    assert_eq!(refused.place.as_ref().unwrap().to_string(), "db/migrations/003_b.up.sql:2:1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rollback_does_not_take_back_does_not_reach_other_branches() {
    let bed = Bed::with_tables();
    let number =
        "do $$ begin if nextval('tickets') > 1 then create table if not exists late (); end if; end $$;";
    let branches = [
        branch("#1", &[("002_a", "select setval('tickets', 1000, false);")]),
        branch("#2", &[("003_b", number)]),
        branch("#3", &[("004_c", "create table c ();")]),
        branch("#4", &[("005_d", "select pg_advisory_lock(7);")]),
        branch("#5", &[("006_e", "prepare p as select 1; create temp table t ();")]),
        branch("#6", &[("007_f", "prepare p as select 1; create temp table t ();")]),
    ];
    let matrix = bed.check(&branches).await;
    let own: Vec<bool> = matrix.branches.iter().map(|branch| branch.own_database).collect();
    assert_eq!(own, [true, true, false, true, false, false]);
    let others: Vec<&Pair> =
        matrix.pairs.iter().filter(|pair| pair.verdict != Verdict::Independent).collect();
    assert_eq!(others.len(), 1, "{others:#?}");
    assert_said(others[0], &["OrderMatters", "error: they differ in public.late"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_leaves_the_transaction_by_stealth_changes_no_verdict() {
    let bed = Bed::with_tables();
    // To the server this is several statements, and to a reader of standard strings it is one.
    let stealth = "set standard_conforming_strings = off;\n\
                   select 'a\\''; commit; create table left_behind (); begin; savepoint s; --';";
    let branches = [
        branch("#1", &[("002_a", stealth)]),
        branch("#2", &[("003_b", "create table left_behind ();")]),
        branch("#3", &[("004_c", "create table c ();")]),
        branch(
            "#4",
            &[(
                "005_d",
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid();",
            )],
        ),
    ];
    let matrix = bed.check(&branches).await;
    let verdict = |a: &str, b: &str| matrix.of(a).find(|pair| pair.other(a) == b).unwrap().verdict;
    assert!(matrix.branch("#1").unwrap().own_database);
    assert_eq!(verdict("#1", "#2"), Verdict::Collides);
    assert_eq!(matrix.branch("#2").unwrap().fails, None);
    assert_eq!(verdict("#2", "#3"), Verdict::Independent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_takes_too_long_costs_its_own_verdicts_only() {
    let mut bed = Bed::with_tables();
    bed.base.limits = Limits { branch: Duration::from_secs(4), ..Limits::default() };
    let branches = [
        branch("#1", &[("002_a", "select pg_sleep(3600);")]),
        branch("#2", &[("003_b", "create table b ();")]),
        branch("#3", &[("004_c", "create table c ();")]),
    ];
    let matrix = bed.check(&branches).await;
    let found: Vec<String> = matrix.pairs.iter().map(said).collect();
    let late = "Unknown\nwarning: #1: TimedOut { limit_ms: 4000 }";
    assert_eq!(found, [late, late, "Independent"]);
    bed.base.limits.whole = Duration::ZERO;
    let matrix = bed.check(&branches).await;
    assert_eq!(said(&matrix.pairs[2]), "Unknown\nwarning: #2: NotReached { limit_ms: 0 }");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_judged_anew() {
    let bed = Bed::with_tables();
    let mut branches = [
        branch("#1", &[("002_a", "create table a ();")]),
        branch("#2", &[("003_b", "create table b ();")]),
        branch("#3", &[("004_c", "create table c ();")]),
    ];
    let first = bed.check(&branches).await;
    let kept: Matrix = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!((first.judged, &kept), (3, &first));
    branches[0].title = "another title".to_owned();
    let again = bed.check_again(&branches, &kept).await;
    assert_eq!((again.judged, again.branches[0].title.as_str()), (0, "another title"));
    assert_eq!(again.pairs, first.pairs);
    branches[2] = branch("#3", &[("004_c", "create table b ();")]);
    let pushed = bed.check_again(&branches, &again).await;
    assert_eq!(pushed.judged, 2);
    assert_eq!(
        pushed.pairs.iter().map(|pair| pair.verdict).collect::<Vec<_>>(),
        [Verdict::Independent, Verdict::Independent, Verdict::Collides]
    );
    let closed = bed.check_again(&branches[..2], &pushed).await;
    assert_eq!((closed.judged, closed.pairs.len()), (0, 1));
    bed.project.write("db/migrations/001_tables.up.sql", "create table a ();");
    let merged = bed.check_again(&branches[..2], &closed).await;
    assert_eq!((merged.judged, merged.pairs[0].verdict), (1, Verdict::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_group_is_replayed_in_its_order() {
    let bed = Bed::with_tables();
    let table = branch("#1", &[("002_a", "create table tags (id int);")]);
    let column = branch("#2", &[("003_b", "alter table tags add column colour text;")]);
    let index = branch("#3", &[("004_c", "create index concurrently on tags (colour);")]);
    let replayed = async |order: &[&Branch]| {
        let order: Vec<Branch> = order.iter().map(|branch| (*branch).clone()).collect();
        let found = Box::pin(replay(&bed.base, &order)).await.unwrap();
        support::assert_nothing_is_left(bed.project.servers());
        (found.verdict, found.conflicts.first().map(what).unwrap_or_default())
    };
    assert_eq!(replayed(&[&table, &column, &index]).await, (CombinationVerdict::Works, String::new()));
    let refused = "#3: column \"colour\" does not exist".to_owned();
    assert_eq!(replayed(&[&table, &index, &column]).await, (CombinationVerdict::Fails, refused));
    let same = branch("#4", &[("002_z", "select 1;")]);
    let number = "both are 002, the later takes 004".to_owned();
    assert_eq!(replayed(&[&table, &column, &same]).await, (CombinationVerdict::Collides, number));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_may_require_a_migration_of_another_one() {
    let bed = Bed::with_tables();
    let pair = bed.pair("-- confiture: requires=003\nselect 1;", "create table b ();").await;
    let line =
        "error: #2 first, else db/migrations/002_a.up.sql:1:15: 002_a requires 003, which is not applied";
    assert_said(&pair, &["OrderMatters", line]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_branch_does_it_does_without_the_rights_of_a_superuser() {
    let bed = Bed::with_tables();
    let pair = bed.pair("copy users (name) from program 'echo x';", "create table b ();").await;
    assert_eq!(pair.verdict, Verdict::Unknown);
    let What::NotReplayed { branch, why: Why::Refused(refused) } = &pair.conflicts[0].what else {
        panic!("{pair:?}")
    };
    assert_eq!((branch.as_str(), refused.sqlstate.as_deref()), ("#1", Some("42501")));
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_that_prepares_statements_under_our_names_changes_no_verdict() {
    let bed = Bed::with_tables();
    // Whoever reads the catalog by these names is told that there is nothing.
    let forged = "do $$ declare n text; begin for n in select name from pg_prepared_statements loop\n\
                  execute format('deallocate %I', n); execute format('prepare %I as select 1 where false', n);\n\
                  end loop; end $$;\n";
    let says = |word: &str| format!("{forged}comment on table users is '{word}';");
    let pair = bed.pair(&says("a"), &says("b")).await;
    assert_eq!(pair.verdict, Verdict::OrderMatters, "{}", said(&pair));
    // Nor does a branch find what another one has prepared.
    let branches = [
        branch("#1", &[("002_a", "prepare mine as select 1;")]),
        branch("#2", &[("003_b", "execute mine;")]),
        branch("#3", &[("004_c", "alter table users add column c text;")]),
    ];
    let matrix = bed.check(&branches).await;
    let verdicts: Vec<Verdict> = matrix.pairs.iter().map(|pair| pair.verdict).collect();
    assert_eq!(verdicts, [Verdict::Unknown, Verdict::Independent, Verdict::Unknown]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_of_a_check_is_kept_for_the_next_one_on_the_same_base() {
    let mut bed = Bed::with_tables();
    let kept = Arc::new(Kept::new(1));
    (bed.base.kept, bed.base.owner) = (kept.clone(), "shop main".to_owned());
    let of =
        |sql: &str| vec![branch("#1", &[("002_a", sql)]), branch("#2", &[("003_b", "create table b ();")])];
    let none = Matrix::default();
    // What is left behind that a rollback does not take back is not there for the next.
    bed.judged(&of("select nextval('tickets'); create table a ();"), &none).await;
    let server = bed.servers();
    assert_eq!(server.len(), 1, "one is kept");
    let uses = of("do $$ begin if nextval('tickets') > 1 then raise 'somebody was here'; end if; end $$;");
    let again = bed.judged(&uses, &none).await;
    assert_eq!((bed.servers(), again.pairs[0].verdict), (server.clone(), Verdict::Independent));
    // What was run for good is not there either.
    let built = of("create index concurrently i on users (name);");
    assert_eq!(bed.judged(&built, &none).await.pairs[0].verdict, Verdict::Independent);
    assert_eq!(bed.judged(&built, &none).await.pairs[0].verdict, Verdict::Independent);
    assert_eq!(bed.servers(), server);
    // The server belongs to whoever's check it was, and to its base.
    bed.base.owner = "another main".to_owned();
    bed.judged(&built, &none).await;
    let others = bed.servers();
    assert!(others.len() == 1 && others != server, "{others:?}");
    bed.project.write("db/migrations/001_tables.up.sql", "create table a ();");
    let collides = bed.judged(&of("create table a ();"), &none).await;
    assert_eq!(collides.pairs[0].verdict, Verdict::Unknown);
    assert!(bed.servers().len() == 1 && bed.servers() != others);
    kept.close_idle(Duration::from_mins(1)).await;
    assert_eq!(bed.servers().len(), 1, "it is not idle long enough");
    kept.close_idle(Duration::ZERO).await;
    support::assert_nothing_is_left(bed.project.servers());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_server_that_has_ended_is_replaced() {
    let mut bed = Bed::with_tables();
    bed.base.kept = Arc::new(Kept::new(1));
    let branches = [branch("#1", &[("002_a", "create table a ();")])];
    bed.judged(&branches, &Matrix::default()).await;
    for process in support::processes_in(bed.project.servers()) {
        let number: i32 = process.split(':').next().unwrap().parse().unwrap();
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(number), nix::sys::signal::Signal::SIGKILL);
    }
    let matrix = bed.judged(&branches, &Matrix::default()).await;
    assert_eq!(matrix.branches[0].fails, None);
    bed.base.kept.close_idle(Duration::ZERO).await;
    support::assert_nothing_is_left(bed.project.servers());
}
