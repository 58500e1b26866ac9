"""What follows from all statements together: which image a tag names, and which fact answers.

Pure functions over plain values; the store feeds them and writes what they give.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from catalog.facts import MANY_VALUED_KINDS, VERSION_KINDS

Row = TypeVar("Row", bound=Hashable)


def answering(kind: str, facts: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Choose from (value, `Evidence`) pairs of one kind those that answer for the image.

    The best evidence answers. A release number of weaker evidence that only says more
    of the same (`3.10.14` to `3.10`) takes its place: it contradicts nothing. Of a kind
    that has many values all values of the best evidence answer; otherwise more than one
    answer means that equally good sources contradict each other.
    """
    facts = set(facts)
    best = max((evidence for _, evidence in facts), default=0)
    answers = {fact for fact in facts if fact[1] == best}
    if kind not in VERSION_KINDS or kind in MANY_VALUED_KINDS:
        return answers
    for value, evidence in sorted(facts - answers, key=lambda fact: (-fact[1], fact[0])):
        if any(says_more(value, other) for other, _ in answers):
            answers.add((value, evidence))
    return {
        (value, evidence)
        for value, evidence in answers
        if not any(says_more(other, value) for other, _ in answers)
    }


def says_more(value: str, other: str) -> bool:
    """Tell whether a release number is the other one with more parts: 3.10.14 and 3.10."""
    return value.startswith((other + ".", other + "+"))


def agree(kind: str, value: str, other: str) -> bool:
    """Tell whether two values of one kind can both be true of one image."""
    if value == other or kind in MANY_VALUED_KINDS:
        return True
    return kind in VERSION_KINDS and (says_more(value, other) or says_more(other, value))


def group_tags(
    names: Iterable[Sequence[Row]], digests: Mapping[Row, str]
) -> tuple[dict[Row, Row], dict[Row, str]]:
    """Find which tags name one image.

    names: the tags of each statement, which are said to name one image. digests: what
    a registry says a tag names now; tags of different digests are never one image, so
    that a tag which has moved on does not pull two images together.
    Returns the representative tag of each tag, and the digest of each representative.
    """
    names = list(names)
    groups = _Groups(digests)
    for tags in names:
        for tag in tags:
            groups.add(tag)
    first_of: dict[str, Row] = {}
    for tag in groups.parent:
        if digest := digests.get(tag, ""):
            groups.unite(first_of.setdefault(digest, tag), tag)
    for tags in names:
        for tag in tags[1:]:
            groups.unite(tags[0], tag)
    representative = {tag: groups.find(tag) for tag in groups.parent}
    digest_of = {tag: groups.digest_of.get(tag, "") for tag in representative.values()}
    return representative, digest_of


class _Groups(Generic[Row]):
    """Sets of tags that name one image, each of at most one digest."""

    def __init__(self, digests: Mapping[Row, str]) -> None:
        self.parent: dict[Row, Row] = {}
        self.digest_of = {tag: digest for tag, digest in digests.items() if digest}

    def add(self, tag: Row) -> None:
        self.parent.setdefault(tag, tag)

    def find(self, tag: Row) -> Row:
        while self.parent[tag] != tag:
            self.parent[tag] = self.parent[self.parent[tag]]
            tag = self.parent[tag]
        return tag

    def unite(self, tag: Row, other: Row) -> None:
        """Make one set of two, unless their digests tell that they are two images."""
        one, two = self.find(tag), self.find(other)
        digests = {self.digest_of.get(one, ""), self.digest_of.get(two, "")} - {""}
        if one == two or len(digests) > 1:
            return
        self.parent[two] = one
        if digests:
            self.digest_of[one] = digests.pop()


def overruled(environments: Iterable[tuple[Row, int, bool]]) -> set[Row]:
    """Find the package lists of one image that a better, complete list overrules.

    environments: (identity, `Evidence`, complete). A list answers unless a complete one
    of better evidence is there.
    """
    environments = list(environments)
    complete = [evidence for _, evidence, is_complete in environments if is_complete]
    best = max(complete, default=0)
    return {row for row, evidence, _ in environments if evidence < best}
