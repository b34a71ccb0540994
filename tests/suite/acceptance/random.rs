//! Random schemas. What refers to something that an edit has removed or changed adapts or goes as well, so that
//! every schema that comes out builds.

use std::fmt::Write as _;

/// Numbers that only depend on their seed (`SplitMix64`).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another one.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Types that columns have. Each can be cast to text and back.
const TYPES: [&str; 14] = [
    "int",
    "bigint",
    "smallint",
    "text",
    "varchar(10)",
    "varchar(30)",
    "numeric(8,2)",
    "numeric(10,2)",
    "boolean",
    "date",
    "timestamptz",
    "uuid",
    "jsonb",
    "text[]",
];
const NAMES: [&str; 10] =
    ["a", "b", "c", "d", "\"e e\"", "\"Select\"", "\"ünï\"", "\"q\"\"q\"", "h", "\"user\""];
const SCHEMAS: [&str; 3] = ["public", "app", "\"Odd S\""];
const ROLES: [&str; 3] = ["app_owner", "app_reader", "app_writer"];
const CONDITIONS: [&str; 4] =
    ["is not null", "is null", "is distinct from null", "is not distinct from null"];

/// Everything of a schema that is chosen; what it refers to is by number, and may be missing.
#[derive(Clone)]
pub(super) struct World {
    enums: Vec<Option<Vec<usize>>>,
    domains: Vec<Option<Domain>>,
    functions: Vec<Option<Function>>,
    tables: Vec<Option<Table>>,
    views: Vec<Option<View>>,
    sequences: Vec<Option<usize>>,
}

#[derive(Clone)]
struct Domain {
    base: usize,
    check: Option<usize>,
    not_null: bool,
}

#[derive(Clone)]
struct Function {
    schema: usize,
    argument: usize,
    result: usize,
    body: usize,
    attributes: usize,
    granted: Option<usize>,
}

#[derive(Clone)]
struct Table {
    schema: usize,
    columns: Vec<Column>,
    primary_key: Option<usize>,
    unique: Option<usize>,
    check: Option<(usize, usize)>,
    /// A function that a check calls, and that the default of a text column calls.
    calls: Option<usize>,
    reference: Option<usize>,
    indexes: Vec<Option<Index>>,
    trigger: Option<usize>,
    policy: Option<usize>,
    partitioned: bool,
    unlogged: bool,
    owner: Option<usize>,
    grants: Vec<(usize, usize)>,
    comment: Option<usize>,
    options: Option<usize>,
}

#[derive(Clone)]
struct Column {
    name: usize,
    of: Type,
    not_null: bool,
    default: bool,
    generated: bool,
    comment: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Type {
    Plain(usize),
    Enum(usize),
    Domain(usize),
}

#[derive(Clone)]
struct Index {
    columns: (usize, usize),
    unique: bool,
    descending: bool,
    condition: Option<usize>,
}

#[derive(Clone)]
struct View {
    schema: usize,
    source: Source,
    columns: usize,
    condition: Option<usize>,
    materialized: bool,
    function: Option<usize>,
    granted: Option<usize>,
    comment: Option<usize>,
}

/// What a view reads: a table, or a view before it.
#[derive(Clone, Copy)]
enum Source {
    Table(usize),
    View(usize),
}

fn some(random: &mut Random, once_in: usize, end: usize) -> Option<usize> {
    random.once_in(once_in).then(|| random.below(end))
}

fn list<T>(random: &mut Random, most: usize, make: impl Fn(&mut Random) -> T) -> Vec<Option<T>> {
    (0..=random.below(most)).map(|_| Some(make(random))).collect()
}

/// Drops one of a list, or makes a new one in its place, or adds one.
fn change<T>(random: &mut Random, slots: &mut Vec<Option<T>>, make: impl Fn(&mut Random) -> T) {
    if slots.len() < 7 && random.once_in(3) {
        slots.push(Some(make(random)));
    } else {
        let number = random.below(slots.len());
        slots[number] = if random.once_in(3) { None } else { Some(make(random)) };
    }
}

impl World {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            enums: list(random, 3, values),
            domains: list(random, 3, Domain::new),
            functions: list(random, 4, Function::new),
            tables: list(random, 5, Table::new),
            views: list(random, 6, View::new),
            sequences: list(random, 3, |random| random.below(5)),
        }
    }

    /// Adds, drops or changes one thing.
    pub(super) fn edit(&mut self, random: &mut Random) {
        match random.below(12) {
            0 => change(random, &mut self.enums, values),
            1 => change(random, &mut self.domains, Domain::new),
            2 => change(random, &mut self.functions, Function::new),
            3 => change(random, &mut self.sequences, |random| random.below(5)),
            4 | 5 => change(random, &mut self.views, View::new),
            6 => change(random, &mut self.tables, Table::new),
            _ => {
                let number = random.below(self.tables.len());
                match &mut self.tables[number] {
                    Some(table) => table.edit(random),
                    none => *none = Some(Table::new(random)),
                }
            }
        }
    }
}

