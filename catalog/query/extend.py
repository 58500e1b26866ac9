"""What is left to install to have some requirements in an image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from catalog.errors import UsageError
from catalog.facts import Kind
from catalog.query.images import Image
from catalog.query.requirements_file import RequirementLine, RequirementsFile, read_requirements
from catalog.query.show import Installed, Listing, contents_of, describe

_CREDENTIALS = re.compile(r"//[^/@\s]*@")


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
    image = describe(engine, reference, region or uri_region).image
    if region and not image.uri:
        raise UsageError(
            f"{image.name}: not documented to be in {region}", "`dlcat show` lists where"
        )
    if not image.uri:
        image = describe(engine, reference).image
    if not image.uri:
        raise UsageError(
            f"{image.name}: no registry is known to have it", "`dlcat sync` may find one"
        )
    _, environments = contents_of(engine, reference)
    default = [environment for environment in environments if environment.is_default]
    files = [read_requirements(path) for path in paths]
    lines = [line for file in files for line in file.lines]
    options = [option for file in files for option in file.options]
    there = _best(default)
    markers = _markers(image)
    present = [
        Present(line.text, there[line.package.name])
        for line in lines
        if line.package and _is_met(line, there, markers)
    ]
    met = {one.requirement for one in present}
    wanted = [line for line in lines if line.text not in met]
    return Extension(
        image=image,
        interpreter=next((one.interpreter for one in default if one.interpreter), ""),
        requirements_names=tuple(path.name for path in paths),
        missing=_writable(line for line in wanted if not line.constraint),
        constraints=_writable(line for line in wanted if line.constraint),
        options=tuple(option for option in options if not _CREDENTIALS.search(option)),
        present=tuple(present),
        left_out=_left_out(wanted, files),
    )


def _best(environments: Sequence[Listing]) -> dict[str, Installed]:
    """Give for each name what the best evidence says, which `environments` begin with."""
    best: dict[str, Installed] = {}
    for environment in environments:
        for item in environment.distributions:
            best.setdefault(item.canonical_name, item)
    return best


def _is_met(line: RequirementLine, there: dict[str, Installed], markers: dict[str, str]) -> bool:
    if line.constraint or line.unresolvable or line.package is None:
        return False
    installed = there.get(line.package.name)
    return (
        installed is not None
        and line.package.accepts(installed.version)
        and line.applies(markers) is True
    )


def _markers(image: Image) -> dict[str, str]:
    """Give the marker variables (PEP 508) whose values are known for an image."""
    markers = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"}
    parts = image.value(Kind.PYTHON).split(".")
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
    wanted: Iterable[RequirementLine], files: Iterable[RequirementsFile]
) -> tuple[tuple[str, str], ...]:
    """Name what cannot be written, without the credentials that may be in it."""
    left = [
        (line.text, "it needs files: COPY them and install it")
        for line in wanted
        if _needs_files(line)
    ]
    secret = [line.text for line in wanted if _CREDENTIALS.search(line.text)]
    secret += [option for file in files for option in file.options if _CREDENTIALS.search(option)]
    left += [(text, "it holds credentials: use a build secret") for text in secret]
    return tuple((_CREDENTIALS.sub("//***@", text), why) for text, why in left)
