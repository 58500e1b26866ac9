"""Source `distribution`: the conda locks that SageMaker Distribution's images are built from.

aws/sagemaker-distribution, build_artifacts/vX/vX.Y/vX.Y.Z/{cpu,gpu}.env.out, each an explicit
list of conda packages, one URL a line:
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.utils import canonicalize_name

from catalog.conda_names import distribution_of
from catalog.errors import SourceError
from catalog.facts import (
    Component,
    CondaPackage,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Reading,
    Repository,
    Statement,
)
from catalog.sources import github
from catalog.sources.files import read_files, read_text
from catalog.sources.interface import LiveOptions

ARCHIVE = "https://github.com/aws/sagemaker-distribution/archive/refs/heads/main.tar.gz"
COPY = "sagemaker_distribution_locks.tar.xz"
REPOSITORY = Repository("public.ecr.aws", "sagemaker/sagemaker-distribution")

MAX_LOCK_BYTES = 1024 * 1024
"""The largest real lock, that of 3.9.9-gpu, has 113 KB."""

_LOCK = re.compile(r"(?:^|/)v[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}/(?:cpu|gpu)\.env\.out$")
_PACKAGE = re.compile(
    r"(?:https?|file)://[^\s#]*/(?P<channel>[^/\s#]+)/(?:noarch|[a-z]+-[a-z0-9]+)"
    r"/(?P<name>[^/\s#]+)-(?P<version>[^-/\s#]+)-(?P<build>[^-/\s#]+)\.(?:conda|tar\.bz2)"
    r"(?:#(?:[0-9a-f]{32}|[0-9a-f]{64})?)?"  # a few real ones have a # and nothing after it
)
_PLATFORM = re.compile(r"^# platform: (\S+)$", re.MULTILINE)
_ARCHITECTURES = {"linux-64": "x86_64", "linux-aarch64": "arm64"}
_SYSTEMS = {
    # by major version, from the base images of the Dockerfiles (data/SOURCES.md)
    **dict.fromkeys(("0", "1", "2", "3"), "ubuntu22.04"),
    "4": "ubuntu24.04",
}
_COMPONENTS = {"cuda": ("cuda-version", "cudatoolkit"), "cudnn": ("cudnn",), "nccl": ("nccl",)}


class DistributionSource:
    """Reads the locks, one image each.

    A lock is every conda package of its image, and its environment is taken as complete,
    although what the Dockerfile then installs by pip is not in it. Tags that move from
    version to version (`latest-gpu`, `2-gpu`) are not in the files and are not stated.
    """

    name = "distribution"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a checkout, an archive, a folder of locks, or one that holds the copy of them."""
        copy = path / COPY
        path = copy if copy.is_file() else path
        return (_read(path, str(path), as_of),)

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """Read the main branch's archive from GitHub; options.url is another archive's."""
        url = options.url or ARCHIVE
        with github.branch_archive(url, options) as path:
            return (_read(path, url, options.today),)


@dataclass(frozen=True, slots=True)
class _Locked:
    """One line of a lock: a package, and the distribution in it, if it holds one.

    is_part: it has another name than its distribution, as the part of a split package
    that holds the files has (`matplotlib-base`).
    """

    package: CondaPackage
    distribution: Distribution | None
    canonical_name: str
    is_part: bool


def _read(path: Path, origin: str, as_of: date) -> Reading:
    known: dict[str, _Locked] = {}  # a line stands in many locks; its values are shared
    images: dict[tuple[tuple[int, ...], str], Statement] = {}
    for name, content in read_files(path, lambda name: _LOCK.search(name) is not None):
        *_, folder, file = name.split("/")
        version, device = folder.removeprefix("v"), file.partition(".")[0]
        image = tuple(map(int, version.split("."))), device
        if image in images:
            raise SourceError(f"{name}: a second lock of {version}-{device}")
        if len(content) > MAX_LOCK_BYTES:
            raise SourceError(f"{name}: larger than {MAX_LOCK_BYTES} bytes")
        images[image] = _statement(version, device, read_text(content, name), name, known)
    if not images:
        raise SourceError(f"{origin}: no locks (build_artifacts/**/vX.Y.Z/gpu.env.out) in it")
    statements = tuple(images[image] for image in sorted(images))
    revision = github.commit_of(path)
    return Reading(DistributionSource.name, origin, revision, as_of, github.LICENCE, statements)


