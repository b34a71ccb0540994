//! What the two tools leave and say differently, and why.

/// A difference that is meant.
pub(super) struct Difference {
    /// What it is called here and in docs/compatibility.md.
    pub(super) name: &'static str,
    /// Why it is so.
    pub(super) why: &'static str,
    /// What is observed of it: `*` stands for any text.
    pub(super) seen: &'static [&'static str],
}

/// Each of them; docs/compatibility.md has the same table.
pub(super) const DIFFERENCES: [Difference; 18] = [
    Difference {
        name: "no-parser-key",
        why: "the parser is part of the binary, and a release has one",
        seen: &["*: json lacks parser*"],
    },
    Difference {
        name: "lists-of-versions",
        why: "they were first documented as lists of versions; the objects are in `migrations`",
        seen: &[
            "migrate up: json applied[]* differs",
            "migrate up: json lacks applied[].*",
            "migrate down: json lacks rolled_back[].*",
            "migrate down: json rolled_back[]* differs",
            "migrate reinit: json lacks marked[].*",
            "migrate reinit: json marked[]* differs",
        ],
    },
    Difference {
        name: "pending-is-what-is-missing",
        why: "`pending` is what the database still lacks, whatever left it out",
        seen: &["migrate up: json pending* differs"],
    },
    Difference {
        name: "no-ledger-is-a-hint",
        why: "that there is no ledger is told in `hints`, and in the exit code",
        seen: &["migrate status: json hints* differs", "migrate status: json lacks warning"],
    },
    Difference {
        name: "one-table-name",
        why: "`tracking_table` has the schema, so a second key says nothing more",
        seen: &["migrate status: json tracking_table differs", "migrate status: json lacks resolved_table"],
    },
    Difference {
        name: "fewer-keys",
        why: "nothing is skipped for want of a superuser, and `down` and `reinit` warn of nothing",
        seen: &[
            "migrate up: json lacks skipped_superuser",
            "migrate down: json lacks warnings",
            "migrate down: json lacks checksums_verified",
            "migrate reinit: json lacks warnings",
        ],
    },
    Difference {
        name: "time-ends-with-z",
        why: "times are RFC 3339 in UTC either way",
        seen: &["*: json *applied_at differs"],
    },
    Difference {
        name: "ok-is-exit-zero",
        why: "`ok` is true with exit code 0 and never else",
        seen: &["*: json ok differs"],
    },
    Difference {
        name: "only-the-ledger",
        why: "the ledger's table is all that Confiture makes",
        seen: &[
            "catalog: only the original has *tb_confiture_steps*",
            "catalog: only the original has *confiture_lock_holder*",
            "catalog: only the original has schema confiture",
            "catalog: only the original has function confiture.*",
            "catalog: only the original has *saved_view*",
        ],
    },
    Difference {
        name: "status-writes-nothing",
        why: "a user who may only read can ask",
        seen: &["catalog: only the original has *tb_confiture*"],
    },
    Difference {
        name: "unknown-version-is-usage",
        why: "a version that no file has is a mistake on the command line",
        seen: &["migrate baseline: exit code 2, the original 3"],
    },
    Difference {
        name: "ledger-has-its-own-code",
        why: "that ledger and files disagree is 5, so that it is told apart from faults of the program",
        seen: &["migrate up: exit code 5, the original *"],
    },
    Difference {
        name: "configuration-is-two",
        why: "configuration is 2 as usage is, which is what 5 would otherwise be mistaken for",
        seen: &["migrate *: exit code 2, the original 5"],
    },
    Difference {
        name: "no-way-back-is-eight",
        why: "files without a way back may be applied, and are refused when they are to be taken back",
        seen: &["migrate down: exit code 8, the original *"],
    },
    Difference {
        name: "an-error-is-a-failure",
        why: "an answer keeps its keys when it fails, and its `error` is the failure of a report",
        seen: &["*: json lacks error*", "*: json error* differs"],
    },
    Difference {
        name: "force-says-what-it-does",
        why: "the warning of `--force` tells what is not looked at",
        seen: &["migrate up: json warnings*"],
    },
    Difference {
        name: "forced-row-has-its-checksum",
        why: "the row of a migration that ran again tells the file that ran, so that the next `up` is not refused for it",
        seen: &["ledger: *"],
    },
    Difference {
        name: "checksum-of-line-ends",
        why: "line ends do not change what a file does, so they do not change its checksum",
        seen: &["ledger: *"],
    },
];
