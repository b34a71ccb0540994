

# Rows and cursors.


def tuple_row(cursor):
    return tuple


def dict_row(cursor):
    names = [column.name for column in cursor.description or ()]
    return lambda values: dict(zip(names, values))


def namedtuple_row(cursor):
    import collections

    names = [re.sub(r"^(?=\d)|\W", "_", column.name) for column in cursor.description or ()]
    return lambda values: collections.namedtuple("Row", names, rename=True)._make(values)


def scalar_row(cursor):
    return lambda values: values[0]


class Column(types.SimpleNamespace):
    def __getitem__(self, place):
        return (self.name, self.type_code, None, None, None, None, None)[place]


class Cursor:
    arraysize = 1

    def __init__(self, connection, row_factory=None, origin=None):
        self.connection = connection
        self.row_factory = row_factory or connection.row_factory
        self.closed = False
        self.results, self.rows, self.statusmessage = [], [], None
        self.description, self.rowcount, self.rownumber = None, -1, None

    def execute(self, query, params=None, *, prepare=None, binary=None, origin=None, quiet=False):
        self.may_ask()
        message = {"parts": composed(query, params), "line": Site.line(), "origin": origin, "quiet": quiet}
        self.results = self.ask(message)
        self.nextset()
        return self

    def ask(self, message):
        answer = LINE.ask({"do": "execute", **message})
        if "refused" in answer:
            raise refusal(answer["refused"])
        return answer["results"]

    def executemany(self, query, params_seq, *, returning=False):
        count = 0
        for params in params_seq:
            self.execute(query, params)
            count += max(self.rowcount, 0)
        self.rowcount = count

    def nextset(self):
        if not self.results:
            return None
        result = self.results.pop(0)
        columns = result["columns"]
        self.description = columns and [Column(name=one["name"], type_code=one["type"]) for one in columns]
        ways = list(readers(columns or ()))
        self.rows = [tuple(map(read, ways, row)) for row in result["rows"]] if columns is not None else None
        self.rowcount = len(self.rows) if columns is not None else result["count"]
        self.rownumber = 0 if columns is not None else None
        return True

    def fetchmany(self, size=0):
        if self.rows is None:
            raise ProgrammingError("the last operation didn't produce a result")
        taken = self.rows[: size or self.arraysize]
        del self.rows[: len(taken)]
        self.rownumber = (self.rownumber or 0) + len(taken)
        make = self.row_factory(self)
        return [make(row) for row in taken]

    def fetchall(self):
        return self.fetchmany(len(self.rows or ()) or 1)

    def fetchone(self):
        return next(iter(self.fetchmany(1)), None)

    def __iter__(self):
        while rows := self.fetchmany(1):
            yield rows[0]

    @contextlib.contextmanager
    def copy(self, statement, params=None, *, writer=None):
        if writer is not None:
            raise NotSupportedError("a writer of one's own has no connection to write to: leave it out")
        self.may_ask()
        copy = Copy(self, statement, params)
        self.connection.copying = True
        try:
            yield copy
        except BaseException as error:
            copy.abandon(error)
            raise
        else:
            copy.finish()
        finally:
            self.connection.copying = False

    def may_ask(self):
        if self.closed:
            raise InterfaceError("the cursor is closed")
        if self.connection.copying:
            raise OperationalError("sending query failed: another command is already in progress, a COPY")

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
