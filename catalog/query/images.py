"""Images as people see them: their names, where to pull them, and the facts that answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from catalog import models as m
from catalog.batches import batches
from catalog.facts import REGIONAL, Contents, Evidence, Repository
from catalog.references import uri

_EXACT = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?![0-9])")
"""How a tag begins that names one release, where `2.9` moves from release to release."""

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
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Image:
    """One image: its best name first, and for each kind of fact what answers.

    uri: the name to pull it by, empty if no registry of the region is known. region: of
    which that URI is, empty for a registry that has none. is_documented: the image itself
    is documented to be there, and not just other images of its repository.
    """

    id: int
    name: str
    names: tuple[str, ...]
    uri: str
    region: str
    is_documented: bool
    digest: str
    contents: Contents
    facts: Mapping[str, tuple[Known, ...]]

    def value(self, kind: str) -> str:
        """Give what answers for a kind, in one string, empty if it is not known."""
        return ", ".join(dict.fromkeys(known.value for known in self.facts.get(kind, ())))


@dataclass(frozen=True, slots=True)
class _Place:
    """The regional registry that an image's URI names."""

    region: str
    account: str
    is_documented: bool


_NOWHERE = _Place("", "", False)


def load(
    connection: Connection, ids: Iterable[int], region: str = "", *, preferred: str = ""
) -> dict[int, Image]:
    """Load images, with URIs in `region`.

    Without a region URIs are in `preferred` where that has the image, else where the
    documentation has its examples, else in the first region that has it.
    """
    loaded: dict[int, Image] = {}
    for batch in batches(ids):
        names = _names(connection, batch)
        facts = _facts(connection, batch)
        places = _places(connection, batch, region, preferred)
        rows = connection.execute(select(m.image).where(m.image.c.id.in_(batch)))
        for row in rows:
            repository, tag = names[row.id][0]
            place = places.get(row.id, _NOWHERE)
            pull = ""
            if repository.registry != REGIONAL:
                place = _Place("", "", True)
                pull = uri(repository, tag)
            elif place.region:
                pull = uri(repository, tag, region=place.region, account=place.account)
            loaded[row.id] = Image(
                id=row.id,
                name=uri(repository, tag),
                names=tuple(uri(*name) for name in names[row.id]),
                uri=pull,
                region=place.region,
                is_documented=place.is_documented,
                digest=row.digest or "",
                contents=Contents(row.contents),
                facts=facts.get(row.id, {}),
            )
    return loaded


def accounts_in(connection: Connection, region: str, batch: Sequence[int]) -> dict[int, Account]:
    """Give the account that holds each image in a region, where one is documented."""
    query = (
        select(
            m.statement.c.image_id,
            m.account_map_entry.c.account,
            m.statement.c.evidence,
            m.source.c.name,
        )
        .join(
            m.account_map_entry,
            m.account_map_entry.c.account_map_id == m.statement.c.account_map_id,
        )
        .join(m.source)
        .where(m.statement.c.image_id.in_(batch))
        .where(m.account_map_entry.c.region == region)
        .order_by(m.statement.c.accounts_complete, m.statement.c.id)
    )
    return {
        row.image_id: Account(row.account, Evidence(row.evidence), row.name)
        for row in connection.execute(query)
    }


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
        tags.sort(key=lambda name: (not _EXACT.match(name[1]), -len(name[1]), name))
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


def _places(
    connection: Connection, batch: Sequence[int], region: str, preferred: str
) -> dict[int, _Place]:
    """Give where each image's URI is to be: by what is said of it, else of its repository."""
    own = _accounts_of(
        connection,
        select(m.statement.c.image_id, m.statement.c.account_map_id)
        .where(m.statement.c.image_id.in_(batch))
        .order_by(m.statement.c.accounts_complete),
    )
    homeless = [image for image in batch if not own.get(image)]
    repository_of = {
        row.image_id: row.repository_id
        for row in connection.execute(
            select(m.tag.c.image_id, m.tag.c.repository_id)
            .join(m.repository)
            .where(m.tag.c.image_id.in_(homeless), m.repository.c.registry == REGIONAL)
        )
    }
    of_repository: dict[int, dict[str, str]] = {}
    if repository_of:
        of_repository = _accounts_of(
            connection,
            select(m.tag.c.repository_id, m.statement.c.account_map_id)
            .join(m.statement_tag, m.statement_tag.c.tag_id == m.tag.c.id)
            .join(m.statement, m.statement.c.id == m.statement_tag.c.statement_id)
            .where(m.tag.c.repository_id.in_(set(repository_of.values())))
            .where(m.statement.c.account_map_id.is_not(None))
            .order_by(m.statement.c.accounts_complete, m.statement.c.id),
        )
    places = {}
    for image in batch:
        accounts = own.get(image) or of_repository.get(repository_of.get(image, 0), {})
        if place := _chosen(accounts, region, preferred):
            places[image] = _Place(place, accounts[place], bool(own.get(image)))
    return places


def _chosen(accounts: Mapping[str, str], region: str, preferred: str) -> str:
    wanted = (region,) if region else (preferred, HOME_REGION, *sorted(accounts))
    return next((one for one in wanted if one in accounts), "")


def _accounts_of(connection: Connection, maps: Select[Any]) -> dict[int, dict[str, str]]:
    """Give region -> account for what a query names with its maps, the best maps last."""
    rows = [row for row in connection.execute(maps) if row.account_map_id is not None]
    entries: dict[int, dict[str, str]] = defaultdict(dict)
    for some in batches({row.account_map_id for row in rows}):
        entry = m.account_map_entry
        for row in connection.execute(select(entry).where(entry.c.account_map_id.in_(some))):
            entries[row.account_map_id][row.region] = row.account
    accounts: dict[int, dict[str, str]] = defaultdict(dict)
    for subject, number, *_ in rows:
        accounts[subject].update(entries[number])
    return accounts
