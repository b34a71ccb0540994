

# Long changes in batches, as confiture.core.large_tables has them.


@dataclasses.dataclass
class BatchConfig:
    batch_size: int = 10000
    sleep_between_batches: float = 0.1
    max_retries: int = 3
    progress_callback: object = None
    checkpoint_callback: object = None
    block_callback: object = None


@dataclasses.dataclass
class BatchProgress:
    total_rows: int
    processed_rows: int = 0
    current_batch: int = 0
    total_batches: int = 0
    elapsed_seconds: float = 0.0
    errors: list = dataclasses.field(default_factory=list)

    @property
    def percent_complete(self):
        return self.processed_rows / self.total_rows * 100 if self.total_rows else 100.0

    @property
    def is_complete(self):
        return self.processed_rows >= self.total_rows

    @property
    def rows_per_second(self):
        return self.processed_rows / self.elapsed_seconds if self.elapsed_seconds else 0.0

    @property
    def estimated_remaining_seconds(self):
        speed = self.rows_per_second
        return (self.total_rows - self.processed_rows) / speed if speed else 0.0

    def to_dict(self):
        told = {name: getattr(self, name) for name in ("total_rows", "processed_rows")}
        told["percent_complete"] = round(self.percent_complete, 2)
        told.update(current_batch=self.current_batch, total_batches=self.total_batches)
        for name in ("elapsed_seconds", "rows_per_second", "estimated_remaining_seconds"):
            told[name] = round(getattr(self, name), 2)
        return {**told, "errors": self.errors}


def relation(name):
    """A table or an index, perhaps with its schema before it."""
    return Identifier(*name.split(".", 1))


def in_pieces(text, **named):
    """SQL with what is not text already put in as it is written."""
    return SQL(text).format(**{name: SQL(one) if isinstance(one, str) else one for name, one in named.items()})


