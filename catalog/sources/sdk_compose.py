"""Image URIs as `sagemaker.image_uris.retrieve` composes them, from the tables alone.

The rules are those of https://github.com/aws/sagemaker-python-sdk, branch master-v2,
`src/sagemaker/image_uris.py`, odd ones included; the SDK itself is never imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from catalog.errors import UsageError
from catalog.facts import REGIONAL, Repository
from catalog.references import uri
from catalog.sources.sdk_tables import BASE_PYTHON, Leaf, Table

GRAVITON = "inference_graviton"
SPARK = "spark"

# Files that `retrieve` reads in place of the framework's own when Neuron is in play; the
# tool then takes the processor's place in the tag.
TOOL_OF_FILE = MappingProxyType(
    {
        "pytorch-neuron": "neuron",
        "huggingface-neuron": "neuron",
        "huggingface-neuronx": "neuronx",
    }
)

_ARM64_TAGS = MappingProxyType(
    {
        ("xgboost", "1.5-1"): "1.5-1-arm64",
        ("xgboost", "1.3-1"): "1.3-1-arm64",
        ("sklearn", "1.0-1"): "1.0-1-arm64-cpu-py3",
    }
)

CUDA11_SUFFIXES = MappingProxyType(
    # For p4d instances and smdistributed: framework and tag -> what is put behind it.
    {
        ("tensorflow", "2.3-gpu-py37"): "cu110-ubuntu18.04-v3",
        ("tensorflow", "2.3.1-gpu-py37"): "cu110-ubuntu18.04",
        ("tensorflow", "2.3.2-gpu-py37"): "cu110-ubuntu18.04",
        ("tensorflow", "1.15-gpu-py37"): "cu110-ubuntu18.04-v8",
        ("tensorflow", "1.15.4-gpu-py37"): "cu110-ubuntu18.04",
        ("tensorflow", "1.15.5-gpu-py37"): "cu110-ubuntu18.04",
        ("mxnet", "1.8-gpu-py37"): "cu110-ubuntu16.04-v1",
        ("mxnet", "1.8.0-gpu-py37"): "cu110-ubuntu16.04",
        ("pytorch", "1.6-gpu-py36"): "cu110-ubuntu18.04-v3",
        ("pytorch", "1.6.0-gpu-py36"): "cu110-ubuntu18.04",
        ("pytorch", "1.6-gpu-py3"): "cu110-ubuntu18.04-v3",
        ("pytorch", "1.6.0-gpu-py3"): "cu110-ubuntu18.04",
    }
)

_WITH_SDK_VERSION = frozenset(
    {
        "pytorch-training-neuron",
        "pytorch-training-neuronx",
        "huggingface-vllm-inference-neuronx",
        "huggingface-pytorch-inference-neuron",
        "huggingface-pytorch-inference-neuronx",
    }
)
_ALIASES_RESOLVED = frozenset(
    {"huggingface-pytorch-inference-neuron", "huggingface-pytorch-inference-neuronx"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A leaf of a table, and what the caller chose on the way to it.

    asked: the version as the caller spelled it; version: the table's key for it.
    asked_base: the base framework as spelled, e.g. `pytorch1.6`. processor and py_version
    are empty where the leaf has none. on_p4d: a p4d instance, or smdistributed.
    """

    table: Table
    leaf: Leaf
    asked: str
    version: str
    asked_base: str = ""
    processor: str = ""
    py_version: str = ""
    inference_tool: str = ""
    sdk_version: str = ""
    container_version: str = ""
    on_p4d: bool = False


def compose(
    tables: Sequence[Table],
    framework: str,
    region: str,
    version: str = "",
    *,
    scope: str = "",
    processor: str = "",
    py_version: str = "",
    base_framework_version: str = "",
    inference_tool: str = "",
    sdk_version: str = "",
    container_version: str = "",
    on_p4d: bool = False,
) -> str:
    """Give the URI that the SDK gives for the same choice.

    framework: the table's file name (`huggingface-neuronx` where the SDK goes from
    `huggingface` and an inference tool to that file). processor: as the tables say it:
    cpu, gpu, inf ...; what can only be one thing need not be given.
    Raises UsageError where the tables have no such image.
    """
    table = _table(tables, framework, scope)
    if len(table.versions) == 1 and version not in table.aliases:
        version = next(iter(table.versions))  # whatever was asked for, as the SDK has it
    resolved = table.aliases.get(version, version)
    entry = table.versions.get(resolved)
    if entry is None:
        raise UsageError(f"{framework} {version!r}: no such version", _known(table.versions))
    base = entry.base_aliases.get(base_framework_version, base_framework_version)
    leaf = _leaf([leaf for leaf in entry.leaves if leaf.base_framework == base], table, py_version)
    choice = Choice(
        table=table,
        leaf=leaf,
        asked=version,
        version=resolved,
        asked_base=base_framework_version,
        processor=_one(leaf.processors, processor, f"{framework} {version} processor"),
        py_version=_python(leaf, table, py_version),
        inference_tool=inference_tool or TOOL_OF_FILE.get(framework, ""),
        sdk_version=sdk_version,
        container_version=container_version,
        on_p4d=on_p4d,
    )
    account = leaf.accounts.get(region)
    if account is None:
        raise UsageError(f"{framework} {version}: not in {region}", _known(leaf.accounts))
    repository = Repository(REGIONAL, leaf.repository)
    return uri(repository, tag_of(choice), region=region, account=account)


