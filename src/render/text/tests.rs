use super::report;
use crate::render::samples;

#[test]
fn the_face_of_a_passed_preflight_is_short() {
    insta::assert_snapshot!(report(&samples::passed(), false), @r#"
    ▸ Replaying 2 pending migrations on PostgreSQL 17.2 (embedded) …
    ✓ 002_add_user_bio    applied in 24 ms
    ✓ 003_index_orders    applied in 24 ms
    ▸ Comparing the result with db/schema/ …
    ✓ Preflight passed: 2 pending migrations apply and lead to db/schema/.
    "#);
}

#[test]
fn drift_is_told_object_by_object_from_old_to_new() {
    insta::assert_snapshot!(report(&samples::drifted(), false), @r#"
    ▸ Replaying 2 pending migrations on PostgreSQL 17.2 (embedded) …
    ✓ 002_add_user_bio    applied in 24 ms
    ✓ 003_index_orders    applied in 24 ms
    ▸ Comparing the result with db/schema/ …
    ✗ Drift: 3 objects differ
        table public.users
          column bio   text → character varying(500)   (migrations → db/schema)
            at db/schema/10_tables/users.sql:14:5
          constraint users_bio_check   CHECK (bio <> '')   only in what the migrations build   db/schema/10_tables/users.sql:14:5
        view public.active_users   only in db/schema   db/schema/10_tables/users.sql:14:5
        function public.bump()
          definition
                  b := 2;
              -   c := a;
              +   c := b;
                  RETURN c;
            at db/schema/10_tables/users.sql:14:5
    ✗ Preflight failed: the migrations do not lead to db/schema/.
    "#);
}

#[test]
fn a_refused_statement_is_shown_with_a_caret_and_the_servers_words() {
    insta::assert_snapshot!(report(&samples::refused(), false), @r#"
    ▸ Replaying 2 pending migrations on PostgreSQL 17.2 (embedded) …
    ✓ 002_add_user_bio    applied in 24 ms
    ✗ 003_index_orders    failed in 24 ms
    error [42703]: column "regon" does not exist
      --> db/migrations/003_index_orders.up.sql:4:42
     3 │ -- for the dashboard
     4 │ create index orders_region on orders (id, regon);
       │                                           ^
       = hint: Perhaps you meant to reference the column "orders.region".
    ✗ Preflight failed: db/migrations/003_index_orders.up.sql:4:42 is refused: column "regon" does not exist.
    "#);
}

#[test]
fn hostile_text_cannot_write_to_the_terminal() {
    let mut refused = samples::refused();
    refused.failure.as_mut().unwrap().message = "\u{1b}[2J\u{202e}gone\r".to_owned();
    refused.migrations[0].name = "x\u{1b}]0;title\u{7}".to_owned();
    let text = report(&refused, false);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn colour_is_there_only_when_asked_for() {
    assert!(report(&samples::drifted(), true).contains("\u{1b}["));
    assert!(!report(&samples::drifted(), false).contains('\u{1b}'));
}
