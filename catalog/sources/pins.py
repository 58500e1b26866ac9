"""Exact pins, `name==version`: what a list given to an installer says is there.

Ranges and wildcards are not versions and say nothing here. Such lists are partial.
https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from catalog.errors import SourceError
from catalog.facts import Distribution
from catalog.sources.documents import as_mapping, load_json, text_at
from catalog.sources.files import read_text

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?P<specifier>==.*)")
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_MAX_CHARACTERS = 4096
_MAX_ROUNDS = 8


def exact_version(specifier: str) -> str:
    """Give the version of `==1.2.3`; empty for ranges and wildcards, and what is no specifier."""
    try:
        stated = [(item.operator, item.version) for item in SpecifierSet(specifier)]
    except InvalidSpecifier:
        return ""
    versions = [version for operator, version in stated if operator == "=="]
    return versions[0] if len(versions) == 1 and not versions[0].endswith(".*") else ""


def agreed(pins: Iterable[tuple[str, str]]) -> tuple[Distribution, ...]:
    """Give one distribution a name, in order; names pinned to several versions are left out."""
    found: dict[str, dict[str, str]] = {}
    for name, version in pins:
        if version:
            found.setdefault(canonicalize_name(name), {})[version] = name
    return tuple(
        Distribution(name, version)
        for _, versions in sorted(found.items())
        for version, name in versions.items()
        if len(versions) == 1
    )


def with_more(
    first: tuple[Distribution, ...], more: tuple[Distribution, ...]
) -> tuple[Distribution, ...]:
    """Add to `first` those of `more` that it does not name."""
    names = {canonicalize_name(distribution.name) for distribution in first}
    return first + tuple(d for d in more if canonicalize_name(d.name) not in names)


def requirements(content: bytes, path: str) -> tuple[Distribution, ...]:
    """Read the pins of a requirements.txt. Raises SourceError naming the line that is wrong."""
    pins = []
    for number, line in enumerate(read_text(content, path).splitlines(), 1):
        stated = _COMMENT.sub("", line).strip()
        if not stated or stated.startswith("-"):
            continue
        try:
            requirement = Requirement(stated)
        except InvalidRequirement as error:
            raise SourceError(f"{path}, line {number}: {stated!r} is not a requirement") from error
        if requirement.marker is None:
            pins.append((requirement.name, exact_version(str(requirement.specifier))))
    return agreed(pins)


def core_packages(content: bytes, path: str) -> tuple[Distribution, ...]:
    """Read the pins of a `*.core_packages.json`, which its image is tested to hold."""
    pins = []
    for name, value in as_mapping(load_json(content, path), path).items():
        where = f"{path}: {name}"
        specifier = text_at(as_mapping(value, where), "version_specifier", where)
        pins.append((name, exact_version(specifier)))
    return agreed(pins)


def token(text: str, resolve: Mapping[str, str]) -> tuple[str, str]:
    """Take one `name[extra]==version` of a command apart, ARGs given; empty if it is not one."""
    found = _PIN.fullmatch(expanded(text, resolve))
    return (found["name"], exact_version(found["specifier"])) if found else ("", "")


def expanded(text: str, names: Mapping[str, str]) -> str:
    """Replace `${NAME}` and `$NAME`; empty if one is unknown or it does not come to an end."""
    for _ in range(_MAX_ROUNDS):
        if "$" not in text:
            return text
        try:
            text = _REFERENCE.sub(lambda found: names[found[1] or found[2]], text)
        except KeyError:
            return ""
        if len(text) > _MAX_CHARACTERS:
            return ""
    return ""
