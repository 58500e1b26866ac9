"""Text to wishes: the forms that an option's value can have, and a word of a sentence too.

Options and words are both read by these functions, so that they mean the same.
Requirements are those of PEP 508 (https://peps.python.org/pep-0508/).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from math import inf

from packaging.utils import canonicalize_name

from catalog.errors import UsageError
from catalog.facts import Kind
from catalog.query import releases, spoken
from catalog.query.criteria import (
    ChoiceWanted,
    FactWanted,
    OsWanted,
    PackageWanted,
    SeriesWanted,
)
from catalog.query.releases import shown

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NAMED = re.compile(rf"(?P<name>{_NAME})(?:\s+(?P<bare>v?[0-9]\S*)|\s*(?P<rest>\W.*))?", re.DOTALL)
_OS = re.compile(r"(?P<name>[a-z][a-z -]*?)[\s-]*(?P<version>(?:[=<>!~]|v?[0-9]).*)?", re.DOTALL)


def package_wanted(text: str) -> PackageWanted:
    """Read `xgboost==1.7.6`, `torch>=2.1,<2.4`, `xgboost 1.7.6` (==) or `torch 2.1` (==2.1.*).

    A usual name that is not the distribution's is understood, e.g. `sklearn`. Raises
    UsageError; a name that is not in the catalog is no error.
    """
    hint = "such as 'xgboost==1.7.6' or 'torch>=2.1,<2.4'"
    found = _match(_NAMED, text)
    if found is None:
        raise UsageError(f"{shown(text)} is not a requirement", hint)
    name = canonicalize_name(found["name"])
    rest = found["rest"] or ""
    if rest.startswith("[") or ";" in rest or "@" in rest:
        raise UsageError(
            f"{shown(text)}: extras, markers and URLs cannot be looked up in an image", hint
        )
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1]
    try:
        specifier = releases.parse_spoken(found["bare"] or rest)
    except UsageError as error:
        raise UsageError(f"{shown(text)}: {error.message}", hint) from error
    return PackageWanted.of(spoken.PACKAGES.get(name, name), specifier)


def python_wanted(text: str) -> FactWanted:
    """Read `3.10` (any 3.10.x), `py310`, `>=3.9`, `3.10.14`. Raises UsageError.

    Two numbers mean the series: `>3.10` is 3.11 or newer, `<=3.10` has all of 3.10.
    """
    plain = re.sub(r"\s+", "", text.lower())
    plain = re.sub(r"^(?:python|py)-?(?=.)", "", plain)
    # Tags have the digits alone: the first is the major version (py27, py310).
    plain = re.sub(r"^([23])([0-9]{1,2})([+-]?)$", r"\1.\2\3", plain)
    return _series(Kind.PYTHON, text, plain, "such as 3.10, py310 or '>=3.9'", 9)


def cuda_wanted(text: str) -> FactWanted:
    """Read `11.8` (any 11.8.x), `cu118`, `>=12.1`, `12`. Raises UsageError."""
    plain = re.sub(r"\s+", "", text.lower())
    # Tags have the digits alone, all but the last the major version (cu92, cu118); `cu12`
    # as in PyPI's names is CUDA 12, for there was no DLC with a CUDA before 8.
    plain = re.sub(r"^cu(?:da)?([89]|[1-9][0-9])([0-9])([+-]?)$", r"\1.\2\3", plain)
    plain = re.sub(r"^cu(?:da)?-?(?=.)", "", plain)
    return _series(Kind.CUDA, text, plain, "such as 11.8, cu118 or '>=12.1'", 50)


def framework_wanted(text: str, known: Collection[str]) -> tuple[FactWanted, ...]:
    """Read a container family, exactly that, with its version: `pytorch>=2.1`, `pytorch 2.1`.

    known: the families of the catalog. `huggingface` alone is every family whose name
    begins with it. Raises UsageError, for an unknown family with the nearest one.
    """
    found = _match(_NAMED, text.lower())
    if found is None:
        raise UsageError(f"{shown(text)} is not a framework", "such as pytorch or 'pytorch>=2.1'")
    name = re.sub("[._-]+", "-", found["name"])
    family = name if name in known else spoken.FRAMEWORKS.get(name, name)
    values = {one for one in known if one == family}
    if not values and family == "huggingface":
        values = {one for one in known if one.startswith("huggingface-")}
    if not values:
        raise UsageError(f"{shown(text)}: unknown framework", nearest(family, known))
    family_wanted = ChoiceWanted(Kind.FRAMEWORK, f"framework {family}", frozenset(values))
    version = found["bare"] or found["rest"]
    if not version:
        return (family_wanted,)
    hint = "such as pytorch or 'pytorch>=2.1'"
    return (family_wanted, _series(Kind.FRAMEWORK_VERSION, text, version, hint))


def os_wanted(text: str) -> FactWanted:
    """Read `ubuntu`, `ubuntu22.04`, `ubuntu>=20.04`, `amzn2023`, `al2`. Raises UsageError."""
    hint = "such as ubuntu22.04, 'ubuntu>=20.04' or amzn2023"
    found = _match(_OS, text.lower())
    name = re.sub(r"[\s-]+", "", found["name"]) if found else ""
    if found is None or name not in spoken.SYSTEMS:
        raise UsageError(
            f"{shown(text)}: unknown operating system", nearest(name, spoken.SYSTEMS) or hint
        )
    try:
        specifier = releases.as_series(releases.parse_spoken(found["version"] or ""))
    except UsageError as error:
        raise UsageError(f"{shown(text)}: {error.message}", hint) from error
    return OsWanted.of(spoken.SYSTEMS[name], specifier)


def device_wanted(text: str) -> FactWanted:
    """Read `gpu` (or cuda), `cpu`, `neuron`, `neuronx`, `trainium`, `hpu` ... Raises UsageError."""
    return _choice(Kind.DEVICE, text, spoken.DEVICES)


def arch_wanted(text: str) -> FactWanted:
    """Read `x86_64` or `arm64`, or one of their other names. Raises UsageError."""
    return _choice(Kind.ARCH, text, spoken.ARCHES)


def platform_wanted(text: str) -> FactWanted:
    """Read `sagemaker` or `ec2` (or eks, ecs, whose images are those of ec2). Raises UsageError."""
    return _choice(Kind.PLATFORM, text, spoken.PLATFORMS)


def job_wanted(text: str) -> FactWanted:
    """Read `training` or `inference`, or one of their other names. Raises UsageError."""
    return _choice(Kind.JOB, text, spoken.JOBS)


def region_wanted(text: str, known: Collection[str]) -> str:
    """Give the region of that name. Raises UsageError if the catalog has none, with the nearest."""
    name = text.strip().lower()
    if name not in known:
        raise UsageError(f"{shown(text)}: unknown region", nearest(name, known))
    return name


def nearest(word: str, known: Iterable[str]) -> str:
    """Give a hint that names the known words most like one, empty if none is."""
    from difflib import get_close_matches

    # Matching takes time with the square of the length, and nothing known is longer.
    close = get_close_matches(word, known, n=3, cutoff=0.7) if len(word) <= 60 else []
    return f"did you mean {' or '.join(close)}?" if close else ""


def _match(form: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Match all of a text but the spaces around it; none that is too long for a wish does."""
    text = text.strip()
    return form.fullmatch(text) if len(text) <= releases.MAX_WISH_CHARACTERS else None


def _series(kind: str, text: str, plain: str, hint: str, last_major: float = inf) -> FactWanted:
    """Make a wish of what was typed, `text`, and what it comes to, `plain`."""
    try:
        wish = SeriesWanted.of(kind, releases.parse_spoken(plain))
    except UsageError as error:
        raise UsageError(f"{shown(text)}: {error.message}", hint) from error
    majors = [int(clause.version.lstrip("v").partition(".")[0]) for clause in wish.specifier]
    if not majors or max(majors) > last_major:
        raise UsageError(f"{shown(text)} is not a version of {kind}", hint)
    return wish


def _choice(kind: str, text: str, table: spoken.Choices) -> FactWanted:
    name = text.strip().lower()
    if name not in table:
        hint = (
            nearest(name, table)
            or f"one of {', '.join(dict.fromkeys(c.name for c in table.values()))}"
        )
        raise UsageError(f"{shown(text)}: unknown {kind}", hint)
    choice = table[name]
    return ChoiceWanted(kind, f"{kind} {choice.name}", choice.values, choice.unsure)
