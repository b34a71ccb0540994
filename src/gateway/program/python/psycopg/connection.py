

# The connection, and the modules of psycopg.


class Rollback(Exception):
    def __init__(self, transaction=None):
        self.transaction = transaction


class Connection:
    """The session of the migration, with its transaction. Both are Confiture's."""

    closed = broken = copying = False
    row_factory = staticmethod(tuple_row)

    def __init__(self):
        self.savepoints = 0

    @property
    def autocommit(self):
        return not Site.transactional

    @autocommit.setter
    def autocommit(self, value):
        if bool(value) == Site.transactional:
            raise ProgrammingError("the transaction is Confiture's: say `transactional = False` in the class")

    def cursor(self, name="", *, row_factory=None, **named):
        return Cursor(self, row_factory)

    def execute(self, query, params=None, **named):
        return self.cursor().execute(query, params)

    def commit(self):
        self.end("commit")

    def rollback(self):
        self.end("rollback")

    def end(self, what):
        # Outside a transaction each statement is committed anyway, as in psycopg.
        if Site.transactional:
            raise ProgrammingError(
                f"{what}() would end the transaction that the migration shares with its ledger row: "
                "leave it out, or say `transactional = False` in the class"
            )

    @contextlib.contextmanager
    def transaction(self, savepoint_name=None, force_rollback=False):
        self.savepoints += 1
        name = Identifier(savepoint_name or f"_confiture_{self.savepoints}")
        begin, end, back = ("begin", "commit", "rollback")
        if Site.transactional or self.savepoints > 1:
            begin, end, back = ("savepoint {0}", "release {0}", "rollback to {0}; release {0}")
        run = lambda text: self.cursor().execute(SQL(text).format(name), quiet=True)
        run(begin)
        try:
            yield self
        except BaseException as error:
            run(back)
            if not isinstance(error, Rollback):
                raise
        else:
            run(back if force_rollback else end)
        finally:
            self.savepoints -= 1

    def close(self):
        raise ProgrammingError("the connection is Confiture's, which closes it")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def connect(*arguments, **named):
    raise NotSupportedError("a migration works through self.connection: Confiture lends it no other way to the database")


module(
    "psycopg",
    Warning=Warning_,
    Error=Error,
    InterfaceError=InterfaceError,
    DatabaseError=DatabaseError,
    DataError=DataError,
    OperationalError=OperationalError,
    IntegrityError=IntegrityError,
    InternalError=InternalError,
    ProgrammingError=ProgrammingError,
    NotSupportedError=NotSupportedError,
    Rollback=Rollback,
    Connection=Connection,
    Cursor=Cursor,
    Copy=Copy,
    connect=connect,
)
module("psycopg.errors", lookup=CLASSES.__getitem__, **errors)
module("psycopg.rows", tuple_row=tuple_row, dict_row=dict_row, namedtuple_row=namedtuple_row, scalar_row=scalar_row)
module("psycopg.types")
module("psycopg.types.json", Json=Json, Jsonb=Jsonb)
composables = dict(Composable=Composable, Composed=Composed, SQL=SQL, Identifier=Identifier)
module("psycopg.sql", Literal=Literal, Placeholder=Placeholder, NULL=SQL("NULL"), DEFAULT=SQL("DEFAULT"), **composables)
