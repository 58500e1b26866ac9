"""The tag grammar of AWS's images: what a name says, and nothing that it does not say.

A tag is an opaque string to a registry, so any text is taken, and what nobody understands
is kept as it is. catalog.tag_tokens has the pieces and where they are known from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.facts import Distribution, Fact, Kind
from catalog.repositories import RepositoryName, Scheme, read_repository
from catalog.tag_tokens import LIBRARY, TOOLKITS, UNKNOWN, Token, scan

__all__ = ["REVISION", "TagReading", "Token", "is_known_repository", "parse"]

REVISION = "1"
"""Rises when a name is read in another way than before, so that catalogs read theirs anew."""


@dataclass(frozen=True, slots=True)
class TagReading:
    """All that a name says.

    family: the form that the whole tag has, empty if none. facts: of the tag and of the
    repository's name; of a kind of which they say two different things there is none, and
    those pieces are unknown. tokens: of the repository's name, what is implied, then those
    of the tag. unknown: the tag's pieces that nobody understands. distributions: the Python
    distributions whose exact version the name states.
    """

    repository: str
    tag: str
    family: str
    facts: tuple[Fact, ...]
    tokens: tuple[Token, ...]
    unknown: tuple[str, ...]
    distributions: tuple[Distribution, ...]


_TAIL = "(?:RT?)?S?"
# The forms of whole tags, in the letters of catalog.tag_tokens; no form has `_`.
_FORMS: tuple[tuple[str, Scheme | None, re.Pattern[str]], ...] = tuple(
    (name, scheme, re.compile(pattern))
    for name, scheme, pattern in (
        ("container-line", Scheme.LINE, "LA?P?(?:DP)?|VDP"),  # 1.7-1, 1.0-1-arm64-cpu-py3
        ("triton", Scheme.TRITON, "VPD?"),  # 26.03-py3, 21.08-py3-cpu
        ("built-in", Scheme.BUILT_IN, "V?"),  # 1, latest, 2.x, and no tag at all
        ("distribution", Scheme.DISTRIBUTION, "VD"),  # 3.2.0-gpu
        ("reinforcement-learning", Scheme.RL, "GW?DP?"),  # ray-1.6.0-torch-gpu-py36
        ("framework-device-python-os", None, f"VDPC?OE?H?E?{_TAIL}"),
        ("framework-device", None, f"VD(?:PC?)?H?{_TAIL}"),  # short for the former, and before 2019
        ("transformers", None, f"VXDPN?(?:C?OH?)?{_TAIL}"),
        ("product", None, f"VMDPN?(?:C?OH?)?{_TAIL}"),  # tgi, tei, optimum, sgm, diffusers
        ("accelerator-sdk", None, f"VDPNOE?{_TAIL}"),  # neuron, neuronx, hpu
        ("lmi", None, f"V(?:MC?|DN|DE){_TAIL}"),  # djl-inference
        ("framework-cuda-os", None, f"V[CD]OH?{_TAIL}"),  # since PyTorch 2.11
        ("server-device", None, f"FH?D{_TAIL}"),  # server-sagemaker-cuda-v2.3
        ("flavour-cuda-os", None, f"FCO{_TAIL}"),  # devel-cu132-amzn2023
        ("build-device-os", None, f"BDC?O{_TAIL}"),  # b9522-gpu-cu130-ubuntu24.04
    )
)

_SINGLE = (
    Kind.FRAMEWORK,
    Kind.FRAMEWORK_VERSION,
    Kind.CONTAINER_VERSION,
    Kind.DEVICE,
    Kind.PYTHON,
    Kind.CUDA,
    Kind.OS,
    Kind.PLATFORM,
    Kind.ARCH,
    Kind.NEURON_SDK,
    Kind.TRANSFORMERS,
    Kind.RELEASE,
    Kind.RELEASED_AT,
    Kind.SOCI,
)
"""The kinds that a name can say, in the order they are given; Kind.JOB comes behind them."""

_EXACT = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:\.post[0-9]+)?")
# The AutoGluon images 0.2 and 0.3.2 hold 0.2.1b20210802 and 0.3.1: AUTOGLUON_VERSION of
# their Dockerfiles in aws/deep-learning-containers.
_INEXACT = re.compile(r"autogluon==0\.[0-3]\.")


def parse(repository: str, tag: str) -> TagReading:
    """Read a name. Takes any text and never raises.

    repository: the path below the registry's host, of which the last part counts. Of a
    repository that AWS does not name, the whole tag is one unknown piece.
    """
    name = read_repository(repository)
    if name is None:
        pieces = (tag,) if tag else ()
        tokens = tuple(Token(piece, UNKNOWN, "", "tag") for piece in pieces)
        return TagReading(repository, tag, "", (), tokens, pieces, ())
    found, letters = scan(tag, name.scheme)
    family = _family(letters, name.scheme)
    if not family and _is_bare_number(letters, name.scheme):
        found[0] = _unknown(found[0])
    said = [Token(*piece, "repository") for piece in name.pieces]
    facts, contradictory = _settle([*said, *found])
    if contradictory:
        found = [_unknown(token) if token.kind in contradictory else token for token in found]
    unknown = tuple(token.text for token in found if token.kind == UNKNOWN)
    if unknown:
        family = ""
    said += _imply(name, family, found, facts, contradictory)
    return TagReading(
        repository,
        tag,
        family,
        _facts(name, facts, (*said, *found)),
        (*said, *found),
        unknown,
        _distributions(name, facts) if family else (),
    )


def is_known_repository(name: str) -> bool:
    """Tell whether the last part of a repository's path is a name that AWS gives."""
    return read_repository(name) is not None


