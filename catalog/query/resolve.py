"""From what a person writes to the one image that is meant."""

from __future__ import annotations

from difflib import get_close_matches

from sqlalchemy import Connection, select
from sqlalchemy.sql import ColumnElement

from catalog import models as m
from catalog.errors import UsageError
from catalog.facts import REGIONAL
from catalog.references import ECR_HOST, ImageReference, parse_reference


def resolve(connection: Connection, text: str) -> int:
    """Give the image that a URI, a short name (`repository:tag`) or a digest names.

    Raises UsageError if the catalog has none of that name, with the nearest that it has,
    and if the digest in a name is not that of the image.
    """
    if text.startswith("sha256:"):
        return _of_digest(connection, text, text)
    reference = parse_reference(text)
    if reference.digest:
        image = _of_digest(connection, reference.digest, text)
        if reference.tag and _of_name(connection, text, reference) != image:
            raise UsageError(
                f"{text}: the tag names another image than the digest", "leave one out"
            )
        return image
    return _of_name(connection, text, reference)


def region_of(text: str) -> str:
    """Give the region that a URI itself names, empty if it names none."""
    match = None if text.startswith("sha256:") else ECR_HOST.fullmatch(parse_reference(text).host)
    return match["region"] if match else ""


def _of_digest(connection: Connection, digest: str, text: str) -> int:
    found = connection.scalar(select(m.image.c.id).where(m.image.c.digest == digest))
    if found is None:
        raise UsageError(f"{text}: no image of that digest in the catalog", "`dlcat sync ecr`")
    return int(found)


def _of_name(connection: Connection, text: str, reference: ImageReference) -> int:
    rows = connection.execute(
        select(m.tag.c.image_id, m.repository.c.registry, m.repository.c.name)
        .join(m.repository)
        .where(m.tag.c.name == reference.tag, _in_repository(reference))
    ).all()
    # Who writes a whole path means that repository, and not one whose path ends so.
    rows = [row for row in rows if row.name == reference.path] or rows
    if reference.host and (match := ECR_HOST.fullmatch(reference.host)):
        known = _accounts(connection, [row.image_id for row in rows], match["region"])
        rows = [
            row
            for row in rows
            if row.registry != REGIONAL or match["account"] in known.get(row.image_id, ())
        ]
    if not rows:
        raise _unknown(connection, text, reference)
    if len({row.image_id for row in rows}) > 1:
        registries = ", ".join(sorted({row.registry for row in rows}))
        raise UsageError(f"{text}: several registries have it ({registries})", "name the host too")
    return int(rows[0].image_id)


def _in_repository(reference: ImageReference) -> ColumnElement[bool]:
    """Tell that a repository is the one that a reference names."""
    name, registry = m.repository.c.name, m.repository.c.registry
    if not reference.host:
        return (name == reference.path) | name.endswith("/" + reference.path, autoescape=True)
    same = (registry == reference.host) & (name == reference.path)
    if ECR_HOST.fullmatch(reference.host):
        return same | ((registry == REGIONAL) & (name == reference.path))
    return same


def _accounts(connection: Connection, ids: list[int], region: str) -> dict[int, set[str]]:
    """Give the accounts that are documented to hold these images in a region."""
    entry = m.account_map_entry
    rows = connection.execute(
        select(m.statement.c.image_id, entry.c.account)
        .join(entry, entry.c.account_map_id == m.statement.c.account_map_id)
        .where(m.statement.c.image_id.in_(ids), entry.c.region == region)
    )
    accounts: dict[int, set[str]] = {}
    for row in rows:
        accounts.setdefault(row.image_id, set()).add(row.account)
    return accounts


def _unknown(connection: Connection, text: str, reference: ImageReference) -> UsageError:
    """Say that an image is not in the catalog, and which names are near."""
    rows = connection.execute(
        select(m.repository.c.name, m.tag.c.name.label("tag")).join(m.tag)
    ).all()
    names = {f"{row.name}:{row.tag}" if row.tag else row.name for row in rows}
    name = f"{reference.path}:{reference.tag}" if reference.tag else reference.path
    # Tags of the same repository are nearer than the same tag of another.
    own = {known for known in names if known.partition(":")[0] == reference.path}
    near = get_close_matches(name, sorted(own or names), n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "`dlcat find` lists what is known"
    return UsageError(f"{text}: not in the catalog", hint)
