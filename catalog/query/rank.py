"""The order of what was found: best match first, newest supported first, and stable.

1. Images still supported, then those of which it is not known, then those past their end.
2. The strength of the weakest evidence that the match rests on.
3. The newest release of the framework; then by general availability; then by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from catalog.facts import Kind

if TYPE_CHECKING:
    from catalog.query.find import Found

_OLDEST = Version("0.dev0")


def rank(found: Iterable[Found], today: date) -> list[Found]:
    """Sort what was found. today: the day for which support counts."""
    # Sorting is stable, so the keys are applied from the least to the most important.
    ranked = sorted(found, key=lambda one: one.image.name)
    ranked.sort(key=lambda one: one.image.value(Kind.GENERAL_AVAILABILITY), reverse=True)
    ranked.sort(key=lambda one: release_of(one.image.value(Kind.FRAMEWORK_VERSION)), reverse=True)
    ranked.sort(key=_weakest_evidence, reverse=True)
    ranked.sort(key=lambda one: _support(one.image.value(Kind.END_OF_PATCH), today))
    return ranked


def _support(end_of_patch: str, today: date) -> int:
    if not end_of_patch:
        return 1
    return 0 if end_of_patch >= today.isoformat() else 2


def _weakest_evidence(found: Found) -> int:
    evidence = [one.evidence for one in found.met if one.evidence is not None]
    return min(evidence, default=0)


def release_of(text: str) -> Version:
    """Give a release number to sort by; what is none comes before all that are."""
    try:
        return Version(text)
    except InvalidVersion:
        return _OLDEST
