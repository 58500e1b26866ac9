"""What every source is: something that can be read from a file or folder, or live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from catalog.facts import Reading

Progress = Callable[[str], None]
"""Called now and then with what is being read, for a progress line."""


def silent(_: str) -> None:
    """A `Progress` that shows nothing."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How to reach a source's live form.

    url: instead of the source's usual address (a mirror, a test's own server).
    regions, accounts, repositories: what to list, for the registry sources.
    today: the day that the reading is from.
    insecure: plain HTTP to hosts other than this machine is allowed.
    warn: called with one sentence for the person, about what was left out.
    """

    today: date
    url: str = ""
    regions: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    insecure: bool = False
    progress: Progress = field(default=silent)
    warn: Progress = field(default=silent)


class Source(Protocol):
    """One source of facts. Both ways raise SourceError and then have no effect."""

    name: str

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a copy on this machine: a folder, an archive or a file."""
        ...

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """Read the source where it lives."""
        ...