/// A set of letters as an enum's values, in the alphabet's order or against it.
fn values(random: &mut Random) -> Vec<usize> {
    let mut values: Vec<usize> = (0..7).filter(|_| !random.once_in(3)).collect();
    if random.once_in(8) {
        values.reverse();
    }
    values
}

impl Domain {
    fn new(random: &mut Random) -> Self {
        Self { base: random.below(6), check: some(random, 2, CONDITIONS.len()), not_null: random.once_in(6) }
    }
}

impl Function {
    fn new(random: &mut Random) -> Self {
        Self {
            schema: random.below(SCHEMAS.len()),
            argument: random.below(4),
            result: random.below(4),
            body: random.below(3),
            attributes: random.below(4),
            granted: some(random, 3, ROLES.len()),
        }
    }
}

impl Column {
    fn new(random: &mut Random, name: usize) -> Self {
        let of = match random.below(8) {
            0 => Type::Enum(random.below(3)),
            1 => Type::Domain(random.below(3)),
            _ => Type::Plain(random.below(TYPES.len())),
        };
        Self {
            name,
            of,
            not_null: random.once_in(3),
            default: random.once_in(3),
            generated: random.once_in(10),
            comment: some(random, 5, 3),
        }
    }
}

impl Index {
    fn new(random: &mut Random) -> Self {
        Self {
            columns: (random.below(6), random.below(6)),
            unique: random.once_in(4),
            descending: random.once_in(3),
            condition: some(random, 3, CONDITIONS.len()),
        }
    }
}

impl Table {
    fn new(random: &mut Random) -> Self {
        let columns = 1 + random.below(6);
        Self {
            schema: random.below(SCHEMAS.len()),
            columns: (0..columns).map(|name| Column::new(random, name)).collect(),
            primary_key: some(random, 2, columns),
            unique: some(random, 3, columns),
            check: random.once_in(3).then(|| (random.below(columns), random.below(CONDITIONS.len()))),
            calls: some(random, 3, 4),
            reference: some(random, 3, 5),
            indexes: list(random, 3, Index::new),
            trigger: some(random, 4, 3),
            policy: some(random, 4, 4),
            partitioned: random.once_in(6),
            unlogged: random.once_in(10),
            owner: some(random, 5, ROLES.len()),
            grants: (0..random.below(3)).map(|_| (random.below(ROLES.len()), random.below(3))).collect(),
            comment: some(random, 4, 3),
            options: some(random, 5, 3),
        }
    }

    fn edit(&mut self, random: &mut Random) {
        let number = random.below(self.columns.len());
        match random.below(14) {
            0 if self.columns.len() > 1 => drop(self.columns.remove(number)),
            0..3 => {
                let free =
                    (0..NAMES.len()).find(|name| self.columns.iter().all(|column| column.name != *name));
                if let Some(name) = free {
                    self.columns.insert(number, Column::new(random, name));
                }
            }
            3..6 => {
                let name = self.columns[number].name;
                self.columns[number] = Column::new(random, name);
            }
            6 => self.columns[number].not_null ^= true,
            7 => self.columns[number].default ^= true,
            8 => change(random, &mut self.indexes, Index::new),
            9 => self.primary_key = some(random, 2, self.columns.len()),
            10 => (self.reference, self.calls) = (some(random, 2, 5), some(random, 2, 4)),
            11 => (self.trigger, self.policy) = (some(random, 2, 3), some(random, 2, 4)),
            12 => (self.unique, self.unlogged) = (some(random, 2, self.columns.len()), random.once_in(3)),
            _ => {
                let other = Self::new(random);
                (self.owner, self.grants) = (other.owner, other.grants);
                (self.comment, self.options, self.check) = (other.comment, other.options, other.check);
            }
        }
    }
}