class BatchedMigration:
    """What would take long, part by part, each committed where the migration has no transaction."""

    def __init__(self, connection, config=None):
        self.connection, self.config = connection, config or BatchConfig()

    def begin(self, total, done=0):
        size = self.config.batch_size
        self.started = time.perf_counter()
        return BatchProgress(total_rows=total, processed_rows=done, total_batches=-(-total // size))

    def counted(self, table, condition):
        query = in_pieces("SELECT COUNT(*) FROM {t} WHERE {w}", t=relation(table), w=condition)
        return self.connection.execute(query).fetchone()[0]

    def went_on(self, progress, batch, rows, checkpoint=True):
        """A part is done: it is committed and told."""
        self.connection.commit()
        progress.processed_rows += rows
        progress.current_batch = batch
        self.timed(progress)
        if self.config.progress_callback:
            self.config.progress_callback(progress.processed_rows, progress.total_rows)
        if checkpoint and self.config.checkpoint_callback:
            self.config.checkpoint_callback(progress.processed_rows)

    def timed(self, progress):
        progress.elapsed_seconds = time.perf_counter() - self.started
        return progress

    def rest(self, times=1):
        if self.config.sleep_between_batches > 0:
            time.sleep(self.config.sleep_between_batches * times)

    def tried(self, query, progress, batch):
        """Runs a part, again when it fails, as often as is allowed."""
        for attempt in range(1, self.config.max_retries + 1):
            try:
                return self.connection.execute(query).rowcount
            except Error as error:
                self.connection.rollback()
                if attempt == self.config.max_retries:
                    progress.errors.append(f"Batch {batch}: {error}")
                    raise
                self.rest(2)

    def add_column_with_default(self, table, column, column_type, default, start_from=0):
        named = dict(t=relation(table), c=Identifier(column), d=default, type=column_type)
        named["n"] = Literal(self.config.batch_size)
        self.connection.execute(in_pieces("ALTER TABLE {t} ADD COLUMN IF NOT EXISTS {c} {type}", **named))
        self.connection.commit()
        total = self.connection.execute(in_pieces("SELECT COUNT(*) FROM {t} WHERE {c} IS NULL", **named)).fetchone()[0]
        progress = self.begin(total, start_from if total else 0)
        if total == 0:
            return progress
        part = in_pieces("UPDATE {t} SET {c} = {d} WHERE ctid IN (SELECT ctid FROM {t} WHERE {c} IS NULL LIMIT {n})", **named)
        batch = start_from // self.config.batch_size
        while progress.processed_rows < total:
            batch += 1
            rows = self.tried(part, progress, batch)
            self.went_on(progress, batch, rows)
            if rows == 0:
                break
            self.rest()
        self.connection.execute(in_pieces("ALTER TABLE {t} ALTER COLUMN {c} SET DEFAULT {d}", **named))
        self.connection.commit()
        return self.timed(progress)

    def backfill_column(self, table, column, expression, where_clause="TRUE", start_from=0, start_block=None):
        total = self.counted(table, where_clause)
        progress = self.begin(total, start_from if total else 0)
        if total == 0:
            return progress
        named = dict(t=relation(table), c=Identifier(column), e=expression, w=where_clause)
        # The blocks that are there now; what is written meanwhile is newer than the number of this transaction.
        size = "SELECT pg_relation_size({t}::regclass) / current_setting('block_size')::int"
        name = Literal(relation(table).as_string())
        blocks = max(1, self.connection.execute(SQL(size).format(t=name)).fetchone()[0])
        newest = self.connection.execute("SELECT txid_current() % 4294967296").fetchone()[0]
        per_block = max(1, -(-total // blocks))
        step = max(1, self.config.batch_size // per_block)
        progress.total_batches = -(-blocks // step)
        first = min(blocks, start_from // per_block if start_block is None else start_block)
        batch = first // step
        for block in range(first, blocks, step):
            batch += 1
            part = in_pieces(
                "UPDATE {t} SET {c} = {e} WHERE ctid >= {lower}::tid AND ctid < {upper}::tid "
                "AND xmin::text::bigint < {newest} AND ({w})",
                lower=Literal(f"({block},0)"),
                upper=Literal(f"({block + step},0)"),
                newest=Literal(newest),
                **named,
            )
            self.went_on(progress, batch, self.connection.execute(part).rowcount)
            if self.config.block_callback:
                self.config.block_callback(block + step)
            if block + step < blocks:
                self.rest()
        return self.timed(progress)

    def delete_in_batches(self, table, where_clause, start_from=0):
        total = self.counted(table, where_clause)
        progress = self.begin(total, start_from if total else 0)
        if total == 0:
            return progress
        named = dict(t=relation(table), w=where_clause, n=Literal(self.config.batch_size))
        part = in_pieces("DELETE FROM {t} WHERE ctid IN (SELECT ctid FROM {t} WHERE {w} LIMIT {n})", **named)
        batch = start_from // self.config.batch_size + 1
        while rows := self.connection.execute(part).rowcount:
            self.went_on(progress, batch, rows)
            self.rest()
            batch += 1
        return self.timed(progress)

    def copy_to_new_table(self, source_table, target_table, columns=None, transform=None, where_clause="TRUE"):
        total = self.counted(source_table, where_clause)
        progress = self.begin(total)
        if total == 0:
            return progress
        transform, columns = transform or {}, columns or self.columns(source_table)
        named = dict(s=relation(source_table), t=relation(target_table), w=where_clause)
        named["c"] = SQL(", ").join(Identifier(name) for name in columns)
        named["e"] = SQL(", ").join(SQL(transform[name]) if name in transform else Identifier(name) for name in columns)
        tracker = "CREATE TEMP TABLE _batch_tracker AS SELECT ctid AS row_ctid, ROW_NUMBER() OVER () AS rn FROM {s} WHERE {w}"
        self.connection.execute(in_pieces(tracker, **named))
        self.connection.commit()
        part = (
            "INSERT INTO {t} ({c}) SELECT {e} FROM {s} s WHERE s.ctid IN "
            "(SELECT row_ctid FROM _batch_tracker WHERE rn > {low} AND rn <= {high})"
        )
        try:
            batch = 1
            while progress.processed_rows < total:
                low = progress.processed_rows
                bounds = dict(low=Literal(low), high=Literal(low + self.config.batch_size))
                rows = self.connection.execute(in_pieces(part, **bounds, **named)).rowcount
                if rows == 0:
                    break
                self.went_on(progress, batch, rows, checkpoint=False)
                self.rest()
                batch += 1
        finally:
            self.connection.execute("DROP TABLE IF EXISTS _batch_tracker")
            self.connection.commit()
        return self.timed(progress)

    def columns(self, table):
        schema, _, name = table.rpartition(".")
        found = self.connection.execute(
            "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            (schema or "public", name),
        )
        return [name for (name,) in found.fetchall()]


class OnlineIndexBuilder:
    """Indexes that are built while others write, which no transaction takes."""

    def __init__(self, connection):
        self.connection = connection

    def create_index_concurrently(self, table, columns, index_name=None, unique=False, where=None, method="btree", include=None):
        index_name = index_name or f"idx_{table.rpartition('.')[2]}_{'_'.join(columns)}"
        listed = lambda names: SQL(", ").join(Identifier(one) if one.isidentifier() else SQL(one) for one in names)
        text = "CREATE {u}INDEX CONCURRENTLY IF NOT EXISTS {i} ON {t} USING {m} ({c})"
        query = in_pieces(
            text, u="UNIQUE " if unique else "", i=Identifier(index_name), t=relation(table), m=Identifier(method), c=listed(columns)
        )
        if include:
            query += in_pieces(" INCLUDE ({c})", c=listed(include))
        if where:
            query += SQL(" WHERE " + where)
        self.online(query)
        return index_name

    def drop_index_concurrently(self, index_name):
        self.online(in_pieces("DROP INDEX CONCURRENTLY IF EXISTS {i}", i=relation(index_name)))

    def reindex_concurrently(self, index_name):
        self.online(in_pieces("REINDEX INDEX CONCURRENTLY {i}", i=relation(index_name)))

    def online(self, query):
        self.connection.autocommit = True
        self.connection.execute(query)

    def check_index_validity(self, index_name):
        query = "SELECT indisvalid FROM pg_index JOIN pg_class ON indexrelid = pg_class.oid WHERE relname = %s"
        found = self.connection.execute(query, (index_name,)).fetchone()
        return bool(found and found[0])

    def get_index_size(self, index_name):
        return self.connection.execute("SELECT pg_relation_size(%s)", (index_name,)).fetchone()[0]


class TableSizeEstimator:
    """How large a table is, and whether it had better be changed in batches."""

    LARGE_TABLE_THRESHOLD = 100_000

    def __init__(self, connection):
        self.connection = connection

    def get_row_count_estimate(self, table):
        query = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)"
        found = self.connection.execute(query, (table,)).fetchone()
        return max(0, found[0]) if found else 0

    def get_exact_row_count(self, table, where_clause="TRUE"):
        return BatchedMigration(self.connection).counted(table, where_clause)

    def get_table_size(self, table):
        query = "SELECT pg_table_size(%s), pg_indexes_size(%s), pg_total_relation_size(%s)"
        sizes = self.connection.execute(query, (table, table, table)).fetchone()
        return dict(zip(("table_size_bytes", "index_size_bytes", "total_size_bytes"), sizes))

    def should_use_batched_operation(self, table):
        return self.get_row_count_estimate(table) >= self.LARGE_TABLE_THRESHOLD

    def estimate_operation_time(self, table, rows_per_second=10000.0):
        return self.get_row_count_estimate(table) / rows_per_second if rows_per_second > 0 else 0.0


large = dict(BatchConfig=BatchConfig, BatchProgress=BatchProgress, BatchedMigration=BatchedMigration)
large.update(OnlineIndexBuilder=OnlineIndexBuilder, TableSizeEstimator=TableSizeEstimator, LARGE_TABLE_THRESHOLD=100_000)
module("confiture.core.large_tables", **large)
for name in ("BatchConfig", "BatchProgress", "BatchedMigration", "OnlineIndexBuilder", "TableSizeEstimator"):
    setattr(sys.modules["confiture"], name, large[name])
