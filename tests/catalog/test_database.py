"""Opening a catalog: first use, other places, and everything that can be wrong with one."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, func, inspect, select

import migrations
from catalog import models as m
from catalog import store
from catalog.database import connect_only, migrate, open_database
from catalog.errors import DlcatError, StoreError, UsageError
from catalog.query.overview import statistics
from catalog.snapshot import bundled


def no_fill(_: Engine) -> None:
    raise AssertionError("a catalog that is there is not filled again")


def schema(engine: Engine) -> list[tuple[str, list[str]]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql > ''")
        return sorted((row[0], sorted(re.findall(r"\w+", row[1]))) for row in rows)


def test_the_schema_revision_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == m.SCHEMA_REVISION


def test_migrations_make_the_same_tables_as_the_models(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrate(engine, "head")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), m.metadata) == []
    made = open_database(str(tmp_path / "made.db"), lambda _: None)
    assert schema(made) == schema(engine)


def test_a_filled_catalog_goes_down_and_up_again(catalog_copy: Path) -> None:
    engine = connect_only(str(catalog_copy))
    filled = statistics(engine)
    assert filled.images > 2_000
    migrate(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine, "head")
    assert statistics(engine).images == 0
    assert set(inspect(engine).get_table_names()) == {*m.metadata.tables, "alembic_version"}
    # What is empty is filled as at first use.
    filled_again = open_database(str(catalog_copy), lambda one: store.write(one, bundled()))
    assert statistics(filled_again) == filled


@pytest.mark.parametrize("revision", ["", "0000", "no-such"])
def test_a_revision_that_is_none_is_a_mistake_in_the_call(
    catalog_copy: Path, revision: str
) -> None:
    with pytest.raises(UsageError, match="no such revision"):
        migrate(connect_only(str(catalog_copy)), revision)


def test_a_newer_catalog_is_not_migrated(catalog_copy: Path) -> None:
    with sqlite3.connect(catalog_copy) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer dlcat"):
        migrate(connect_only(str(catalog_copy)), "head")


@pytest.mark.parametrize("place", ["/dev/null", "/dev/full", "/"])
def test_what_is_no_plain_file_is_left_alone(place: str) -> None:
    before = Path(place).stat()
    with pytest.raises(StoreError, match="not a file"):
        open_database(place, no_fill)
    assert Path(place).stat().st_rdev == before.st_rdev


def test_syncs_at_the_same_time_wait_for_each_other(catalog_copy: Path) -> None:
    command = [sys.executable, "-m", "cli", "--db", str(catalog_copy), "sync", "--bundled"]
    running = [
        subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True)
        for name in ("sdk", "docs", "recipes")
    ]
    errors = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], errors


def test_first_use_makes_the_folder_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    open_database("", lambda _: None)
    assert [path.name for path in tmp_path.rglob("*.db*")] == ["catalog.db"]


def test_a_first_use_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(_: Engine) -> None:
        raise StoreError("no snapshot")

    with pytest.raises(StoreError, match="no snapshot"):
        open_database(str(tmp_path / "catalog.db"), fail)
    assert list(tmp_path.iterdir()) == []


def test_two_first_uses_at_once_both_get_a_catalog(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli", "stats", "--json"]
    environment = {**os.environ, "DLCAT_DB": str(tmp_path / "catalog.db")}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is not a database, but a file of a hundred bytes or more" * 3, "not a catalog"),
        (b"SQLite format 3\x00" + b"\xff" * 4096, "not a catalog"),
    ],
)
def test_a_file_that_is_no_database_is_left_as_it_is(
    tmp_path: Path, content: bytes, message: str
) -> None:
    place = tmp_path / "catalog.db"
    place.write_bytes(content)
    with pytest.raises(StoreError, match=message) as raised:
        open_database(str(place), no_fill)
    assert raised.value.exit_code == 3
    assert place.read_bytes() == content


def test_a_catalog_cut_off_in_the_middle_is_an_error(catalog_copy: Path) -> None:
    size = catalog_copy.stat().st_size
    with catalog_copy.open("rb+") as file:
        file.truncate(size // 3)
    result = subprocess.run(
        [sys.executable, "-m", "cli", "--db", str(catalog_copy), "which", "xgboost"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "other.db"
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StoreError, match="but not a catalog"):
        open_database(str(place), no_fill)


@pytest.mark.parametrize(("revision", "message"), [("9999", "newer"), ("0000", "older")])
def test_a_catalog_of_another_version_is_named_as_such(
    catalog_copy: Path, revision: str, message: str
) -> None:
    with sqlite3.connect(catalog_copy) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with pytest.raises(StoreError, match=message):
        open_database(str(catalog_copy), no_fill)


@pytest.mark.parametrize(
    ("place", "error", "message"),
    [
        ("sqlite://", UsageError, "memory"),
        ("nonsense://host/db", UsageError, "--db"),
        ("postgresql+psycopg2://:bad port/", UsageError, "--db"),
    ],
)
def test_a_place_that_is_none_is_a_mistake_in_the_call(
    place: str, error: type[DlcatError], message: str
) -> None:
    with pytest.raises(error, match=message):
        open_database(place, no_fill)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made"):
        open_database(str(tmp_path / "no" / "such" / "catalog.db"), no_fill)


def test_a_password_in_a_url_is_not_shown() -> None:
    try:
        open_database("mysql+nodriver://me:secret@localhost/db", no_fill)
    except DlcatError as error:
        assert "secret" not in str(error)
    else:
        pytest.fail("there is no such driver")


@pytest.mark.parametrize("name", ["a?b.db", "a%20b.db", "a b#c.db", "ü.db"])
def test_any_name_of_a_file_will_do(tmp_path: Path, name: str) -> None:
    open_database(str(tmp_path / name), lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    place = tmp_path / "catalog.db"
    place.touch()
    engine = open_database(str(place), lambda _: None)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(m.image)) == 0


def test_a_copy_of_a_catalog_is_a_catalog(catalog_copy: Path, tmp_path: Path) -> None:
    shutil.copy(catalog_copy, tmp_path / "another name.db")
    assert statistics(open_database(str(tmp_path / "another name.db"), no_fill)).images > 2_000