impl View {
    fn new(random: &mut Random) -> Self {
        let source =
            if random.once_in(3) { Source::View(random.below(4)) } else { Source::Table(random.below(5)) };
        Self {
            schema: random.below(SCHEMAS.len()),
            source,
            columns: 1 + random.below(63),
            condition: some(random, 2, CONDITIONS.len()),
            materialized: random.once_in(4),
            function: some(random, 3, 4),
            granted: some(random, 3, ROLES.len()),
            comment: some(random, 4, 3),
        }
    }
}

const BASES: [&str; 6] = ["int", "text", "varchar(20)", "bigint", "numeric(6,2)", "date"];
const ARGUMENTS: [&str; 4] = ["text", "int", "bigint", "text, int"];
const RESULTS: [&str; 4] = ["text", "int", "bigint", "boolean"];
const ATTRIBUTES: [&str; 4] =
    ["", "stable", "immutable strict parallel safe", "security definer set search_path = public"];
const PRIVILEGES: [&str; 3] = ["select", "insert, update", "all"];
const SEQUENCES: [&str; 5] =
    ["", "as int", "increment 5 minvalue 3", "maxvalue 900 cycle", "start 10 cache 3"];
const OPTIONS: [&str; 3] =
    ["fillfactor = 70", "autovacuum_enabled = off", "parallel_workers = 2, fillfactor = 90"];

/// What comes out of a table or a view: its name as SQL, and the names of its columns.
struct Shown {
    name: String,
    columns: Vec<usize>,
}

impl World {
    /// The schema as SQL.
    pub(super) fn ddl(&self) -> String {
        let mut sql = "create schema app; create schema \"Odd S\";\n".to_owned();
        self.types(&mut sql);
        for (number, options) in present(&self.sequences) {
            let _ = writeln!(sql, "create sequence seq{number} {};", SEQUENCES[*options]);
        }
        for (number, function) in present(&self.functions) {
            function.ddl(number, &mut sql);
        }
        let _ = writeln!(
            sql,
            "create function stamp() returns trigger language plpgsql as 'begin return new; end';"
        );
        for (number, table) in present(&self.tables) {
            self.table(number, table, &mut sql);
        }
        self.references(&mut sql);
        self.views(&mut sql);
        sql
    }

    fn types(&self, sql: &mut String) {
        for (number, values) in present(&self.enums) {
            let values: Vec<String> = values.iter().map(|value| format!("'v{value}'")).collect();
            let _ = writeln!(sql, "create type enum{number} as enum ({});", values.join(", "));
        }
        for (number, domain) in present(&self.domains) {
            let not_null = if domain.not_null { " not null" } else { "" };
            let check = domain.check.map_or_else(String::new, |check| {
                format!(" constraint k check (value {})", CONDITIONS[check])
            });
            let _ = writeln!(sql, "create domain domain{number} as {}{not_null}{check};", BASES[domain.base]);
        }
    }

    fn type_name(&self, of: Type) -> String {
        let there = |slots: usize, number: usize| number < slots;
        match of {
            Type::Plain(number) => TYPES[number].to_owned(),
            Type::Enum(number) if there(self.enums.len(), number) && self.enums[number].is_some() => {
                format!("enum{number}")
            }
            Type::Domain(number) if there(self.domains.len(), number) && self.domains[number].is_some() => {
                format!("domain{number}")
            }
            _ => "text".to_owned(),
        }
    }

    fn column(&self, column: &Column, table: &Table) -> String {
        let name = self.type_name(column.of);
        let mut sql = format!("{} {name}", NAMES[column.name]);
        let plain = matches!(column.of, Type::Plain(_)) || name == "text";
        if column.generated && !table.partitioned && plain {
            let _ = write!(sql, " generated always as (null::{name}) stored");
        } else if column.default {
            let called = table.calls.and_then(|function| self.call(function));
            let default = match name.as_str() {
                "text" if called.is_some() => called.map_or_else(String::new, |call| format!("{call}::text")),
                "int" | "bigint" | "smallint" => "7".to_owned(),
                "text" => "'x; y'".to_owned(),
                "timestamptz" => "now()".to_owned(),
                _ => format!("null::{name}"),
            };
            let _ = write!(sql, " default {default}");
        }
        if column.not_null {
            sql += " not null";
        }
        sql
    }

