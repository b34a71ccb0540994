

# Running one file.

HOOKS = ["before_validation_hooks", "before_ddl_hooks", "after_ddl_hooks", "after_validation_hooks", "cleanup_hooks", "error_hooks"]
LONGEST = 4000


class NoMigration(Exception):
    """The file holds no class that could be run, or more than one."""


def loaded(path):
    stem = os.path.basename(path).rpartition(".")[0]
    name = f"confiture_migration_{stem}"
    made = types.ModuleType(name)
    made.__file__ = path
    sys.modules[name] = made
    exec(compile(LINE.ask({"do": "source"})["text"], path, "exec"), vars(made))
    return made


def migration_class(made):
    own = [one for one in vars(made).values() if isinstance(one, type) and issubclass(one, Migration)]
    own = list(dict.fromkeys(one for one in own if one.__module__ == made.__name__))
    last = [one for one in own if not any(one in other.__mro__[1:] for other in own)]
    if len(last) == 1:
        return last[0]
    if not last:
        raise NoMigration("it defines no class that derives from confiture.models.migration.Migration")
    names = " and ".join(one.__name__ for one in last)
    raise NoMigration(f"it defines more than one migration, {names}: which of them is meant, nobody can tell")


def facts(kind):
    for name in ("version", "name"):
        if not isinstance(getattr(kind, name, None), str):
            raise NoMigration(f"{kind.__name__} has no class attribute `{name}` that is text")
    told = {name: bool(getattr(kind, name)) for name in ("transactional", "requires_superuser")}
    left = [name for name in HOOKS if getattr(kind, name, None)]
    return {"do": "facts", "version": kind.version, "name": kind.name, "hooks": left, **told}


def place(error):
    """Line and column in the file that an error comes from."""
    if isinstance(error, SyntaxError) and error.filename == Site.file:
        return error.lineno, error.offset
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == Site.file]
    return (lines[-1] if lines else None), None


def help_for(error):
    name = (getattr(error, "name", None) or "") if isinstance(error, ImportError) else ""
    if name.split(".")[0] in ("confiture", "psycopg"):
        return f"Confiture brings what migrations use of {name.split('.')[0]}, whatever is installed, and this is not a part of it"
    return None


def told(error):
    """An exception as a message."""
    line, column = place(error)
    answer = getattr(getattr(error, "original_error", error), "answer", None) or None
    text = str(error.msg) if isinstance(error, SyntaxError) else str(error)
    kind = "" if isinstance(error, NoMigration) else type(error).__name__
    message = {"do": "raised", "kind": kind, "message": text[:LONGEST], "line": line, "column": column}
    return {**message, "refused": answer, "help": help_for(error)}


def run(path, way, root):
    kind = migration_class(loaded(path))
    Site.transactional = LINE.ask(facts(kind))["transactional"]
    connection = Connection()
    migration = kind(connection)
    failures = list(unmet(getattr(migration, f"{way}_preconditions"), connection))
    if failures:
        return {"do": "unmet", "failures": [one[:LONGEST] for one in failures]}
    getattr(migration, way)()
    return {"do": "done"}


def main():
    Site.file, way, Site.root = sys.argv[1:4]
    # Isolated, Python reads none of its variables; where a project says that its modules are, it is heard.
    sys.path.extend(one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one)
    try:
        message = run(Site.file, way, Site.root)
    except BaseException as error:
        message = told(error)
    if os.getpid() != LINE.process:
        # A process that the migration has forked, and that has come to the end of its work.
        os._exit(0)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    LINE.tell(message)
    # Threads that are left, and what is to be done at the exit, keep nobody waiting.
    os._exit(0)


main()
