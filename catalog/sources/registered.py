"""All sources by name, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.errors import UsageError
from catalog.sources.distribution import DistributionSource
from catalog.sources.docs import DocsSource
from catalog.sources.ecr import EcrSource
from catalog.sources.interface import Source
from catalog.sources.recipes import RecipesSource
from catalog.sources.registry import RegistrySource
from catalog.sources.sdk import SdkSource

BUNDLED = ("sdk", "docs", "recipes", "distribution")
"""The sources that come with dlcat as a snapshot; they need no credentials."""

_SOURCES: tuple[Source, ...] = (
    SdkSource(),
    DocsSource(),
    RecipesSource(),
    DistributionSource(),
    EcrSource(),
    RegistrySource(),
)


def chosen(names: Iterable[str]) -> dict[str, Source]:
    """Give the named sources. Raises UsageError for a name that is none."""
    known = {source.name: source for source in _SOURCES}
    wanted = {}
    for name in names:
        if name not in known:
            raise UsageError(f"{name}: unknown source", f"one of {', '.join(known)}")
        wanted[name] = known[name]
    return wanted
