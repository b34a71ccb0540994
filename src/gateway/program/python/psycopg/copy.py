

# COPY, whose data goes over the line in pieces.

ESCAPES = str.maketrans({"\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r", "\\": "\\\\"})
UNESCAPED = {"b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
# Bytes that one COPY may have; each may be two on the line.
MOST = 1 << 26


def copied(value):
    """A value in the text format of COPY."""
    if value is None:
        return "\\N"
    text = elements(value)[1] if isinstance(value, list) else written(value)[1]
    return text.translate(ESCAPES)


def uncopied(text):
    if text == "\\N":
        return None
    return re.sub(r"\\(.)", lambda found: UNESCAPED.get(found[1], found[1]), text, flags=re.DOTALL)


FROM_STDIN = re.compile(r"\bfrom\s+stdin\b", re.IGNORECASE)
BINARY = re.compile(r"\bbinary\b", re.IGNORECASE)


class Copy:
    """What is written into a table by COPY, or read from one."""

    def __init__(self, cursor, statement, params):
        self.cursor, self.parts, self.line = cursor, composed(statement, params), Site.line()
        text = "".join(part for part in self.parts if isinstance(part, str))
        self.reads, self.is_binary = not FROM_STDIN.search(text), bool(BINARY.search(text))
        self.gathered, self.types = bytearray(), None
        if self.reads:
            # The line is text: each character is a byte.
            self.waiting = [piece.encode("latin-1") for piece in self.ask(reads=True).get("copied", ())]
            self.cursor.rowcount = len(self.waiting)

    def ask(self, **what):
        return self.cursor.ask({"parts": self.parts, "line": self.line, "origin": None, "quiet": False, **what})[0]

    def write(self, buffer):
        if self.reads:
            raise TypeError("this COPY sends rows: read them")
        self.gathered += buffer.encode() if isinstance(buffer, str) else bytes(buffer)
        if len(self.gathered) > MOST:
            raise NotSupportedError(f"one COPY carries {MOST >> 20} MiB at the most: write it in several")

    def write_row(self, row):
        self.is_text()
        self.write("\t".join(map(copied, row)) + "\n")

    def set_types(self, types):
        self.types = [TYPES.get(one, one) for one in types]

    def is_text(self):
        if self.is_binary:
            raise NotSupportedError("rows of a binary COPY are not taken apart here: use the text format, or write() and read()")

    def read(self):
        if not self.reads:
            raise TypeError("this COPY takes rows: write them")
        return self.waiting.pop(0) if self.waiting else b""

    def __iter__(self):
        while piece := self.read():
            yield piece

    def read_row(self):
        self.is_text()
        line = self.read().decode()
        if not line:
            return None
        values = [uncopied(text) for text in line.rstrip("\n").split("\t")]
        if self.types is None:
            return tuple(values)
        return tuple(read(READERS.get(kind, str), text) for kind, text in zip(self.types, values))

    def rows(self):
        while (row := self.read_row()) is not None:
            yield row

    def finish(self):
        if not self.reads:
            self.cursor.rowcount = self.ask(data=self.gathered.decode("latin-1"))["count"]

    def abandon(self, error):
        """The transaction is at its end then, as it is where a COPY was under way."""
        text = f"COPY from stdin failed: error from Python: {type(error).__name__} - {error}"[:LONGEST]
        failing = SQL("do {}").format(f"begin raise exception using errcode = '57014', message = {Literal(text).as_string()}; end")
        with contextlib.suppress(Error):
            self.cursor.ask({"parts": list(failing.pieces()), "line": self.line, "origin": None, "quiet": True})


# The types whose values are read from text, by their names.
TYPES = dict(bool=16, bytea=17, int8=20, int2=21, int4=23, text=25, json=114, float4=700, float8=701, date=1082, time=1083)
TYPES.update(timestamp=1114, timestamptz=1184, numeric=1700, uuid=2950, jsonb=3802)
TYPES.update({"boolean": 16, "bigint": 20, "smallint": 21, "integer": 23, "int": 23, "real": 700, "double precision": 701})