def _unknown(token: Token) -> Token:
    return Token(token.text, UNKNOWN, "", token.origin)


def _family(letters: str, scheme: Scheme) -> str:
    for name, only, pattern in _FORMS:
        if only in {None, scheme} and pattern.fullmatch(letters):
            return name
    return ""


def _is_bare_number(letters: str, scheme: Scheme) -> bool:
    """Tell whether the number that a tag of no form begins with may be of anything.

    Such as `vllm:1.2.3` or `base:1.0` in somebody's own registry.
    """
    return letters[:1] == "V" and (scheme is Scheme.CUDA or not letters[1:].strip("_"))


def _settle(tokens: Iterable[Token]) -> tuple[dict[str, str], set[str]]:
    """Give what the tokens say of each kind, and the kinds of which they contradict themselves."""
    facts: dict[str, str] = {}
    contradictory: set[str] = set()
    for token in tokens:
        if token.kind in _SINGLE:
            before = facts.setdefault(token.kind, token.value)
            if before != token.value:
                facts[token.kind] = _fuller(before, token.value)
                if not facts[token.kind]:
                    contradictory.add(token.kind)
    for kind in contradictory:
        del facts[kind]
    return facts, contradictory


def _fuller(one: str, other: str) -> str:
    """Choose the value that says all that both say (12.8.1 of 12.8), empty if neither does.

    Elastic Inference images say cpu, and need an accelerator that only their repository names.
    """
    if {one, other} == {"eia", "cpu"}:
        return "eia"
    if other.startswith(one + "."):
        return other
    return one if one.startswith(other + ".") else ""


def _imply(
    name: RepositoryName,
    family: str,
    found: Iterable[Token],
    facts: dict[str, str],
    contradictory: set[str],
) -> list[Token]:
    """Add to `facts` what follows from the name, and return the tokens for it."""
    implied: list[Token] = []
    if Kind.DEVICE not in facts.keys() | contradictory:
        # Built with CUDA; and of Triton's images only those for CPUs say their device.
        cuda = next((token.text for token in found if token.kind == Kind.CUDA), "")
        if cuda or family == "triton":
            implied.append(Token(cuda or name.name, Kind.DEVICE, "gpu", "implied"))
    if name.default_arch and Kind.ARCH not in facts.keys() | contradictory:
        implied.append(Token(name.name, Kind.ARCH, name.default_arch, "implied"))
    facts.update((token.kind, token.value) for token in implied)
    return implied


def _facts(
    name: RepositoryName, facts: dict[str, str], tokens: tuple[Token, ...]
) -> tuple[Fact, ...]:
    if framework := _framework(name, tokens):
        facts[Kind.FRAMEWORK] = framework
    jobs = list(dict.fromkeys(token.value for token in tokens if token.kind == Kind.JOB))
    if name.scheme is Scheme.LINE and facts.get(Kind.ARCH) == "arm64":
        # The SDK gives these for inference alone (image_uris, the Graviton tags).
        jobs = ["inference"]
    single = tuple(Fact(kind, facts[kind]) for kind in _SINGLE if kind in facts)
    return single + tuple(Fact(Kind.JOB, job) for job in jobs)


def _framework(name: RepositoryName, tokens: tuple[Token, ...]) -> str:
    """Give the framework where the repository's name alone does not say it, else nothing."""
    if name.scheme is Scheme.RL:
        release = next((t.text for t in tokens if t.kind == Kind.FRAMEWORK_VERSION), "")
        toolkit = next((word for word in TOOLKITS if release.startswith(word)), "")
        library = next((t.value for t in tokens if t.kind == LIBRARY), name.framework)
        return "-".join(filter(None, (toolkit, library))) if toolkit else ""
    if name.framework == "vllm" and any(t.text == "omni" and t.origin == "tag" for t in tokens):
        return "vllm-omni"
    return ""


def _distributions(name: RepositoryName, facts: dict[str, str]) -> tuple[Distribution, ...]:
    stated = (
        (distribution, facts.get(kind, ""))
        for kind, distribution in name.distributions
        if _EXACT.fullmatch(facts.get(kind, ""))
    )
    return tuple(
        Distribution(distribution, version)
        for distribution, version in stated
        if not _INEXACT.match(f"{distribution}=={version}")
    )
