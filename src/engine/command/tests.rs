use proptest::prelude::*;
use strum::IntoEnumIterator as _;

use super::{COMMANDS, Command, PREFIX, Right, Topic, find, list};
use crate::model::finding::Rule;

const PREFLIGHT: Command = Command::Preflight { full: false, commit: None };

#[test]
fn a_command_is_the_first_word_of_a_line() {
    for comment in [
        "/confiture preflight",
        "Thanks!\r\n\r\n  /confiture preflight \r\nbye",
        "a\n/confiture preflight",
        "<b>now</b>\n/confiture preflight",
        "<code>x</code>\n\n/confiture preflight",
    ] {
        assert_eq!(find(comment), Some(Ok(PREFLIGHT)), "{comment}");
    }
    for comment in ["please /confiture preflight", "/confiture-preflight", "- /confiture preflight", ""] {
        assert_eq!(find(comment), None, "{comment}");
    }
}

#[test]
fn every_command_is_read_with_its_arguments() {
    let preflight = |full, commit: &str| Command::Preflight {
        full,
        commit: Some(commit).filter(|id| !id.is_empty()).map(Into::into),
    };
    let because = "the table  is `empty`".to_owned();
    for (line, command) in [
        ("preflight ABCDEF1", preflight(false, "abcdef1")),
        ("preflight --full", preflight(true, "")),
        ("preflight --full abcdef1", preflight(true, "abcdef1")),
        ("preflight abcdef1 --full", preflight(true, "abcdef1")),
        ("diff", Command::Diff),
        ("lint", Command::Lint),
        ("plan", Command::Plan),
        ("conflicts", Command::Conflicts),
        ("status", Command::Status { env: None }),
        ("status eu-west.2", Command::Status { env: Some("eu-west.2".to_owned()) }),
        ("renumber", Command::Renumber),
        ("explain missing-down", Command::Explain(Topic::Rule(Rule::MissingDown))),
        ("explain 003_index", Command::Explain(Topic::Migration("003_index".to_owned()))),
        (
            "ignore missing-down because the table  is `empty` ",
            Command::Ignore { rule: Rule::MissingDown, because },
        ),
        ("cancel", Command::Cancel),
        ("help", Command::Help),
        ("deploy production", Command::Deploy),
        ("rollback", Command::Rollback),
        ("approve", Command::Approve),
        ("unlock production", Command::Unlock),
    ] {
        assert_eq!(find(&format!("/confiture {line}")), Some(Ok(command)), "{line}");
    }
}

#[test]
fn every_line_of_the_table_is_a_command_of_that_word() {
    for spec in &COMMANDS {
        let arguments = spec.arguments.replace("[--full] [COMMIT]", "").replace("[ENV]", "");
        let arguments = arguments.replace("RULE", "missing-down").replace(" or MIGRATION", "");
        let command = find(&format!("/confiture {} {arguments}", spec.word)).unwrap().unwrap();
        assert_eq!((command.word(), command.who(), command.is_later()), (spec.word, spec.who, spec.later));
    }
    let later: Vec<&str> = COMMANDS.iter().filter(|spec| spec.later).map(|spec| spec.word).collect();
    assert_eq!(later, ["deploy", "rollback", "approve", "unlock"]);
    assert_eq!(Command::Unlock.who(), Right::Admin);
}

#[test]
fn quotes_code_and_hidden_text_are_not_commands() {
    for comment in [
        "> /confiture preflight",
        "> he said\n> /confiture preflight\n\nno",
        "```\n/confiture preflight\n```",
        "~~~\n/confiture preflight",
        "    /confiture preflight",
        "`a\n/confiture preflight\nb`",
        "<!--\n/confiture preflight\n-->",
        "> > deep\n/confiture preflight",
        "<pre>\n\n/confiture preflight\n\n</pre>",
        "<blockquote>\n\n/confiture preflight\n\n</blockquote>",
        "Look: <CODE class=\"x\">\n\n/confiture preflight\n",
        "<blockquote>\n\n<code>\n\nx\n\n</code>\n\n/confiture preflight\n\n</blockquote>",
    ] {
        assert_eq!(find(comment), None, "{comment}");
    }
    assert_eq!(find("> /confiture help\n\n/confiture preflight"), Some(Ok(PREFLIGHT)));
}