def tag_of(choice: Choice) -> str:
    """Give the tag that the SDK composes, empty where the image is named without one.

    Raises UsageError where the table lacks what the rules ask for (there `retrieve` fails).
    """
    table = choice.table
    if table.framework == BASE_PYTHON:
        return choice.asked
    if GRAVITON in table.scopes and table.framework in {"xgboost", "sklearn"}:
        tag = _ARM64_TAGS.get((table.framework, choice.version))
        if tag is None:
            raise UsageError(f"{table.framework} {choice.version}: no Graviton image")
        return tag
    tool_or_processor = choice.inference_tool or choice.processor
    tag = join(_prefix(choice), tool_or_processor, choice.py_version, _ending(choice))
    if choice.on_p4d:
        tag = join(tag, CUDA11_SUFFIXES.get((table.framework, tag), ""))
    if table.framework == "sagemaker-tritonserver" and choice.processor == "gpu":
        # The SDK strips these characters one by one, not `-gpu` as a whole.
        tag = re.sub("[-gpu]+$", "", tag)
    return tag


def join(*parts: str) -> str:
    """Put the parts of a tag together, leaving out those that are empty."""
    return "-".join(part for part in parts if part)


def _prefix(choice: Choice) -> str:
    leaf, table = choice.leaf, choice.table
    if not leaf.base_framework:
        return choice.asked if leaf.tag_prefix is None else leaf.tag_prefix
    base, transformers = choice.asked_base, choice.asked
    if leaf.repository in _ALIASES_RESOLVED:
        base, transformers = leaf.base_framework, table.aliases.get(choice.asked, choice.asked)
    return f"{base.removeprefix('pytorch').removeprefix('tensorflow')}-transformers{transformers}"


def _ending(choice: Choice) -> str:
    leaf = choice.leaf
    ending = choice.container_version
    if leaf.container_versions:
        if choice.processor not in leaf.container_versions:
            what = f"{choice.table.framework} {choice.version}"
            raise UsageError(f"{what}: no container_version for {choice.processor}")
        ending = leaf.container_versions[choice.processor]
    if leaf.repository in _WITH_SDK_VERSION:
        # Sorted as text, as the SDK does: sdk2.9.1 counts as later than sdk2.10.0.
        ending = join(choice.sdk_version or max(leaf.sdk_versions, default=""), ending)
    if leaf.repository == f"{choice.table.framework}-inference-graviton":
        ending = f"{ending}-sagemaker"
    return ending


def _table(tables: Sequence[Table], framework: str, scope: str) -> Table:
    found = [table for table in tables if table.framework == framework]
    if not found:
        raise UsageError(f"{framework!r}: no such framework in the SDK's tables")
    if len(found) == 1 and (not scope or len(found[0].scopes) <= 1):
        return found[0]  # the only scope there is, whichever was asked for, as the SDK has it
    for table in found:
        if scope in table.scopes:
            return table
    known = [name for table in found for name in table.scopes]
    raise UsageError(f"{framework}: no scope {scope!r}", _known(known))


def _leaf(leaves: Sequence[Leaf], table: Table, py_version: str) -> Leaf:
    for leaf in leaves:
        if len(leaves) == 1 or py_version in leaf.py_versions:
            return leaf
    raise UsageError(f"{table.framework}: no image for Python {py_version!r} on that base")


def _python(leaf: Leaf, table: Table, py_version: str) -> str:
    if not leaf.py_versions or (table.framework == SPARK and not py_version):
        return ""
    return _one(leaf.py_versions, py_version, f"{table.framework} Python")


def _one(known: Sequence[str], asked: str, what: str) -> str:
    if not known:
        return ""
    if asked in known or (not asked and len(known) == 1):
        return asked or known[0]
    raise UsageError(f"{what} {asked!r}: no such image", _known(known))


def _known(names: Iterable[str]) -> str:
    words = list(names)
    return f"known: {', '.join(words[:12])}{', ...' if len(words) > 12 else ''}"
