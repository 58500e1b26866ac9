"""All that is known of one image, of one package, and of the catalog as a whole."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from packaging.utils import canonicalize_name
from sqlalchemy import Connection, Engine, Table, func, select

from catalog import models as m
from catalog.facts import Evidence, Kind
from catalog.query import images
from catalog.query.criteria import PackageWanted
from catalog.query.images import Image, Known
from catalog.query.rank import release_of
from catalog.query.resolve import resolve


@dataclass(frozen=True, slots=True)
class Said:
    """One value of one kind, whether or not it answers, and where it stands."""

    kind: str
    value: str
    evidence: Evidence
    source: str
    key: str
    as_of: date
    answers: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """A package in an environment of an image. build: of the conda package, if it is one."""

    name: str
    canonical_name: str
    version: str
    installer: str
    build: str
    conda_name: str
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A Python environment of an image, as one source knows it.

    complete: what is not listed is absent.
    """

    prefix: str
    interpreter: str
    python_version: str
    is_default: bool
    complete: bool
    evidence: Evidence
    source: str
    distributions: tuple[Installed, ...]
    conda_only: tuple[Installed, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """All that is known of one image but its packages, see `contents_of`."""

    image: Image
    said: tuple[Said, ...]
    components: tuple[Said, ...]
    accounts: Mapping[str, str]
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    entrypoint: tuple[str, ...] | None
    command: tuple[str, ...] | None
    first_seen: date
    last_seen: date
    package_count: int


@dataclass(frozen=True, slots=True)
class Holder:
    """An image that holds a package."""

    image: Image
    version: str
    build: str
    evidence: Evidence
    source: str


def describe(
    engine: Engine, reference: str, region: str = "", *, preferred: str = ""
) -> Description:
    """Tell all that is known of an image. Raises UsageError if it is not in the catalog."""
    with engine.connect() as connection:
        number = resolve(connection, reference)
        image = images.load(connection, [number], region, preferred=preferred)[number]
        settings = {table.name: _settings(connection, table, number) for table in _SETTINGS}
        statements = connection.execute(
            select(m.statement.c.entrypoint, m.statement.c.command)
            .where(m.statement.c.image_id == number)
            .order_by(m.statement.c.evidence)
        ).all()
        started = [row.entrypoint for row in statements if row.entrypoint is not None]
        commanded = [row.command for row in statements if row.command is not None]
        seen = connection.execute(
            select(func.min(m.tag.c.first_seen), func.max(m.tag.c.last_seen)).where(
                m.tag.c.image_id == number
            )
        ).one()
        return Description(
            image=image,
            said=_said(connection, number),
            components=_components(connection, number),
            accounts=_accounts(connection, number),
            labels=settings["label"],
            variables=settings["variable"],
            entrypoint=tuple(json.loads(started[-1])) if started else None,
            command=tuple(json.loads(commanded[-1])) if commanded else None,
            first_seen=seen[0],
            last_seen=seen[1],
            package_count=_package_count(connection, number),
        )


def contents_of(
    engine: Engine, reference: str, region: str = "", *, preferred: str = ""
) -> tuple[Image, tuple[Listing, ...]]:
    """List what is installed in an image, by the lists that answer for it."""
    with engine.connect() as connection:
        number = resolve(connection, reference)
        image = images.load(connection, [number], region, preferred=preferred)[number]
        return image, _contents(connection, number)


def holders(
    engine: Engine, wish: PackageWanted, region: str = "", *, preferred: str = ""
) -> tuple[Holder, ...]:
    """List the images whose default environment holds a package, newest version first."""
    pairs, environment, conda = m.environment_distribution, m.environment, m.conda_package
    query = (
        select(
            environment.c.image_id,
            environment.c.evidence,
            m.distribution.c.version,
            conda.c.build,
            m.source.c.name.label("source"),
        )
        .select_from(m.distribution)
        .join(pairs, pairs.c.distribution_id == m.distribution.c.id)
        .join(environment, environment.c.id == pairs.c.environment_id)
        .join(m.statement, m.statement.c.id == environment.c.statement_id)
        .join(m.source)
        .join(conda, conda.c.id == m.distribution.c.conda_package_id, isouter=True)
        .where(m.distribution.c.canonical_name == wish.name)
        .where(environment.c.answers, environment.c.is_default)
        .order_by(environment.c.evidence.desc(), m.distribution.c.version)
    )
    with engine.connect() as connection:
        best: dict[int, list[Any]] = defaultdict(list)
        for row in connection.execute(query):
            said = best[row.image_id]
            if not said or said[0].evidence == row.evidence:
                said.append(row)
        # Where equally good sources contradict each other it is not known who is right.
        kept = {
            image: said[0]
            for image, said in best.items()
            if all(wish.accepts(row.version) for row in said)
        }
        loaded = images.load(connection, kept, region, preferred=preferred)
    found = [
        Holder(loaded[image], row.version, row.build or "", Evidence(row.evidence), row.source)
        for image, row in kept.items()
    ]
    found.sort(key=lambda holder: holder.image.name)
    found.sort(
        key=lambda holder: release_of(holder.image.value(Kind.FRAMEWORK_VERSION)), reverse=True
    )
    found.sort(key=lambda holder: release_of(holder.version), reverse=True)
    return tuple(found)


_SETTINGS = (m.label, m.variable)


def _settings(connection: Connection, table: Table, number: int) -> dict[str, str]:
    rows = connection.execute(
        select(table.c.name, table.c.value)
        .join(m.statement, m.statement.c.id == table.c.statement_id)
        .where(m.statement.c.image_id == number)
        .order_by(m.statement.c.evidence, table.c.name)
    )
    return {row.name: row.value for row in rows}


def _said(connection: Connection, number: int) -> tuple[Said, ...]:
    fact, statement = m.fact, m.statement
    rows = connection.execute(
        select(fact, statement.c.key, statement.c.as_of, m.source.c.name.label("source"))
        .join(statement, statement.c.id == fact.c.statement_id)
        .join(m.source)
        .where(fact.c.image_id == number)
        .order_by(fact.c.kind, fact.c.answers.desc(), fact.c.evidence.desc(), fact.c.value)
    )
    return tuple(
        Said(
            row.kind, row.value, Evidence(row.evidence), row.source, row.key, row.as_of, row.answers
        )
        for row in rows
    )


def _components(connection: Connection, number: int) -> tuple[Said, ...]:
    component, statement = m.component, m.statement
    rows = connection.execute(
        select(
            component,
            statement.c.evidence,
            statement.c.key,
            statement.c.as_of,
            m.source.c.name.label("source"),
        )
        .join(statement, statement.c.id == component.c.statement_id)
        .join(m.source)
        .where(statement.c.image_id == number)
        .order_by(component.c.name, statement.c.evidence.desc(), component.c.version)
    ).all()
    best: dict[str, int] = {}
    for row in rows:
        best.setdefault(row.name, row.evidence)
    return tuple(
        Said(
            row.name,
            row.version,
            Evidence(row.evidence),
            row.source,
            row.key,
            row.as_of,
            row.evidence == best[row.name],
        )
        for row in rows
    )


def _package_count(connection: Connection, number: int) -> int:
    """Count the distributions that the lists which answer name."""
    pairs, environment = m.environment_distribution, m.environment
    names = (
        select(func.count(m.distribution.c.canonical_name.distinct()))
        .join(pairs, pairs.c.distribution_id == m.distribution.c.id)
        .join(environment, environment.c.id == pairs.c.environment_id)
        .where(environment.c.image_id == number, environment.c.answers)
    )
    return int(connection.scalar(names) or 0)


def _accounts(connection: Connection, number: int) -> dict[str, str]:
    entry = m.account_map_entry
    rows = connection.execute(
        select(entry.c.region, entry.c.account)
        .join(m.statement, m.statement.c.account_map_id == entry.c.account_map_id)
        .where(m.statement.c.image_id == number)
        .order_by(m.statement.c.accounts_complete)
    )
    return {row.region: row.account for row in sorted(rows, key=lambda row: row.region)}


def _contents(connection: Connection, number: int) -> tuple[Listing, ...]:
    environment = m.environment
    rows = connection.execute(
        select(environment, m.source.c.name.label("source"))
        .join(m.statement, m.statement.c.id == environment.c.statement_id)
        .join(m.source)
        .where(environment.c.image_id == number, environment.c.answers)
        .order_by(environment.c.is_default.desc(), environment.c.evidence.desc(), environment.c.id)
    ).all()
    found = []
    for row in rows:
        known = Known("", Evidence(row.evidence), row.source)
        distributions = _distributions(connection, row.id, known)
        found.append(
            Listing(
                prefix=row.prefix,
                interpreter=row.interpreter,
                python_version=row.python_version,
                is_default=row.is_default,
                complete=row.complete,
                evidence=known.evidence,
                source=known.source,
                distributions=distributions,
                conda_only=_conda_packages(connection, row.id, known),
            )
        )
    return tuple(found)


def _distributions(connection: Connection, environment: int, known: Known) -> tuple[Installed, ...]:
    pairs, distribution, conda = m.environment_distribution, m.distribution, m.conda_package
    rows = connection.execute(
        select(distribution, conda.c.build, conda.c.name.label("conda_name"))
        .join(pairs, pairs.c.distribution_id == distribution.c.id)
        .join(conda, conda.c.id == distribution.c.conda_package_id, isouter=True)
        .where(pairs.c.environment_id == environment)
        .order_by(distribution.c.canonical_name, distribution.c.version)
    )
    return tuple(
        Installed(
            row.name,
            row.canonical_name,
            row.version,
            row.installer,
            row.build or "",
            row.conda_name or "",
            known.evidence,
            known.source,
        )
        for row in rows
    )


def _conda_packages(
    connection: Connection, environment: int, known: Known
) -> tuple[Installed, ...]:
    pairs, conda = m.environment_conda_package, m.conda_package
    rows = connection.execute(
        select(conda)
        .join(pairs, pairs.c.conda_package_id == conda.c.id)
        .where(pairs.c.environment_id == environment)
        .order_by(conda.c.name)
    )
    return tuple(
        Installed(
            row.name,
            canonicalize_name(row.name),
            row.version,
            "conda",
            row.build,
            row.name,
            known.evidence,
            known.source,
        )
        for row in rows
    )
