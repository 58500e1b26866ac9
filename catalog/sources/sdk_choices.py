"""Every choice that leads to an image in the SDK's tables, as the SDK's own classes make it.

`retrieve` also composes names that no class of the SDK asks for and that are not published;
the comments here say which those are, and why they are not choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from types import MappingProxyType

from catalog.sources.sdk_compose import CUDA11_SUFFIXES, SPARK, TOOL_OF_FILE, Choice, join, tag_of
from catalog.sources.sdk_tables import Leaf, Table, Version

SMP = "pytorch-smp"

# The SDK's `get_huggingface_llm_image_uri` always passes the tool for these two; without it
# `retrieve` puts the table's `inf2` into the tag, and no such image is published.
_TOOLS = MappingProxyType(
    {
        **TOOL_OF_FILE,
        "huggingface-llm-neuronx": "neuronx",
        "huggingface-vllm-neuronx": "neuronx",
    }
)

# What `get_training_image_uri` passes for Hugging Face; the oldest entries have no ending.
_ENDINGS = MappingProxyType({"huggingface": "cu110-ubuntu18.04"})

_CUDA11_FRAMEWORKS = frozenset(framework for framework, _ in CUDA11_SUFFIXES)


def choices(table: Table) -> Iterator[Choice]:
    """Yield each choice of version or alias, base framework, Python and processor."""
    for asked in dict.fromkeys((*table.versions, *table.aliases)):
        version = table.aliases.get(asked, asked)
        entry = table.versions[version]
        for leaf in entry.leaves:
            for base in _spellings(leaf, entry):
                start = Choice(table, leaf, asked, version, base)
                yield from _special(start) if _is_special(table) else _plain(start)


def is_short_for(asked: str, version: str) -> bool:
    """Tell whether an alias spells the very version it stands for: 2.0 of 2.0.1, latest."""
    return asked in {version, "latest"} or version.startswith(f"{asked}.")


def _plain(start: Choice) -> Iterator[Choice]:
    leaf, framework = start.leaf, start.table.framework
    for processor, python, sdk in product(
        leaf.processors or ("",), _pythons(start), leaf.sdk_versions or ("",)
    ):
        choice = replace(
            start,
            processor=processor,
            py_version=python,
            inference_tool=_TOOLS.get(framework, ""),
            sdk_version=sdk,
            container_version="" if leaf.container_versions else _ENDINGS.get(framework, ""),
        )
        yield choice
        if framework in _CUDA11_FRAMEWORKS and (framework, tag_of(choice)) in CUDA11_SUFFIXES:
            yield replace(choice, on_p4d=True)


def _is_special(table: Table) -> bool:
    return table.framework == SMP or _is_neuronx_training(table)


def _is_neuronx_training(table: Table) -> bool:
    return table.framework == "huggingface-neuronx" and "training" in table.scopes


def _special(start: Choice) -> Iterator[Choice]:
    if start.table.framework == SMP:
        for choice in _plain(start):
            for cuda in _smp_cuda(start):
                yield replace(choice, container_version=cuda)
    elif start.asked == start.version and start.asked_base == start.leaf.base_framework:
        # `retrieve` fails for all but one of these entries, whose endings stand under `inf`
        # where the processor is `trn`, and for that one leaves the SDK version out. Put
        # together as for inference, they are the names that AWS's list of images has.
        for ending in start.leaf.container_versions.values():
            leaf = replace(start.leaf, container_versions={})
            for choice in _plain(replace(start, leaf=leaf)):
                yield replace(choice, container_version=join(choice.sdk_version, ending))


def _smp_cuda(start: Choice) -> tuple[str, ...]:
    """Give the ending that `image_uris.get_training_image_uri` passes; p5 instances differ.

    Some keys of that file are versions of the library, with the version of PyTorch as the
    alias: under the key itself there is no image.
    """
    aliases = start.table.aliases
    libraries = {key for alias, key in aliases.items() if not is_short_for(alias, key)}
    if start.asked in libraries and start.asked not in aliases:
        return ()
    if "2.5" in start.asked:
        return ("cu124",)
    if any(version in start.asked for version in ("2.1", "2.2", "2.3", "2.4")):
        return ("cu121",)
    return ("cu118", "cu121")


def _pythons(start: Choice) -> tuple[str, ...]:
    if start.table.framework == SPARK:
        # SparkProcessor names Python only together with the container's own version, which
        # its caller knows and no table has: `3.3-cpu-py39-v1`, never `3.3-cpu-py39`.
        return ("",)
    return start.leaf.py_versions or ("",)


def _spellings(leaf: Leaf, entry: Version) -> tuple[str, ...]:
    aliases = (alias for alias, base in entry.base_aliases.items() if base == leaf.base_framework)
    return (leaf.base_framework, *aliases)