    fn table(&self, number: usize, table: &Table, sql: &mut String) {
        let name = format!("{}.t{number}", SCHEMAS[table.schema]);
        let mut parts: Vec<String> = table.columns.iter().map(|column| self.column(column, table)).collect();
        let key = |wanted: Option<usize>| table.columns.get(wanted?).filter(|column| self.has_order(column));
        if let (Some(column), false) = (key(table.primary_key), table.partitioned) {
            parts.push(format!("primary key ({})", NAMES[column.name]));
        }
        if let (Some(column), false) = (key(table.unique), table.partitioned) {
            parts.push(format!("unique ({})", NAMES[column.name]));
        }
        if let Some((column, condition)) = table.check
            && let Some(column) = table.columns.get(column)
        {
            parts.push(format!("constraint c check ({} {})", NAMES[column.name], CONDITIONS[condition]));
        }
        if let Some(call) = table.calls.and_then(|function| self.call(function)) {
            parts.push(format!(
                "constraint called check ({call} is null or {} is null)",
                NAMES[table.columns[0].name]
            ));
        }
        let partition_by = table.columns.iter().find(|column| self.has_order(column) && !column.generated);
        let partition_by = partition_by.filter(|_| table.partitioned);
        let unlogged = if table.unlogged && !table.partitioned { "unlogged " } else { "" };
        let _ = write!(sql, "create {unlogged}table {name} ({})", parts.join(", "));
        match (partition_by, table.options) {
            (Some(column), _) => {
                let _ = writeln!(
                    sql,
                    " partition by hash ({});\n\
                     create table {name}_0 partition of {name} for values with (modulus 2, remainder 0);\n\
                     create table {name}_1 partition of {name} for values with (modulus 2, remainder 1);",
                    NAMES[column.name]
                );
            }
            (None, Some(options)) => {
                let _ = writeln!(sql, " with ({});", OPTIONS[options]);
            }
            (None, None) => *sql += ";\n",
        }
        self.parts(number, table, &name, sql);
    }

    /// Whether keys and indexes can be made of a column.
    fn has_order(&self, column: &Column) -> bool {
        self.type_name(column.of) != "jsonb"
    }

    fn parts(&self, number: usize, table: &Table, name: &str, sql: &mut String) {
        for (place, index) in present(&table.indexes) {
            let chosen = [index.columns.0, index.columns.1];
            let mut columns: Vec<&Column> = Vec::new();
            for column in chosen.iter().filter_map(|place| table.columns.get(*place)) {
                if self.has_order(column) && columns.iter().all(|other| other.name != column.name) {
                    columns.push(column);
                }
            }
            let Some(first) = columns.first() else { continue };
            let unique = if index.unique && !table.partitioned { "unique " } else { "" };
            let order = if index.descending { " desc" } else { "" };
            let names: Vec<&str> = columns.iter().map(|column| NAMES[column.name]).collect();
            let condition = index.condition.map_or_else(String::new, |condition| {
                format!(" where {} {}", NAMES[first.name], CONDITIONS[condition])
            });
            let _ = writeln!(
                sql,
                "create {unique}index t{number}_i{place} on {name} ({}{order}){condition};",
                names.join(", ")
            );
        }
        let first = NAMES[table.columns[0].name];
        if let Some(trigger) = table.trigger {
            let events =
                ["after insert".to_owned(), format!("before update of {first}"), "before delete".to_owned()];
            let _ = writeln!(
                sql,
                "create trigger tr {} on {name} for each row execute function stamp('{trigger}');",
                events[trigger]
            );
        }
        if let Some(policy) = table.policy {
            let to = ROLES[policy % 3];
            let condition = CONDITIONS[policy];
            let _ = writeln!(sql, "alter table {name} enable row level security;");
            let _ = writeln!(sql, "create policy p on {name} to {to} using ({first} {condition});");
        }
        said(sql, "table", name, table.owner, table.comment);
        for (role, privileges) in &table.grants {
            let _ = writeln!(sql, "grant {} on {name} to {};", PRIVILEGES[*privileges], ROLES[*role]);
        }
        for column in &table.columns {
            if let Some(comment) = column.comment {
                let column = NAMES[column.name];
                let _ = writeln!(sql, "comment on column {name}.{column} is 'comment {comment}';");
            }
        }
    }

    /// Foreign keys after all tables: a column of the same type as another table's key.
    fn references(&self, sql: &mut String) {
        for (number, table) in present(&self.tables) {
            let Some((other, key)) = table.reference.and_then(|other| self.key_of(other)) else { continue };
            let fits = |column: &&Column| column.of == key && !column.generated;
            if let Some(column) = table.columns.iter().find(fits) {
                let target = self.tables[other].as_ref().map_or(0, |target| target.schema);
                let _ = writeln!(
                    sql,
                    "alter table {}.t{number} add constraint fk foreign key ({}) references {}.t{other};",
                    SCHEMAS[table.schema], NAMES[column.name], SCHEMAS[target]
                );
            }
        }
    }

