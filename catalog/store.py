"""The only module that writes what sources say into the catalog.

What a source said before is replaced as a whole by what it says now, in one
transaction: whoever reads sees the old or the new, and a sync that is killed leaves the
old. What follows from all sources together (which tags name one image, which fact
answers) is worked out again for the images that are touched.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from catalog import conclusions, images, tags
from catalog import models as m
from catalog.batches import batches
from catalog.database import writing
from catalog.dictionaries import Dictionaries, Inserts, Row
from catalog.facts import Environment, Evidence, Reading, Repository, Statement

Progress = Callable[[int, int], None]
"""Called with (statements written, statements in all)."""

TagName = tuple[Repository, str]

TAG_SOURCE = "tag"
"""The source of what tags say of themselves, which the store reads as they appear."""

_CHILDREN = (
    m.statement_tag,
    m.statement_layer,
    m.statement_os_package,
    m.fact,
    m.component,
    m.label,
    m.variable,
    m.environment,
)


def write(engine: Engine, readings: Iterable[Reading], progress: Progress | None = None) -> None:
    """Replace what each reading's source said before by what it says now.

    All of it is one transaction: on any error the catalog is as it was.
    """
    with writing(engine) as connection:
        _Writing(connection).run(list(readings), progress or (lambda _done, _total: None))


@dataclass(frozen=True, slots=True)
class _Planned:
    """A statement that is about to be written, with the numbers it will have."""

    id: int
    source_id: int
    as_of: date
    tag_ids: tuple[int, ...]
    statement: Statement


class _Writing:
    """The work of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.inserts = Inserts(connection)
        self.dictionaries = Dictionaries(connection, self.inserts)
        self.touched: set[int] = set()
        self.new_facts: dict[int, list[Row]] = defaultdict(list)
        self.has_forgotten = False

    def run(self, readings: list[Reading], progress: Progress) -> None:
        for reading in readings:
            self._forget(reading.source)
        known_tags = self._known_tags()
        seen = _dates_seen(readings)
        unread = seen.keys() - known_tags.keys()
        if known_tags and not self._is_grammar_known():
            self._forget(TAG_SOURCE)
            unread = seen.keys() | known_tags.keys()
        readings = readings + _say_of_themselves(sorted(unread), readings)
        tag_ids, new_tags = self._number_tags(seen, known_tags)
        planned = self._plan(readings, tag_ids)
        placement = images.place(
            self.connection,
            self.inserts,
            [
                images.Naming(
                    plan.id, plan.tag_ids, plan.statement.digest, plan.statement.pushed_at
                )
                for plan in planned
            ],
        )
        self.touched |= placement.changed
        for row in new_tags:
            self.inserts.put(m.tag, {**row, "image_id": placement.image_of_tag[row["id"]]})
        for done, plan in enumerate(planned, 1):
            self._write(plan, placement.image_of_tag[plan.tag_ids[0]])
            if done % 64 == 0 or done == len(planned):
                progress(done, len(planned))
        self.inserts.flush()
        for batch in batches(sorted(self.touched)):
            conclusions.answer_facts(self.connection, self.inserts, batch, self.new_facts)
            conclusions.answer_environments(self.connection, batch)
            conclusions.drop_unused_images(self.connection, batch)
        self.inserts.flush()
        if self.has_forgotten:
            conclusions.drop_orphans(self.connection)

    def _is_grammar_known(self) -> bool:
        """Tell whether the tags were read by the grammar of this version."""
        revision = select(m.source.c.revision).where(m.source.c.name == TAG_SOURCE)
        return self.connection.scalar(revision) == tags.REVISION

    def _forget(self, source: str) -> None:
        """Remove all that a source said."""
        execute = self.connection.execute
        owned = select(m.statement.c.id).join(m.source).where(m.source.c.name == source)
        self.touched.update(
            self.connection.scalars(
                select(m.statement.c.image_id).join(m.source).where(m.source.c.name == source)
            )
        )
        lists = select(m.environment.c.id).where(m.environment.c.statement_id.in_(owned))
        for pairs in (m.environment_distribution, m.environment_conda_package):
            execute(delete(pairs).where(pairs.c.environment_id.in_(lists)))
        for table in _CHILDREN:
            execute(delete(table).where(table.c.statement_id.in_(owned)))
        gone = execute(delete(m.statement).where(m.statement.c.id.in_(owned)))
        self.has_forgotten = self.has_forgotten or gone.rowcount > 0

    def _known_tags(self) -> dict[TagName, Any]:
        rows = self.connection.execute(
            select(m.tag, m.repository.c.registry, m.repository.c.name.label("path")).join(
                m.repository
            )
        )
        return {(Repository(row.registry, row.path), row.name): row for row in rows}

    def _number_tags(
        self, seen: Mapping[TagName, tuple[date, date]], known: Mapping[TagName, Any]
    ) -> tuple[dict[TagName, int], list[Row]]:
        """Give every tag a number. Also returns the rows of new tags, without their image."""
        rows = self.connection.execute(select(m.repository))
        repositories = {Repository(row.registry, row.name): row.id for row in rows}
        ids = {name: row.id for name, row in known.items()}
        new_tags: list[Row] = []
        longer_seen = []
        for name in sorted(seen):
            repository, tag = name
            first, last = seen[name]
            if repository not in repositories:
                repositories[repository] = self.inserts.next_id(m.repository)
                row = {"registry": repository.registry, "name": repository.name}
                self.inserts.put(m.repository, {"id": repositories[repository], **row})
            if name not in ids:
                ids[name] = self.inserts.next_id(m.tag)
                new_tags.append(
                    {
                        "id": ids[name],
                        "repository_id": repositories[repository],
                        "name": tag,
                        "first_seen": first,
                        "last_seen": last,
                    }
                )
            elif not known[name].first_seen <= first <= last <= known[name].last_seen:
                first = min(first, known[name].first_seen)
                last = max(last, known[name].last_seen)
                longer_seen.append({"row": ids[name], "first": first, "last": last})
        if longer_seen:
            self.connection.execute(
                update(m.tag)
                .where(m.tag.c.id == bindparam("row"))
                .values(first_seen=bindparam("first"), last_seen=bindparam("last")),
                longer_seen,
            )
        return ids, new_tags

    def _plan(self, readings: Sequence[Reading], tag_ids: Mapping[TagName, int]) -> list[_Planned]:
        planned = []
        for reading in readings:
            source = self._source(reading)
            for statement in reading.statements:
                ids = dict.fromkeys(tag_ids[statement.repository, tag] for tag in statement.tags)
                number = self.inserts.next_id(m.statement)
                planned.append(_Planned(number, source, reading.as_of, tuple(ids), statement))
        return planned

    def _source(self, reading: Reading) -> int:
        values = {
            "origin": reading.origin,
            "revision": reading.revision,
            "as_of": reading.as_of,
            "licence": reading.licence,
        }
        by_name = m.source.c.name == reading.source
        number = self.connection.scalar(select(m.source.c.id).where(by_name))
        if number is None:
            number = self.inserts.next_id(m.source)
            row = {"id": number, "name": reading.source, **values}
            self.connection.execute(insert(m.source), row)
        else:
            self.connection.execute(update(m.source).where(by_name).values(**values))
        return int(number)

    def _write(self, plan: _Planned, image: int) -> None:
        """Write one statement and all that it says."""
        self.touched.add(image)
        statement, put = plan.statement, self.inserts.put
        put(
            m.statement,
            {
                "id": plan.id,
                "source_id": plan.source_id,
                "image_id": image,
                "evidence": int(statement.evidence),
                "key": statement.key,
                "as_of": plan.as_of,
                "account_map_id": self.dictionaries.account_map(statement.accounts),
                "accounts_complete": statement.accounts_complete,
                "digest": statement.digest,
                "compressed_bytes": statement.size_bytes,
                "pushed_at": statement.pushed_at,
                "entrypoint": _json_or_none(statement.entrypoint),
                "command": _json_or_none(statement.command),
            },
        )
        row: Row
        for position, tag in enumerate(plan.tag_ids):
            row = {"statement_id": plan.id, "tag_id": tag, "position": position}
            put(m.statement_tag, row)
        for fact in set(statement.facts):
            self.dictionaries.fact_value(fact)
            row = {"kind": fact.kind, "value": fact.value, "evidence": int(statement.evidence)}
            row |= {"image_id": image, "statement_id": plan.id}
            self.new_facts[image].append(row)
        for component in set(statement.components):
            row = {"name": component.name, "version": component.version}
            put(m.component, {"statement_id": plan.id, **row})
        for table, settings in ((m.label, statement.labels), (m.variable, statement.variables)):
            for name, value in settings.items():
                put(table, {"statement_id": plan.id, "name": name, "value": value})
        for position, layer in enumerate(statement.layers):
            row = {"position": position, "layer_id": self.dictionaries.layer(layer)}
            put(m.statement_layer, {"statement_id": plan.id, **row})
        for package in set(statement.os_packages):
            row = {"os_package_id": self.dictionaries.os_package(package)}
            put(m.statement_os_package, {"statement_id": plan.id, **row})
        for environment in statement.environments:
            self._write_environment(environment, plan, image)

    def _write_environment(self, environment: Environment, plan: _Planned, image: int) -> None:
        number = self.inserts.next_id(m.environment)
        self.inserts.put(
            m.environment,
            {
                "id": number,
                "statement_id": plan.id,
                "image_id": image,
                "evidence": int(plan.statement.evidence),
                "answers": True,
                "complete": environment.complete,
                "is_default": environment.is_default,
                "python_version": environment.python_version,
                "prefix": environment.prefix,
                "interpreter": environment.interpreter,
            },
        )
        ids = self.dictionaries.distributions(environment.distributions)
        self.inserts.put_pairs(
            m.environment_distribution, [(number, one) for one in sorted(set(ids))]
        )
        others = self.dictionaries.conda_packages(environment.conda_packages)
        self.inserts.put_pairs(
            m.environment_conda_package, [(number, one) for one in sorted(set(others))]
        )


