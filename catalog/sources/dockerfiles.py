"""Dockerfiles of images: what they say of one target.

Only what is literal, or literal once the file's own ARGs are put in, is given.
https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from catalog.facts import Component, Distribution
from catalog.sources.pins import agreed, expanded, token

_RELEASE = re.compile(r"(\d+(?:\.\d+)+)(?:-aws)?(?:-\d+)?(?:\+\S+)?")
_CUDA_BASE = re.compile(r"(?:.*/)?nvidia/cuda:(\d+(?:\.\d+)+)-.*")
_SYSTEM_BASE = re.compile(r"(?:arm64v8/)?ubuntu:.*|amazonlinux:.*|(?:.*/)?nvidia/cuda:.*")

COMPONENTS = {
    "AWS_OFI_NCCL_VERSION": "aws-ofi-nccl",
    "BRANCH_OFI": "aws-ofi-nccl",
    "CUDA_VERSION": "cuda",
    "CUDNN": "cudnn",
    "CUDNN_VERSION": "cudnn",
    "EFA_VERSION": "efa",
    "GDRCOPY_VERSION": "gdrcopy",
    "NCCL_VERSION": "nccl",
    "NGINX_VERSION": "nginx",
    "NJS_VERSION": "njs",
    "OMPI_VERSION": "openmpi",
    "OPEN_MPI_VERSION": "openmpi",
}
"""Names of ARGs and ENVs that hold a version, and the component that it is of."""

# A pin may stand in a `conda install` too. Under these names conda has something else than
# PyPI, or something that leaves no Python distribution behind.
_NAMES_OF_CONDA = re.compile(
    r"pytorch|mkl(-include)?|magma-.*|cudnn|cudatoolkit|opencv|cmake|ninja|python|conda|openssl"
    r"|libcurl|graphviz"
)


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it, values as written."""

    name: str
    base: str
    arguments: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """What one target of a Dockerfile comes to, ARGs put in where they are known.

    base: the image that its first stage is made from, empty if not known.
    names: ARGs and ENVs by which versions are given. entrypoint, command: None if not known.
    """

    base: str
    names: Mapping[str, str]
    variables: Mapping[str, str]
    labels: Mapping[str, str]
    entrypoint: tuple[str, ...] | None
    command: tuple[str, ...] | None
    pins: tuple[str, ...]

    @property
    def is_on_system_image(self) -> bool:
        """It starts from an operating system, and so installs its own Python and libraries."""
        return _SYSTEM_BASE.fullmatch(self.base) is not None

    @property
    def cuda(self) -> str:
        """The CUDA release of the nvidia/cuda image it starts from, or an empty text."""
        found = _CUDA_BASE.fullmatch(self.base)
        return found[1] if found else ""

    def distributions(self) -> tuple[Distribution, ...]:
        """Give what its commands pin, where one name is not pinned to several versions."""
        read = (token(pin, self.names) for pin in self.pins)
        return agreed((n, v) for n, v in read if n and not _NAMES_OF_CONDA.fullmatch(n.lower()))


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile: its stages in order, and the ARGs before the first or for all of them.

    declared: the names of all its ARGs; a build argument of another name has no effect.
    loose_pins: pins of which it is not known in which stage they stand; they are taken to
    be of a target for which the ARG in them is given.
    """

    path: str
    stages: tuple[Stage, ...]
    arguments: Mapping[str, str]
    declared: frozenset[str]
    loose_pins: tuple[str, ...] = ()

    def target(self, name: str, given: Mapping[str, str]) -> Target | None:
        """Put together what `--target name` builds with the build arguments `given`.

        An empty name is the last stage. None if there is no such target.
        """
        chain = self._chain(name)
        if not chain:
            return None
        arguments = dict(self.arguments)
        variables: dict[str, str] = {}
        for stage in reversed(chain):
            arguments |= stage.arguments
            variables |= stage.variables
        names = {**variables, **arguments, **given}
        labels = {key: value for stage in reversed(chain) for key, value in stage.labels.items()}
        entrypoints = [stage.entrypoint[-1] for stage in chain if stage.entrypoint]
        return Target(
            base=expanded(chain[-1].base, {**self.arguments, **given}),
            names=names,
            variables=_literal(variables, names),
            labels=_literal(labels, names),
            entrypoint=_arguments(entrypoints[0]) if entrypoints else None,
            command=_command(chain),
            pins=(*(pin for stage in chain for pin in stage.pins), *self._loose(given)),
        )

    def _loose(self, given: Mapping[str, str]) -> list[str]:
        return [pin for pin in self.loose_pins if any(f"${{{name}}}" in pin for name in given)]

    def _chain(self, name: str) -> list[Stage]:
        """Give the target's stage, the one it is made from, and so on."""
        by_name = {stage.name.lower(): position for position, stage in enumerate(self.stages)}
        position = by_name.get(name.lower(), -1) if name else len(self.stages) - 1
        chain = []
        while position >= 0:
            chain.append(self.stages[position])
            earlier = by_name.get(self.stages[position].base.lower(), -1)
            position = earlier if earlier < position else -1
        return chain


Dockerfiles = Callable[[str], Dockerfile | None]
"""Finds a Dockerfile by its path in the repository; None if it is not at hand."""


def components(names: Mapping[str, str]) -> tuple[Component, ...]:
    """Give the system software whose versions stand under the names of `COMPONENTS`.

    Packaging revisions are cut off (`8.1.0.77-1+cuda11.2`); where two names disagree, none.
    """
    found: dict[str, set[str]] = {}
    for name, component in COMPONENTS.items():
        release = _RELEASE.fullmatch(expanded(names.get(name, ""), names))
        if release:
            found.setdefault(component, set()).add(release[1])
    return tuple(
        Component(name, versions.pop()) for name, versions in found.items() if len(versions) == 1
    )


def _command(chain: list[Stage]) -> tuple[str, ...] | None:
    """Give the CMD of the nearest stage; an ENTRYPOINT resets that of the stage it is from."""
    for stage in chain:
        if stage.command:
            return _arguments(stage.command[-1])
        if stage.entrypoint and stage is not chain[-1]:
            return ()
    return None


def _arguments(text: str) -> tuple[str, ...]:
    """Give the words of an ENTRYPOINT or CMD; its shell form is run by /bin/sh."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        words = None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return tuple(words)
    return ("/bin/sh", "-c", text)


def _literal(values: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Give the values that are whole once ARGs are put in; an empty text stays one."""
    found = {}
    for key, value in values.items():
        others = {name: text for name, text in names.items() if name != key}
        whole = expanded(value, others)
        if whole or not value:
            found[key] = whole
    return found
