"""The catalog as a whole: how much is known, from where, and where sources contradict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from catalog import derive
from catalog import models as m
from catalog.batches import batches
from catalog.facts import MANY_VALUED_KINDS, Contents, Evidence
from catalog.query import images


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One source, and how much it says."""

    name: str
    origin: str
    revision: str
    as_of: date
    licence: str
    statements: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts over the whole catalog.

    names: distinct `repository:tag`. packages_complete, packages_partial and
    packages_unknown: images by how much of their Python packages is known.
    """

    images: int
    names: int
    repositories: int
    regions: int
    accounts: int
    distributions: int
    package_rows: int
    packages_complete: int
    packages_partial: int
    packages_unknown: int
    facts: Mapping[str, int]
    sources: tuple[SourceSummary, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One side of a contradiction."""

    value: str
    evidence: Evidence
    source: str
    key: str
    answers: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two claims on one image that cannot both be true."""

    image: str
    subject: str
    claims: tuple[Claim, Claim]


def statistics(engine: Engine) -> Statistics:
    """Count what is in the catalog."""
    with engine.connect() as connection:

        def count(column: Any) -> int:
            return int(connection.scalar(select(func.count(column))) or 0)

        by_contents = connection.execute(
            select(m.image.c.contents, func.count().label("images")).group_by(m.image.c.contents)
        )
        contents = {row.contents: row.images for row in by_contents}
        evidence = connection.execute(
            select(m.fact.c.evidence, func.count().label("facts")).group_by(m.fact.c.evidence)
        )
        return Statistics(
            images=count(m.image.c.id),
            names=count(m.tag.c.id),
            repositories=count(m.repository.c.id),
            regions=count(m.account_map_entry.c.region.distinct()),
            accounts=count(m.account_map_entry.c.account.distinct()),
            distributions=count(m.distribution.c.canonical_name.distinct()),
            package_rows=count(m.environment_distribution.c.environment_id),
            packages_complete=contents.get(Contents.COMPLETE, 0),
            packages_partial=contents.get(Contents.PARTIAL, 0),
            packages_unknown=contents.get(Contents.UNKNOWN, 0),
            facts={Evidence(row.evidence).label: row.facts for row in evidence},
            sources=_sources(connection),
        )


def statements_of(engine: Engine, sources: Sequence[str]) -> int:
    """Count what some sources say now."""
    with engine.connect() as connection:
        said = (
            select(func.count(m.statement.c.id)).join(m.source).where(m.source.c.name.in_(sources))
        )
        return int(connection.scalar(said) or 0)


def contradictions(engine: Engine) -> tuple[Contradiction, ...]:
    """List where what two sources say of one image cannot both be true."""
    with engine.connect() as connection:
        found: list[Contradiction] = []
        ids = connection.scalars(select(m.image.c.id).order_by(m.image.c.id)).all()
        for batch in batches(ids):
            clashes = _fact_clashes(connection, batch)
            clashes += _package_clashes(connection, batch)
            clashes += _account_clashes(connection, batch)
            named = images.load(connection, {image for image, _, _ in clashes})
            found += [
                Contradiction(named[image].name, subject, claims)
                for image, subject, claims in clashes
            ]
    return tuple(sorted(found, key=lambda clash: (clash.image, clash.subject, str(clash.claims))))


_Clash = tuple[int, str, tuple[Claim, Claim]]


def _fact_clashes(connection: Connection, batch: list[int]) -> list[_Clash]:
    rows = connection.execute(
        select(m.fact, m.statement.c.key, m.source.c.name.label("source"))
        .join(m.statement, m.statement.c.id == m.fact.c.statement_id)
        .join(m.source)
        .where(m.fact.c.image_id.in_(batch), m.fact.c.kind.not_in(MANY_VALUED_KINDS))
        .order_by(m.fact.c.evidence.desc(), m.fact.c.value, m.statement.c.key)
    )
    claims: dict[tuple[int, str], list[Claim]] = defaultdict(list)
    for row in rows:
        claim = Claim(row.value, Evidence(row.evidence), row.source, row.key, row.answers)
        claims[row.image_id, row.kind].append(claim)
    return [
        (image, kind, pair)
        for (image, kind), said in claims.items()
        for pair in _disagreeing(kind, said)
    ]


def _package_clashes(connection: Connection, batch: list[int]) -> list[_Clash]:
    """Find packages of which two sources give different versions for one environment."""
    several = (
        select(m.environment.c.image_id)
        .where(m.environment.c.is_default)
        .group_by(m.environment.c.image_id)
        .having(func.count() > 1)
    )
    pairs = m.environment_distribution
    rows = connection.execute(
        select(
            m.environment.c.image_id,
            m.environment.c.evidence,
            m.environment.c.answers,
            m.distribution.c.canonical_name,
            m.distribution.c.version,
            m.statement.c.key,
            m.source.c.name.label("source"),
        )
        .join(pairs, pairs.c.environment_id == m.environment.c.id)
        .join(m.distribution, m.distribution.c.id == pairs.c.distribution_id)
        .join(m.statement, m.statement.c.id == m.environment.c.statement_id)
        .join(m.source)
        .where(m.environment.c.image_id.in_(batch), m.environment.c.image_id.in_(several))
        .where(m.environment.c.is_default)
        .order_by(m.environment.c.evidence.desc(), m.distribution.c.version, m.statement.c.key)
    )
    claims: dict[tuple[int, str], list[Claim]] = defaultdict(list)
    for row in rows:
        claim = Claim(row.version, Evidence(row.evidence), row.source, row.key, row.answers)
        claims[row.image_id, row.canonical_name].append(claim)
    # Releases of a package agree as release numbers do: 2.9.0 and 2.9.0+cu130.
    return [
        (image, f"package {name}", pair)
        for (image, name), said in claims.items()
        for pair in _disagreeing("python", said)
    ]


def _account_clashes(connection: Connection, batch: list[int]) -> list[_Clash]:
    """Find regions in which two sources name different accounts for one image."""
    statement, entry = m.statement.c, m.account_map_entry
    several = (
        select(statement.image_id)
        .where(statement.account_map_id.is_not(None))
        .group_by(statement.image_id)
        .having(func.count(statement.account_map_id.distinct()) > 1)
    )
    rows = connection.execute(
        select(
            statement.image_id,
            statement.evidence,
            statement.key,
            statement.accounts_complete,
            entry.c.region,
            entry.c.account,
            m.source.c.name.label("source"),
        )
        .join(entry, entry.c.account_map_id == statement.account_map_id)
        .join(m.source, m.source.c.id == statement.source_id)
        .where(statement.image_id.in_(batch), statement.image_id.in_(several))
        .order_by(statement.accounts_complete.desc(), statement.evidence.desc(), statement.id)
    )
    claims: dict[tuple[int, str], list[Claim]] = defaultdict(list)
    for row in rows:
        said = claims[row.image_id, row.region]
        # The whole list of an image's accounts answers before an example.
        claim = Claim(row.account, Evidence(row.evidence), row.source, row.key, not said)
        said.append(claim)
    return [
        (image, f"account in {region}", pair)
        for (image, region), said in claims.items()
        for pair in _disagreeing("account", said)
    ]


def _disagreeing(kind: str, said: list[Claim]) -> list[tuple[Claim, Claim]]:
    """Give one pair of claims for each two values that cannot both be true."""
    first: dict[str, Claim] = {}
    for claim in said:
        first.setdefault(claim.value, claim)
    return [
        (one, two)
        for one, two in combinations(first.values(), 2)
        if not derive.agree(kind, one.value, two.value)
    ]


def _sources(connection: Connection) -> tuple[SourceSummary, ...]:
    rows = connection.execute(
        select(m.source, func.count(m.statement.c.id).label("statements"))
        .join(m.statement, isouter=True)
        .group_by(*m.source.c)
        .order_by(m.source.c.name)
    )
    return tuple(
        SourceSummary(row.name, row.origin, row.revision, row.as_of, row.licence, row.statements)
        for row in rows
    )