#[test]
fn a_mistake_is_placed_and_the_nearest_word_offered() {
    let mut said = String::new();
    for comment in [
        "hi\n/confiture prefligth",
        "/confiture",
        "/confiture frobnicate",
        "/confiture Help",
        "/confiture preflight now",
        "/confiture preflight --ful",
        "/confiture preflight abcdef1 abcdef2",
        "/confiture help me",
        "  /confiture status ../../etc",
        "/confiture deploy production --now",
        "/confiture explain",
        "/confiture ignore mising-down because it is",
        "/confiture ignore missing-down",
        "/confiture ignore missing-down becaus we must",
        "/confiture ignore missing-down because",
        "/confiture preflight\n\n /confiture help",
        "/confiture `@everyone`",
    ] {
        said += &format!("{}\n", find(comment).unwrap().unwrap_err());
    }
    insta::assert_snapshot!(said);
}

#[test]
fn the_documentation_has_the_table() {
    let documented = include_str!("../../../docs/action.md");
    let right = |who| match who {
        Right::Read => "may read",
        Right::Write => "may push",
        Right::Admin => "administers",
    };
    for spec in &COMMANDS {
        let soon = if spec.later { " (to come)" } else { "" };
        let row = format!("| `{}` | {}{soon} | {} |", spec.usage(), spec.does, right(spec.who));
        assert!(documented.contains(&row), "docs/action.md lacks the row\n{row}");
    }
}

#[test]
fn the_list_is_written_as_one_types_it() {
    let help = COMMANDS.iter().filter(|spec| spec.word == "explain");
    assert_eq!(
        list(help),
        "- `/confiture explain RULE or MIGRATION` explains a rule, or what a migration does"
    );
}

/// Comments as people and attackers write them: marks of Markdown, commands and anything else.
fn comments() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "\n",
        "\r\n",
        " ",
        "    ",
        "> ",
        "```",
        "~~~",
        "`",
        "``",
        "<!--",
        "-->",
        "<pre>",
        "</pre>",
        "- ",
        "\t",
        "/confiture",
        " because ",
        "--full",
        "\u{a0}",
        "\u{202e}",
        "é",
        "# ",
        "<code",
        "&",
        "\\",
        "[x]: ",
    ]);
    let words = prop::sample::select(COMMANDS.iter().map(|spec| spec.word).collect::<Vec<_>>());
    let piece = prop_oneof![
        4 => marks.prop_map(str::to_owned),
        2 => words.prop_map(|word| format!("\n{PREFIX} {word} ")),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Lines that hold commands, and cannot end what they stand in.
fn commands() -> impl Strategy<Value = Vec<String>> {
    let rule = prop::sample::select(Rule::iter().map(|rule| rule.to_string()).collect::<Vec<_>>());
    let word = prop::sample::select(COMMANDS.iter().map(|spec| spec.word).collect::<Vec<_>>());
    let line = (word, rule, "[a-zA-Zé*_&@#|. ]{0,20}")
        .prop_map(|(word, rule, rest)| format!("{PREFIX} {word} {rule} because {rest}"));
    prop::collection::vec(line, 1..6)
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic_and_a_mistake_is_in_it(comment in comments()) {
        if let Some(Err(error)) = find(&comment) {
            let line = comment.split('\n').nth(error.line - 1).expect("the line is there");
            prop_assert_eq!(line.split_whitespace().next(), Some(PREFIX));
            prop_assert!((1..=line.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }

    #[test]
    fn whatever_stands_in_quotes_or_code_is_no_command(before in "[a-z .]{0,12}", lines in commands()) {
        let before = before.trim();
        let text = lines.join("\n");
        let all = |start: &str| format!("{start}{}\n", lines.join(&format!("\n{start}")));
        for comment in [
            format!("{before}\n{}", all("> ")),
            format!("{before}\n{}", all(">")),
            format!("{before}\n\n{}", all("    ")),
            format!("{before}\n\n{}", all("\t")),
            format!("{before}\n```sql\n{text}\n```"),
            format!("{before}\n~~~~\n{text}\n\n{text}\n~~~~~\n"),
            format!("> ~~~\n{}", all("> ")),
            format!("> he said\n{text}"),
            format!("{before} ``\n{text}\n`` {before}"),
            format!("{before}\n<!--\n{text}\n-->\n"),
            format!("{before}\n<pre>\n\n{text}\n\n</pre>"),
            format!("{before}\n<details>\n{text}\n</details>"),
        ] {
            prop_assert_eq!(find(&comment), None, "{}", comment);
        }
    }
}
