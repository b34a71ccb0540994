//! The production code of `src/` as the rules of architecture.rs read it: paths, functions, imports.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::text::{Token, blank, is_word, test_items, tokens};

/// The production code of `src/`: tests are read only where a rule speaks of them.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) sources: Vec<Source>,
}

/// One file, its comments and its tests made blank, so that places stay what they are.
pub(super) struct Source {
    /// Relative to `src/`.
    pub(super) path: String,
    file: PathBuf,
    /// The path of its module: `gateway::postgres::lock`.
    module: Vec<String>,
    pub(super) with_strings: String,
    pub(super) tokens: Vec<Token>,
}

/// A path in code, with `use` trees spread out.
pub(super) struct CodePath {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

/// One room's use of another.
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) target: String,
    place: String,
}

impl Import {
    pub(super) fn fault(&self, what: &str, what_to_do: &str) -> String {
        format!("{}: {what}\n    {what_to_do}", self.place)
    }
}

impl Tree {
    /// Reads the tree that this test was built in.
    pub(super) fn read() -> Self {
        let given = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = given.unwrap_or_else(|| PathBuf::from(option_env!("CARGO_MANIFEST_DIR").unwrap_or(".")));
        let src = root.join("src");
        let mut sources = Vec::new();
        let mut tests: Vec<PathBuf> = Vec::new();
        for file in files_below(&src, "rs") {
            let (source, test_files) = Source::read(&src, file);
            sources.push(source);
            tests.extend(test_files);
        }
        assert!(!sources.is_empty(), "there is nothing in {}", src.display());
        sources.retain(|source| !tests.iter().any(|test| source.file.starts_with(test)));
        Self { root, sources }
    }

    pub(super) fn source(&self, path: &str) -> &Source {
        self.sources
            .iter()
            .find(|source| source.path == path)
            .unwrap_or_else(|| panic!("src/{path} is not there"))
    }

