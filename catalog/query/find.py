"""Which images meet a set of wishes, how each wish is met, and by what evidence.

An image answers each wish with yes, no, or not known. It matches if all are yes. If none
is no but some are not known, it is neither a match nor a mismatch and is kept apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from catalog.facts import Kind
from catalog.query import images, search
from catalog.query.criteria import Answer, Criteria
from catalog.query.images import Image
from catalog.query.rank import rank
from catalog.query.search import Met

_FAMILIES = frozenset({"tensorflow", "mxnet"})
"""Families whose images have distributions of other names: tensorflow-gpu, aws-mxnet-cu112."""


@dataclass(frozen=True, slots=True)
class Found:
    """One image with its answers, in the order of the wishes."""

    image: Image
    met: tuple[Met, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, best first.

    unknown_count: images of which it is not known whether they match; unknown: these
    images, if they were asked for.
    """

    matches: tuple[Found, ...]
    unknown_count: int
    unknown: tuple[Found, ...]


def find(
    engine: Engine,
    criteria: Criteria,
    today: date,
    *,
    uri_region: str = "",
    with_unknown: bool = False,
) -> Findings:
    """Find the images that meet all criteria.

    uri_region: in whose registry URIs are to be where they can, if the criteria name none.
    """
    with engine.connect() as connection:
        met = search.answers(connection, criteria, today)
        shown: dict[Answer, list[int]] = {Answer.YES: [], Answer.UNKNOWN: [], Answer.NO: []}
        for image, answers in met.items():
            shown[search.overall(answers)].append(image)
        wanted = shown[Answer.YES] + (shown[Answer.UNKNOWN] if with_unknown else [])
        details = images.load(connection, wanted, criteria.region, preferred=uri_region)

    def ranked(answer: Answer) -> tuple[Found, ...]:
        found = [
            Found(details[image], tuple(met[image]), answer)
            for image in shown[answer]
            if image in details
        ]
        return tuple(rank(found, today))

    return Findings(ranked(Answer.YES), len(shown[Answer.UNKNOWN]), ranked(Answer.UNKNOWN))


def families(criteria: Criteria, known: Collection[str]) -> tuple[str, ...]:
    """Name the container families that are called like a wanted package, with its version.

    Their labels do not tell which distribution is in the images, `tensorflow-gpu` or
    `tensorflow`, so that they do not answer for the package.
    """
    if any(wish.kind == Kind.FRAMEWORK for wish in criteria.facts):
        return ()
    return tuple(
        f"{wish.name}{wish.specifier}"
        for wish in criteria.packages
        if wish.name in _FAMILIES and wish.name in known
    )
