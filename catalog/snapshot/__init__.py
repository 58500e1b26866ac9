"""The facts that come with dlcat, so that it answers at once and without a network.

A snapshot is a JSON document, compressed with xz: `tables` holds each distinct thing
once and `readings` points into them by position. The same readings give the same bytes.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from catalog.errors import SourceError
from catalog.facts import (
    Component,
    CondaPackage,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Reading,
    Repository,
    Statement,
)

FORMAT = 1
FILE_NAME = "catalog.json.xz"
MAX_BYTES = 256 * 1024 * 1024

_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]


def bundled() -> list[Reading]:
    """Read the snapshot that comes with this version. Raises SourceError."""
    data = resources.files(__name__).joinpath(FILE_NAME)
    try:
        return decode(data.read_bytes())
    except OSError as error:
        raise SourceError(f"the bundled snapshot cannot be read ({error.strerror})") from error


def encode(readings: Iterable[Reading]) -> bytes:
    """Write readings as a snapshot."""
    encoder = _Encoder()
    ordered = sorted(readings, key=lambda reading: reading.source)
    document = {
        "format": FORMAT,
        "readings": [encoder.reading(reading) for reading in ordered],
        "tables": encoder.tables,
    }
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return lzma.compress(
        text.encode(), format=lzma.FORMAT_XZ, check=lzma.CHECK_SHA256, filters=_FILTERS
    )


def decode(data: bytes) -> list[Reading]:
    """Read a snapshot. Raises SourceError if it is damaged or of another format."""
    decompressor = lzma.LZMADecompressor()
    try:
        text = decompressor.decompress(data, MAX_BYTES)
        if not decompressor.eof:
            raise SourceError("the snapshot is cut off or too large", "install dlcat again")
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise SourceError(f"the snapshot has format {document['format']}, not {FORMAT}")
        decoder = _Decoder(document["tables"])
        return [decoder.reading(row) for row in document["readings"]]
    except (lzma.LZMAError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise SourceError(f"the snapshot is damaged ({error})", "install dlcat again") from error


class _Encoder:
    """Turns readings into JSON values, and collects the tables that they point into."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Any]] = {"accounts": [], "conda": [], "distributions": []}
        self._position: dict[tuple[str, Hashable], int] = {}

    def reading(self, reading: Reading) -> dict[str, Any]:
        statements = sorted(
            reading.statements, key=lambda said: (said.repository, said.tags, said.key)
        )
        return {
            "source": reading.source,
            "origin": reading.origin,
            "revision": reading.revision,
            "as_of": reading.as_of.isoformat(),
            "licence": reading.licence,
            "statements": [self._statement(statement) for statement in statements],
        }

    def _statement(self, statement: Statement) -> dict[str, Any]:
        if statement.os_packages or statement.layers or statement.digest:
            raise ValueError(f"{statement.key}: a snapshot holds no resolved images")
        row: dict[str, Any] = {
            "repository": [statement.repository.registry, statement.repository.name],
            "tags": list(statement.tags),
            "evidence": int(statement.evidence),
            "key": statement.key,
            "facts": sorted([fact.kind, fact.value] for fact in statement.facts),
            "components": sorted([item.name, item.version] for item in statement.components),
            "environments": [self._environment(item) for item in statement.environments],
            "accounts": self._accounts(statement.accounts),
            "accounts_complete": statement.accounts_complete,
            "labels": dict(statement.labels),
            "variables": dict(statement.variables),
            "entrypoint": statement.entrypoint,
            "command": statement.command,
        }
        return {name: value for name, value in row.items() if value or value == ()}

    def _environment(self, environment: Environment) -> dict[str, Any]:
        distributions = sorted(map(self._distribution, environment.distributions))
        conda_packages = sorted(map(self._conda, environment.conda_packages))
        row: dict[str, Any] = {
            "distributions": _differences(distributions),
            "conda_packages": _differences(conda_packages),
            "complete": environment.complete,
            "python_version": environment.python_version,
            "prefix": environment.prefix,
            "interpreter": environment.interpreter,
            "is_default": environment.is_default,
        }
        return {name: value for name, value in row.items() if value}

    def _accounts(self, accounts: Mapping[str, str]) -> int | None:
        if not accounts:
            return None
        # Positions count from one, so that no value that matters is false.
        return 1 + self._put("accounts", tuple(sorted(accounts.items())))

    def _distribution(self, item: Distribution) -> int:
        conda = -1 if item.conda is None else self._conda(item.conda)
        fields = (item.name, item.version, item.installer, item.location, item.requires_python)
        return self._put("distributions", (*fields, item.requires_dist, conda))

    def _conda(self, item: CondaPackage) -> int:
        return self._put("conda", (item.name, item.version, item.build, item.channel))

    def _put(self, table: str, value: Hashable) -> int:
        key = (table, value)
        if key not in self._position:
            self._position[key] = len(self.tables[table])
            self.tables[table].append(value)
        return self._position[key]


class _Decoder:
    """Turns JSON values back into readings; what is equal becomes one shared object."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self.accounts = [dict(entries) for entries in tables["accounts"]]
        self.conda = [CondaPackage(*fields) for fields in tables["conda"]]
        self.distributions = [
            Distribution(
                name, version, installer, location, python, tuple(requires), self._conda(conda)
            )
            for name, version, installer, location, python, requires, conda in tables[
                "distributions"
            ]
        ]

    def _conda(self, position: int) -> CondaPackage | None:
        return None if position < 0 else self.conda[position]

    def reading(self, row: Mapping[str, Any]) -> Reading:
        return Reading(
            source=row["source"],
            origin=row["origin"],
            revision=row["revision"],
            as_of=date.fromisoformat(row["as_of"]),
            licence=row["licence"],
            statements=tuple(map(self._statement, row["statements"])),
        )

    def _statement(self, row: Mapping[str, Any]) -> Statement:
        get = row.get
        accounts = get("accounts")
        return Statement(
            repository=Repository(*row["repository"]),
            tags=tuple(row["tags"]),
            evidence=Evidence(row["evidence"]),
            key=get("key", ""),
            facts=tuple(Fact(*fact) for fact in get("facts", ())),
            components=tuple(Component(*item) for item in get("components", ())),
            environments=tuple(map(self._environment, get("environments", ()))),
            accounts=self.accounts[accounts - 1] if accounts else {},
            accounts_complete=get("accounts_complete", False),
            labels=get("labels", {}),
            variables=get("variables", {}),
            entrypoint=_words(get("entrypoint")),
            command=_words(get("command")),
        )

    def _environment(self, row: Mapping[str, Any]) -> Environment:
        get = row.get
        distributions, conda = self.distributions, self.conda
        return Environment(
            distributions=tuple(distributions[at] for at in _sums(get("distributions", ()))),
            conda_packages=tuple(conda[at] for at in _sums(get("conda_packages", ()))),
            complete=get("complete", False),
            python_version=get("python_version", ""),
            prefix=get("prefix", ""),
            interpreter=get("interpreter", ""),
            is_default=get("is_default", False),
        )


def _differences(positions: Sequence[int]) -> list[int]:
    """Write rising numbers as steps, which repeat from list to list and compress well."""
    return [number - before for before, number in zip((0, *positions), positions, strict=False)]


def _sums(steps: Sequence[int]) -> list[int]:
    at = 0
    return [at := at + step for step in steps]


def _words(value: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)