def _statement(
    version: str, device: str, text: str, where: str, known: dict[str, _Locked]
) -> Statement:
    locked = _parse(text, where, known)
    packages = {line.package.name: line.package for line in locked}
    if len(packages) != len(locked):
        raise SourceError(f"{where}: has one package twice")
    if "python" not in packages:
        raise SourceError(f"{where}: has no python, so it is cut off or not an image's lock")
    distributions = _distributions(locked)
    with_distribution = {one.conda.name for one in distributions if one.conda}
    environment = Environment(
        distributions=distributions,
        complete=True,
        python_version=packages["python"].version,
        prefix="/opt/conda",
        interpreter="/opt/conda/bin/python",
        conda_packages=tuple(
            line.package
            for line in locked
            if not line.package.name.startswith("_") and line.package.name not in with_distribution
        ),
    )
    components = tuple(_components(packages))
    facts = {
        Kind.FRAMEWORK: "sagemaker-distribution",
        Kind.FRAMEWORK_VERSION: version,
        Kind.DEVICE: device,
        Kind.PYTHON: packages["python"].version,
        Kind.OS: _SYSTEMS.get(version.partition(".")[0]),
        Kind.PLATFORM: "sagemaker",
    }
    if device == "gpu":
        facts[Kind.CUDA] = next((c.version for c in components if c.name == "cuda"), None)
    if platform := _PLATFORM.search(text):
        facts[Kind.ARCH] = _ARCHITECTURES.get(platform[1])
    return Statement(
        REPOSITORY,
        (f"{version}-{device}",),
        Evidence.RECIPE,
        f"v{version}/{device}.env.out",
        tuple(Fact(kind, value) for kind, value in facts.items() if value),
        components,
        (environment,),
    )


def _parse(text: str, where: str, known: dict[str, _Locked]) -> list[_Locked]:
    """Take a lock apart. Lines that were not met before are added to `known`."""
    lines = text.splitlines()
    if "@EXPLICIT" not in lines:
        raise SourceError(f"{where}: not an explicit conda lock (no @EXPLICIT)")
    if not text.endswith("\n"):
        raise SourceError(f"{where}, line {len(lines)}: cut off in the middle of a line")
    locked = []
    for number, line in enumerate(lines, 1):
        entry = known.get(line)
        if entry is None:
            if not line or line[0] == "#" or line == "@EXPLICIT":
                continue
            found = _PACKAGE.fullmatch(line)
            if found is None:
                raise SourceError(f"{where}, line {number}: not the URL of a conda package")
            entry = known[line] = _locked(CondaPackage(**found.groupdict()))
        locked.append(entry)
    return locked


def _locked(package: CondaPackage) -> _Locked:
    name = distribution_of(package)
    if name is None:
        return _Locked(package, None, "", is_part=False)
    distribution = Distribution(name, package.version, installer="conda", conda=package)
    canonical_name = canonicalize_name(name)
    is_part = canonicalize_name(package.name) != canonical_name
    return _Locked(package, distribution, canonical_name, is_part)


def _distributions(locked: list[_Locked]) -> tuple[Distribution, ...]:
    """Give each distribution once.

    Of two packages for one distribution the part of a split package holds it, and the one
    of the plain name depends on it. Of two spellings of one name the first is kept.
    """
    chosen: dict[str, _Locked] = {}
    for line in locked:
        if line.distribution is not None:
            other = chosen.setdefault(line.canonical_name, line)
            if line.is_part and not other.is_part:
                chosen[line.canonical_name] = line
    return tuple(line.distribution for line in chosen.values() if line.distribution)


def _components(packages: Mapping[str, CondaPackage]) -> Iterator[Component]:
    for component, names in _COMPONENTS.items():
        found = next((packages[name] for name in names if name in packages), None)
        if found is not None:
            yield Component(component, found.version)
