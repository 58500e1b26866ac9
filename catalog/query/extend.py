"""What is left to install to have some requirements in an image."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from catalog.errors import UsageError
from catalog.facts import Kind
from catalog.query.criteria import Criteria, PackageWanted
from catalog.query.images import Image
from catalog.query.requirements_file import RequirementLine, RequirementsFile, read_requirements
from catalog.query.resolve import region_of
from catalog.query.show import Installed, Listing, contents_of

_CREDENTIALS = re.compile(r"//[^/\s]*@|://\S*\?")
"""A login in a URL, or parameters, which may give access by themselves as signed URLs do."""
_URL = re.compile(r"(?<=//)\S+")
_LOCAL_OPTION = re.compile(r"(?:-f|--find-links|-i|--index-url|--extra-index-url)[ =]+(?!\S*://)")


@dataclass(frozen=True, slots=True)
class Present:
    """A requirement that an image meets already."""

    requirement: str
    installed: Installed


@dataclass(frozen=True, slots=True)
class Extension:
    """What to put on top of which image.

    interpreter: the Python to install with, empty if its place is not known. missing,
    constraints, options: lines of a requirements file. left_out: (line, why) of those
    that cannot be part of a Dockerfile.
    """

    image: Image
    interpreter: str
    requirements_names: tuple[str, ...]
    missing: tuple[str, ...]
    constraints: tuple[str, ...]
    options: tuple[str, ...]
    present: tuple[Present, ...]
    left_out: tuple[tuple[str, str], ...]


def extension(
    engine: Engine, reference: str, paths: Sequence[Path], region: str, uri_region: str
) -> Extension:
    """Compare requirements files with an image.

    region: where the image must be, if not empty; uri_region: in which its URI is to be
    otherwise. Raises UsageError for an unknown image or region, or a bad file.
    """
    region = region or region_of(reference)
    image, environments = contents_of(engine, reference, region, preferred=uri_region)
    if not image.uri and region:
        raise UsageError(
            f"{image.name}: not documented to be in {region}", "`dlcat show` lists where"
        )
    if not image.uri:
        raise UsageError(
            f"{image.name}: no registry is known to have it", "`dlcat sync` may find one"
        )
    default = [environment for environment in environments if environment.is_default]
    files = [read_requirements(path) for path in paths]
    lines = [line for file in files for line in file.lines]
    options = [option for file in files for option in file.options]
    there = _best(default)
    markers = _markers(image)
    # All lines of a name together, constraints too: one of them alone may be met.
    wanted_of = _united(files, markers)
    present = [
        Present(line.text, there[line.package.name])
        for line in lines
        if line.package and _is_met(line, wanted_of.get(line.package.name), there, markers)
    ]
    met = {one.requirement for one in present}
    wanted = [line for line in lines if line.text not in met]
    return Extension(
        image=image,
        interpreter=next((one.interpreter for one in default if one.interpreter), ""),
        requirements_names=tuple(path.name for path in paths),
        missing=_writable(line for line in wanted if not line.constraint),
        constraints=_writable(line for line in wanted if line.constraint),
        options=tuple(
            option
            for option in options
            if not _CREDENTIALS.search(option) and not _LOCAL_OPTION.match(option)
        ),
        present=tuple(present),
        left_out=_left_out(wanted, options),
    )


def _best(environments: Sequence[Listing]) -> dict[str, Installed]:
    """Give for each name what the best evidence says, if it says one thing."""
    said: dict[str, list[Installed]] = defaultdict(list)
    for environment in environments:
        for item in environment.distributions:
            said[item.canonical_name].append(item)
    best = {}
    for name, items in said.items():
        evidence = max(item.evidence for item in items)
        versions = {item.version: item for item in items if item.evidence == evidence}
        if len(versions) == 1:
            best[name] = next(iter(versions.values()))
    return best


def _united(files: Sequence[RequirementsFile], markers: dict[str, str]) -> dict[str, PackageWanted]:
    """Give all that is wanted of each name, which no file of several says alone."""
    wanted = Criteria.of(package for file in files for package in file.applying(markers))
    return {package.name: package for package in wanted.packages}


def _is_met(
    line: RequirementLine,
    wanted: PackageWanted | None,
    there: dict[str, Installed],
    markers: dict[str, str],
) -> bool:
    if line.constraint or line.unresolvable or line.package is None or wanted is None:
        return False
    installed = there.get(line.package.name)
    return (
        installed is not None
        and wanted.accepts(installed.version)
        and line.applies(markers) is True
    )


def _markers(image: Image) -> dict[str, str]:
    """Give the marker variables (PEP 508) whose values are known for an image."""
    markers = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"}
    known = image.facts.get(Kind.PYTHON, ())
    parts = known[0].value.split(".") if len({one.value for one in known}) == 1 else []
    if len(parts) >= 2:
        markers["python_version"] = ".".join(parts[:2])
    if len(parts) >= 3:
        markers["python_full_version"] = ".".join(parts)
    arch = {"x86_64": "x86_64", "arm64": "aarch64"}.get(image.value(Kind.ARCH))
    if arch:
        markers["platform_machine"] = arch
    return markers


def _needs_files(line: RequirementLine) -> bool:
    return line.requirement is None and "://" not in line.text


def _writable(lines: Iterable[RequirementLine]) -> tuple[str, ...]:
    return tuple(
        line.text for line in lines if not _needs_files(line) and not _CREDENTIALS.search(line.text)
    )


def _left_out(
    wanted: Sequence[RequirementLine], options: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Name what cannot be written, without the credentials that may be in it."""
    local = [line.text for line in wanted if _needs_files(line)]
    local += [option for option in options if _LOCAL_OPTION.match(option)]
    texts = [line.text for line in wanted] + list(options)
    secret = [_URL.sub("***", text) for text in texts if _CREDENTIALS.search(text)]
    return tuple(
        [(text, "it needs files: COPY them and install it") for text in local]
        + [(text, "it may hold credentials: use a build secret") for text in secret]
    )
