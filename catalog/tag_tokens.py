"""The pieces that tags of AWS's images are made of, and how a tag comes apart into them.

The forms are those of the names in aws/deep-learning-containers (docs/src/data, six years
of available_images.md) and of the SageMaker Python SDK's `image_uris.retrieve`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from catalog.facts import Kind
from catalog.repositories import Scheme

UNKNOWN = "unknown"
COMPONENT = "component"
"""Software in the image that has no Kind of its own: lmi19.0.0, synapseai1.5.0."""
LIBRARY = "library"
"""What a reinforcement learning toolkit runs on: tf, torch."""
FLAVOUR = "flavour"
"""Which of several builds it is: full, server, devel."""
ALIAS = "alias"
"""A name that moves from version to version: latest."""
NOMINAL = "nominal"
"""Part of the form that says nothing of the image: 2.0.1 and py310 of tei, a Rust program."""

TOOLKITS = ("coach", "ray", "vw")
"""The reinforcement learning toolkits whose release number a tag can begin with."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a name and what it says.

    kind: of catalog.facts.Kind where the piece gives such a fact, else one of the words
    above. value: in the form that the kind has; empty if unknown. origin: `tag`,
    `repository`, or `implied`: text then is what implies it, `cu118` for the device, the
    repository's name for the usual architecture. A tag's tokens joined with `-` are the tag.
    """

    text: str
    kind: str
    value: str
    origin: str


def _itself(text: str) -> str:
    return text


def _number(text: str) -> str:
    """sdk2.20.0 -> 2.20.0, coach-1.0.0 -> 1.0.0."""
    return text.lstrip("abcdefghijklmnopqrstuvwxyz-")


def _python(text: str) -> str:
    """py3 -> 3, py310 -> 3.10."""
    return f"{text[2]}.{text[3:]}" if text[3:] else text[2]


def _cuda(text: str) -> str:
    """cu92 -> 9.2, cu118 -> 11.8: all digits but the last are the major."""
    return f"{text[2:-1]}.{text[-1]}"


def _built_at(text: str) -> str:
    """2025-07-22-19-53-18, which is UTC, to ISO; empty if there is no such time."""
    try:
        year, month, day, hour, minute, second = map(int, text.split("-"))
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc).isoformat()
    except ValueError:
        return ""


def _one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    return lambda text: words.get(text, text)


# Inferentia 1 is `neuron` everywhere but in the names of SageMaker Neo.
_device = _one_of({"cuda": "gpu", "inf": "neuron", "inf2": "neuronx"})
# -e3 was for EC2, ECS and EKS, from November 2021 to the middle of 2022.
_platform = _one_of({"e3": "ec2"})
_task = _one_of({"serve-ml": "inference", "serve-llm": "inference", "train-ml": "training"})
_library = _one_of({"tf": "tensorflow", "torch": "pytorch"})

_EVERY = frozenset(Scheme)
_VERSION = r"[0-9]+(?:\.[0-9]+){1,3}(?:(?:a|b|rc|\.post|\.dev)[0-9]+)?"


@dataclass(frozen=True, slots=True)
class _Sort:
    """A sort of token.

    letter: of the sort, in the patterns that catalog.tags has of whole tags. pattern: no
    groups. value: from the text; empty if it has no meaning after all. schemes: of the
    repositories in whose tags it stands.
    """

    letter: str
    pattern: str
    kind: str
    value: Callable[[str], str]
    schemes: frozenset[Scheme] = _EVERY


def _only(*schemes: Scheme) -> frozenset[Scheme]:
    return frozenset(schemes)


_RELEASES = _only(Scheme.RELEASE, Scheme.DISTRIBUTION)
_CONTAINERS = _only(Scheme.TRITON, Scheme.BUILT_IN)
_NO_TEI = _EVERY - {Scheme.TEI}
_TOOLKIT = f"(?:{'|'.join(TOOLKITS)})-?{_VERSION}"
_SHORT = r"[0-9]+(?:\.[0-9]+){0,2}"

# How a tag can begin: longest first, as `1.7-1` and `serve-ml` hold a hyphen of their own.
_FIRST = (
    _Sort("L", r"[0-9]+\.[0-9]+-[0-9]+", Kind.CONTAINER_VERSION, _itself, _only(Scheme.LINE)),
    # scikit-learn 0.20.0 came before the lines. Two numbers alone are not of this scheme.
    _Sort("V", r"[0-9]+\.[0-9]+\.[0-9]+", Kind.FRAMEWORK_VERSION, _itself, _only(Scheme.LINE)),
    _Sort("V", _VERSION, Kind.FRAMEWORK_VERSION, _itself, _RELEASES),
    _Sort("V", _VERSION, Kind.CUDA, _itself, _only(Scheme.CUDA)),
    _Sort("V", _VERSION, NOMINAL, _itself, _only(Scheme.TEI)),
    _Sort("V", _VERSION, COMPONENT, _itself, _only(Scheme.MODEL_PARALLEL)),
    _Sort("V", _SHORT, Kind.CONTAINER_VERSION, _itself, _CONTAINERS),
    _Sort("V", r"[0-9]+\.x", Kind.CONTAINER_VERSION, _itself, _only(Scheme.BUILT_IN)),
    _Sort("V", r"[0-9]+", Kind.FRAMEWORK_VERSION, _itself, _only(Scheme.DISTRIBUTION)),
    _Sort("V", "latest", ALIAS, _itself, _only(Scheme.BUILT_IN, Scheme.DISTRIBUTION)),
    _Sort("B", r"b[0-9]+", Kind.FRAMEWORK_VERSION, _itself, _only(Scheme.RELEASE)),
    _Sort("F", "serve-ml|serve-llm|train-ml", Kind.JOB, _task, _only(Scheme.RELEASE)),
    _Sort("F", "server|omni", FLAVOUR, _itself, _only(Scheme.RELEASE)),
    _Sort("F", "devel|runtime", FLAVOUR, _itself, _only(Scheme.CUDA)),
    _Sort("G", _TOOLKIT, Kind.FRAMEWORK_VERSION, _number, _only(Scheme.RL)),
)
_REST = (
    _Sort("D", "cpu|gpu|neuronx|neuron|hpu|inf2|inf|cuda", Kind.DEVICE, _device),
    _Sort("P", r"py[23](?:[0-9]|[1-9][0-9])?", Kind.PYTHON, _python, _NO_TEI),
    _Sort("P", r"py[23](?:[0-9]|[1-9][0-9])?", NOMINAL, _itself, _only(Scheme.TEI)),
    _Sort("C", r"cu[1-9][0-9]{1,2}", Kind.CUDA, _cuda),
    _Sort("O", r"ubuntu[0-9]{2}\.[0-9]{2}|amzn[0-9]{1,4}", Kind.OS, _itself),
    _Sort("H", "sagemaker|ec2|e3|hyperpod", Kind.PLATFORM, _platform),
    _Sort("X", f"transformers{_VERSION}", Kind.TRANSFORMERS, _number),
    _Sort("M", f"tei{_VERSION}", Kind.FRAMEWORK_VERSION, _number, _only(Scheme.TEI)),
    _Sort("M", f"(?:tgi|optimum|sgm|diffusers){_VERSION}", COMPONENT, _number),
    _Sort("M", f"(?:deepspeed|fastertransformer|tensorrtllm|lmi){_VERSION}", COMPONENT, _number),
    _Sort("N", f"sdk{_VERSION}", Kind.NEURON_SDK, _number),
    _Sort("N", f"synapseai{_VERSION}", COMPONENT, _number),
    _Sort("T", r"[0-9]{4}(?:-[0-9]{2}){5}", Kind.RELEASED_AT, _built_at),
    _Sort("R", r"v[0-9]+(?:\.[0-9]+)*", Kind.RELEASE, _itself),
    _Sort("S", "soci", Kind.SOCI, lambda _: "true"),
    _Sort("A", "arm64", Kind.ARCH, _itself),
    _Sort("E", "full|lite|example|rayserve", FLAVOUR, _itself),
    _Sort("W", "tf|torch", LIBRARY, _library, _only(Scheme.RL)),
)

_Grammar = tuple[re.Pattern[str], tuple[_Sort, ...]]


def _grammar(sorts: tuple[_Sort, ...], scheme: Scheme) -> _Grammar:
    """Make one pattern of the scheme's sorts, group n being the n-th of them."""
    chosen = tuple(sort for sort in sorts if scheme in sort.schemes)
    choices = "|".join(f"({sort.pattern})" for sort in chosen)
    return re.compile(rf"(?:{choices})(?=-|\Z)"), chosen


_GRAMMARS: Mapping[Scheme, tuple[_Grammar, _Grammar]] = {
    scheme: (_grammar(_FIRST, scheme), _grammar(_REST, scheme)) for scheme in Scheme
}


def scan(tag: str, scheme: Scheme) -> tuple[list[Token], str]:
    """Take a tag apart from left to right.

    Returns its tokens and as many letters, one for the sort of each: `_` for a piece (up
    to the next hyphen) that has no meaning in tags of this scheme.
    """
    tokens: list[Token] = []
    letters = ""
    position = 0
    grammar, rest = _GRAMMARS[scheme]
    while tag and position <= len(tag):
        pattern, sorts = grammar
        match = pattern.match(tag, position)
        value = ""
        if match and match.lastindex:
            sort = sorts[match.lastindex - 1]
            value = sort.value(match[0])
        if match and value:
            token, letter = Token(match[0], sort.kind, value, "tag"), sort.letter
        else:
            end = tag.find("-", position)
            text = tag[position:] if end < 0 else tag[position:end]
            token, letter = Token(text, UNKNOWN, "", "tag"), "_"
        tokens.append(token)
        letters += letter
        position += len(token.text) + 1
        grammar = rest
    return tokens, letters
