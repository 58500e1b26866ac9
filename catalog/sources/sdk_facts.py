"""What the SDK's tables state about an image, in the catalog's words.

Only what a table says outside the tag it leads to; the tag is read by the tag grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from catalog.facts import Fact, Kind
from catalog.sources.sdk_choices import SMP, is_short_for
from catalog.sources.sdk_compose import GRAVITON, SPARK, Choice
from catalog.sources.sdk_tables import BASE_PYTHON

# The framework of a file whose name is not a framework's own.
_FRAMEWORKS = MappingProxyType(
    {
        "djl-deepspeed": "djl",
        "djl-fastertransformer": "djl",
        "djl-lmi": "djl",
        "djl-neuronx": "djl",
        "djl-tensorrtllm": "djl",
        "huggingface-llm": "huggingface-pytorch-tgi",
        "huggingface-llm-neuronx": "huggingface-pytorch-tgi",
        "huggingface-tei": "tei",
        "huggingface-tei-cpu": "tei",
        "huggingface-vllm-neuronx": "huggingface-vllm",
        "hyperpod-recipes-neuron": "pytorch",
        "inferentia-mxnet": "mxnet",
        "inferentia-pytorch": "pytorch",
        "inferentia-tensorflow": "tensorflow",
        "neo-mxnet": "mxnet",
        "neo-pytorch": "pytorch",
        "neo-tensorflow": "tensorflow",
        "pytorch-neuron": "pytorch",
        "pytorch-smp": "smdistributed-modelparallel",
        "pytorch-training-compiler": "pytorch",
        "sagemaker-tritonserver": "triton",
    }
)

# Files whose versions are not the framework's: of TGI, optimum-neuron and sgm where the tag
# begins with PyTorch's or vLLM's; of the SMP library or PyTorch, which the file mixes.
_OTHER_VERSIONS = frozenset(
    {
        "huggingface-llm",
        "huggingface-llm-neuronx",
        "huggingface-vllm-neuronx",
        "stabilityai",
        SMP,
    }
)

# Images of a service's own program, numbered by their own line.
_OWN_LINES = frozenset({"clarify", BASE_PYTHON})

# TEI is a Rust program; the `py310` of its files is a word in the tag and no interpreter.
_WITHOUT_PYTHON = frozenset({"huggingface-tei", "huggingface-tei-cpu"})

_DEVICES = MappingProxyType({"cpu": "cpu", "gpu": "gpu", "inf": "neuron", "neuronx": "neuronx"})
_JOBS = MappingProxyType(
    # Elastic Inference and Graviton scopes are for inference only, says the SDK.
    {"training": "training", "inference": "inference", "eia": "inference", GRAVITON: "inference"}
)
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_LINE = re.compile(r"[0-9]+(?:\.(?:[0-9]+(?:-[0-9]+)?|x))*")


def facts_of(choice: Choice) -> tuple[Fact, ...]:
    """Give the facts; what the table leaves open is left out."""
    return tuple(Fact(kind, value) for kind, value in _facts(choice) if value)


def _facts(choice: Choice) -> Iterator[tuple[str, str]]:
    scopes = choice.table.scopes
    yield Kind.PLATFORM, "sagemaker"
    yield from _versions(choice)
    yield Kind.PYTHON, _python(choice)
    yield Kind.DEVICE, "eia" if "eia" in scopes else _device(choice)
    for scope in scopes:
        yield Kind.JOB, _JOBS.get(scope, "")
    if GRAVITON in scopes:
        yield Kind.ARCH, "arm64"
    yield Kind.NEURON_SDK, choice.sdk_version.removeprefix("sdk")


def _versions(choice: Choice) -> Iterator[tuple[str, str]]:
    """Give framework and versions; an alias of another version says nothing of either."""
    name, version = choice.table.framework, choice.version
    base = re.fullmatch(r"(pytorch|tensorflow)(.+)", choice.leaf.base_framework)
    if base:
        yield Kind.FRAMEWORK, f"huggingface-{base[1]}"
        yield Kind.FRAMEWORK_VERSION, base[2]
        yield Kind.TRANSFORMERS, version
        return
    yield Kind.FRAMEWORK, _FRAMEWORKS.get(name, name)
    if name in _OTHER_VERSIONS or not is_short_for(choice.asked, version):
        return
    if _RELEASE.fullmatch(version) and name not in _OWN_LINES:
        yield Kind.FRAMEWORK_VERSION, version
    elif _LINE.fullmatch(version):
        yield Kind.CONTAINER_VERSION, version


def _python(choice: Choice) -> str:
    word = choice.py_version
    if choice.table.framework in _WITHOUT_PYTHON:
        return ""
    if choice.table.framework == SPARK and len(choice.leaf.py_versions) == 1:
        word = choice.leaf.py_versions[0]
    digits = word.removeprefix("py")
    if not digits.isascii() or not digits.isdigit():
        return ""
    return f"{digits[0]}.{digits[1:]}" if digits[1:] else digits


def _device(choice: Choice) -> str:
    return choice.inference_tool or _DEVICES.get(choice.processor, "")
