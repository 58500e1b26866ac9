"""Query results for programs: JSON and CSV, the same names in both."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from catalog.facts import Contents, Evidence
from catalog.query.find import Findings, Found
from catalog.query.images import Image
from catalog.query.overview import Contradiction
from catalog.query.show import Holder, Listing

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def as_json(value: object) -> str:
    """Write a result as an indented JSON document."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


def plain(value: object) -> Any:
    """Turn a result into what JSON has: dicts, lists, strings, numbers."""
    if isinstance(value, Image):
        return image(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return _plain_word(value)


def _plain_word(value: object) -> object:
    if isinstance(value, (Contents, Evidence)):
        return value.label
    if isinstance(value, Enum):
        return value.name.lower()
    return value.isoformat() if isinstance(value, date) else value


def image(found: Image) -> dict[str, Any]:
    """Give an image's names and what answers for it."""
    return {
        "name": found.name,
        "names": list(found.names),
        "uri": found.uri or None,
        "region": found.region or None,
        "uri_documented": found.is_documented if found.uri else None,
        "digest": found.digest or None,
        "packages_known": found.contents.label,
        "facts": {kind: plain(known) for kind, known in found.facts.items()},
    }


def findings(found: Findings, question: str) -> dict[str, Any]:
    """Give the answer to `dlcat find`."""
    return {
        "question": question,
        "matches": [_found(one) for one in found.matches],
        "unknown_count": found.unknown_count,
        "unknown": [_found(one) for one in found.unknown],
    }


def findings_csv(found: Findings) -> str:
    """Give the answer to `dlcat find` as a table, a column for each wish and its evidence."""
    everything = (*found.matches, *found.unknown)
    wishes = [met.wish for met in everything[0].met] if everything else []
    head = ["image", "uri", "answer"]
    for wish in wishes:
        head += [wish, f"{wish} evidence"]
    rows = []
    for one in everything:
        row = [one.image.name, one.image.uri, one.answer.name.lower()]
        for met in one.met:
            row += [met.value or met.reason, met.evidence.label if met.evidence else ""]
        rows.append(row)
    return as_csv(head, rows)


def packages_csv(environments: Iterable[Listing]) -> str:
    """Give the answer to `dlcat packages` as a table."""
    fields_shown = ("name", "version", "installer", "conda_name", "build")
    rows = [
        [kind, *(getattr(item, name) for name in fields_shown), item.evidence.label, item.source]
        for environment in environments
        for kind, items in (
            ("distribution", environment.distributions),
            ("conda", environment.conda_only),
        )
        for item in items
    ]
    return as_csv(("kind", *fields_shown, "evidence", "source"), rows)


def holders_csv(found: Iterable[Holder]) -> str:
    """Give the answer to `dlcat which` as a table."""
    rows = [
        (
            holder.version,
            holder.image.name,
            holder.image.uri,
            holder.build,
            holder.evidence.label,
            holder.source,
        )
        for holder in found
    ]
    return as_csv(("version", "image", "uri", "build", "evidence", "source"), rows)


def contradictions_csv(found: Iterable[Contradiction]) -> str:
    """Give the answer to `dlcat audit` as a table."""
    sides = ("answers", "evidence", "source", "against", "against_evidence", "against_source")
    rows = []
    for clash in found:
        row = [clash.image, clash.subject]
        for claim in clash.claims:
            row += [claim.value, claim.evidence.label, claim.source]
        rows.append(row)
    return as_csv(("image", "subject", *sides), rows)


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as CSV. What a spreadsheet would run as a formula is quoted with '."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_neutral(cell) for cell in head])
    writer.writerows([_neutral(cell) for cell in row] for row in rows)
    return out.getvalue()


def _found(one: Found) -> dict[str, Any]:
    return {
        "answer": one.answer.name.lower(),
        **image(one.image),
        "met": [plain(met) for met in one.met],
    }


def _neutral(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(_FORMULA_START) else text
