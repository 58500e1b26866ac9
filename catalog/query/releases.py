"""What release numbers meet a specifier, where a number may stand for a whole series.

Specifiers are those of PEP 440 (https://peps.python.org/pep-0440/#version-specifiers).
A recorded `3.10` says that an image has some 3.10.x; the last number is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from catalog.errors import UsageError

MAX_WISH_CHARACTERS = 1_000
_MAX_CLAUSES = 50
_FULL = 3
"""The numbers of a full release; one with fewer is a series."""

_ORDER = ("===", "==", "~=", ">", ">=", "<", "<=", "!=")
_ANY_LAST = re.compile(r"\.[xX](?=\s*(?:,|$))")
_SERIES_TEXT = re.compile(r"v?[0-9]+(?:\.[0-9]+)*(?:\.[*x])?", re.IGNORECASE)


class Answer(Enum):
    """Whether a recorded value meets a wish."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def shown(text: str) -> str:
    """Quote what somebody typed for a message, on one line and not too long."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def plain(text: str) -> str:
    """Give the same as `shown`, without the quotes."""
    return shown(text)[1:-1]


def parse_specifier(text: str) -> SpecifierSet:
    """Read PEP 440 clauses, e.g. `>=2.1,<2.4`; empty is any version. Raises UsageError.

    An operator without a version is an error, though PEP 440 lets `===` stand alone.
    """
    hint = "such as >=2.1,<2.4 or ==1.7.6"
    if len(text) > MAX_WISH_CHARACTERS or text.count(",") >= _MAX_CLAUSES:
        raise UsageError(f"{shown(text)} is too long for a version specifier", hint)
    # Numbers past any in use would only cost time, and Python refuses to print the longest.
    if re.search(r"[0-9]{20}", text):
        raise UsageError(f"{shown(text)}: a number of 20 digits is no version", hint)
    try:
        specifier = SpecifierSet(_ANY_LAST.sub(".*", text))
    except InvalidSpecifier as error:
        raise UsageError(f"{shown(text)} is not a version specifier", hint) from error
    if (text.strip() and not specifier) or not all(clause.version for clause in specifier):
        raise UsageError(f"{shown(text)} is not a version specifier", hint)
    return specifier


def parse_spoken(text: str) -> SpecifierSet:
    """Read a specifier or a bare version, in which fewer than three numbers mean a series.

    `1.7.6` is ==1.7.6, `2.1` is ==2.1.*, `2.1+` is 2.1 or newer, `2.1-` is 2.1 or older
    with all of 2.1; `>=2.1` is itself. Raises UsageError.
    """
    text = text.strip()
    if not text[:1].isalnum():
        return parse_specifier(text)
    if "," in text:
        raise UsageError(f"{shown(text)} is not a version", "such as 1.7.6 or 2.1")
    operator = {"+": ">=", "-": "<="}.get(text[-1], "==")
    return as_series(parse_specifier(f"{operator}{text.removeprefix('v').rstrip('+-')}"))


def unique(specifier: SpecifierSet) -> SpecifierSet:
    """Keep each clause once; some versions of packaging keep what is said twice."""
    return SpecifierSet(",".join(sorted({str(clause) for clause in specifier})))


def as_series(specifier: SpecifierSet) -> SpecifierSet:
    """Let a version of one or two numbers mean all releases that begin with them.

    ==3.10 becomes ==3.10.*, !=3.10 likewise; >3.10 becomes >=3.11 and <=3.10 becomes
    <3.11, for the whole of 3.10 is meant. All other clauses mean the same either way.
    Raises UsageError for a version that is not of release numbers.
    """
    return SpecifierSet(",".join(sorted({_series_clause(clause) for clause in specifier})))


def _series_clause(clause: Specifier) -> str:
    operator, text = clause.operator, clause.version
    try:
        version = Version(text.removesuffix(".*"))
    except InvalidVersion as error:
        raise UsageError(f"{shown(text)} is not a version", "such as 3.10 or 11.8") from error
    if version.epoch:
        raise UsageError(f"{shown(text)}: an epoch has no meaning here", "such as 3.10 or 11.8")
    if not _SERIES_TEXT.fullmatch(text) or text.endswith(".*") or len(version.release) >= _FULL:
        return str(clause)
    numbers, plain = version.release, text.removeprefix("v")
    after = ".".join(map(str, (*numbers[:-1], numbers[-1] + 1)))
    forms = {
        "==": f"=={plain}.*",
        "===": f"=={plain}.*",
        "!=": f"!={plain}.*",
        ">": f">={after}",
        "<=": f"<{after}",
    }
    return forms.get(operator, str(clause))


def decide(specifier: SpecifierSet, value: str) -> Answer:
    """Tell whether a recorded release number meets a specifier.

    A value of three numbers or more (or a pre-release and the like) is one version. One
    of fewer stands for every release that begins with it: YES if all of them meet the
    specifier, NO if none does, else UNKNOWN, as is a value that is no version at all.
    """
    try:
        version = Version(value)
    except InvalidVersion:
        return Answer.UNKNOWN
    known = version.release
    if len(known) >= _FULL or str(version) != ".".join(map(str, known)):
        return Answer.YES if specifier.contains(version, prereleases=True) else Answer.NO
    first = known + (0,) * (_FULL - len(known))
    points = {first, *(p for p in _boundaries(specifier, _FULL) if p[: len(known)] == known)}
    answers = {specifier.contains(_text(point), prereleases=True) for point in points}
    if len(answers) == 2:
        return Answer.UNKNOWN
    return Answer.YES if answers.pop() else Answer.NO


def accepts(specifier: SpecifierSet, version: str) -> bool:
    """Tell whether one version meets a specifier, pre-releases included.

    A version that is not PEP 440 meets `==` and `===` of that very string, and no others.
    """
    try:
        return specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return all(
            clause.operator in ("==", "===") and clause.version.lower() == version.lower()
            for clause in specifier
        )


def is_impossible(specifier: SpecifierSet) -> bool:
    """Tell whether certainly no version meets all clauses; False where it is hard to say."""
    if len(specifier) < 2:
        return False
    pins = [
        clause.version
        for clause in specifier
        if clause.operator in ("==", "===") and not clause.version.endswith(".*")
    ]
    if pins:
        return not any(accepts(specifier, pin) for pin in pins)
    versions = [Version(clause.version.removesuffix(".*")) for clause in specifier]
    if any(str(version) != ".".join(map(str, version.release)) for version in versions):
        return False
    depth = 1 + max((len(version.release) for version in versions), default=0)
    points = {(0,) * depth, *_boundaries(specifier, depth)}
    return not any(specifier.contains(_text(point), prereleases=True) for point in points)


def readable(specifier: SpecifierSet) -> str:
    """Write a specifier with its lower bound first, e.g. `>=2.1,<2.4`."""
    clauses = sorted(specifier, key=lambda clause: (_ORDER.index(clause.operator), str(clause)))
    return ",".join(map(str, clauses))


def _boundaries(specifier: SpecifierSet, depth: int) -> Iterator[tuple[int, ...]]:
    """Give every release of `depth` numbers at which the answer can change.

    Each clause holds on ranges of releases that begin at its own version or right after
    it, at one of its places; so do all clauses together, and so does their opposite.
    Hence a range has a release that meets them, or fails them, only if its first one or
    one of these does.
    """
    for clause in specifier:
        numbers = Version(clause.version.removesuffix(".*")).release
        start = (numbers + (0,) * depth)[:depth]
        yield start
        for place in range(depth):
            yield (*start[:place], start[place] + 1, *(0,) * (depth - place - 1))


def _text(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))
