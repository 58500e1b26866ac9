"""What follows from all statements on an image together, worked out anew for those touched.

`catalog.derive` has the rules; here the tables are brought in line with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from catalog import derive
from catalog import models as m
from catalog.dictionaries import Inserts, Row
from catalog.facts import Contents

_SHARED = (
    # What is pointed to, and from where; distributions before the conda packages of theirs.
    (m.distribution, [m.environment_distribution.c.distribution_id]),
    (
        m.conda_package,
        [m.environment_conda_package.c.conda_package_id, m.distribution.c.conda_package_id],
    ),
    (m.layer, [m.statement_layer.c.layer_id]),
    (m.os_package, [m.statement_os_package.c.os_package_id]),
)
_FACT_KEY = ("image_id", "kind", "value", "statement_id")


def answer_facts(
    connection: Connection,
    inserts: Inserts,
    batch: Sequence[int],
    new_facts: dict[int, list[Row]],
) -> None:
    """Decide which facts of these images answer, and write the new ones.

    new_facts: rows of `fact` without `answers`, by image; those of the batch are taken out.
    """
    facts: dict[tuple[int, str], list[Row]] = defaultdict(list)
    old = connection.execute(select(m.fact).where(m.fact.c.image_id.in_(batch)))
    new = (row for image in batch for row in new_facts.pop(image, ()))
    for row in chain(map(dict, old.mappings()), new):
        facts[row["image_id"], row["kind"]].append(row)
    changes = []
    for (_, kind), said in facts.items():
        best = derive.answering(kind, {(row["value"], row["evidence"]) for row in said})
        for row in said:
            answers = (row["value"], row["evidence"]) in best
            if "answers" not in row:
                inserts.put(m.fact, {**row, "answers": answers})
            elif row["answers"] != answers:
                changes.append({f"of_{name}": row[name] for name in _FACT_KEY} | {"new": answers})
    if changes:
        is_it = (m.fact.c[name] == bindparam(f"of_{name}") for name in _FACT_KEY)
        connection.execute(update(m.fact).where(*is_it).values(answers=bindparam("new")), changes)


def answer_environments(connection: Connection, batch: Sequence[int]) -> None:
    """Decide which package lists of these images answer, and how much they tell."""
    lists: dict[int, list[Any]] = defaultdict(list)
    table = m.environment
    for row in connection.execute(select(table).where(table.c.image_id.in_(batch))):
        lists[row.image_id].append(row)
    answers: list[Row] = []
    contents: list[Row] = []
    for image in batch:
        rows = lists[image]
        known = [(row.id, row.evidence, row.complete) for row in rows]
        overruled = derive.overruled(known)
        answers += [
            {"row": row.id, "new": not row.answers}
            for row in rows
            if row.answers == (row.id in overruled)
        ]
        how_much = Contents.PARTIAL if rows else Contents.UNKNOWN
        if any(row.complete and row.is_default for row in rows):
            how_much = Contents.COMPLETE
        contents.append({"row": image, "new": how_much})
    _set(connection, m.environment, "answers", answers)
    _set(connection, m.image, "contents", contents)


def _set(connection: Connection, table: Any, column: str, changes: list[Row]) -> None:
    if changes:
        change = update(table).where(table.c.id == bindparam("row"))
        connection.execute(change.values({column: bindparam("new")}), changes)


def drop_unused_images(connection: Connection, batch: Sequence[int]) -> None:
    """Remove those of these images that no tag names and no source speaks of."""
    connection.execute(
        delete(m.image)
        .where(m.image.c.id.in_(batch))
        .where(m.image.c.id.not_in(select(m.tag.c.image_id)))
        .where(m.image.c.id.not_in(select(m.statement.c.image_id)))
    )


def drop_orphans(connection: Connection) -> None:
    """Remove what was written once for many places, and has no place any more."""
    for table, users in _SHARED:
        nowhere = [~exists(select(column).where(column == table.c.id)) for column in users]
        connection.execute(delete(table).where(*nowhere))
    used_maps = select(m.statement.c.account_map_id).where(
        m.statement.c.account_map_id.is_not(None)
    )
    entry = m.account_map_entry
    connection.execute(delete(entry).where(entry.c.account_map_id.not_in(used_maps)))
    connection.execute(delete(m.account_map).where(m.account_map.c.id.not_in(used_maps)))
    fact, value = m.fact.c, m.fact_value.c
    used = select(fact.kind).where(fact.kind == value.kind, fact.value == value.value)
    connection.execute(delete(m.fact_value).where(~exists(used)))
