"""A uv.lock: which of its distributions `uv sync` installs for one Python on one machine.

A lock holds the distributions for every system and Python that it supports; an image has
those that can be reached from the project along edges whose markers hold in the image.
https://docs.astral.sh/uv/concepts/resolution/#universal-resolution
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

from catalog.errors import SourceError
from catalog.facts import Distribution
from catalog.sources.documents import as_list, as_mapping, as_text, load_toml, text_at

_VERSIONS = {"1"}
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

_Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as read: path, the project it is for, and the entries under each name."""

    path: str
    root: _Entry
    entries: Mapping[str, tuple[_Entry, ...]]

    @property
    def extras(self) -> frozenset[str]:
        """The extras that the project itself offers."""
        return frozenset(_groups(self.root, f"{self.path}: project"))


def read_lock(content: bytes, path: str) -> Lock:
    """Read a lock. Raises SourceError naming `path` if it is not one with one project."""
    document = load_toml(content, path)
    if str(document.get("version")) not in _VERSIONS:
        raise SourceError(f"{path}: not a uv.lock of version 1")
    entries: dict[str, tuple[_Entry, ...]] = {}
    roots = []
    for item in as_list(document.get("package"), f"{path}: package"):
        entry = as_mapping(item, f"{path}: package")
        name = text_at(entry, "name", f"{path}: package")
        entries[name] = (*entries.get(name, ()), entry)
        source = as_mapping(entry.get("source", {}), f"{path}: {name}: source")
        if "." in {source.get("virtual"), source.get("editable")}:
            roots.append(entry)
    if len(roots) != 1:
        raise SourceError(f"{path}: {len(roots)} projects in the lock, where one was expected")
    return Lock(path, roots[0], entries)


def installed(
    lock: Lock, python_version: str, arch: str, extras: Iterable[str] = ()
) -> tuple[Distribution, ...]:
    """Give what `uv sync --no-dev --no-install-project` installs, in order of name.

    python_version: `3.12` or `3.12.4`. arch: `x86_64` or `arm64`; the system is Linux.
    extras: those of the project that are asked for. Raises SourceError if an edge of the
    lock leads nowhere, or to several entries at once.
    """
    environment = _environment(python_version, arch)
    found: dict[str, _Entry] = {}
    seen: set[tuple[int, str]] = set()
    waiting = [(lock.root, ""), *((lock.root, extra) for extra in extras)]
    while waiting:
        entry, extra = waiting.pop()
        if (id(entry), extra) in seen:
            continue
        seen.add((id(entry), extra))
        name = text_at(entry, "name", lock.path)
        if entry is not lock.root and found.setdefault(name, entry) is not entry:
            raise SourceError(f"{lock.path}: two versions of {name} for one environment")
        for edge in _edges(entry, extra, f"{lock.path}: {name}"):
            if not _holds(text_at(edge, "marker", lock.path), environment, lock.path):
                continue
            target = _target(lock, edge, environment)
            asked = as_list(edge.get("extra", []), f"{lock.path}: {name}: extra")
            waiting.append((target, ""))
            waiting += [(target, as_text(item, f"{lock.path}: {name}: extra")) for item in asked]
    return tuple(
        Distribution(name, text_at(entry, "version", lock.path), installer="uv")
        for name, entry in sorted(found.items())
        if "version" in entry  # a distribution built from a folder may have none in the lock
    )


def _environment(python_version: str, arch: str) -> Mapping[str, str]:
    """Give the marker environment (PEP 508) of an image; where only 3.12 is known, 3.12.0."""
    parts = python_version.split(".")
    full = ".".join((*parts, *"00")[:3])
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": _MACHINES.get(arch, arch),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": ".".join(parts[:2]),
        "sys_platform": "linux",
        "extra": "",
    }


@lru_cache(maxsize=4096)
def _marker(text: str) -> Marker:
    return Marker(text)


def _holds(marker: str, environment: Mapping[str, str], where: str) -> bool:
    if not marker:
        return True
    try:
        return _marker(marker).evaluate(dict(environment))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError) as error:
        raise SourceError(f"{where}: {marker!r} is not a marker") from error


def _groups(entry: _Entry, where: str) -> _Entry:
    return as_mapping(entry.get("optional-dependencies", {}), where)


def _edges(entry: _Entry, extra: str, where: str) -> list[_Entry]:
    listed = _groups(entry, where).get(extra, []) if extra else entry.get("dependencies", [])
    return [as_mapping(edge, where) for edge in as_list(listed, where)]


def _target(lock: Lock, edge: _Entry, environment: Mapping[str, str]) -> _Entry:
    """Find the entry that an edge leads to.

    Where a name has several entries the edge says which version and source, or the entries
    say by their resolution-markers for which environments they are.
    """
    name = text_at(edge, "name", lock.path)
    stated = [key for key in ("version", "source") if key in edge]
    fitting = [
        entry
        for entry in lock.entries.get(name, ())
        if all(entry.get(key) == edge[key] for key in stated)
    ]
    if len(fitting) > 1:
        fitting = [entry for entry in fitting if _is_for(entry, environment, lock.path)]
    if len(fitting) != 1:
        raise SourceError(f"{lock.path}: {len(fitting)} entries of {name!r}, where one is needed")
    return fitting[0]


def _is_for(entry: _Entry, environment: Mapping[str, str], where: str) -> bool:
    markers = as_list(entry.get("resolution-markers", []), f"{where}: resolution-markers")
    return not markers or any(_holds(as_text(m, where), environment, where) for m in markers)
