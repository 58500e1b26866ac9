"""Builds the bundled snapshot from raw data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from catalog import snapshot
from catalog.errors import SourceError
from catalog.facts import Reading
from catalog.sources.registered import BUNDLED, chosen

_DAY = re.compile(r"copied on ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_FIRST_FILE = {
    # Which row of SOURCES.md tells where a source's data is from.
    "sdk": "image_uri_config/",
    "docs": "dlc_docs/",
    "recipes": "dlc_recipes.tar.xz",
    "distribution": "sagemaker_distribution_locks.tar.xz",
}


def build(data: Path, say: Callable[[str], None]) -> bytes:
    """Read every source that is bundled from a folder of raw data, and encode it.

    The folder's SOURCES.md names the day that the facts are from, their origin and
    revision, so that the same folder gives the same bytes on any day and in any place.
    Raises SourceError.
    """
    about = data / "SOURCES.md"
    try:
        text = about.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{about}: cannot be read", "it tells what the data is") from error
    as_of = _copied_on(text, about)
    readings: list[Reading] = []
    for name, source in chosen(BUNDLED).items():
        say(f"reading {name}")
        origin, revision = _row(text, _FIRST_FILE[name], about)
        readings += [
            replace(reading, origin=origin, revision=revision)
            for reading in source.from_path(data, as_of)
        ]
    say("compressing")
    return snapshot.encode(readings)


def _copied_on(text: str, about: Path) -> date:
    found = _DAY.search(text)
    if found is None:
        raise SourceError(f"{about}: does not say `copied on YYYY-MM-DD`")
    try:
        return date.fromisoformat(found[1])
    except ValueError as error:
        raise SourceError(f"{about}: {found[1]} is not a day") from error


def _row(text: str, first_file: str, about: Path) -> tuple[str, str]:
    """Give origin and revision of the table's row for a file."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith(first_file) and len(cells) >= 3:
            return cells[1].replace("`", ""), cells[2]
    raise SourceError(f"{about}: no row for {first_file}")
