"""Buffered inserts for the store: numbers rows itself, and writes each distinct thing once."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from sqlalchemy import Connection, Table, func, insert, select

from catalog import models as m
from catalog.batches import batches
from catalog.facts import CondaPackage, Distribution, Fact, Layer, OsPackage

Row = dict[str, Any]
Item = TypeVar("Item")

_BATCH_ROWS = 20_000

_PARAMETERS = 800
"""How many values go into one INSERT: many rows at once cost half as much as each alone,
and SQLite before 3.32 took no more than 999."""


class Inserts:
    """Rows that wait to be written, each with the number that it will have."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._waiting: dict[str, list[Row]] = defaultdict(list)
        self._pairs: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._next: dict[str, int] = {}

    def next_id(self, table: Table) -> int:
        """Give the next free number of a table."""
        if table.name not in self._next:
            newest = self.connection.scalar(select(func.max(table.c.id)))
            self._next[table.name] = (newest or 0) + 1
        self._next[table.name] += 1
        return self._next[table.name] - 1

    def put(self, table: Table, row: Row) -> None:
        """Add a row of any table."""
        self._waiting[table.name].append(row)

    def put_pairs(self, table: Table, pairs: Iterable[tuple[int, int]]) -> None:
        """Add rows of a table that joins two others."""
        waiting = self._pairs[table.name]
        waiting.extend(pairs)
        if len(waiting) >= _BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write all that waits, tables that others point to first."""
        for table in m.metadata.sorted_tables:
            if rows := self._waiting.pop(table.name, None):
                names = list(rows[0])
                self._write(table, names, [[row[name] for name in names] for row in rows])
            if pairs := self._pairs.pop(table.name, None):
                self._write(table, table.c.keys(), pairs)

    def _write(self, table: Table, names: list[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write rows whose values are in the order of `names`.

        Where the driver takes values by position they go to it as they are: for very many
        rows the preparation of each costs more than the writing.
        """
        dialect = self.connection.dialect
        compiled = insert(table).compile(dialect=dialect, column_keys=names)
        if not compiled.positional:
            named = [dict(zip(names, row, strict=True)) for row in rows]
            self.connection.execute(insert(table), named)
            return
        converters = {
            at: convert
            for at, name in enumerate(names)
            if (convert := table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
        }
        order = [names.index(name) for name in compiled.positiontup or ()]
        if converters or order != list(range(len(names))):
            rows = [
                [converters[at](row[at]) if at in converters else row[at] for at in order]
                for row in rows
            ]
        head, _, one_row = compiled.string.rpartition(" VALUES ")
        at_once = max(1, _PARAMETERS // len(names))
        whole = len(rows) - len(rows) % at_once
        for some, count in ((rows[:whole], at_once), (rows[whole:], 1)):
            values = [tuple(chain.from_iterable(batch)) for batch in batches(some, count)]
            if values:
                several = f"{head} VALUES {', '.join([one_row] * count)}"
                self.connection.exec_driver_sql(several, values)


class Dictionaries:
    """The numbers of things that are written once and pointed to from many places."""

    def __init__(self, connection: Connection, inserts: Inserts) -> None:
        self._inserts = inserts
        self._connection = connection
        self._known: dict[str, dict[Any, int]] = {}
        self._values: set[tuple[str, str]] | None = None
        # Sources share one object between the many places that hold a thing, and to
        # know an object again by identity is much quicker than to hash its fields.
        self._by_identity: dict[int, tuple[object, int]] = {}

    def distributions(self, found: Iterable[Distribution]) -> list[int]:
        """Give the numbers of distributions."""
        return self._numbers(found, self._distribution)

    def conda_packages(self, found: Iterable[CondaPackage]) -> list[int]:
        """Give the numbers of conda packages."""
        return self._numbers(found, self._conda_package)

    def layer(self, found: Layer) -> int:
        """Give the number of a layer, which its digest tells from others."""
        row = {
            "digest": found.digest,
            "diff_id": found.diff_id,
            "compressed_bytes": found.compressed_bytes,
            "uncompressed_bytes": found.uncompressed_bytes,
        }
        return self._number(m.layer, ("digest",), row)

    def os_package(self, found: OsPackage) -> int:
        """Give the number of a package of the operating system."""
        fields = ("name", "version", "arch", "type")
        return self._number(m.os_package, fields, {name: getattr(found, name) for name in fields})

    def fact_value(self, found: Fact) -> None:
        """Note that some fact has this value."""
        if self._values is None:
            rows = self._connection.execute(select(m.fact_value))
            self._values = {(row.kind, row.value) for row in rows}
        key = (found.kind, found.value)
        if key not in self._values:
            self._values.add(key)
            self._inserts.put(m.fact_value, {"kind": found.kind, "value": found.value})

    def account_map(self, accounts: Mapping[str, str]) -> int | None:
        """Give the number of a map from region to account, None for an empty one."""
        if not accounts:
            return None
        entries = sorted(accounts.items())
        key = _hash(*chain.from_iterable(entries))
        known = self._table(m.account_map, ("key",))
        if key not in known:
            number = self._number(m.account_map, ("key",), {"key": key})
            for region, account in entries:
                row = {"account_map_id": number, "region": region, "account": account}
                self._inserts.put(m.account_map_entry, row)
        return known[key]

    def _numbers(self, found: Iterable[Item], number_of: Callable[[Item], int]) -> list[int]:
        seen = self._by_identity
        return [(seen.get(id(item)) or self._see(item, number_of))[1] for item in found]

    def _see(self, item: Item, number_of: Callable[[Item], int]) -> tuple[object, int]:
        # The object is kept, so that its identity is not used again.
        seen = self._by_identity[id(item)] = (item, number_of(item))
        return seen

    def _conda_package(self, found: CondaPackage) -> int:
        fields = ("name", "version", "build", "channel")
        row = {name: getattr(found, name) for name in fields}
        return self._number(m.conda_package, fields, row)

    def _distribution(self, found: Distribution) -> int:
        row: Row = {
            "canonical_name": canonicalize_name(found.name),
            "name": found.name,
            "version": found.version,
            "pep440": pep440(found.version),
            "installer": found.installer,
            "location": found.location,
            "requires_python": found.requires_python,
            "requires_dist": json.dumps(found.requires_dist) if found.requires_dist else "[]",
            "conda_package_id": None if found.conda is None else self._conda_package(found.conda),
        }
        # A hash stands for the fields, since a database cannot index texts of any length.
        row["key"] = _hash(*row.values())
        return self._number(m.distribution, ("key",), row)

    def _number(self, table: Table, fields: Sequence[str], row: Row) -> int:
        known = self._table(table, fields)
        key = row[fields[0]] if len(fields) == 1 else tuple(row[name] for name in fields)
        if key not in known:
            known[key] = self._inserts.next_id(table)
            self._inserts.put(table, {"id": known[key], **row})
        return known[key]

    def _table(self, table: Table, fields: Sequence[str]) -> dict[Any, int]:
        if table.name not in self._known:
            columns = [table.c[name] for name in fields]
            rows = self._connection.execute(select(table.c.id, *columns))
            self._known[table.name] = {
                row[1] if len(fields) == 1 else tuple(row[1:]): row[0] for row in rows
            }
        return self._known[table.name]


def pep440(version: str) -> str | None:
    """Normalise a version, or give None if it is not one by PEP 440."""
    try:
        return str(Version(version))
    except InvalidVersion:
        return None


def _hash(*values: object) -> str:
    """Give one key for values; the lengths keep apart what would look alike when joined."""
    texts = map(str, values)
    return hashlib.sha256("".join(f"{len(text)}:{text}" for text in texts).encode()).hexdigest()