    pub(super) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for source in &self.sources {
            for path in source.inner_paths() {
                let Some(to) = path.segments.first().filter(|to| *to != source.room()) else { continue };
                // The crate's root holds no items but rooms.
                if source.path != "lib.rs" {
                    imports.push(source.import(source.room(), to, &path));
                }
            }
        }
        imports
    }

    pub(super) fn imports_within(&self, floor: &str) -> Vec<Import> {
        let mut imports = Vec::new();
        for source in self.sources.iter().filter(|source| source.room() == floor && source.module.len() > 1) {
            for path in source.inner_paths() {
                let [first, to, ..] = path.segments.as_slice() else { continue };
                if first == floor && *to != source.module[1] {
                    imports.push(source.import(&source.module[1], to, &path));
                }
            }
        }
        imports
    }

    pub(super) fn named_outside(
        &self,
        rooms: &[&str],
        prefixes: &[&str],
        harmless: &[&str],
        say: impl Fn(&str) -> (String, String),
    ) -> Vec<String> {
        let mut faults = Vec::new();
        for source in self.sources.iter().filter(|source| !source.is_in(rooms)) {
            for path in source.paths(&["std", "tokio"]) {
                let name = path.segments.join("::");
                let named =
                    prefixes.iter().any(|prefix| name == *prefix || name.starts_with(&format!("{prefix}::")));
                if named && !harmless.contains(&name.as_str()) {
                    let (what, what_to_do) = say(&name);
                    faults.push(source.fault(path.line, &what, &what_to_do));
                }
            }
        }
        faults
    }

    /// The names of all tests, of `src/` and of `tests/`.
    pub(super) fn tests(&self) -> BTreeSet<String> {
        let files = files_below(&self.root.join("src"), "rs").into_iter();
        let mut found = BTreeSet::new();
        for file in files.chain(files_below(&self.root.join("tests"), "rs")) {
            let tokens = tokens(&blank(&read(&file), true));
            let mut is_test = false;
            for (index, token) in tokens.iter().enumerate() {
                let next = tokens.get(index + 1).map_or("", |token| token.text.as_str());
                match token.text.as_str() {
                    "test" if matches!(next, "]" | "(") => is_test = true,
                    "fn" if std::mem::take(&mut is_test) => {
                        found.insert(next.to_owned());
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

impl Source {
    /// Reads a file, and returns beside it the files and directories that hold nothing but its tests.
    fn read(src: &Path, file: PathBuf) -> (Self, Vec<PathBuf>) {
        let text = read(&file);
        let mut code = blank(&text, true).into_bytes();
        let mut with_strings = blank(&text, false).into_bytes();
        let mut tests = Vec::new();
        for (start, end, module) in test_items(std::str::from_utf8(&code).unwrap_or_default()) {
            for at in (start..end).filter(|at| text.as_bytes()[*at] != b'\n') {
                code[at] = b' ';
                with_strings[at] = b' ';
            }
            let directory = match file.file_stem().and_then(|stem| stem.to_str()) {
                Some("mod" | "lib" | "main") => file.with_file_name(""),
                _ => file.with_extension(""),
            };
            tests.extend(
                module.iter().flat_map(|name| [directory.join(name), directory.join(format!("{name}.rs"))]),
            );
        }
        let path = file.strip_prefix(src).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned);
        let module = module.filter(|part| part != "lib").collect();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let tokens = tokens(&text(code));
        (Self { path, file, module, with_strings: text(with_strings), tokens }, tests)
    }

    pub(super) fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    pub(super) fn is_in(&self, rooms: &[&str]) -> bool {
        rooms.iter().any(|room| self.path.starts_with(room))
    }

    pub(super) fn fault(&self, line: usize, what: &str, what_to_do: &str) -> String {
        format!("src/{}:{line}: {what}\n    {what_to_do}", self.path)
    }

    fn import(&self, from: &str, to: &str, path: &CodePath) -> Import {
        Import {
            from: from.to_owned(),
            to: to.to_owned(),
            target: path.segments.join("::"),
            place: format!("src/{}:{}", self.path, path.line),
        }
    }

    /// The paths that begin with one of these words.
    pub(super) fn paths(&self, first: &[&str]) -> Vec<CodePath> {
        let mut found = Vec::new();
        for index in 0..self.tokens.len() {
            let begins = index == 0 || self.tokens[index - 1].text != "::";
            if begins && first.contains(&self.tokens[index].text.as_str()) {
                self.spread(index, &mut Vec::new(), &mut found);
            }
        }
        found
    }

    /// The paths into this crate, from its root: `crate::…` and `super::…`.
    fn inner_paths(&self) -> Vec<CodePath> {
        let mut found = Vec::new();
        for mut path in self.paths(&["crate", "super", "self", "confiture"]) {
            let mut base = match path.segments[0].as_str() {
                // main.rs is a crate of its own, and knows this one by its name.
                "crate" | "confiture" => Vec::new(),
                _ => self.module.clone(),
            };
            let up = path.segments.iter().take_while(|segment| *segment == "super").count();
            base.truncate(base.len().saturating_sub(up));
            let own = path
                .segments
                .iter()
                .take_while(|segment| matches!(segment.as_str(), "crate" | "super" | "self" | "confiture"));
            let own = own.count();
            path.segments.splice(..own, base);
            // A bare `self` or `super` is a receiver or a visibility, and imports nothing.
            if path.segments.len() > usize::from(own > 0) || own == 0 {
                found.push(path);
            }
        }
        found
    }

    /// Follows a path from a token on, through the branches of a `use` tree; returns the token after it.
    fn spread(&self, index: usize, prefix: &mut Vec<String>, found: &mut Vec<CodePath>) -> usize {
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text.as_str());
        let line = self.tokens[index].line;
        let before = prefix.len();
        let mut at = index;
        loop {
            match text(at) {
                "{" => {
                    at += 1;
                    while !matches!(text(at), "}" | "") {
                        at =
                            if text(at) == "," { at + 1 } else { self.spread(at, prefix, found).max(at + 1) };
                    }
                    at += 1;
                    break;
                }
                "self" if prefix.len() > before || !prefix.is_empty() => {
                    found.push(CodePath { segments: prefix.clone(), line });
                    at += 1;
                    break;
                }
                word if is_word(word) || word == "*" => {
                    prefix.push(word.to_owned());
                    at += 1;
                    if text(at) != "::" {
                        found.push(CodePath { segments: prefix.clone(), line });
                        break;
                    }
                    at += 1;
                }
                // `::<` of a generic call ends the path.
                _ => {
                    found.push(CodePath { segments: prefix.clone(), line });
                    break;
                }
            }
        }
        if text(at) == "as" {
            at += 2;
        }
        prefix.truncate(before);
        at
    }

    /// The functions with the lines of their first and last line.
    pub(super) fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut found = Vec::new();
        for (index, token) in self.tokens.iter().enumerate().filter(|(_, token)| token.text == "fn") {
            let Some(name) = self.tokens.get(index + 1).filter(|name| is_word(&name.text)) else { continue };
            let mut brackets = 0_i32;
            let mut braces = 0_i32;
            for after in &self.tokens[index..] {
                match after.text.as_str() {
                    "(" | "[" => brackets += 1,
                    ")" | "]" => brackets -= 1,
                    ";" if brackets == 0 && braces == 0 => break,
                    "{" => braces += 1,
                    "}" => braces -= 1,
                    _ => continue,
                }
                if after.text == "}" && braces == 0 {
                    found.push((name.text.clone(), token.line, after.line));
                    break;
                }
            }
        }
        found
    }

    pub(super) fn function(&self, name: &str) -> Option<(usize, usize)> {
        self.functions().into_iter().find(|(found, _, _)| found == name).map(|(_, first, last)| (first, last))
    }

    pub(super) fn included_files(&self) -> Vec<PathBuf> {
        let directory = self.file.parent().unwrap_or(&self.file);
        let rest = self.with_strings.split("include_str!(\"").skip(1);
        rest.filter_map(|rest| rest.split('"').next()).map(|name| lexically(&directory.join(name))).collect()
    }
}

/// A path without its `..`.
fn lexically(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// The circles in imports between rooms, each told once with one place per arrow.
pub(super) fn circles(imports: &[Import]) -> Vec<String> {
    let mut arrows: BTreeMap<&str, BTreeMap<&str, &Import>> = BTreeMap::new();
    for import in imports {
        arrows.entry(&import.from).or_default().entry(&import.to).or_insert(import);
    }
    let mut told: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let mut faults = Vec::new();
    for start in arrows.keys() {
        let mut ways: Vec<Vec<&str>> = vec![vec![start]];
        while let Some(way) = ways.pop() {
            let last = way[way.len() - 1];
            for next in arrows.get(last).into_iter().flat_map(BTreeMap::keys) {
                if next == start && told.insert(way.iter().copied().collect()) {
                    faults.push(circle(&way, &arrows));
                } else if !way.contains(next) {
                    ways.push(way.iter().copied().chain([*next]).collect());
                }
            }
        }
    }
    faults
}

fn circle(way: &[&str], arrows: &BTreeMap<&str, BTreeMap<&str, &Import>>) -> String {
    let mut text = String::new();
    for (from, to) in way.iter().zip(way.iter().cycle().skip(1)) {
        let import = arrows[from][to];
        let _ =
            writeln!(text, "{}: `{from}` imports `{}`, and so on in a circle", import.place, import.target);
    }
    text + "    let one of them return plain data of model's instead"
}

pub(super) fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub(super) fn files_below(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        let entries =
            fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for path in entries.map(|entry| entry.expect("a directory can be listed").path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
