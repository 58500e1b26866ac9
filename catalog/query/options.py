"""The options of `find` to Criteria; each means what the same words mean in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.facts import Kind
from catalog.query import wishes
from catalog.query.criteria import Criteria, FactWanted
from catalog.query.sentence import Vocabulary

_READERS = {
    Kind.PYTHON: wishes.python_wanted,
    Kind.CUDA: wishes.cuda_wanted,
    Kind.DEVICE: wishes.device_wanted,
    Kind.OS: wishes.os_wanted,
    Kind.ARCH: wishes.arch_wanted,
    Kind.PLATFORM: wishes.platform_wanted,
    Kind.JOB: wishes.job_wanted,
}


def criteria_of(
    facts: Mapping[str, str],
    *,
    framework: str,
    region: str,
    packages: Iterable[str],
    supported: bool,
    vocabulary: Vocabulary,
) -> Criteria:
    """Read options, empty where they are not given. facts: kind -> text. Raises UsageError."""
    wanted: list[FactWanted] = [_READERS[kind](text) for kind, text in facts.items() if text]
    if framework:
        wanted += wishes.framework_wanted(framework, vocabulary.frameworks)
    return Criteria.of(
        packages=[wishes.package_wanted(text) for text in packages],
        facts=wanted,
        regions=[wishes.region_wanted(region, vocabulary.regions)] if region else [],
        supported=supported,
    )
