"""Builds the bundled snapshot from raw data."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from catalog import snapshot
from catalog.errors import SourceError
from catalog.facts import Reading
from catalog.sources.registered import BUNDLED, chosen

_DAY = re.compile(r"copied on ([0-9]{4}-[0-9]{2}-[0-9]{2})")


def build(data: Path, say: Callable[[str], None]) -> bytes:
    """Read every source that is bundled from a folder of raw data, and encode it.

    The day that the facts are from is the one that the folder's SOURCES.md names, so
    that the same folder gives the same bytes on any day. Raises SourceError.
    """
    as_of = _copied_on(data / "SOURCES.md")
    readings: list[Reading] = []
    for name, source in chosen(BUNDLED).items():
        say(f"reading {name}")
        readings += source.from_path(data, as_of)
    say("compressing")
    return snapshot.encode(readings)


def _copied_on(about: Path) -> date:
    try:
        found = _DAY.search(about.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{about}: cannot be read", "it tells the day of the data") from error
    if found is None:
        raise SourceError(f"{about}: does not say `copied on YYYY-MM-DD`")
    return date.fromisoformat(found[1])
