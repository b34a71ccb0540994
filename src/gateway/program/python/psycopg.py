

# A stand-in for psycopg: what migrations use of it, whatever is installed.


class Warning_(Exception):
    pass


class Error(Exception):
    sqlstate = None

    def __init__(self, *arguments, answer=None):
        super().__init__(*arguments)
        self.answer = answer or {}
        self.sqlstate = self.answer.get("sqlstate") or type(self).sqlstate
        said = {"message_primary": self.answer.get("message"), "message_detail": self.answer.get("detail")}
        said.update(message_hint=self.answer.get("hint"), context=self.answer.get("context"), sqlstate=self.sqlstate)
        self.diag = Diagnostic(**said)


class Diagnostic(types.SimpleNamespace):
    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return None


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


# Of PostgreSQL's error classes, the families that are not operational errors.
FAMILIES = {
    NotSupportedError: "0A",
    ProgrammingError: "10 20 21 26 34 3D 3F 42 44 P0",
    DataError: "22",
    IntegrityError: "23",
    InternalError: "24 25 2B 2D XX",
    DatabaseError: "02 03 09 0B 0F 0L 0P 0Z",
}

# PostgreSQL's error codes, by the names of its conditions.
CONDITIONS = """
    02000:NoData 02001:NoAdditionalDynamicResultSetsReturned 03000:SqlStatementNotYetComplete
    08000:ConnectionException 08001:SqlclientUnableToEstablishSqlconnection 08003:ConnectionDoesNotExist
    08004:SqlserverRejectedEstablishmentOfSqlconnection 08006:ConnectionFailure
    08007:TransactionResolutionUnknown 08P01:ProtocolViolation 09000:TriggeredActionException
    0A000:FeatureNotSupported 0B000:InvalidTransactionInitiation 0F000:LocatorException
    0F001:InvalidLocatorSpecification 0L000:InvalidGrantor 0LP01:InvalidGrantOperation
    0P000:InvalidRoleSpecification 0Z000:DiagnosticsException
    0Z002:StackedDiagnosticsAccessedWithoutActiveHandler 10608:InvalidArgumentForXquery 20000:CaseNotFound
    21000:CardinalityViolation 22000:DataException 22001:StringDataRightTruncation
    22002:NullValueNoIndicatorParameter 22003:NumericValueOutOfRange 22004:NullValueNotAllowed
    22005:ErrorInAssignment 22007:InvalidDatetimeFormat 22008:DatetimeFieldOverflow
    22009:InvalidTimeZoneDisplacementValue 2200B:EscapeCharacterConflict 2200C:InvalidUseOfEscapeCharacter
    2200D:InvalidEscapeOctet 2200F:ZeroLengthCharacterString 2200G:MostSpecificTypeMismatch
    2200H:SequenceGeneratorLimitExceeded 2200L:NotAnXmlDocument 2200M:InvalidXmlDocument 2200N:InvalidXmlContent
    2200S:InvalidXmlComment 2200T:InvalidXmlProcessingInstruction 22010:InvalidIndicatorParameterValue
    22011:SubstringError 22012:DivisionByZero 22013:InvalidPrecedingOrFollowingSize
    22014:InvalidArgumentForNtileFunction 22015:IntervalFieldOverflow 22016:InvalidArgumentForNthValueFunction
    22018:InvalidCharacterValueForCast 22019:InvalidEscapeCharacter 2201B:InvalidRegularExpression
    2201E:InvalidArgumentForLogarithm 2201F:InvalidArgumentForPowerFunction
    2201G:InvalidArgumentForWidthBucketFunction 2201W:InvalidRowCountInLimitClause
    2201X:InvalidRowCountInResultOffsetClause 22021:CharacterNotInRepertoire 22022:IndicatorOverflow
    22023:InvalidParameterValue 22024:UnterminatedCString 22025:InvalidEscapeSequence
    22026:StringDataLengthMismatch 22027:TrimError 2202E:ArraySubscriptError 2202G:InvalidTablesampleRepeat
    2202H:InvalidTablesampleArgument 22030:DuplicateJsonObjectKeyValue
    22031:InvalidArgumentForSqlJsonDatetimeFunction 22032:InvalidJsonText 22033:InvalidSqlJsonSubscript
    22034:MoreThanOneSqlJsonItem 22035:NoSqlJsonItem 22036:NonNumericSqlJsonItem
    22037:NonUniqueKeysInAJsonObject 22038:SingletonSqlJsonItemRequired 22039:SqlJsonArrayNotFound
    2203A:SqlJsonMemberNotFound 2203B:SqlJsonNumberNotFound 2203C:SqlJsonObjectNotFound
    2203D:TooManyJsonArrayElements 2203E:TooManyJsonObjectMembers 2203F:SqlJsonScalarRequired
    2203G:SqlJsonItemCannotBeCastToTargetType 22P01:FloatingPointException 22P02:InvalidTextRepresentation
    22P03:InvalidBinaryRepresentation 22P04:BadCopyFileFormat 22P05:UntranslatableCharacter
    22P06:NonstandardUseOfEscapeCharacter 23000:IntegrityConstraintViolation 23001:RestrictViolation
    23502:NotNullViolation 23503:ForeignKeyViolation 23505:UniqueViolation 23514:CheckViolation
    23P01:ExclusionViolation 24000:InvalidCursorState 25000:InvalidTransactionState 25001:ActiveSqlTransaction
    25002:BranchTransactionAlreadyActive 25003:InappropriateAccessModeForBranchTransaction
    25004:InappropriateIsolationLevelForBranchTransaction 25005:NoActiveSqlTransactionForBranchTransaction
    25006:ReadOnlySqlTransaction 25007:SchemaAndDataStatementMixingNotSupported
    25008:HeldCursorRequiresSameIsolationLevel 25P01:NoActiveSqlTransaction 25P02:InFailedSqlTransaction
    25P03:IdleInTransactionSessionTimeout 25P04:TransactionTimeout 26000:InvalidSqlStatementName
    27000:TriggeredDataChangeViolation 28000:InvalidAuthorizationSpecification 28P01:InvalidPassword
    2B000:DependentPrivilegeDescriptorsStillExist 2BP01:DependentObjectsStillExist
    2D000:InvalidTransactionTermination 2F000:SqlRoutineException 2F002:ModifyingSqlDataNotPermitted
    2F003:ProhibitedSqlStatementAttempted 2F004:ReadingSqlDataNotPermitted
    2F005:FunctionExecutedNoReturnStatement 34000:InvalidCursorName 38000:ExternalRoutineException
    38001:ContainingSqlNotPermitted 38002:ModifyingSqlDataNotPermittedExt
    38003:ProhibitedSqlStatementAttemptedExt 38004:ReadingSqlDataNotPermittedExt
    39000:ExternalRoutineInvocationException 39001:InvalidSqlstateReturned 39004:NullValueNotAllowedExt
    39P01:TriggerProtocolViolated 39P02:SrfProtocolViolated 39P03:EventTriggerProtocolViolated
    3B000:SavepointException 3B001:InvalidSavepointSpecification 3D000:InvalidCatalogName
    3F000:InvalidSchemaName 40000:TransactionRollback 40001:SerializationFailure
    40002:TransactionIntegrityConstraintViolation 40003:StatementCompletionUnknown 40P01:DeadlockDetected
    42000:SyntaxErrorOrAccessRuleViolation 42501:InsufficientPrivilege 42601:SyntaxError 42602:InvalidName
    42611:InvalidColumnDefinition 42622:NameTooLong 42701:DuplicateColumn 42702:AmbiguousColumn
    42703:UndefinedColumn 42704:UndefinedObject 42710:DuplicateObject 42712:DuplicateAlias
    42723:DuplicateFunction 42725:AmbiguousFunction 42803:GroupingError 42804:DatatypeMismatch
    42809:WrongObjectType 42830:InvalidForeignKey 42846:CannotCoerce 42883:UndefinedFunction
    428C9:GeneratedAlways 42939:ReservedName 42P01:UndefinedTable 42P02:UndefinedParameter 42P03:DuplicateCursor
    42P04:DuplicateDatabase 42P05:DuplicatePreparedStatement 42P06:DuplicateSchema 42P07:DuplicateTable
    42P08:AmbiguousParameter 42P09:AmbiguousAlias 42P10:InvalidColumnReference 42P11:InvalidCursorDefinition
    42P12:InvalidDatabaseDefinition 42P13:InvalidFunctionDefinition 42P14:InvalidPreparedStatementDefinition
    42P15:InvalidSchemaDefinition 42P16:InvalidTableDefinition 42P17:InvalidObjectDefinition
    42P18:IndeterminateDatatype 42P19:InvalidRecursion 42P20:WindowingError 42P21:CollationMismatch
    42P22:IndeterminateCollation 44000:WithCheckOptionViolation 53000:InsufficientResources 53100:DiskFull
    53200:OutOfMemory 53300:TooManyConnections 53400:ConfigurationLimitExceeded 54000:ProgramLimitExceeded
    54001:StatementTooComplex 54011:TooManyColumns 54023:TooManyArguments 55000:ObjectNotInPrerequisiteState
    55006:ObjectInUse 55P02:CantChangeRuntimeParam 55P03:LockNotAvailable 55P04:UnsafeNewEnumValueUsage
    57000:OperatorIntervention 57014:QueryCanceled 57P01:AdminShutdown 57P02:CrashShutdown
    57P03:CannotConnectNow 57P04:DatabaseDropped 57P05:IdleSessionTimeout 58000:SystemError 58030:IoError
    58P01:UndefinedFile 58P02:DuplicateFile 58P03:FileNameTooLong 72000:SnapshotTooOld F0000:ConfigFileError
    F0001:LockFileExists HV000:FdwError HV001:FdwOutOfMemory HV002:FdwDynamicParameterValueNeeded
    HV004:FdwInvalidDataType HV005:FdwColumnNameNotFound HV006:FdwInvalidDataTypeDescriptors
    HV007:FdwInvalidColumnName HV008:FdwInvalidColumnNumber HV009:FdwInvalidUseOfNullPointer
    HV00A:FdwInvalidStringFormat HV00B:FdwInvalidHandle HV00C:FdwInvalidOptionIndex HV00D:FdwInvalidOptionName
    HV00J:FdwOptionNameNotFound HV00K:FdwReplyHandle HV00L:FdwUnableToCreateExecution
    HV00M:FdwUnableToCreateReply HV00N:FdwUnableToEstablishConnection HV00P:FdwNoSchemas HV00Q:FdwSchemaNotFound
    HV00R:FdwTableNotFound HV010:FdwFunctionSequenceError HV014:FdwTooManyHandles
    HV021:FdwInconsistentDescriptorInformation HV024:FdwInvalidAttributeValue
    HV090:FdwInvalidStringLengthOrBufferLength HV091:FdwInvalidDescriptorFieldIdentifier P0000:PlpgsqlError
    P0001:RaiseException P0002:NoDataFound P0003:TooManyRows P0004:AssertFailure XX000:InternalError_
    XX001:DataCorrupted XX002:IndexCorrupted
"""


