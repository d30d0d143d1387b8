"""How the store talks to its database: SQLite beside the program, or PostgreSQL when it is set.

SQLite is opened so that an acknowledged save survives a kill and a power cut, and so that a
damaged schema can do no harm; where nothing can be written, what is there is still read. Every
fault of a database leaves here as an error with a cure, never as the database's own words, which
may hold what was being saved.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from dashboard.foundation.errors import UserError
from dashboard.vault.record import Damaged, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

BUSY_SECONDS = 5
_WRITER = 0x636F6E636F7264  # the number under which PostgreSQL knows who is the one writer
_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON")
_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE"}


def engine_at(database: str, file: Path) -> Engine:
    """The database under this address; without one, the SQLite file, made when there is none."""
    if database:
        import psycopg

        url = sa.make_url(database).set(drivername="postgresql+psycopg")
        return sa.create_engine(url, module=psycopg, pool_pre_ping=True, hide_parameters=True)
    engine = sa.create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _open_file(file),
        poolclass=sa.QueuePool,
        pool_size=4,
        max_overflow=36,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One look at the database: nothing changes between its questions."""
    isolation = {} if is_file(engine) else {"isolation_level": "REPEATABLE READ"}
    with _translated(), engine.connect() as raw, raw.execution_options(**isolation).begin():
        yield raw


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One change: all of it or nothing, and nobody else's meanwhile."""
    with (
        _translated(),
        _renewed(engine),
        engine.connect() as raw,
        raw.execution_options(writes=True).begin(),
    ):
        if not is_file(engine):
            raw.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITER)))
        yield raw


@contextmanager
def _renewed(engine: Engine) -> Iterator[None]:
    """Where a file could only be read, ask anew next time: by then it may be written again."""
    try:
        yield
    except exc.DBAPIError as fault:
        if _name_of(fault.orig).startswith("SQLITE_READONLY"):
            engine.dispose()
        raise


def is_file(engine: Engine) -> bool:
    """Whether the database is a file of SQLite."""
    return engine.dialect.name == "sqlite"


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_file(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = not file.exists()
    opened = _connect(file, "rwc" if new else "rw")
    try:
        if new:
            file.chmod(0o600)
        _prepare(opened, "journal_mode=WAL")
    except sqlite3.OperationalError as fault:
        if not _name_of(fault).startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
            raise
        return _open_to_read(file)
    return opened


def _open_to_read(file: Path) -> sqlite3.Connection:
    """What can be read where nothing can be written."""
    log = file.with_name(f"{file.name}-wal")
    settled = not log.exists() or log.stat().st_size == 0
    opened = _connect(file, "ro&immutable=1" if settled else "ro")
    _prepare(opened)
    return opened


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _prepare(opened: sqlite3.Connection, *first: str) -> None:
    with ExitStack() as if_it_fails:
        if_it_fails.callback(opened.close)
        for pragma in (*first, *_PRAGMAS):
            opened.execute(f"PRAGMA {pragma}")
        if_it_fails.pop_all()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.DBAPIError, sqlite3.Error) as fault:
        raise told(fault) from None  # its text may hold what was being saved
    except UnicodeDecodeError:  # a damaged schema, in the driver's own message
        raise _damaged() from None
    except OSError as fault:
        raise _cannot_write(fault.strerror or "the folder cannot be used") from fault


def told(fault: Exception) -> UserError:
    """A database's fault in words for a person, with what to do."""
    cause: Any = getattr(fault, "orig", None) or fault
    if not isinstance(cause, sqlite3.Error):
        return Unavailable(
            f"The database cannot be used now ({type(cause).__name__}).",
            hint="Nothing was changed. See that the PostgreSQL server of CONCORD_DATABASE runs and "
            "accepts this user, and try again.",
            code="store-unreachable",
        )
    name = _name_of(cause)
    if name in _FULL:
        return Unavailable(
            "There is no room left on the disk of the store.",
            hint="Nothing was lost and nothing was half saved. Free some space, and save again.",
            code="store-full",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable(
            f"Somebody else has been writing into the store for more than {BUSY_SECONDS} s.",
            hint="Nothing was changed. Try again; if it stays, close other programs that hold it.",
            code="store-busy",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return _cannot_write("it can only be read")
    return _damaged()


def _damaged() -> Damaged:
    return Damaged("The file of the store is damaged where this stands.")


def _cannot_write(why: str) -> Unavailable:
    return Unavailable(
        f"Nothing can be written into the store: {why}.",
        hint="Nothing was changed, and what is kept can be read. Make the data folder "
        "(CONCORD_DATA_DIR) and the keys' folder writable for you.",
        code="store-read-only",
    )


def _name_of(fault: BaseException | None) -> str:
    return str(getattr(fault, "sqlite_errorname", None) or "SQLITE_ERROR")


def copy_file(source: Path, target: Path) -> None:
    """Copy a database file as it is at one moment, while others go on writing.

    Raises:
        UserError: it cannot be read, or the copy cannot be written.
    """
    with _translated():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.touch(mode=0o600)
        read, write = _open_file(source), sqlite3.connect(target, isolation_level=None)
        try:
            read.backup(write)
            write.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        finally:
            read.close()
            write.close()


def copy_into(source: Path, target: Path) -> None:
    """Replace what is in a database file by what is in another, in one transaction.

    Raises:
        UserError: it cannot be read or written; the target is then as it was.
    """
    with _translated():
        read, write = _open_to_read(source), _open_file(target)
        try:
            read.backup(write)
            write.execute("PRAGMA journal_mode=WAL")
        finally:
            read.close()
            write.close()


@contextmanager
def engine_of_copy(file: Path) -> Iterator[Engine]:
    """A database file that nobody writes to, to be looked through."""
    engine = sa.create_engine(
        "sqlite+pysqlite://", creator=lambda: _open_to_read(file), poolclass=sa.NullPool
    )
    event.listen(engine, "begin", _begin)
    try:
        yield engine
    finally:
        engine.dispose()
