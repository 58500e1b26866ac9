"""A question in plain words to Criteria: `which image supports py310 + xgboost 1.7.6 on GPU?`.

Every word either becomes part of the criteria, or is one of a fixed list that narrows
nothing (`spoken.NOISE`), or is an error. A framework's word is its Python distribution;
`framework=pytorch` is the container family. Only after `package=` may a distribution be one
that the catalog does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from catalog.errors import UsageError
from catalog.facts import Kind
from catalog.query import spoken, wishes
from catalog.query.criteria import Criteria, FactWanted, PackageWanted
from catalog.query.releases import plain, shown
from catalog.query.tokens import Token, tokens
from catalog.regions import is_region

_BEFORE_VERSION = frozenset({"version", "versions", "release", "is", "at"})
_GLUED = re.compile(r"(?P<name>[a-z][a-z0-9_-]*?)[-_]?(?P<version>v?[0-9]+(?:\.[0-9]+)+)")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the catalog knows. packages: canonical names of Python distributions."""

    packages: Collection[str]
    frameworks: Collection[str]
    regions: Collection[str]


def parse_words(words: Sequence[str], *, vocabulary: Vocabulary) -> Criteria:
    """Understand a question of any number of words, in one argument or several.

    Raises UsageError that names the first word which is not understood, with the known
    words most like it; for words that contradict each other; and for `not`, `or` and
    their like, which no criteria can say.
    """
    return _Reader(tokens(" ".join(words)), vocabulary).criteria()