def family(code):
    found = (kind for kind, codes in FAMILIES.items() if code[:2] in codes.split())
    return next(found, OperationalError)


CLASSES = {}
errors = {}
for condition in CONDITIONS.split():
    code, name = condition.split(":")
    CLASSES[code] = errors[name] = type(name, (family(code),), {"sqlstate": code, "__module__": "psycopg.errors"})


def refusal(answer):
    """The exception for what the database refused."""
    code = answer.get("sqlstate") or ""
    text = "\n".join(f"{name}{answer[key]}" for key, name in (("message", ""), ("detail", "DETAIL:  ")) if answer.get(key))
    return CLASSES.get(code, family(code))(text, answer=answer)


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
        if self.closed:
            raise InterfaceError("the cursor is closed")
        message = {"do": "execute", "parts": composed(query, params), "line": Site.line()}
        answer = LINE.ask({**message, "origin": origin, "quiet": quiet})
        if "refused" in answer:
            raise refusal(answer["refused"])
        self.results = answer["results"]
        self.nextset()
        return self

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

    def copy(self, *arguments, **named):
        raise NotSupportedError("COPY from Python is not carried over the line: write INSERT, or COPY … FROM stdin in a .sql file")

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Rollback(Exception):
    def __init__(self, transaction=None):
        self.transaction = transaction


class Connection:
    """The session of the migration, with its transaction. Both are Confiture's."""

    closed = broken = False
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
    connect=connect,
)
module("psycopg.errors", lookup=CLASSES.__getitem__, **errors)
module("psycopg.rows", tuple_row=tuple_row, dict_row=dict_row, namedtuple_row=namedtuple_row, scalar_row=scalar_row)
module("psycopg.types")
module("psycopg.types.json", Json=Json, Jsonb=Jsonb)
composables = dict(Composable=Composable, Composed=Composed, SQL=SQL, Identifier=Identifier)
module("psycopg.sql", Literal=Literal, Placeholder=Placeholder, NULL=SQL("NULL"), DEFAULT=SQL("DEFAULT"), **composables)
