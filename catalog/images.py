"""Which image each tag names: worked out anew from all statements, and kept in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select, update

from catalog import derive
from catalog import models as m
from catalog.dictionaries import Inserts
from catalog.facts import Contents


@dataclass(frozen=True, slots=True)
class Naming:
    """That a statement speaks of the image which these tags name.

    Should they name several images by now, it is that of the first: sources begin with the
    most exact name, which moves on last.

    digest and pushed_at: what a registry says they name, and since when.
    """

    statement_id: int
    tag_ids: tuple[int, ...]
    digest: str = ""
    pushed_at: str = ""


@dataclass(slots=True)
class Placement:
    """The image of each tag, and the images that were changed by saying so."""

    image_of_tag: dict[int, int]
    changed: set[int] = field(default_factory=set)


def place(connection: Connection, inserts: Inserts, new: Sequence[Naming]) -> Placement:
    """Give each tag its image, and let the statements that are there follow.

    Images keep their number as long as one of their tags stays with them.
    """
    old = _recorded(connection)
    named = connection.execute(select(m.tag.c.id, m.tag.c.image_id))
    old_image = {row.id: row.image_id for row in named}
    digests: dict[int, tuple[str, str]] = {}
    for naming in (*old, *new):
        for tag in naming.tag_ids if naming.digest else ():
            latest = digests.get(tag, ("", ""))
            digests[tag] = max(latest, (naming.pushed_at, naming.digest))
    names = [naming.tag_ids for naming in (*old, *new)] + [(tag,) for tag in old_image]
    representative, digest_of = derive.group_tags(
        names, {tag: digest for tag, (_, digest) in digests.items()}
    )
    groups: dict[int, list[int]] = defaultdict(list)
    for tag in sorted(representative):
        groups[representative[tag]].append(tag)
    placement = Placement(_number(connection, inserts, groups, digest_of, old_image))
    _follow(connection, old, old_image, placement)
    return placement


def _recorded(connection: Connection) -> list[Naming]:
    tags: dict[int, list[int]] = defaultdict(list)
    named = m.statement_tag
    for row in connection.execute(select(named).order_by(named.c.statement_id, named.c.position)):
        tags[row.statement_id].append(row.tag_id)
    statement_rows = connection.execute(
        select(m.statement.c.id, m.statement.c.digest, m.statement.c.pushed_at)
    )
    return [
        Naming(row.id, tuple(tags[row.id]), row.digest, row.pushed_at) for row in statement_rows
    ]


def _number(
    connection: Connection,
    inserts: Inserts,
    groups: Mapping[int, Sequence[int]],
    digest_of: Mapping[int, str],
    old_image: Mapping[int, int],
) -> dict[int, int]:
    """Give each group of tags the image it had, or the one of its digest, or a new one."""
    rows = connection.execute(
        select(m.image.c.digest, m.image.c.id).where(m.image.c.digest.is_not(None))
    )
    by_digest = {row.digest: row.id for row in rows}
    digest_known = {image: digest for digest, image in by_digest.items()}
    taken: set[int] = set()
    resolved = []
    image_of_tag: dict[int, int] = {}
    for group, members in groups.items():
        digest = digest_of[group]
        kept = [
            image
            for tag in members
            if (image := old_image.get(tag)) is not None
            and image not in taken
            and digest_known.get(image, digest) == digest
        ]
        if digest in by_digest:
            image = by_digest[digest]
        elif kept:
            image = min(kept)
            if digest:
                resolved.append({"row": image, "digest": digest})
        else:
            image = inserts.next_id(m.image)
            row = {"id": image, "digest": digest or None, "contents": Contents.UNKNOWN}
            inserts.put(m.image, row)
        taken.add(image)
        image_of_tag.update(dict.fromkeys(members, image))
    if resolved:
        connection.execute(
            update(m.image)
            .where(m.image.c.id == bindparam("row"))
            .values(digest=bindparam("digest")),
            resolved,
        )
    inserts.flush()
    return image_of_tag


def _follow(
    connection: Connection,
    old: Sequence[Naming],
    old_image: Mapping[int, int],
    placement: Placement,
) -> None:
    """Move tags, and what was said of them, to the image that they name now."""
    image_of_tag = placement.image_of_tag
    moved = {tag for tag, image in old_image.items() if image_of_tag[tag] != image}
    if not moved:
        return
    connection.execute(
        update(m.tag).where(m.tag.c.id == bindparam("row")).values(image_id=bindparam("image")),
        [{"row": tag, "image": image_of_tag[tag]} for tag in sorted(moved)],
    )
    for naming in old:
        if naming.tag_ids and naming.tag_ids[0] in moved:
            tag = naming.tag_ids[0]
            placement.changed.update((old_image[tag], image_of_tag[tag]))
            for table, column in (
                (m.statement, m.statement.c.id),
                (m.fact, m.fact.c.statement_id),
                (m.environment, m.environment.c.statement_id),
            ):
                connection.execute(
                    update(table)
                    .where(column == naming.statement_id)
                    .values(image_id=image_of_tag[tag])
                )
