//! The report as workflow commands that put annotations on the lines of a pull request.

use camino::Utf8Path;

use super::markdown::escape::cut;
use super::verdict::counted;
use crate::model::finding::{Finding, Severity};
use crate::model::place::Place;
use crate::model::report::{Change, ChangeKind, Failure, Report};

/// How many of one level the runner shows per step.
const SHOWN: usize = 10;
/// How much of a message the runner shows, in characters.
const MESSAGE: usize = 4_096;

/// What is said about a place in a file.
#[derive(Debug, Clone)]
pub struct Annotation {
    /// How grave it is.
    pub level: Severity,
    /// Where.
    pub place: Option<Place>,
    /// The headline.
    pub title: String,
    /// What there is to say.
    pub message: String,
}

/// The commands, one per line to print, gravest first; `prefix` is the project directory in the repository.
///
/// The runner shows ten of each level, so the tenth says how many there are besides.
#[must_use]
pub fn commands(report: &Report, prefix: &Utf8Path) -> Vec<String> {
    let all = of(report);
    [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .flat_map(|level| shown(&all, level))
        .map(|(annotation, more)| command(annotation, more, prefix))
        .collect()
}

/// Everything that a report says about places.
#[must_use]
pub fn of(report: &Report) -> Vec<Annotation> {
    let mut all: Vec<Annotation> = report.failure.iter().map(of_failure).collect();
    if let Some(drift) = report.drift.as_ref().filter(|drift| !drift.equal) {
        all.extend(drift.changes.iter().map(of_change));
    }
    all.extend(report.findings.iter().map(of_finding));
    all
}

/// The annotations of a level that are shown, the last with the count of those that are not.
fn shown(all: &[Annotation], level: Severity) -> Vec<(&Annotation, usize)> {
    let of_level: Vec<&Annotation> = all.iter().filter(|annotation| annotation.level == level).collect();
    let more = of_level.len().saturating_sub(SHOWN);
    let last = of_level.len().min(SHOWN).saturating_sub(1);
    of_level
        .into_iter()
        .take(SHOWN)
        .enumerate()
        .map(|(place, annotation)| (annotation, if place == last { more } else { 0 }))
        .collect()
}

fn of_failure(failure: &Failure) -> Annotation {
    let mut message = failure.message.clone();
    let optional = [("Detail", &failure.detail), ("Hint", &failure.hint), ("What to do", &failure.help)];
    for (name, text) in optional {
        if let Some(text) = text {
            message.extend(["\n", name, ": ", text]);
        }
    }
    let title = if failure.sqlstate.is_some() { "The database refused" } else { "Preflight failed" };
    Annotation { level: Severity::Error, place: failure.place.clone(), title: title.to_owned(), message }
}

fn of_change(change: &Change) -> Annotation {
    let object = format!("{} {}", change.object.kind.label(), change.object.name);
    let of = if change.object.parent.is_empty() {
        object.clone()
    } else {
        format!("{object} of {}", change.object.parent)
    };
    let message = match change.change {
        ChangeKind::Added => format!("{of} is declared here, but no migration makes it"),
        ChangeKind::Dropped => format!("{of} is made by the migrations, but db/schema/ does not declare it"),
        ChangeKind::Changed | ChangeKind::Renamed => {
            format!("{of} differs, migrations → db/schema/: {}", properties(change))
        }
    };
    let place = change.to_source.as_ref().or(change.from_source.as_ref()).cloned();
    Annotation { level: Severity::Error, place, title: format!("Drift: {object}"), message }
}

fn properties(change: &Change) -> String {
    let told = change.properties.iter().map(|one| {
        if [&one.from, &one.to].into_iter().flatten().any(|value| value.contains('\n')) {
            return format!("another {}", one.name);
        }
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        format!("{} {} → {}", one.name, side(&one.from), side(&one.to))
    });
    told.collect::<Vec<_>>().join("; ")
}

fn of_finding(finding: &Finding) -> Annotation {
    let help = finding.help.as_deref().map_or_else(String::new, |help| format!("\n{help}"));
    Annotation {
        level: finding.severity,
        place: finding.place.clone(),
        title: finding.rule.title().to_owned(),
        message: format!("{}{help}", finding.message),
    }
}

fn command(annotation: &Annotation, more: usize, prefix: &Utf8Path) -> String {
    let name = match annotation.level {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let more = if more == 0 {
        String::new()
    } else {
        format!("\n… and {} of this level", counted(more, "annotation"))
    };
    let message = cut(&annotation.message, MESSAGE - more.chars().count()) + &more;
    let mut properties = Vec::new();
    if let Some(place) = &annotation.place {
        properties.push(format!("file={}", property(prefix.join(&place.path).as_str())));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    properties.push(format!("title={}", property(&cut(&annotation.title, 200))));
    format!("::{name} {}::{}", properties.join(","), data(&message))
}

/// Text as the message of a workflow command.
#[must_use]
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::commands;
    use crate::model::finding::{Rule, Severity};
    use crate::render::samples::{drifted, finding, passed, refused};

    #[test]
    fn a_refused_statement_is_annotated_on_its_line_and_escaped() {
        let mut report = refused();
        if let Some(failure) = report.failure.as_mut() {
            failure.message = "100% wrong,\r\nsee: ::set-output".to_owned();
            failure.place.as_mut().unwrap().path = "db/a,b:c%.sql".into();
        }
        insta::assert_snapshot!(commands(&report, Utf8Path::new("billing")).join("\n"), @r#"
        ::error file=billing/db/a%2Cb%3Ac%25.sql,line=4,col=42,title=The database refused::100%25 wrong,%0D%0Asee: ::set-output%0AHint: Perhaps you meant to reference the column "orders.region".
        "#);
    }

    #[test]
    fn drift_is_annotated_where_the_schema_declares_it() {
        insta::assert_snapshot!(commands(&drifted(), Utf8Path::new("")).join("\n"), @r#"
        ::error file=db/schema/10_tables/users.sql,line=14,col=5,title=Drift%3A column bio::column bio of public.users differs, migrations → db/schema/: type text → character varying(500)
        ::error file=db/schema/10_tables/users.sql,line=14,col=5,title=Drift%3A constraint users_bio_check::constraint users_bio_check of public.users is made by the migrations, but db/schema/ does not declare it
        ::error file=db/schema/10_tables/users.sql,line=14,col=5,title=Drift%3A view public.active_users::view public.active_users is declared here, but no migration makes it
        ::error file=db/schema/10_tables/users.sql,line=14,col=5,title=Drift%3A function public.bump()::function public.bump() differs, migrations → db/schema/: another definition
        "#);
    }

    #[test]
    fn ten_of_a_level_are_shown_gravest_first_and_the_rest_is_counted() {
        let mut report = passed();
        report.findings = (0..25).map(|_| finding(Rule::MissingDown, "a.sql", "no way back")).collect();
        report.findings.push(finding(Rule::DuplicateVersion, "b.sql", "two"));
        report.conclude(Some(Severity::Error));
        let commands = commands(&report, Utf8Path::new(""));
        assert_eq!(commands.len(), 11);
        assert!(commands[0].starts_with("::error file=b.sql"), "{}", commands[0]);
        assert!(commands[10].ends_with("… and 15 annotations of this level"), "{}", commands[10]);
    }

    #[test]
    fn a_message_is_cut_at_what_the_runner_shows() {
        let mut report = passed();
        report.findings = (0..11).map(|_| finding(Rule::MissingDown, "a.sql", &"é".repeat(9_000))).collect();
        for command in commands(&report, Utf8Path::new("")) {
            let message = command.rsplit("::").next().unwrap_or_default();
            assert!(message.replace("%0A", "\n").chars().count() <= super::MESSAGE);
        }
    }
}
