use super::{COMMENT_LIMIT, Context, SUMMARY_LIMIT, comment, summary};
use crate::model::exit::ExitCode;
use crate::model::finding::{Rule, Severity};
use crate::model::report::{Failure, Note, Report, Stage};
use crate::render::samples::{drifted, finding, migration, passed, refused};

fn context() -> Context {
    Context {
        head: Some("a1b2c3d4e5f6".to_owned()),
        repository_url: Some("https://github.com/acme/shop".to_owned()),
        prefix: "services/billing".into(),
        title: None,
        others: None,
    }
}

#[test]
fn what_passed_is_a_verdict_a_line_a_table_and_a_foot() {
    insta::assert_snapshot!(comment(&passed(), &context()), @r#"
    ### ✓ Preflight passed: 2 pending migrations apply and lead to db/schema/

    2 pending migrations on `main` (`abc1234`) at `001` (PostgreSQL 17.2, embedded) · 1.3 s

    | migration | applies | statements |
    |---|---|--:|
    | [`002_add_user_bio`](https://github.com/acme/shop/blob/a1b2c3d4e5f6/services/billing/db/migrations/002_add_user_bio.up.sql) | ✓ 24 ms | 1 |
    | [`003_index_orders`](https://github.com/acme/shop/blob/a1b2c3d4e5f6/services/billing/db/migrations/003_index_orders.up.sql) | ✓ 24 ms | 1 |

    ---
    <sub>confiture 0.1.0 · plan `0f1e2d3` · commit `a1b2c3d`</sub>
    "#);
}

#[test]
fn drift_is_a_diff_block_with_its_places() {
    insta::assert_snapshot!(comment(&drifted(), &Context::default()), @r#"
    ### ✗ Preflight failed: the migrations do not lead to db/schema/

    2 pending migrations on `main` (`abc1234`) at `001` (PostgreSQL 17.2, embedded) · 1.3 s

    | migration | applies | statements |
    |---|---|--:|
    | `002_add_user_bio` | ✓ 24 ms | 1 |
    | `003_index_orders` | ✓ 24 ms | 1 |

    <details open><summary><b>Drift</b>: 3 objects differ between the migrations' result and <code>db/schema/</code></summary>

    ```diff
      table public.users
    -   column bio  type text    -- db/migrations/002_add_user_bio.up.sql:1
    +   column bio  type character varying(500)    -- db/schema/10_tables/users.sql:14
    -   constraint users_bio_check  definition CHECK (bio <> '')    -- db/migrations/002_add_user_bio.up.sql:1
    + view public.active_users    -- db/schema/10_tables/users.sql:14
      function public.bump()  definition    -- db/schema/10_tables/users.sql:14
          a := 1;
          b := 2;
    -     c := a;
    +     c := b;
          RETURN c;
        END
    ```
    <code>-</code> is what the migrations build, <code>+</code> is what <code>db/schema/</code> says.
    </details>

    ---
    <sub>confiture 0.1.0 · plan `0f1e2d3`</sub>
    "#);
}

#[test]
fn a_refused_statement_is_shown_where_it_stands() {
    insta::assert_snapshot!(comment(&refused(), &context()), @r#"
    ### ✗ Preflight failed: db/migrations/003\_index\_orders.up.sql:4:42 is refused: column "regon" does not exist

    2 pending migrations on `main` (`abc1234`) at `001` (PostgreSQL 17.2, embedded) · 1.3 s

    | migration | applies | statements |
    |---|---|--:|
    | [`002_add_user_bio`](https://github.com/acme/shop/blob/a1b2c3d4e5f6/services/billing/db/migrations/002_add_user_bio.up.sql) | ✓ 24 ms | 1 |
    | [`003_index_orders`](https://github.com/acme/shop/blob/a1b2c3d4e5f6/services/billing/db/migrations/003_index_orders.up.sql) | ✗ refused in line 4 | 1 |

    **[`db/migrations/003_index_orders.up.sql:4:42`](https://github.com/acme/shop/blob/a1b2c3d4e5f6/services/billing/db/migrations/003_index_orders.up.sql#L4)**

    ```
    3 │ -- for the dashboard
    4 │ create index orders_region on orders (id, regon);
      │                                           ^
    ```

    **column "regon" does not exist**<br>
    Hint: Perhaps you meant to reference the column "orders.region".<br>
    SQLSTATE: 42703

    ---
    <sub>confiture 0.1.0 · plan `0f1e2d3` · commit `a1b2c3d`</sub>
    "#);
}

#[test]
fn findings_and_notes_are_lists() {
    let mut report = passed();
    report.findings = vec![
        finding(
            Rule::DuplicateVersion,
            "db/migrations/002_a.up.sql",
            "002_a and 002_b both take version 002",
        ),
        finding(Rule::MissingDown, "db/migrations/003_x.up.sql", "003_x has no down file"),
    ];
    report.findings[1].help = Some("write the .down.sql beside it".to_owned());
    report.notes = vec![Note::RolesCreated { roles: vec!["app".to_owned()] }, Note::RanAsSuperuser];
    report.conclude(Some(Severity::Error));
    let context = Context { title: Some("services/billing".to_owned()), ..Context::default() };
    insta::assert_snapshot!(comment(&report, &context), @r#"
    ### ✗ services/billing: Preflight failed: 1 error and 1 warning were found

    2 pending migrations on `main` (`abc1234`) at `001` (PostgreSQL 17.2, embedded) · 1.3 s

    | migration | applies | statements |
    |---|---|--:|
    | `002_add_user_bio` | ✓ 24 ms | 1 |
    | `003_index_orders` | ✓ 24 ms | 1 |

    **Findings**

    - error `duplicate-version` `db/migrations/002_a.up.sql:1:1`: 002\_a and 002\_b both take version 002
    - warning `missing-down` `db/migrations/003_x.up.sql:1:1`: 003\_x has no down file; write the .down.sql beside it

    <details><summary><b>Notes</b>: 2</summary>

    - roles that the SQL names were made on the throwaway server, without login: app
    - migrations ran with a superuser's rights, as asked
    </details>

    ---
    <sub>confiture 0.1.0 · plan `0f1e2d3`</sub>
    "#);
}

/// Every name, message and value is as long and as hostile as it gets.
fn enormous() -> Report {
    let hostile = "@team|`x`<!-- confiture -->\n</details>\u{1F4A5}".repeat(40);
    let mut report = drifted();
    report.migrations = (0..600).map(|number| migration(&number.to_string(), &hostile)).collect();
    report.findings = (0..600).map(|_| finding(Rule::VersionGap, &hostile, &hostile)).collect();
    if let Some(drift) = report.drift.as_mut() {
        let change = drift.changes[0].clone();
        drift.changes = vec![change; 600];
        drift.changes[0].object.name = hostile.clone();
    }
    report
}

#[test]
fn three_hundred_migrations_are_all_shown_and_fit() {
    let mut report = passed();
    report.migrations =
        (0..300).map(|number| migration(&format!("20260520{number:06}"), "rename_the_column")).collect();
    report.pending_count = 300;
    let text = comment(&report, &context());
    assert!(text.chars().count() <= COMMENT_LIMIT, "{}", text.chars().count());
    assert!(text.contains("20260520000299_rename_the_column"));
}

#[test]
fn whatever_is_in_a_report_the_comment_fits_and_closes_what_it_opens() {
    let many_rows = {
        let mut report = enormous();
        report.findings.clear();
        report
    };
    let many_words = {
        let mut report = enormous();
        let words = "@#".repeat(20_000);
        let mut failure = Failure::new(Stage::Migration, ExitCode::Database, &words);
        (failure.detail, failure.hint) = (Some(words.clone()), Some(words.clone()));
        (failure.context, failure.help) = (Some(words.clone()), Some(words.clone()));
        report.failure = Some(failure);
        report.notes = vec![Note::RolesCreated { roles: vec![words] }; 12];
        report.conclude(None);
        report
    };
    // As long as what is said of the other pull requests can be.
    let others = format!("<details>\n\n{}\n</details>\n", "| x |\n".repeat(2_800));
    let context = || Context { others: Some(others.clone()), ..context() };
    for report in [enormous(), many_rows, many_words] {
        let text = comment(&report, &context());
        assert!(text.chars().count() <= COMMENT_LIMIT, "{}", text.chars().count());
        assert_eq!(text.matches("<details").count(), text.matches("\n</details>").count());
        assert!(text.ends_with("</sub>"), "{}", &text[text.len() - 200..]);
        assert!(summary(&report, &context()).len() <= SUMMARY_LIMIT);
    }
}

#[test]
fn rows_beyond_fifty_are_counted_when_not_all_fit() {
    let mut report = passed();
    report.migrations = (0..900).map(|number| migration(&format!("{number:014}"), &"x".repeat(60))).collect();
    let text = comment(&report, &context());
    assert!(text.contains("… and 850 more."), "{text}");
}

#[test]
fn text_from_elsewhere_does_not_leave_its_place() {
    let hostile = "@team | `x` <!-- confiture:preflight --> #1\n\n# heading\n</details>";
    let mut report = drifted();
    report.migrations[0].name = hostile.to_owned();
    report.findings = vec![finding(Rule::VersionGap, "a.sql", hostile)];
    report.notes = vec![Note::RolesCreated { roles: vec![hostile.to_owned()] }];
    if let Some(drift) = report.drift.as_mut() {
        drift.changes[2].object.name = "x ``` \n</details>\n@team".to_owned();
    }
    let text = comment(&report, &context());
    let outside_fences: String =
        text.split("\n````").enumerate().filter(|(place, _)| place % 2 == 0).map(|(_, part)| part).collect();
    assert!(text.contains("\n````diff\n"), "the fence is longer than the run inside: {text}");
    assert!(!outside_fences.contains("@team"), "{outside_fences}");
    assert!(!text.contains("<!--"), "{text}");
    assert!(!text.contains("\n# heading"), "{text}");
    let row = text.lines().find(|line| line.contains("002")).unwrap_or_default();
    assert_eq!(row.matches('|').count(), 4, "{row}");
}
