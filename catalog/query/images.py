"""Images as people see them: their names, where to pull them, and the facts that answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from catalog import models as m
from catalog.batches import batches
from catalog.facts import REGIONAL, Contents, Evidence, Repository
from catalog.references import uri

_ID_BATCH = 10_000

HOME_REGION = "us-west-2"
"""The region of the documentation's own example URIs (global.yml, `example_region`)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that answers, and who says so."""

    value: str
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Account:
    """The account that holds an image in a region, and who says so."""

    account: str
    source: str


@dataclass(frozen=True, slots=True)
class Image:
    """One image: its best name first, and for each kind of fact what answers.

    uri: the name to pull it by, empty if no registry of the region is known to have it.
    region: of which that URI is, empty for a registry that has none.
    """

    id: int
    name: str
    names: tuple[str, ...]
    uri: str
    region: str
    digest: str
    contents: Contents
    facts: Mapping[str, tuple[Known, ...]]

    def value(self, kind: str) -> str:
        """Give what answers for a kind, in one string, empty if it is not known."""
        return ", ".join(dict.fromkeys(known.value for known in self.facts.get(kind, ())))


def load(connection: Connection, ids: Iterable[int], region: str = "") -> dict[int, Image]:
    """Load images, with URIs in `region`, or where none is named in one that has them."""
    loaded: dict[int, Image] = {}
    for batch in batches(ids, _ID_BATCH):
        names = _names(connection, batch)
        facts = _facts(connection, batch)
        regions = _regions(connection, batch, region)
        rows = connection.execute(select(m.image).where(m.image.c.id.in_(batch)))
        for row in rows:
            tags = names[row.id]
            place = regions.get(row.id, ("", ""))
            repository, tag = tags[0]
            pull = ""
            if repository.registry != REGIONAL:
                pull = uri(repository, tag)
            elif place[0]:
                pull = uri(repository, tag, region=place[0], account=place[1])
            loaded[row.id] = Image(
                id=row.id,
                name=uri(repository, tag),
                names=tuple(uri(*name) for name in tags),
                uri=pull,
                region=place[0] if repository.registry == REGIONAL else "",
                digest=row.digest or "",
                contents=Contents(row.contents),
                facts=facts.get(row.id, {}),
            )
    return loaded


def accounts_in(connection: Connection, region: str, batch: Sequence[int]) -> dict[int, Account]:
    """Give the account that holds each image in a region, where one is documented."""
    query = (
        select(m.statement.c.image_id, m.account_map_entry.c.account, m.source.c.name)
        .join(
            m.account_map_entry,
            m.account_map_entry.c.account_map_id == m.statement.c.account_map_id,
        )
        .join(m.source)
        .where(m.statement.c.image_id.in_(batch))
        .where(m.account_map_entry.c.region == region)
        .order_by(m.statement.c.accounts_complete, m.statement.c.id)
    )
    return {row.image_id: Account(row.account, row.name) for row in connection.execute(query)}


def _names(connection: Connection, batch: Sequence[int]) -> dict[int, list[tuple[Repository, str]]]:
    """Give the names of each image, the one that tells most first."""
    names: dict[int, list[tuple[Repository, str]]] = defaultdict(list)
    query = (
        select(
            m.tag.c.image_id,
            m.repository.c.registry,
            m.repository.c.name,
            m.tag.c.name.label("tag"),
        )
        .join(m.repository)
        .where(m.tag.c.image_id.in_(batch))
    )
    for row in connection.execute(query):
        names[row.image_id].append((Repository(row.registry, row.name), row.tag))
    for tags in names.values():
        tags.sort(key=lambda name: (-len(name[1]), name))
    return names


def _facts(connection: Connection, batch: Sequence[int]) -> dict[int, dict[str, tuple[Known, ...]]]:
    found: dict[int, dict[str, list[Known]]] = defaultdict(lambda: defaultdict(list))
    query = (
        select(m.fact.c.image_id, m.fact.c.kind, m.fact.c.value, m.fact.c.evidence, m.source.c.name)
        .join(m.statement, m.statement.c.id == m.fact.c.statement_id)
        .join(m.source)
        .where(m.fact.c.image_id.in_(batch))
        .where(m.fact.c.answers)
        .order_by(m.fact.c.kind, m.fact.c.evidence.desc(), m.fact.c.value, m.source.c.name)
    )
    for row in connection.execute(query):
        known = Known(row.value, Evidence(row.evidence), row.name)
        found[row.image_id][row.kind].append(known)
    return {
        image: {kind: tuple(known) for kind, known in kinds.items()}
        for image, kinds in found.items()
    }


def _regions(
    connection: Connection, batch: Sequence[int], region: str
) -> dict[int, tuple[str, str]]:
    """Give the (region, account) that each image's URI is to name."""
    if region:
        here = accounts_in(connection, region, batch)
        return {image: (region, found.account) for image, found in here.items()}
    maps = connection.execute(
        select(m.statement.c.image_id, m.statement.c.account_map_id)
        .where(m.statement.c.image_id.in_(batch))
        .where(m.statement.c.account_map_id.is_not(None))
        .order_by(m.statement.c.accounts_complete)
    )
    map_of = {row.image_id: row.account_map_id for row in maps}
    if not map_of:
        return {}
    entries: dict[int, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(
        select(m.account_map_entry).where(
            m.account_map_entry.c.account_map_id.in_(set(map_of.values()))
        )
    ):
        entries[row.account_map_id][row.region] = row.account
    chosen = {
        number: (home := HOME_REGION if HOME_REGION in accounts else min(accounts), accounts[home])
        for number, accounts in entries.items()
    }
    return {image: chosen[number] for image, number in map_of.items()}
