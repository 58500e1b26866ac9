"""Opening the catalog's database: where it is, whether it can be used, and its first filling."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError

from catalog.errors import StoreError, UsageError
from catalog.models import (
    SCHEMA_REVISION,
    environment_conda_package,
    environment_distribution,
    fact,
    metadata,
    source,
)

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection, Engine

_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA mmap_size = 1073741824",
)

_WHILE_MAKING = (
    # The file is nobody's until it is renamed: only then the disk must have it, and the
    # store writes what others point to first.
    "PRAGMA synchronous = OFF",
    "PRAGMA journal_mode = OFF",
    "PRAGMA foreign_keys = OFF",
)

_ABANDONED_SECONDS = 3600

Fill = Callable[["Engine"], None]
"""Fills an empty database that has the right tables."""


def default_path() -> Path:
    """Give the place of the user's own catalog."""
    from platformdirs import user_data_path

    return user_data_path("dlcat", appauthor=False) / "catalog.db"


def open_database(place: str, fill: Fill) -> Engine:
    """Open a catalog; one that does not exist yet is made and filled first.

    place: a database URL, the path of an SQLite file, or empty for the user's own.
    Raises StoreError if it cannot be used, UsageError if `place` is no such thing.
    """
    path = _sqlite_path(place)
    if path is None:
        return _open_server(place, fill)
    if path.exists() and not path.is_file():
        raise StoreError(f"{path}: not a file", "name another place with --db or DLCAT_DB")
    if not path.exists() or path.stat().st_size == 0:
        _create(path, fill, is_own=not place)
    engine = _sqlite(path)
    _check(engine, str(path))
    with engine.connect() as connection:
        is_filled = connection.scalar(select(source.c.id).limit(1)) is not None
    if not is_filled:
        fill(engine)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection for one transaction that writes, after those of others."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def current_revision(connection: Connection) -> str:
    """Give the schema revision of a database, empty if it is not a catalog."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def migrate(engine: Engine, revision: str) -> None:
    """Bring the tables to a revision, to `head` or to `base`, up or down.

    Raises UsageError if there is no such revision, StoreError if the database is of a
    newer version or cannot be changed.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known | {"head", "base"}:
        raise UsageError(f"{revision!r}: no such revision", f"one of {', '.join(sorted(known))}")
    try:
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            now = current_revision(connection)
            if now and now not in known:
                raise StoreError(f"made by a newer dlcat (schema {now})", "upgrade dlcat")
            down = revision == "base" or (revision != "head" and revision < now)
            (command.downgrade if down else command.upgrade)(config, revision)
    except (CommandError, SQLAlchemyError) as error:
        raise StoreError(f"cannot migrate to {revision}: {reason(error)}") from error


def connect_only(place: str) -> Engine:
    """Open a database as it is, whatever its revision, to migrate it."""
    path = _sqlite_path(place)
    if path is not None and not path.exists():
        raise StoreError(f"{path}: no such database")
    return _sqlite(path) if path else _engine(place)


def _sqlite_path(place: str) -> Path | None:
    """Give the file of an SQLite place, or None for a database server."""
    if not place:
        return default_path()
    if "://" not in place:
        return Path(place).expanduser()
    try:
        url = make_url(place)
    except (ArgumentError, ValueError) as error:
        raise UsageError("--db: not a database URL", "such as sqlite:///catalog.db") from error
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise UsageError("--db: a catalog in memory would be gone at once", "name a file")
    if url.query:
        raise UsageError("--db: an SQLite URL takes no options here", "name the file alone")
    return Path(url.database)


def _open_server(url: str, fill: Fill) -> Engine:
    engine = _engine(url)
    name = engine.url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            revision = current_revision(connection)
            # A first use that was broken off has left tables without a source.
            is_filled = revision != SCHEMA_REVISION or connection.scalar(select(source.c.id))
    except SQLAlchemyError as error:
        raise StoreError(f"{name}: {reason(error)}", "is the server up?") from error
    if not revision:
        _make_tables(engine)
    if not revision or not is_filled:
        fill(engine)
    _check(engine, name)
    return engine


def _engine(url: str) -> Engine:
    try:
        return create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--db: {reason}", "is the database's driver installed?") from error


def _sqlite(path: Path, *settings: str) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _: object) -> None:
        # The driver's own transactions leave out changes of tables; see _begin.
        connection.isolation_level = None
        for setting in (*_SETTINGS, *settings):
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer that first only reads would be refused when another has begun to write.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _create(path: Path, fill: Fill, *, is_own: bool) -> None:
    """Make a catalog beside its place and rename it, so that no half of one is ever there."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        _remove_abandoned(path)
        if is_own:
            path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        partial.touch()
        engine = _sqlite(partial, *_WHILE_MAKING)
        try:
            _make_tables(engine)
            with _without_indexes(engine):
                fill(engine)
        finally:
            engine.dispose()
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        _put_in_place(partial, path)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be made ({error.strerror})", "name another place with --db or DLCAT_DB"
        ) from error
    except DatabaseError as error:
        raise StoreError(f"{path}: cannot be made ({reason(error)})") from error
    finally:
        partial.unlink(missing_ok=True)


def _put_in_place(partial: Path, path: Path) -> None:
    """Give a finished catalog its name, unless another first use was quicker."""
    if path.exists() and path.stat().st_size == 0:
        path.unlink()
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        partial.replace(path)


def _remove_abandoned(path: Path) -> None:
    """Remove what a first use has left that was killed long ago."""
    for partial in path.parent.glob(f"{path.name}.*.partial"):
        if time.time() - partial.stat().st_mtime > _ABANDONED_SECONDS:
            partial.unlink(missing_ok=True)


def _make_tables(engine: Engine) -> None:
    """Make the tables as all migrations would, which a test compares."""
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(
            text(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
                " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
            )
        )
        connection.execute(
            text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": SCHEMA_REVISION}
        )


@contextmanager
def _without_indexes(engine: Engine) -> Iterator[None]:
    """Take the indexes away while a catalog is filled: made at the end they cost half."""
    indexes = [
        index
        for table in (environment_distribution, environment_conda_package, fact)
        for index in table.indexes
    ]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    yield
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)


def _check(engine: Engine, name: str) -> None:
    """Raise StoreError unless the database is a catalog of this version."""
    try:
        with engine.connect() as connection:
            revision = current_revision(connection)
            if revision:
                connection.execute(select(source.c.id).limit(1))
    except DatabaseError as error:
        raise StoreError(
            f"{name}: not a catalog ({reason(error)})", "move it away and a new one is made"
        ) from error
    if revision == SCHEMA_REVISION:
        return
    if not revision:
        raise StoreError(f"{name}: a database, but not a catalog", "name another with --db")
    if revision < SCHEMA_REVISION:
        raise StoreError(f"{name}: made by an older dlcat", "run `dlcat db upgrade`")
    raise StoreError(
        f"{name}: made by a newer dlcat (schema {revision}, this one knows {SCHEMA_REVISION})",
        "upgrade dlcat, or name another catalog with --db",
    )


def reason(error: Exception) -> str:
    """Give the driver's own words, in one line, without SQL or parameters."""
    original = getattr(error, "orig", None) or error
    return (str(original).strip().splitlines() or [type(original).__name__])[0]
