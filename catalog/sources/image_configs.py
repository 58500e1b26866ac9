"""Newer images: the configurations that AWS releases them by, joined to their locks.

aws/deep-learning-containers, branch main, `.github/config/image/**/*.yml`: one image each. What
is not released (`release: false`), or only to the testers (environment gamma), is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.errors import SourceError
from catalog.facts import (
    REGIONAL,
    Component,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Repository,
    Statement,
)
from catalog.references import is_tag
from catalog.sources.dockerfiles import Dockerfile, Dockerfiles, Target, components
from catalog.sources.documents import as_mapping, as_text, load_yaml
from catalog.sources.pins import requirements, with_more
from catalog.sources.spellings import framework_of
from catalog.sources.uvlock import installed, read_lock

_CONFIG = re.compile(r"\.github/config/image/.+\.yml")
_PACKAGES = re.compile(r"docker/.+/(?:uv\.lock|requirements\.txt)")
_CUDA_BASE = re.compile(r"nvidia/cuda:(\d+(?:\.\d+)+)-.*")
_ARCHES = {"x86": "x86_64", "arm64": "arm64"}


@dataclass(frozen=True)
class _Config:
    """One configuration: its file and the texts of its sections."""

    path: str
    metadata: Mapping[str, str]
    build: Mapping[str, str]
    release: Mapping[str, str]

    @property
    def is_published(self) -> bool:
        return (
            self.release.get("release") == "true"
            and self.release.get("environment") == "production"
        )

    @property
    def arch(self) -> str:
        return _ARCHES.get(self.metadata.get("arch_type", ""), "")

    @property
    def cuda_of_base(self) -> str:
        """The CUDA release of the nvidia/cuda image that `base_image` names, or an empty text."""
        found = _CUDA_BASE.fullmatch(self.build.get("base_image", ""))
        return found[1] if found else ""

    @property
    def arguments(self) -> dict[str, str]:
        """The build arguments: the keys of `build`, and the version of the framework."""
        given = {key.upper(): value for key, value in self.build.items()}
        return {**given, "FRAMEWORK_VERSION": self.metadata.get("framework_version", "")}


def wanted(name: str) -> bool:
    """Tell whether a file (path in the repository) is read here."""
    return bool(_CONFIG.fullmatch(name) or _PACKAGES.fullmatch(name))


def statements(files: Mapping[str, bytes], dockerfiles: Dockerfiles) -> list[Statement]:
    """Give one statement for each published image of the configurations among `files`.

    files: path in the repository -> content. dockerfiles: finds a Dockerfile by its path.
    Raises SourceError naming the file at fault.
    """
    configs = [_config(files[name], name) for name in sorted(files) if _CONFIG.fullmatch(name)]
    return [_statement(c, files, dockerfiles) for c in configs if c.is_published]


def lock_of(dockerfile: str, framework_version: str, files: Mapping[str, bytes]) -> str:
    """Find the lock or requirements an image is built from, by its Dockerfile; empty if none.

    `<folder>/Dockerfile[.variant]` copies what stands beside it, for a variant in a folder of
    that name and for several versions in one folder a version:
    `<folder>[/<major.minor>][/<variant>]/uv.lock`. Only a folder of its own is looked at,
    never one further up.
    """
    folder, _, name = dockerfile.rpartition("/")
    variant = name.removeprefix("Dockerfile").removeprefix(".")
    minor = ".".join(framework_version.split(".")[:2])
    places = (f"{folder}/{minor}/{variant}", f"{folder}/{variant}", folder)
    for place in dict.fromkeys(places):
        for path in (f"{place}/uv.lock", f"{place}/requirements.txt"):
            if path in files:
                return path
    return ""


def _config(content: bytes, path: str) -> _Config:
    document = as_mapping(load_yaml(content, path), path)
    sections = {
        name: {
            key: as_text(value, f"{path}: {name}: {key}")
            for key, value in as_mapping(document.get(name), f"{path}: {name}").items()
        }
        for name in ("metadata", "build", "release")
    }
    config = _Config(path, **sections)
    missing = [key for key in ("framework", "prod_image") if not config.metadata.get(key)]
    if missing or not config.build.get("dockerfile"):
        raise SourceError(f"{path}: no {missing[0] if missing else 'dockerfile'}")
    return config


def _statement(config: _Config, files: Mapping[str, bytes], dockerfiles: Dockerfiles) -> Statement:
    repository, _, tag = config.metadata["prod_image"].partition(":")
    if not is_tag(tag):
        raise SourceError(f"{config.path}: {config.metadata['prod_image']!r} is not a name:tag")
    dockerfile = dockerfiles(config.build["dockerfile"])
    target = None
    if dockerfile:
        target = dockerfile.target(config.build.get("target", ""), config.arguments)
    distributions = _distributions(config, files, target)
    cuda = _cuda(config, dockerfile, target)
    python = config.build.get("python_version", "")
    return Statement(
        Repository(REGIONAL, repository),
        (tag,),
        Evidence.RECIPE,
        config.path,
        facts=tuple(_facts(config, cuda)),
        components=_components(config, dockerfile, cuda),
        environments=(Environment(distributions, False, python),) if distributions else (),
        labels=target.labels if target else {},
        variables=target.variables if target else {},
        entrypoint=target.entrypoint if target else None,
        command=target.command if target else None,
    )


def _cuda(config: _Config, dockerfile: Dockerfile | None, target: Target | None) -> str:
    """Give the CUDA that the image is made from, or an empty text.

    base_image counts only where the Dockerfile has an ARG for it: that of XGBoost 3.0-5 is
    FROM CUDA 12.6.3, whatever image its configuration names.
    """
    if stated := config.build.get("cuda_version", ""):
        return stated
    if dockerfile is None or "BASE_IMAGE" in dockerfile.declared:
        return config.cuda_of_base
    return target.cuda if target else ""


def _facts(config: _Config, cuda: str) -> Iterator[Fact]:
    metadata, build = config.metadata, config.build
    framework = framework_of(metadata["framework"])
    device = metadata.get("device_type", "")
    if device == "cpu" and cuda:
        device = ""  # XGBoost: made from a CUDA image, and runs on GPUs whatever is said here
    version = metadata.get("framework_version", "")
    for kind, value in (
        (Kind.FRAMEWORK, framework),
        # The version of base is that of its CUDA, which is stated as such.
        (Kind.FRAMEWORK_VERSION, "" if framework == "base" else version),
        (Kind.DEVICE, device),
        (Kind.PYTHON, build.get("python_version", "")),
        (Kind.CUDA, cuda),
        (Kind.OS, metadata.get("os_version", "")),
        (Kind.PLATFORM, metadata.get("customer_type", "")),
        (Kind.ARCH, config.arch),
        (Kind.TRANSFORMERS, build.get("transformers_version", "")),
        (Kind.PUBLIC_REGISTRY, config.release.get("public_registry", "")),
    ):
        if value:
            yield Fact(kind, value)
    if metadata.get("job_type") in {"training", "inference"}:  # not `general`
        yield Fact(Kind.JOB, metadata["job_type"])


def _components(config: _Config, dockerfile: Dockerfile | None, cuda: str) -> tuple[Component, ...]:
    """Give the system software that the build is told to install.

    PyTorch's configurations have an nccl_version that their Dockerfile has no ARG for: such a
    key does nothing. CUDA is that of the base image, whether or not there is an ARG.
    """
    names = {key.upper(): value for key, value in config.build.items()}
    if dockerfile:
        names = {k: v for k, v in names.items() if k in dockerfile.declared}
    return components({**names, "CUDA_VERSION": cuda})


def _distributions(
    config: _Config, files: Mapping[str, bytes], target: Target | None
) -> tuple[Distribution, ...]:
    """Give what the joined lock installs, then what the Dockerfile pins besides."""
    path = lock_of(config.build["dockerfile"], config.metadata.get("framework_version", ""), files)
    found: tuple[Distribution, ...] = ()
    if path.endswith(".lock"):
        lock = read_lock(files[path], path)
        # Targets named sagemaker run `uv sync --extra sagemaker` where there is that extra.
        extras = lock.extras & {"sagemaker"} & {config.build.get("target", "")}
        found = installed(lock, config.build.get("python_version", ""), config.arch, extras)
    elif path:
        found = requirements(files[path], path)
    return with_more(found, target.distributions()) if target else found
