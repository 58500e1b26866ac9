"""The nouns of the catalog: what a source can say about an image, and how far to trust it.

Everything here is a frozen value; the store writes them, the query reads them back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from types import MappingProxyType


class Evidence(IntEnum):
    """Where a fact comes from, in rising order of trust. The best evidence answers."""

    TAG = 1
    """Parsed from the image's name."""
    DOCUMENTED = 2
    """Stated by a table that somebody keeps: the SDK's, the documentation's."""
    RECIPE = 3
    """Stated by a published file that the image is built from: a lock, a Dockerfile."""
    CONFIG = 4
    """Stated by the image's own configuration: labels, environment variables."""
    OBSERVED = 5
    """Read from the image's own files."""

    @property
    def label(self) -> str:
        """The word that people and programs see, e.g. `recipe`."""
        return self.name.lower()


class Contents(IntEnum):
    """How much is known of the Python distributions in an image."""

    UNKNOWN = 0
    PARTIAL = 1
    COMPLETE = 2

    @property
    def label(self) -> str:
        """The word that people and programs see, e.g. `partial`."""
        return self.name.lower()


class Kind:
    """The kinds of fact that one image can have, and the form of their values."""

    FRAMEWORK = "framework"  # pytorch, tensorflow, huggingface-pytorch, xgboost, base ...
    FRAMEWORK_VERSION = "framework_version"  # PEP 440 where it is one: 2.9.0, 2.9
    CONTAINER_VERSION = "container_version"  # 1.7-1, v1.38: a line or revision, never PEP 440
    DEVICE = "device"  # cpu, gpu, neuron, neuronx, hpu, eia
    PYTHON = "python"  # 3, 3.10 or 3.10.14: as precise as the source is
    CUDA = "cuda"  # 11.8 or 11.8.0
    OS = "os"  # ubuntu22.04, amzn2023
    PLATFORM = "platform"  # sagemaker, ec2
    ARCH = "arch"  # x86_64, arm64
    JOB = "job"  # training, inference; several are possible
    GENERAL_AVAILABILITY = "general_availability"  # ISO date
    END_OF_PATCH = "end_of_patch"  # ISO date, the last day of support
    NEURON_SDK = "neuron_sdk"  # 2.20.0, a release train
    TRANSFORMERS = "transformers"  # 4.49.0
    RELEASE = "release"  # v1.38: the build ordinal in a tag
    RELEASED_AT = "released_at"  # UTC build time in a tag, 2025-07-22T19:53:18+00:00
    SOCI = "soci"  # true
    PUBLIC_REGISTRY = "public_registry"  # true, false: offered in the ECR public gallery


VERSION_KINDS = frozenset(
    {
        Kind.FRAMEWORK_VERSION,
        Kind.PYTHON,
        Kind.CUDA,
        Kind.NEURON_SDK,
        Kind.TRANSFORMERS,
        Kind.RELEASE,
    }
)
"""Kinds whose values are release numbers, where `3.10` and `3.10.14` agree."""

MANY_VALUED_KINDS = frozenset({Kind.JOB})
"""Kinds of which one image may truly have several values."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about an image, in the form that `Kind` gives."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Component:
    """A piece of system software: `cuda`, `cudnn`, `nccl`, `efa`, `aws-ofi-nccl` ..."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class CondaPackage:
    """A conda package, under conda's own name, which is not always PyPI's."""

    name: str
    version: str
    build: str
    channel: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """A Python distribution as installed.

    name and version are as found; the store adds the PEP 503 and PEP 440 forms.
    requires_dist and requires_python are as in METADATA, empty where not known.
    conda is the conda package that put it there, if one did.
    """

    name: str
    version: str
    installer: str = ""
    location: str = ""
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    conda: CondaPackage | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python environment: an interpreter and what is installed for it.

    complete: distributions is the whole list, so that what is not in it is absent.
    A partial list can confirm a package and never deny one. conda_packages: those that
    are no distribution; the conda package of a distribution is with it.
    """

    distributions: tuple[Distribution, ...]
    complete: bool
    python_version: str = ""
    prefix: str = ""
    interpreter: str = ""
    is_default: bool = True
    conda_packages: tuple[CondaPackage, ...] = ()


@dataclass(frozen=True, slots=True)
class OsPackage:
    """A package of the operating system; type is deb, rpm or apk as purl names them."""

    type: str
    name: str
    version: str
    arch: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: digest of the blob, diff id of the tar in it, and the size of each."""

    digest: str
    diff_id: str = ""
    compressed_bytes: int | None = None
    uncompressed_bytes: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """A repository of images.

    registry: a host, or `aws` for the repositories that AWS keeps under one name in
    many regional registries (account and host then depend on the region).
    name: the path below the host, e.g. `pytorch-training`.
    """

    registry: str
    name: str


REGIONAL = "aws"
"""The registry of repositories whose host depends on the region."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says about one image. All tags name that same image, the first best.

    key: where in the source it stands, for people, e.g. `pytorch.json training 2.0.1`.
    accounts: region -> 12-digit account of the registry; accounts_complete: it is the
    source's whole list for this image, so that a region not in it does not have it.
    size_bytes: compressed, as the registry counts. entrypoint and command: None if unknown.
    """

    repository: Repository
    tags: tuple[str, ...]
    evidence: Evidence
    key: str
    facts: tuple[Fact, ...] = ()
    components: tuple[Component, ...] = ()
    environments: tuple[Environment, ...] = ()
    os_packages: tuple[OsPackage, ...] = ()
    layers: tuple[Layer, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    accounts_complete: bool = False
    digest: str = ""
    size_bytes: int | None = None
    pushed_at: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    variables: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one source says, as of one day.

    source: its name in the catalog, e.g. `sdk`, `ecr:763104351884/us-west-2/pytorch-training`.
    origin: where it was read (no credentials). revision: the source's own version of
    itself, e.g. `2.257.7` or a commit. as_of: the day the facts are from.
    """

    source: str
    origin: str
    revision: str
    as_of: date
    licence: str
    statements: tuple[Statement, ...]