def _dates_seen(readings: Iterable[Reading]) -> dict[TagName, tuple[date, date]]:
    """Give the first and last day that the readings saw each tag."""
    seen: dict[TagName, tuple[date, date]] = {}
    for reading in readings:
        for statement in reading.statements:
            for tag in statement.tags:
                first, last = seen.get((statement.repository, tag), (reading.as_of, reading.as_of))
                days = min(first, reading.as_of), max(last, reading.as_of)
                seen[statement.repository, tag] = days
    return seen


def _say_of_themselves(new_tags: Iterable[TagName], readings: Sequence[Reading]) -> list[Reading]:
    """Read what new tags say of themselves."""
    statements = []
    for repository, tag in new_tags:
        read = tags.parse(repository.name, tag)
        named = Environment(read.distributions, complete=False)
        statements.append(
            Statement(
                repository,
                (tag,),
                Evidence.TAG,
                key=f"{repository.name}:{tag}",
                facts=read.facts,
                environments=(named,) if read.distributions else (),
            )
        )
    if not statements:
        return []
    as_of = max(reading.as_of for reading in readings)
    said = tuple(statements)
    return [Reading(TAG_SOURCE, "the images' names", tags.REVISION, as_of, "", said)]


def _json_or_none(words: tuple[str, ...] | None) -> str | None:
    return None if words is None else json.dumps(words)
