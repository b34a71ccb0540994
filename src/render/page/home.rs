//! The first page: repositories, open pull requests, and how these get on with each other.

use std::borrow::Cow;

use super::run::{RUNNING, WAITING, ended, tone};
use super::{Cell, HomePage, LastState, Matrix, OpenPull, Repository, Visitor, web};

#[derive(askama::Template)]
#[template(path = "page/home.html")]
pub(super) struct HomeView<'a> {
    visitor: &'a Visitor,
    links_open: bool,
    repositories: Vec<RepositoryView<'a>>,
    unasked: usize,
    version: &'static str,
}

struct RepositoryView<'a> {
    name: &'a str,
    url: Option<String>,
    pulls: Vec<OpenPullView<'a>>,
    matrix: Option<MatrixView>,
}

struct OpenPullView<'a> {
    number: u64,
    title: &'a str,
    url: Option<String>,
    author: &'a str,
    tone: &'static str,
    mark: &'static str,
    run: Option<String>,
    said: Cow<'a, str>,
}

struct MatrixView {
    heads: Vec<u64>,
    rows: Vec<Row>,
    said: Vec<Pair>,
}

struct Row {
    head: u64,
    cells: Vec<CellView>,
}

struct CellView {
    kind: &'static str,
    mark: &'static str,
    word: &'static str,
    title: String,
}

/// Two that do not get on, in words: a phone shows no titles.
struct Pair {
    tone: &'static str,
    one: u64,
    other: u64,
    what: String,
}

pub(super) fn view(page: &HomePage) -> HomeView<'_> {
    HomeView {
        visitor: &page.visitor,
        links_open: page.links_open,
        repositories: page.repositories.iter().map(repository).collect(),
        unasked: page.unasked,
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn repository(one: &Repository) -> RepositoryView<'_> {
    RepositoryView {
        name: &one.name,
        url: web(&one.url),
        pulls: one.pulls.iter().map(open_pull).collect(),
        // One pull request has nothing beside it.
        matrix: one.matrix.as_ref().filter(|matrix| matrix.pulls.len() > 1).map(matrix),
    }
}

fn open_pull(one: &OpenPull) -> OpenPullView<'_> {
    let (tone, mark, said) = match one.last.as_ref().map(|last| &last.state) {
        None => ("open", "·", Cow::Borrowed("not checked yet")),
        Some(LastState::Waiting) => ("open", "…", WAITING.into()),
        Some(LastState::Running) => ("open", "▸", RUNNING.into()),
        Some(LastState::Reported { ok: true, said }) => ("good", "✓", said.as_str().into()),
        Some(LastState::Reported { ok: false, said }) => ("bad", "✗", said.as_str().into()),
        Some(LastState::Ended(ending)) => {
            let (tone, mark) = tone(ending);
            (tone, mark, ended(ending).into())
        }
    };
    OpenPullView {
        number: one.pull.number,
        title: &one.pull.title,
        url: web(&one.pull.url),
        author: &one.author,
        tone,
        mark,
        run: one.last.as_ref().map(|last| format!("runs/{}", last.id)),
        said,
    }
}

fn matrix(matrix: &Matrix) -> MatrixView {
    let size = matrix.pulls.len();
    let pairs = (0..size).flat_map(|row| (row + 1..size).map(move |column| (row, column)));
    let said = pairs.filter_map(|(row, column)| {
        let (tone, what) = match cell(matrix, row, column) {
            Cell::Order(what) => ("open", what.clone()),
            Cell::Collides(what) => ("bad", what.clone()),
            Cell::Itself | Cell::Unknown | Cell::Independent => return None,
        };
        Some(Pair { tone, one: matrix.pulls[row], other: matrix.pulls[column], what })
    });
    let row = |(row, head): (usize, &u64)| {
        let cells = (0..size).map(|column| cell_view(cell(matrix, row, column))).collect();
        Row { head: *head, cells }
    };
    MatrixView {
        heads: matrix.pulls.clone(),
        rows: matrix.pulls.iter().enumerate().map(row).collect(),
        said: said.collect(),
    }
}

/// What nobody has filled in is not known.
fn cell(matrix: &Matrix, row: usize, column: usize) -> &Cell {
    matrix.cells.get(row).and_then(|cells| cells.get(column)).unwrap_or(&Cell::Unknown)
}

fn cell_view(cell: &Cell) -> CellView {
    let (mark, word, title) = match cell {
        Cell::Itself => ("", "", ""),
        Cell::Unknown => ("?", "not checked yet", ""),
        Cell::Independent => ("✓", "independent", ""),
        Cell::Order(what) => ("⇄", "the order matters", what.as_str()),
        Cell::Collides(what) => ("✗", "they collide", what.as_str()),
    };
    CellView { kind: cell.into(), mark, word, title: title.to_owned() }
}
