//! The files of a new project: small, and such that they pass a preflight as they are.

/// Every file with its path.
pub const FILES: [(&str, &str); 13] = [
    ("db/README.md", include_str!("starter/README.md")),
    ("db/environments/local.yaml", include_str!("starter/local.yaml")),
    ("db/environments/test.yaml", include_str!("starter/test.yaml")),
    ("db/environments/production.yaml", include_str!("starter/production.yaml")),
    ("db/schema/00_common/extensions.sql", include_str!("starter/extensions.sql")),
    ("db/schema/10_tables/users.sql", include_str!("starter/users.sql")),
    ("db/schema/20_views/user_names.sql", include_str!("starter/user_names.sql")),
    ("db/migrations/001_create_users.up.sql", include_str!("starter/001_create_users.up.sql")),
    ("db/migrations/001_create_users.down.sql", include_str!("starter/001_create_users.down.sql")),
    ("db/seeds/common/00_users.sql", include_str!("starter/seed_common.sql")),
    ("db/seeds/local/10_users.sql", include_str!("starter/seed_local.sql")),
    ("db/seeds/test/10_users.sql", include_str!("starter/seed_test.sql")),
    ("db/generated/.gitignore", include_str!("starter/gitignore")),
];

/// What somebody with a new project does next.
pub const NEXT_STEPS: [(&str, &str); 4] = [
    ("confiture preflight", "proves that the migrations lead to db/schema/"),
    ("confiture build --scratch", "proves that db/schema/ and the seeds build"),
    ("confiture migrate generate NAME", "begins the next migration"),
    ("confiture migrate up --env local", "migrates the database of db/environments/local.yaml"),
];
