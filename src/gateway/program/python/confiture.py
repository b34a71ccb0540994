

# What migrations import of confiture.


class ConfiturError(Exception):
    def __init__(self, message="", *arguments, error_code=None, severity=None, context=None, resolution_hint=None):
        super().__init__(message)
        self.message, self.error_code, self.context = message, error_code, context or {}
        self.resolution_hint = resolution_hint

    def __str__(self):
        hint = f"\nHint: {self.resolution_hint}" if self.resolution_hint else ""
        return f"{self.message}{hint}"


class MigrationError(ConfiturError):
    def __init__(self, message="", version=None, migration_name=None, **named):
        super().__init__(message, **named)
        self.version, self.migration_name = version, migration_name


class SQLError(ConfiturError):
    def __init__(self, sql, params, original_error, **named):
        super().__init__(str(original_error), **named)
        self.sql, self.params, self.original_error = sql, params, original_error


class PreconditionError(MigrationError):
    pass


class PreconditionValidationError(MigrationError):
    pass


class Migration:
    """The base of every migration."""

    transactional = True
    strict_mode = False
    requires_superuser = False
    destructive = False
    batch_config = None
    up_preconditions = []
    down_preconditions = []
    before_validation_hooks = []
    before_ddl_hooks = []
    after_ddl_hooks = []
    after_validation_hooks = []
    cleanup_hooks = []
    error_hooks = []

    def __init__(self, connection):
        self.connection = connection

    def up(self):
        raise NotImplementedError(f"{type(self).__name__} has no method up()")

    def down(self):
        raise NotImplementedError(f"{type(self).__name__} has no method down()")

    def get_up_sql_statements(self):
        return []

    def execute(self, sql, params=None):
        self._execute(sql, params or None)

    def execute_file(self, path):
        bases = [Site.root, os.path.dirname(Site.file), os.getcwd()]
        tried = [os.path.join(base, os.fspath(path)) for base in dict.fromkeys(bases)]
        found = next((one for one in tried if os.path.isfile(one)), None)
        if found is None:
            raise FileNotFoundError(f"SQL file not found: {path} (tried: {', '.join(tried)})")
        with open(found, encoding="utf-8") as file:
            sql = file.read()
        if not sql.strip():
            raise ValueError(f"SQL file is empty: {found}")
        self._execute(sql, None, origin=os.path.relpath(found, Site.root))

    def _execute(self, sql, params, origin=None):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql, params, origin=origin)
        except Error as error:
            raise SQLError(sql, params, error) from error


class SQLMigration(Migration):
    """A migration whose SQL stands in attributes."""

    up_sql = None
    down_sql = None

    def up(self):
        self._attribute("up_sql")

    def down(self):
        self._attribute("down_sql")

    def get_up_sql_statements(self):
        return [self.up_sql]

    def _attribute(self, name):
        sql = getattr(self, name)
        if sql is None:
            raise TypeError(f"{type(self).__name__} must define an '{name}' class attribute")
        self.execute(sql)


class HookResult:
    def __init__(self, success=True, rows_affected=0, stats=None, error=None):
        self.success, self.rows_affected, self.stats, self.error = success, rows_affected, stats, error


class Hook:
    """Declared in classes, and run by nobody: the original tool does not run them either."""

    def __init__(self, hook_id="", name="", priority=5, depends_on=None):
        self.id, self.name, self.priority, self.depends_on = hook_id, name, priority, depends_on or []

    def __class_getitem__(cls, item):
        return cls


class HookError(Exception):
    pass


exceptions = dict(ConfiturError=ConfiturError, MigrationError=MigrationError, SQLError=SQLError)
exceptions.update(PreconditionError=PreconditionError, PreconditionValidationError=PreconditionValidationError)
module("confiture", **exceptions)
module("confiture.exceptions", **exceptions)
module("confiture.models", Migration=Migration, SQLMigration=SQLMigration)
module("confiture.models.migration", Migration=Migration, SQLMigration=SQLMigration, SQLError=SQLError)
module("confiture.core")
module("confiture.core.hooks", Hook=Hook, HookResult=HookResult, HookError=HookError)
module("confiture.core.hooks.base", Hook=Hook, HookResult=HookResult, HookError=HookError)
