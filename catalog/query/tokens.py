"""Text to tokens: words, versions, version clauses, and the few signs between them.

Comparisons in words (`at least 2.1`, `2.1 or newer`) become those in signs, and words that
are one (`hugging face`) become one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.errors import UsageError
from catalog.query import spoken
from catalog.query.releases import shown

_MAX_CHARACTERS = 4_000

_VERSION = (
    r"v?[0-9]+(?:\.[0-9]+)*(?:\.[*x]|(?:\.?(?:a|b|rc|post|dev)[0-9]+)+)?(?:\+[a-z0-9.]*[a-z0-9])?"
)
_UP = r"(?:newer|later|above|higher|greater|upwards?|up|more)"
_DOWN = r"(?:older|earlier|below|lower|less)"
_TOKEN = re.compile(
    rf"""
    (?P<up>(?<=[0-9])(?:\+(?=$|[\s,;?)])|\s+(?:or|and)\s+{_UP}(?![\w-])))
    |(?P<down>(?<=[0-9])\s+(?:or|and)\s+{_DOWN}(?![\w-]))
    |(?P<clause>(?:===|==|~=|!=|<=|>=|<|>)\s*[a-z0-9](?:[a-z0-9.!*+_-]*[a-z0-9*])?)
    |(?P<equals>=)
    |(?P<version>{_VERSION}(?!\.?[a-z0-9_-]))
    |(?P<word>[a-z0-9](?:[a-z0-9._'-]*[a-z0-9])?)
    |(?P<comma>,)
    |(?P<noise>\s+|[.?!]+(?=$|[\s.?!,;:)"'])|[+&;:()"'`])
    """,
    re.VERBOSE,
)
_COMPARISONS = (
    # Said before a version -> the operator.
    (r"(?:at\s+least|minimum|from)", ">="),
    (r"(?:at\s+most|maximum|up\s+to)", "<="),
    (r"(?:(?:newer|later|higher|greater|more)\s+than|above|after)", ">"),
    (r"(?:(?:older|earlier|lower|less)\s+than|below|before)", "<"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a question. kind: word, version, clause, equals, comma, up or down."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Take a question apart. Raises UsageError that names the word that no token begins."""
    text = text.lower()
    if len(text) > _MAX_CHARACTERS:
        raise UsageError(f"a question of {len(text)} characters is too long")
    for phrase, operator in _COMPARISONS:
        text = re.sub(rf"(?<![\w-]){phrase}\s+(?=v?[0-9])", operator, text)
    return _joined(_split(text))


def _split(text: str) -> list[Token]:
    split = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or (found.lastgroup == "equals" and text[found.end() :][:1] in "<>"):
            start = len(text[:position]) - len(re.split(r"\s", text[:position])[-1])
            around = text[start:].split()
            raise UsageError(
                f"{shown(around[0] if around else text[position])} is not understood",
                "words such as py310, gpu, xgboost==1.7.6, 'torch>=2.1,<2.4'",
            )
        kind = found.lastgroup or ""
        if kind != "noise":
            split.append(Token(kind, found[0].strip()))
        position = found.end()
    return split


def _joined(found: Sequence[Token]) -> list[Token]:
    """Make one word of those that are one in `spoken.PHRASES`, the longest first."""
    joined: list[Token] = []
    position = 0
    while position < len(found):
        for length in (4, 3, 2, 1):
            some = found[position : position + length]
            key = re.sub("[-_]", " ", " ".join(token.text for token in some))
            phrase = spoken.PHRASES.get(key.replace("huggingface", "hugging face"))
            if phrase is not None and all(token.kind == "word" for token in some):
                joined += [Token("word", phrase)] if phrase else []
                break
        else:
            some = found[position : position + 1]
            joined += some
        position += len(some)
    return joined