class _Reader:
    """Takes tokens from the left, and collects what they wish for."""

    def __init__(self, found: list[Token], vocabulary: Vocabulary) -> None:
        self.tokens = found
        self.vocabulary = vocabulary
        self.packages: list[PackageWanted] = []
        self.facts: list[FactWanted] = []
        self.regions: list[str] = []
        self.supported = False
        self.last = ""
        """The kind of the wish before this place, or `region`, or empty."""
        self.keys: dict[str, Callable[[str], None]] = {
            "python": lambda text: self._fact(wishes.python_wanted(text)),
            "cuda": lambda text: self._fact(wishes.cuda_wanted(text)),
            "os": lambda text: self._fact(wishes.os_wanted(text)),
            "device": lambda text: self._fact(wishes.device_wanted(text)),
            "arch": lambda text: self._fact(wishes.arch_wanted(text)),
            "platform": lambda text: self._fact(wishes.platform_wanted(text)),
            "job": lambda text: self._fact(wishes.job_wanted(text)),
            "framework": self._family,
            "region": self._region,
            "package": self._package,
        }

    def criteria(self) -> Criteria:
        """Read all tokens. Raises UsageError."""
        readers = (self._refuse, self._key, self._release, self._fixed, self._joint, self._named)
        while self.tokens:
            token = self.tokens.pop(0)
            if token.kind == "comma":
                continue
            if token.kind != "word":
                raise UsageError(
                    f"{shown(token.text)} does not say of what",
                    "put it after a name, such as 'python 3.10', 'cuda 11.8' or 'torch>=2.1'",
                )
            if not any(read(token.text) for read in readers):
                raise self._not_understood(token.text)
        return Criteria.of(self.packages, self.facts, self.regions, self.supported)

    def _refuse(self, word: str) -> bool:
        named = self._next("clause") or self._is_package(word)
        if word in spoken.NARROWING and not self._is_package(word):
            raise UsageError(f"{shown(word)} is not understood", spoken.NARROWING[word])
        negated = re.match(r"(?:non?|not|un)-", word) or word.endswith("n't")
        if word.replace("'", "") in spoken.REFUSED or (negated and not named):
            raise UsageError(
                f"{shown(word)} is not understood: all words are wanted together, none is left out",
                "say only what the image must have (the newest supported come first), and ask"
                f" once for each alternative; a package is {plain(f'package={word}')}",
            )
        return False

    def _key(self, word: str) -> bool:
        """Read `device=gpu`, `region us-east-1`, and `devices` after `gpu`."""
        key = spoken.KEYS.get(word, "")
        if self._next("equals"):
            name = self.tokens.pop(0).text
            value = f"{self._word()} {self._range()}".strip()
            if not key:
                package = word if self._is_package(word) else f"package={word}"
                hint = (
                    f"{self._nearest(word)} a key is one of {', '.join(self.keys)};"
                    f" a package is {plain(package)}==VERSION"
                )
                raise UsageError(f"{shown(f'{word}{name}{value}')} is not understood", hint.strip())
            self.keys[key](value)
            return True
        if key not in spoken.VALUES:
            return False
        following = self.tokens[0].text if self._next("word") else ""
        if self._is_value(key, following):
            self.keys[key](f"{self._word()} {self._range()}".strip())
        elif self.last != key:
            raise UsageError(f"{shown(word)} does not say which", f"such as {spoken.VALUES[key]}")
        return True

    def _release(self, word: str) -> bool:
        """Read `py310`, `python 3.10`, `cu118`, `cuda >= 12.1`, `ubuntu20.04`, `ubuntu`."""
        if word in ("python", "py", "python2", "python3"):
            value = self._range()
            if not value and not word[-1].isdigit():
                if self._joint(word):
                    return True
                raise UsageError(f"{shown(word)} does not say which", "such as python 3.10")
            self._fact(wishes.python_wanted(word + value))
        elif re.fullmatch(r"py(?:thon)?-?[0-9][0-9.]*(?:\.[*x])?", word):
            self._fact(wishes.python_wanted(word + self._mark()))
        elif re.fullmatch(r"cu(?:da)?-?[0-9][0-9.]*(?:\.[*x])?", word):
            self._fact(wishes.cuda_wanted(word + self._mark()))
        elif word == "cuda" and (value := self._range()):
            self._fact(wishes.cuda_wanted(value))
        elif _is_system(word):
            mark = self._mark() if word[-1].isdigit() else f" {self._range()}"
            self._fact(wishes.os_wanted(word + mark))
        else:
            return False
        return True

    def _fixed(self, word: str) -> bool:
        """Read the words that stand for themselves, and pass over those that narrow nothing."""
        if word.replace("'", "") in spoken.NOISE:
            return True
        if self._next("clause") and self._is_package(word):
            return False
        for key, table in spoken.TABLES.items():
            if word in table:
                self.keys[key](word)
                return True
        if word in spoken.SUPPORTED:
            self.supported = True
        elif word in self.vocabulary.regions or (is_region(word) and not self._is_package(word)):
            self._region(word)
        else:
            return False
        return True

    def _joint(self, word: str) -> bool:
        """Read a distribution's name said as words, `typing extensions`.

        Not if each of the words means something alone: `sagemaker training` is two wishes.
        """
        parts = [word]
        for token in self.tokens[:2]:
            if token.kind != "word" or token.text in spoken.NOISE | spoken.REFUSED:
                break
            parts.append(token.text)
        for length in range(len(parts), 1, -1):
            some = parts[:length]
            name = canonicalize_name("-".join(some))
            if name in self.vocabulary.packages and not all(map(self._means_something, some)):
                del self.tokens[: length - 1]
                self._package(f"{name} {self._range()}".strip())
                return True
        return False

    def _named(self, word: str) -> bool:
        """Read a distribution or a container family, and its version if one is there."""
        glued = _GLUED.fullmatch(word)
        if self._is_package(word):
            self._package(f"{word} {self._range()}".strip())
        elif self._is_family(word):
            self._family(f"{word} {self._range()}".strip())
        elif glued and self._is_package(glued["name"]):
            self._package(f"{glued['name']} {glued['version']}{self._mark()}")
        elif glued and self._is_family(glued["name"]):
            self._family(f"{glued['name']} {glued['version']}{self._mark()}")
        else:
            return False
        return True

    def _range(self) -> str:
        """Take the version or the clauses at this place, empty if there are none."""
        ahead = 0
        while self.tokens[ahead:] and self.tokens[ahead].text in _BEFORE_VERSION:
            ahead += 1
        if not (self._next("version", ahead) or self._next("clause", ahead)):
            return ""
        del self.tokens[:ahead]
        token = self.tokens.pop(0)
        if token.kind == "version":
            self._check_version(token.text)
            return token.text + self._mark()
        clauses = [token.text]
        while self._next("clause") or (self._next("comma") and self._next("clause", 1)):
            del self.tokens[: int(self._next("comma"))]
            clauses.append(self.tokens.pop(0).text)
        for clause in clauses:
            self._check_version(clause)
        return ",".join(clauses)

    def _check_version(self, version: str) -> None:
        """Refuse what PEP 440 allows and nobody means: `1.7.6+gpu`, and a word after `===`."""
        if re.match(r"===\s*(?!v?[0-9])", version):
            raise UsageError(f"{shown(version)} is not a version", "such as ===1.7.6")
        local = version.partition("+")[2]
        if local and local != "cpu" and not local.startswith("cu") and self._means_something(local):
            raise UsageError(f"{shown(version)} is not understood", "put spaces around the +")

    def _mark(self) -> str:
        """Take `or newer` or `or older` at this place, as wishes have it."""
        for kind, mark in (("up", "+"), ("down", "-")):
            if self._next(kind):
                del self.tokens[0]
                return mark
        return ""

    def _word(self) -> str:
        return self.tokens.pop(0).text if self._next("word") else ""

    def _next(self, kind: str, ahead: int = 0) -> bool:
        return any(token.kind == kind for token in self.tokens[ahead : ahead + 1])

    def _fact(self, wish: FactWanted) -> None:
        self.facts.append(wish)
        self.last = wish.kind

    def _family(self, text: str) -> None:
        self.facts += wishes.framework_wanted(text, self.vocabulary.frameworks)
        self.last = Kind.FRAMEWORK

    def _region(self, text: str) -> None:
        self.regions.append(wishes.region_wanted(text, self.vocabulary.regions))
        self.last = "region"

    def _package(self, text: str) -> None:
        self.packages.append(wishes.package_wanted(text))
        self.last = ""

    def _is_package(self, word: str) -> bool:
        name = canonicalize_name(word)
        known = (spoken.PACKAGES, spoken.FRAMEWORK_PACKAGES, self.vocabulary.packages)
        return any(name in names for names in known)

    def _is_family(self, word: str) -> bool:
        families = self.vocabulary.frameworks
        return word == "huggingface" or spoken.FRAMEWORKS.get(word, word) in families

    def _is_value(self, key: str, word: str) -> bool:
        """Tell whether a word can be the value of a key that stands before it without `=`."""
        if key in spoken.TABLES:
            return word in spoken.TABLES[key]
        if key == Kind.OS:
            return _is_system(word)
        return is_region(word) if key == "region" else self._is_family(word)

    def _means_something(self, word: str) -> bool:
        """Tell whether a word can stand alone."""
        return (
            any(word in table for table in spoken.TABLES.values())
            or self._is_package(word)
            or self._is_family(word)
            or _is_system(word)
            or re.fullmatch(r"(?:py|python|cu|cuda)[0-9][0-9.]*", word) is not None
        )

    def _not_understood(self, word: str) -> UsageError:
        if re.fullmatch(r"[0-9][0-9.]*-[0-9]+", word):
            return UsageError(
                f"{shown(word)} is not understood",
                "it looks like a container's version; a package's is such as 1.7.6",
            )
        glued = _GLUED.fullmatch(word)
        name, version = (glued["name"], f"=={glued['version']}") if glued else (word, "")
        version = self.tokens[0].text if self._next("clause") else version
        asked = shown(f"package={name}{version}") if version else plain(f"package={name}")
        hint = f"{self._nearest(name)} a package that the catalog does not have is {asked}"
        return UsageError(f"{shown(word)} is not understood", hint.strip())

    def _nearest(self, word: str) -> str:
        """Give a hint that names the known words most like an unknown one, or nothing."""
        names = self.vocabulary
        known = spoken.WORDS.union(names.packages, names.frameworks, names.regions)
        return "" if word in known else wishes.nearest(canonicalize_name(word), sorted(known))


def _is_system(word: str) -> bool:
    found = re.fullmatch(r"([a-z]+)-?(?:[0-9][0-9.]*(?:\.[*x])?)?", word)
    return found is not None and found[1] in spoken.SYSTEMS
