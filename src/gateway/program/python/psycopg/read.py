

# How values are read.


def array(read):
    def of(text):
        # Quoted elements, bare ones, and arrays in arrays.
        tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[{}]|[^{},"]+', text[text.index("{") :])
        stack = [[]]
        for token in tokens:
            if token == "{":
                stack.append([])
            elif token == "}":
                done = stack.pop()
                stack[-1].append(done)
            elif token.startswith('"'):
                stack[-1].append(read(re.sub(r"\\(.)", r"\1", token[1:-1])))
            else:
                stack[-1].append(None if token == "NULL" else read(token))
        return stack[0][0]

    return of


# How values are read, by PostgreSQL's number of their type; others stay text.
READERS = {16: lambda text: text == "t", 17: lambda text: bytes.fromhex(text[2:])}
READERS.update(dict.fromkeys((20, 21, 23, 26), int))
READERS.update(dict.fromkeys((700, 701), float))
READERS.update({1700: decimal.Decimal, 2950: uuid.UUID, 114: json.loads, 3802: json.loads})
READERS.update({1082: datetime.date.fromisoformat, 1083: datetime.time.fromisoformat})


def moment(text):
    # Python before 3.11 wants minutes in a zone, and three or six digits after the point.
    text = re.sub(r"([+-]\d\d)$", r"\1:00", text)
    text = re.sub(r"\.(\d+)", lambda found: "." + found[1].ljust(6, "0"), text)
    return datetime.datetime.fromisoformat(text)


READERS.update(dict.fromkeys((1114, 1184), moment))


def readers(columns):
    for column in columns:
        one = READERS.get(column["of"] or column["type"], str)
        yield array(one) if column["of"] else one


def read(reader, text):
    if text is None:
        return None
    try:
        return reader(text)
    except ValueError:
        # Such as infinity, which Python's own types do not have.
        return text