    fn key_of(&self, number: usize) -> Option<(usize, Type)> {
        let table = self.tables.get(number)?.as_ref()?;
        let column = table.columns.get(table.primary_key?)?;
        // An unlogged table's key cannot be referred to from a logged one.
        let usable = !table.partitioned && !table.unlogged && self.has_order(column);
        usable.then_some((number, column.of))
    }

    fn views(&self, sql: &mut String) {
        let mut shown: Vec<Option<Shown>> = Vec::new();
        for (number, view) in self.views.iter().enumerate() {
            let made = view.as_ref().and_then(|view| self.view(number, view, &shown, sql));
            shown.push(made);
        }
    }

    fn view(&self, number: usize, view: &View, before: &[Option<Shown>], sql: &mut String) -> Option<Shown> {
        let source = match view.source {
            Source::Table(number) => {
                let table = self.tables.get(number)?.as_ref()?;
                Shown {
                    name: format!("{}.t{number}", SCHEMAS[table.schema]),
                    columns: table.columns.iter().map(|column| column.name).collect(),
                }
            }
            Source::View(other) => {
                let shown = before.get(other)?.as_ref()?;
                Shown { name: shown.name.clone(), columns: shown.columns.clone() }
            }
        };
        let mut columns: Vec<usize> =
            source.columns.iter().copied().filter(|name| view.columns & (1 << (name % 6)) != 0).collect();
        if columns.is_empty() {
            columns.push(source.columns[0]);
        }
        let name = format!("{}.v{number}", SCHEMAS[view.schema]);
        let kind = if view.materialized { "materialized view" } else { "view" };
        let mut listed: Vec<String> = columns.iter().map(|name| NAMES[*name].to_owned()).collect();
        if let Some(call) = view.function.and_then(|function| self.call(function)) {
            listed.push(format!("{call} as called"));
        }
        let condition = view.condition.map_or_else(String::new, |condition| {
            format!(" where {} {}", NAMES[columns[0]], CONDITIONS[condition])
        });
        let _ = writeln!(
            sql,
            "create {kind} {name} as select {} from {}{condition};",
            listed.join(", "),
            source.name
        );
        said(sql, kind, &name, None, view.comment);
        if let Some(role) = view.granted {
            let _ = writeln!(sql, "grant select on {name} to {};", ROLES[role]);
        }
        Some(Shown { name, columns })
    }

    /// A call of a function with nulls.
    fn call(&self, number: usize) -> Option<String> {
        let function = self.functions.get(number)?.as_ref()?;
        let arguments: Vec<String> =
            ARGUMENTS[function.argument].split(", ").map(|argument| format!("null::{argument}")).collect();
        Some(format!("{}.f{number}({})", SCHEMAS[function.schema], arguments.join(", ")))
    }
}

impl Function {
    fn ddl(&self, number: usize, sql: &mut String) {
        let name = format!("{}.f{number}({})", SCHEMAS[self.schema], ARGUMENTS[self.argument]);
        let (result, attributes) = (RESULTS[self.result], ATTRIBUTES[self.attributes]);
        let body = match self.body {
            0 => format!("language sql {attributes} as 'select null::{result}'"),
            1 => format!("language plpgsql {attributes} as 'begin return null; end'"),
            _ => format!("language sql {attributes} return null::{result}"),
        };
        let _ = writeln!(sql, "create function {name} returns {result} {body};");
        if let Some(role) = self.granted {
            let _ = writeln!(sql, "revoke execute on function {name} from public;");
            let _ = writeln!(sql, "grant execute on function {name} to {};", ROLES[role]);
        }
    }
}

fn present<T>(slots: &[Option<T>]) -> impl Iterator<Item = (usize, &T)> {
    slots.iter().enumerate().filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
}

fn said(sql: &mut String, kind: &str, name: &str, owner: Option<usize>, comment: Option<usize>) {
    if let Some(role) = owner {
        let _ = writeln!(sql, "alter {kind} {name} owner to {};", ROLES[role]);
    }
    if let Some(comment) = comment {
        let _ = writeln!(sql, "comment on {kind} {name} is 'it''s {comment}';");
    }
}
