

# How values are written.


def integer(value):
    for bits, kind in ((16, "int2"), (32, "int4"), (64, "int8")):
        if -(1 << bits - 1) <= value < 1 << bits - 1:
            return kind
    return "numeric"


def interval(value):
    return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"


# How values are written, by type; the first that fits.
WRITERS = (
    (bool, lambda value: ("bool", "t" if value else "f")),
    (enum.Enum, lambda value: (None, value.name)),
    (int, lambda value: (integer(value), str(value))),
    (float, lambda value: ("float8", repr(value))),
    (decimal.Decimal, lambda value: ("numeric", str(value))),
    (str, lambda value: (None, value)),
    ((bytes, bytearray, memoryview), lambda value: ("bytea", "\\x" + bytes(value).hex())),
    (datetime.datetime, lambda value: ("timestamptz" if value.tzinfo else "timestamp", value.isoformat())),
    (datetime.date, lambda value: ("date", value.isoformat())),
    (datetime.time, lambda value: ("timetz" if value.tzinfo else "time", value.isoformat())),
    (datetime.timedelta, lambda value: ("interval", interval(value))),
    (uuid.UUID, lambda value: ("uuid", str(value))),
    (Json, lambda value: (value.kind, value.text)),
)


def written(value):
    for kind, write in WRITERS:
        if isinstance(value, kind):
            return write(value)
    name = type(value).__name__
    help = "; wrap it in Json or Jsonb" if isinstance(value, dict) else ""
    raise ProgrammingError(f"cannot adapt type '{name}' to PostgreSQL{help}")


def elements(values):
    """An array's text, and the widest type of its elements."""
    kinds, texts = [], []
    for value in values:
        if isinstance(value, (list, tuple)):
            kind, text = elements(value)
        elif value is None:
            kind, text = "", "NULL"
        else:
            kind, text = written(value)
            text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
            kind = kind or "text"
        kinds.append(kind)
        texts.append(text)
    order = ["", "int2", "int4", "int8", "numeric"]
    known = sorted(set(kinds), key=lambda kind: order.index(kind) if kind in order else len(order))
    return (known[-1] if known else ""), "{" + ",".join(texts) + "}"


def parameter(value):
    if value is None:
        return {"value": None, "type": None}
    if isinstance(value, list):
        kind, text = elements(value)
        return {"value": text, "type": kind + "[]" if kind else None}
    kind, text = written(value)
    return {"value": text, "type": kind}


PLACEHOLDER = re.compile(r"%(?:(%)|\((\w+)\)[sbt]|([sbt])|(.?))")


def filled(text, parameters, counter):
    """A text with what stands for its placeholders."""
    start = 0
    for found in PLACEHOLDER.finditer(text):
        percent, name, plain, wrong = found.groups()
        yield text[start : found.start()]
        start = found.end()
        if percent:
            yield "%"
        elif name is not None:
            yield parameter(parameters[name])
        elif plain:
            place = next(counter)
            if place >= len(parameters):
                raise ProgrammingError(f"the query has more placeholders than its {len(parameters)} parameters")
            yield parameter(parameters[place])
        else:
            raise ProgrammingError(f"only '%s', '%b', '%t' are allowed as placeholders, got '%{wrong}'; write %% for a percent sign")
    yield text[start:]


def composed(query, parameters):
    """A query and its parameters as the pieces that Confiture puts together."""
    if isinstance(query, bytes):
        query = query.decode()
    parts = list(query.pieces()) if isinstance(query, Composable) else [query]
    if not all(isinstance(part, (str, dict)) for part in parts):
        raise TypeError(f"a query is text or psycopg.sql, not {type(query).__name__}")
    if parameters is None:
        return parts
    counter = iter(range(sys.maxsize))
    made = []
    for part in parts:
        made.extend(filled(part, parameters, counter) if isinstance(part, str) else [part])
    used = next(counter)
    if not isinstance(parameters, dict) and used != len(parameters):
        raise ProgrammingError(f"the query has {used} placeholders but {len(parameters)} parameters were passed")
    return made
