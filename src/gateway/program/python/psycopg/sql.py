

# psycopg.sql: SQL in pieces, and what stands for values.


class Composable:
    """SQL in pieces: text, names and values. Quoting is Confiture's."""

    def pieces(self):
        raise NotImplementedError

    def as_string(self, context=None):
        return LINE.ask({"do": "quote", "parts": list(self.pieces())})["quoted"]

    def __add__(self, other):
        return Composed([self, other])

    def __mul__(self, count):
        return Composed([self] * count)


class Composed(Composable):
    def __init__(self, parts):
        self.parts = [part if isinstance(part, Composable) else Literal(part) for part in parts]

    def pieces(self):
        for part in self.parts:
            yield from part.pieces()

    def __iter__(self):
        return iter(self.parts)

    def join(self, joiner):
        return (joiner if isinstance(joiner, SQL) else SQL(joiner)).join(self.parts)


class SQL(Composable):
    def __init__(self, text):
        if not isinstance(text, str):
            raise TypeError(f"SQL takes text, not {type(text).__name__}")
        self.text = text

    def pieces(self):
        yield self.text

    def format(self, *values, **named):
        parts, place = [], 0
        for text, field, _, _ in string.Formatter().parse(self.text):
            if text:
                parts.append(SQL(text))
            if field is None:
                continue
            if field == "":
                field, place = place, place + 1
            value = values[int(field)] if str(field).isdigit() else named[field]
            parts.append(value if isinstance(value, Composable) else Literal(value))
        return Composed(parts)

    def join(self, values):
        parts = []
        for value in values:
            parts.extend([self, value] if parts else [value])
        return Composed(parts)


class Identifier(Composable):
    def __init__(self, *names):
        self.names = names

    def pieces(self):
        yield {"name": list(self.names)}


class Literal(Composable):
    def __init__(self, value):
        self.value = value

    def pieces(self):
        yield parameter(self.value)


class Placeholder(Composable):
    def __init__(self, name="", format="s"):
        self.text = f"%({name}){format}" if name else f"%{format}"

    def pieces(self):
        yield self.text


class Json:
    kind = "json"

    def __init__(self, value, dumps=json.dumps):
        self.text = dumps(value)


class Jsonb(Json):
    kind = "jsonb"
