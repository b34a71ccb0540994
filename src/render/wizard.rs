//! What the wizard says.

use super::answer::end;
use super::line_diff;
use super::sql;
use super::style::{Paint, clean};
use super::verdict::counted;
use crate::model::wizard::{Edited, Offer, Ready, Strategy, WizardAnswer};

/// How it begins.
pub const GREETING: &str = "▸ From a change to a migration. ? explains, an empty line takes what stands in brackets, Ctrl-C ends it; nothing \
                            is written before the last question.\n";

/// A question as it is asked, its answers before it where they can be listed.
#[must_use]
pub fn question(ask: &str, choices: &[(String, &str)], default: Option<&str>) -> String {
    let mut text = String::new();
    let width = choices.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (number, (name, title)) in (1..).zip(choices) {
        let line = format!("  {number:>2}  {:<width$}  {title}", clean(name));
        text += &format!("{}\n", line.trim_end());
    }
    let default = default.map(|default| format!(" [{}]", clean(default))).unwrap_or_default();
    text + &format!("{ask}{default} ")
}

/// An answer that nobody typed here.
#[must_use]
pub fn heard(said: &str) -> String {
    clean(said)
}

/// What `?` tells.
#[must_use]
pub fn help(help: &str) -> String {
    format!("  {help}\n")
}

/// Why an answer is none.
#[must_use]
pub fn refused(why: &str) -> String {
    format!("  {}\n", clean(why))
}

/// What a strategy is good for, in a word of its own.
#[must_use]
pub fn title(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Plain => "in as few statements as there can be, for tables that are small or not in use",
        Strategy::Online => "keeps nobody waiting for long, in more statements and often several migrations",
        Strategy::Expand => {
            "adds the new beside the old, for code that is deployed while it runs; takes several deploys"
        }
    }
}

/// The ways to bring a change about, with what each costs.
#[must_use]
pub fn offers(offers: &[Offer], colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = Vec::new();
    for offer in offers {
        let count = counted(offer.plan.steps.len(), "statement");
        let back = if offer.leads_back { "leads back" } else { "no way back" };
        lines.push(format!("▸ {}: {count}, {back}", paint.strong(offer.strategy.name())));
        for line in
            offer.plan.steps.iter().map(sql::step).collect::<String>().lines().filter(|line| !line.is_empty())
        {
            let is_grave = line.starts_with("-- hazard") || line.starts_with("-- lock");
            lines.push(if is_grave {
                paint.warning(&format!("    {line}"))
            } else {
                format!("    {}", clean(line))
            });
        }
        lines.extend(offer.then.iter().map(|step| paint.faint(&format!("    then: {step}"))));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What is about to be written.
#[must_use]
pub fn ready(ready: &Ready, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines = vec!["▸ proved on a copy, there and back; to be written:".to_owned()];
    lines.extend(ready.files.iter().map(|(path, _)| format!("    {}", clean(path.as_str()))));
    for Edited { path, before, after } in &ready.declared {
        lines.push(format!("    {}", clean(path.as_str())));
        lines.extend(line_diff::lines(before, after, 2).into_iter().map(|(sign, line)| {
            let line = format!("      {sign} {}", clean(&line));
            match sign {
                '-' => paint.bad(&line),
                '+' => paint.good(&line),
                _ => line,
            }
        }));
    }
    lines.extend(ready.undeclared.as_deref().map(|why| left(why, paint)));
    lines.push(String::new());
    lines.join("\n")
}

/// Why the declared schema does not say it.
fn left(why: &str, paint: Paint) -> String {
    paint.warning(&format!("▸ db/schema/ is left as it is: {}", clean(why)))
}

/// What came of it.
#[must_use]
pub fn wizard(answer: &WizardAnswer, colour: bool) -> String {
    let paint = Paint { colour };
    let mut lines: Vec<String> = answer
        .written
        .iter()
        .chain(&answer.declared)
        .map(|path| format!("{} wrote {}", paint.good("✓"), clean(path.as_str())))
        .collect();
    if let Some(statements) = answer.declare.as_deref().map(clean) {
        lines.extend(answer.undeclared.as_deref().map(|why| left(why, paint)));
        lines.push(match &answer.declared_at {
            Some(place) => format!("▸ {place} declares the table: write there what this does: {statements}"),
            None => format!("▸ where db/schema/ declares it, write what this does: {statements}"),
        });
    }
    lines.extend(answer.then.iter().map(|step| format!("▸ then: {}", clean(step))));
    if let Some(symbol) = &answer.preflight {
        lines.push(format!("▸ preflight: {}", preflight(symbol, answer.preflight_failure.as_deref())));
    }
    let counts = if answer.success {
        format!(
            "{} written, proved on a copy, there and back",
            counted(answer.written.len() + answer.declared.len(), "file")
        )
    } else {
        "nothing was written".to_owned()
    };
    end(lines, &answer.head, &counts, paint)
}

fn preflight(symbol: &str, failure: Option<&str>) -> String {
    match (symbol, failure) {
        (_, Some(failure)) => clean(failure),
        ("DRIFT", None) => "the migrations run; db/schema/ does not say yet what they build".to_owned(),
        ("SUCCESS", None) => "passed".to_owned(),
        (other, None) => format!("{}; `confiture preflight` tells more", other.to_lowercase()),
    }
}
