"""What is wanted of an image, as one value, and how each wish tests a recorded value.

Names are canonical as in PEP 503, specifiers those of PEP 440; `catalog.query.wishes`
makes the wishes from text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from catalog.errors import UsageError
from catalog.facts import MANY_VALUED_KINDS, Kind
from catalog.query import releases
from catalog.query.releases import Answer

__all__ = [
    "Answer",
    "ChoiceWanted",
    "Criteria",
    "FactWanted",
    "OsWanted",
    "PackageWanted",
    "SeriesWanted",
]

_KINDS = (
    Kind.FRAMEWORK,
    Kind.FRAMEWORK_VERSION,
    Kind.PYTHON,
    Kind.CUDA,
    Kind.DEVICE,
    Kind.OS,
    Kind.ARCH,
    Kind.PLATFORM,
    Kind.JOB,
)


@dataclass(frozen=True, slots=True)
class PackageWanted:
    """A Python distribution that is to be there.

    name: canonical (PEP 503). specifier: empty is any version. text: as people read it,
    e.g. `xgboost==1.7.6`.
    """

    name: str
    specifier: SpecifierSet
    text: str

    @classmethod
    def of(cls, name: str, specifier: SpecifierSet) -> PackageWanted:
        """Make one from a name in any spelling. Raises UsageError if no version can meet it."""
        canonical, specifier = canonicalize_name(name), releases.unique(specifier)
        text = f"{canonical}{releases.readable(specifier)}"
        if releases.is_impossible(specifier):
            raise UsageError(f"{releases.plain(text)}: no version can be all of this")
        return cls(canonical, specifier, text)

    def accepts(self, version: str) -> bool:
        """Tell whether a version meets the specifier (PEP 440, pre-releases included).

        A version that is not PEP 440 meets `==` and `===` of that very string only.
        """
        return releases.accepts(self.specifier, version)

    def both(self, other: PackageWanted) -> PackageWanted:
        """Give one wish for both of the same name. Raises UsageError if they contradict."""
        if self == other:
            return self
        return PackageWanted.of(self.name, self.specifier & other.specifier)


@dataclass(frozen=True, slots=True)
class FactWanted(ABC):
    """A wish about one kind of fact. text: as people read it, e.g. `python 3.10`."""

    kind: str
    text: str

    @abstractmethod
    def accepts(self, value: str) -> Answer:
        """Tell whether a recorded value meets the wish."""

    def both(self, other: FactWanted) -> FactWanted:
        """Give one wish for both. Raises UsageError if no value can meet both."""
        if self == other:
            return self
        both = f"{releases.shown(self.text)} and {releases.shown(other.text)}"
        raise UsageError(f"{both} contradict each other", "say one")


@dataclass(frozen=True, slots=True)
class SeriesWanted(FactWanted):
    """A wish about a release number: of Python, of CUDA, of the framework."""

    specifier: SpecifierSet

    @classmethod
    def of(cls, kind: str, specifier: SpecifierSet) -> SeriesWanted:
        """Make one; a version of fewer than three numbers is a series. Raises UsageError."""
        specifier = releases.as_series(specifier)
        text = _with_range(kind.replace("_", " "), specifier)
        if releases.is_impossible(specifier):
            raise UsageError(f"{releases.plain(text)}: no version can be all of this", "say one")
        return cls(kind, text, specifier)

    def accepts(self, value: str) -> Answer:
        """Tell whether a release number, or the series that it stands for, meets the wish."""
        return releases.decide(self.specifier, value)

    def both(self, other: FactWanted) -> FactWanted:
        """Give one wish for both ranges. Raises UsageError if they have nothing in common."""
        if not isinstance(other, SeriesWanted):
            return FactWanted.both(self, other)
        specifier = self.specifier & other.specifier
        if releases.is_impossible(specifier):
            return FactWanted.both(self, other)
        return SeriesWanted.of(self.kind, specifier)


@dataclass(frozen=True, slots=True)
class ChoiceWanted(FactWanted):
    """A wish for one of some values. unsure: values that may or may not be what is meant."""

    values: frozenset[str]
    unsure: frozenset[str] = frozenset()

    def accepts(self, value: str) -> Answer:
        """Tell whether the value is one of those wanted."""
        if value in self.values:
            return Answer.YES
        return Answer.UNKNOWN if value in self.unsure else Answer.NO

    def both(self, other: FactWanted) -> FactWanted:
        """Give the values that are in both. Raises UsageError if there are none."""
        if not isinstance(other, ChoiceWanted):
            return FactWanted.both(self, other)
        values = self.values & other.values
        unsure = ((self.values | self.unsure) & (other.values | other.unsure)) - values
        for one in (self, other):
            if (one.values, one.unsure) == (values, unsure):
                return one
        if not values | unsure:
            return FactWanted.both(self, other)
        return ChoiceWanted(self.kind, f"{self.text} and {other.text}", values, unsure)


@dataclass(frozen=True, slots=True)
class OsWanted(FactWanted):
    """A wish for an operating system by its os-release ID, and perhaps a range of versions."""

    name: str
    specifier: SpecifierSet

    @classmethod
    def of(cls, name: str, specifier: SpecifierSet) -> OsWanted:
        """Make one; `22` and `22.04` mean all releases that begin so. Raises UsageError."""
        specifier = releases.as_series(specifier)
        text = f"os {_with_range(name, specifier)}"
        if releases.is_impossible(specifier):
            raise UsageError(f"{releases.plain(text)}: no version can be all of this", "say one")
        return cls(Kind.OS, text, name, specifier)

    def accepts(self, value: str) -> Answer:
        """Tell whether a recorded `ubuntu22.04` meets the wish."""
        name = value.rstrip("0123456789.")
        if name != self.name:
            return Answer.NO
        if not self.specifier:
            return Answer.YES
        return releases.decide(self.specifier, value[len(name) :])

    def both(self, other: FactWanted) -> FactWanted:
        """Give one wish for both. Raises UsageError if they have nothing in common."""
        if not isinstance(other, OsWanted) or other.name != self.name:
            return FactWanted.both(self, other)
        specifier = self.specifier & other.specifier
        if releases.is_impossible(specifier):
            return FactWanted.both(self, other)
        return OsWanted.of(self.name, specifier)


@dataclass(frozen=True, slots=True)
class Criteria:
    """All that is wanted of an image.

    region: where it must be, empty for anywhere. supported: its last day of support is
    not over. Make it with `of`, which gives equal criteria for equal wishes.
    """

    packages: tuple[PackageWanted, ...] = ()
    facts: tuple[FactWanted, ...] = ()
    region: str = ""
    supported: bool = False

    @classmethod
    def of(
        cls,
        packages: Iterable[PackageWanted] = (),
        facts: Iterable[FactWanted] = (),
        regions: Iterable[str] = (),
        supported: bool = False,
    ) -> Criteria:
        """Unite wishes, in an order of their own. Raises UsageError if they contradict."""
        named: dict[str, PackageWanted] = {}
        for package in packages:
            named[package.name] = named.get(package.name, package).both(package)
        kept: dict[str, FactWanted] = {}
        for fact in facts:
            key = fact.text if fact.kind in MANY_VALUED_KINDS else fact.kind
            kept[key] = kept[key].both(fact) if key in kept else fact
        places = sorted(set(filter(None, regions)))
        if len(places) > 1:
            two = " and ".join(map(releases.plain, places[:2]))
            raise UsageError(f"{two} are two regions", "say one")
        return cls(
            tuple(named[name] for name in sorted(named)),
            tuple(sorted(kept.values(), key=lambda fact: (_KINDS.index(fact.kind), fact.text))),
            "".join(places),
            supported,
        )

    def merged(self, other: Criteria) -> Criteria:
        """Unite these criteria and others. Raises UsageError if they contradict."""
        return Criteria.of(
            self.packages + other.packages,
            self.facts + other.facts,
            (self.region, other.region),
            self.supported or other.supported,
        )


def _with_range(name: str, specifier: SpecifierSet) -> str:
    """Write `python 3.10` for ==3.10.*, `python>=3.9,<3.12` for a range."""
    text = releases.readable(specifier)
    if len(specifier) == 1 and text.startswith("=="):
        return f"{name} {text.lstrip('=').removesuffix('.*')}"
    return f"{name}{text}"
