"""SageMaker's XGBoost and scikit-learn containers: what each of their releases holds.

A reviewed table, from the Dockerfiles on the version branches of aws/sagemaker-xgboost-container
and aws/sagemaker-scikit-learn-container, and for the newest from aws/deep-learning-containers,
docker/xgboost and docker/sklearn. Their tags are no versions of the framework: 1.7-1 holds 1.7.4.
Tags are spelled as the SageMaker SDK composes them. Branch 1.7-1-1-python-upgrade is left out:
it is not known to be published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from catalog.sources.pins import requirements, with_more

_XGBOOST = "sagemaker-xgboost"
_SKLEARN = "sagemaker-scikit-learn"
_DISTRIBUTIONS = {_XGBOOST: ("xgboost", "xgboost"), _SKLEARN: ("sklearn", "scikit-learn")}


@dataclass(frozen=True)
class _Release:
    """One release. line: the container's version. cuda: empty where there is none."""

    repository: str
    tag: str
    line: str
    version: str
    python: str
    os: str
    cuda: str = ""


@dataclass(frozen=True)
class PackageList:
    """A list of pins that one release is built from, and where GitHub has it."""

    repository: str
    branch: str
    path: str = "requirements.txt"


_XGBOOST_REPOSITORY = "aws/sagemaker-xgboost-container"
_SKLEARN_REPOSITORY = "aws/sagemaker-scikit-learn-container"
DLC_REPOSITORY = "aws/deep-learning-containers"

PACKAGE_LISTS = {
    f"{_XGBOOST}-0.90-1.requirements.txt": PackageList(_XGBOOST_REPOSITORY, "0.90-1"),
    f"{_XGBOOST}-1.2-2.requirements.txt": PackageList(_XGBOOST_REPOSITORY, "1.2-2"),
    f"{_XGBOOST}-1.5-1.requirements.txt": PackageList(_XGBOOST_REPOSITORY, "1.5-1"),
    f"{_XGBOOST}-1.7-1.requirements.txt": PackageList(_XGBOOST_REPOSITORY, "1.7-1"),
    f"{_XGBOOST}-3.0-5.requirements.txt": PackageList(
        DLC_REPOSITORY, "main", "docker/xgboost/3.0-5/requirements.txt"
    ),
    f"{_SKLEARN}-0.23-1.requirements.txt": PackageList(_SKLEARN_REPOSITORY, "0.23-1"),
    f"{_SKLEARN}-1.0-1.requirements.txt": PackageList(_SKLEARN_REPOSITORY, "1.0-1"),
    f"{_SKLEARN}-1.2-1.requirements.txt": PackageList(_SKLEARN_REPOSITORY, "1.2-1"),
}
"""By the name that a copy of it has, `<repository of images>-<line>.requirements.txt`. The
releases that are not here have a lock of their own, or none of these that is known."""

_RELEASES = (
    _Release(_XGBOOST, "0.90-1-cpu-py3", "0.90-1", "0.90", "3.7.10", "ubuntu16.04"),
    _Release(_XGBOOST, "0.90-2-cpu-py3", "0.90-2", "0.90", "3.7.10", "ubuntu16.04"),
    _Release(_XGBOOST, "1.0-1-cpu-py3", "1.0-1", "1.0.0", "3.7.10", "ubuntu18.04"),
    _Release(_XGBOOST, "1.2-1", "1.2-1", "1.2.0", "3.7.10", "ubuntu18.04", "10.2"),
    _Release(_XGBOOST, "1.2-2", "1.2-2", "1.2.0", "3.7.10", "ubuntu18.04", "10.2"),
    _Release(_XGBOOST, "1.3-1", "1.3-1", "1.3.3", "3.7.10", "ubuntu18.04", "10.2"),
    _Release(_XGBOOST, "1.5-1", "1.5-1", "1.5.2", "3.8.13", "ubuntu18.04", "10.2"),
    _Release(_XGBOOST, "1.7-1", "1.7-1", "1.7.4", "3.9", "ubuntu20.04", "11.6.1"),
    _Release(_XGBOOST, "3.0-5", "3.0-5", "3.0.5", "3.10", "ubuntu20.04", "12.6"),
    _Release(_XGBOOST, "3.2-0", "3.2-0", "3.2.0", "3.12", "amzn2023", "12.9.1"),
    _Release(_SKLEARN, "0.20.0-cpu-py3", "0.20.0", "0.20.0", "3.7.10", "ubuntu18.04"),
    _Release(_SKLEARN, "0.23-1-cpu-py3", "0.23-1", "0.23.2", "3.7.10", "ubuntu18.04"),
    _Release(_SKLEARN, "1.0-1-cpu-py3", "1.0-1", "1.0.2", "3.8.13", "ubuntu18.04"),
    _Release(_SKLEARN, "1.2-1-cpu-py3", "1.2-1", "1.2.1", "3.9", "ubuntu20.04"),
    _Release(_SKLEARN, "1.4-2-py312", "1.4-2-py312", "1.4.2", "3.12", "ubuntu24.04"),
    _Release(_SKLEARN, "1.9-0", "1.9-0", "1.9.0", "3.12", "amzn2023"),
)


def statements(files: Mapping[str, bytes]) -> list[Statement]:
    """Give one statement a release.

    files: name in PACKAGE_LISTS -> content, where at hand; their pins come from what pip was
    told to install, and add to the framework's own.
    """
    return [_statement(release, files) for release in _RELEASES]


def _statement(release: _Release, files: Mapping[str, bytes]) -> Statement:
    framework, distribution = _DISTRIBUTIONS[release.repository]
    found: tuple[Distribution, ...] = (Distribution(distribution, release.version),)
    path = f"{release.repository}-{release.line}.requirements.txt"
    if path in files:
        found = with_more(found, requirements(files[path], path))
    facts = [
        Fact(Kind.FRAMEWORK, framework),
        Fact(Kind.FRAMEWORK_VERSION, release.version),
        Fact(Kind.CONTAINER_VERSION, release.line),
        Fact(Kind.PYTHON, release.python),
        Fact(Kind.OS, release.os),
        Fact(Kind.PLATFORM, "sagemaker"),
        # Each has both a training module and a serving module of SageMaker's toolkits.
        Fact(Kind.JOB, "training"),
        Fact(Kind.JOB, "inference"),
    ]
    if release.cuda:
        facts.append(Fact(Kind.CUDA, release.cuda))
    return Statement(
        Repository(REGIONAL, release.repository),
        (release.tag,),
        Evidence.RECIPE,
        f"{release.repository} {release.line}, reviewed table",
        facts=tuple(facts),
        components=(Component("cuda", release.cuda),) if release.cuda.count(".") > 1 else (),
        environments=(Environment(found, False, release.python),),
    )
