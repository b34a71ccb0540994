

# What has to be so before a migration runs. Tables are what the original tool takes for such: views and foreign tables
# as well. What belongs to an extension is not there, as for the original tool.

RELATION = """select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'v', 'f') and not exists (select
        from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))"""
COLUMN = """select pg_catalog.format_type(a.atttypid, null), pg_catalog.format_type(a.atttypid, a.atttypmod)
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = %s and c.relname = %s and a.attname = %s and a.attnum > 0 and not a.attisdropped"""
CONSTRAINT = """select exists (select from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = %s and c.relname = %s and k.conname = %s)"""
INDEX = """select exists (select from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_class t on t.oid = i.indrelid
    where n.nspname = %s and t.relname = %s and c.relname = %s)"""
SCHEMA = "select exists (select from pg_catalog.pg_namespace where nspname = %s)"
FOREIGN_KEY = """select exists (select from pg_catalog.pg_constraint k
        join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class f on f.oid = k.confrelid join pg_catalog.pg_namespace m on m.oid = f.relnamespace
    where k.contype = 'f' and n.nspname = %s and c.relname = %s and m.nspname = %s and f.relname = %s
        and exists (select from pg_catalog.pg_attribute where attrelid = c.oid and attname = %s and attnum = any(k.conkey))
        and exists (select from pg_catalog.pg_attribute where attrelid = f.oid and attname = %s and attnum = any(k.confkey)))"""


def ask(connection, query, *parameters):
    return connection.cursor().execute(query, parameters or None, quiet=True).fetchone()


def rows(connection, schema, table):
    query = SQL("select pg_catalog.count(*) from {}").format(Identifier(schema, table))
    return connection.cursor().execute(query, quiet=True).fetchone()[0]


class Precondition:
    def check(self, connection):
        raise NotImplementedError

    def __str__(self):
        values = dataclasses.asdict(self) if dataclasses.is_dataclass(self) else vars(self)
        return f"{type(self).__name__}({', '.join(str(value) for value in values.values())})"


PRECONDITIONS = {}


def precondition(name, fields, holds, message):
    """Makes a kind of precondition; the schema is the last of its fields."""

    def check(self, connection):
        found = holds(connection, self)
        return found, message.format(**vars(self))

    made = [field if isinstance(field, tuple) else (field, object) for field in fields]
    PRECONDITIONS[name] = dataclasses.make_dataclass(name, made, bases=(Precondition,), namespace={"check": check})


PUBLIC = ("schema", str, dataclasses.field(default="public"))


def both(name, fields, query, message, wanted):
    """A kind of precondition and its opposite."""
    is_there = lambda connection, self: bool(ask(connection, query, *wanted(self))[0])
    precondition(f"{name}Exists", fields, is_there, f"{message} exists")
    precondition(f"{name}NotExists", fields, lambda *both: not is_there(*both), f"{message} does not exist")


both("Table", ["table", PUBLIC], RELATION, "Table {schema}.{table}", lambda self: (self.schema, self.table))
both(
    "Column",
    ["table", "column", PUBLIC],
    f"select exists ({COLUMN})",
    "Column {schema}.{table}.{column}",
    lambda self: (self.schema, self.table, self.column),
)
both(
    "Constraint",
    ["table", "constraint", PUBLIC],
    CONSTRAINT,
    "Constraint {constraint} on {schema}.{table}",
    lambda self: (self.schema, self.table, self.constraint),
)
both(
    "Index",
    ["table", "index", PUBLIC],
    INDEX,
    "Index {index} on {schema}.{table}",
    lambda self: (self.schema, self.table, self.index),
)
both("Schema", ["schema"], SCHEMA, "Schema {schema}", lambda self: (self.schema,))


def has_type(connection, self):
    found = ask(connection, COLUMN, self.schema, self.table, self.column)
    if found is None:
        return False
    # The server knows its types by more than one name.
    plain = re.sub(r"\([^)]*\)", "", self.expected_type).strip()
    wanted = ask(connection, "select pg_catalog.format_type(pg_catalog.to_regtype(%s), null)", plain)
    return wanted[0] in found


def has_key(connection, self):
    tables = (self.schema, self.table, self.references_schema, self.references_table)
    return bool(ask(connection, FOREIGN_KEY, *tables, self.column, self.references_column)[0])


precondition(
    "ColumnType",
    ["table", "column", "expected_type", PUBLIC],
    has_type,
    "Column {schema}.{table}.{column} type is {expected_type}",
)
precondition(
    "ForeignKeyExists",
    ["table", "column", "references_table", "references_column", PUBLIC, ("references_schema", str, dataclasses.field(default="public"))],
    has_key,
    "FK {schema}.{table}.{column} -> {references_schema}.{references_table}.{references_column}",
)
precondition(
    "RowCountEquals",
    ["table", "expected_count", PUBLIC],
    lambda connection, self: rows(connection, self.schema, self.table) == self.expected_count,
    "Table {schema}.{table} has {expected_count} rows",
)
precondition(
    "RowCountGreaterThan",
    ["table", "min_count", PUBLIC],
    lambda connection, self: rows(connection, self.schema, self.table) > self.min_count,
    "Table {schema}.{table} has > {min_count} rows",
)
precondition(
    "TableIsEmpty",
    ["table", PUBLIC],
    lambda connection, self: rows(connection, self.schema, self.table) == 0,
    "Table {schema}.{table} is empty",
)
precondition(
    "CustomSQL",
    ["sql", "description", ("params", tuple, dataclasses.field(default=()))],
    lambda connection, self: bool((ask(connection, self.sql, *self.params) or [False])[0]),
    "{description}",
)
module("confiture.core.preconditions", Precondition=Precondition, **PRECONDITIONS, **exceptions)


def unmet(preconditions, connection):
    """The preconditions that do not hold, a sentence each."""
    for one in preconditions:
        try:
            with connection.transaction():
                holds, message = one.check(connection)
        except Exception as error:
            holds, message = False, f"{one}: {error}"
        if not holds:
            yield message
