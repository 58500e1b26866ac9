"""Which images meet a set of wishes, how each wish is met, and by what evidence.

An image answers each wish with yes, no, or not known. It matches if all are yes. If none
is no but some are not known, it is neither a match nor a mismatch and is kept apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, and_, exists, func, not_, or_, select
from sqlalchemy.sql import ColumnElement

from catalog import models as m
from catalog.dictionaries import batches
from catalog.facts import MANY_VALUED_KINDS, REGIONAL, Evidence, Kind
from catalog.query import images
from catalog.query.criteria import Answer, Criteria, FactWanted, PackageWanted
from catalog.query.images import Image
from catalog.query.rank import rank

_COUNT_BOUND = 2_000
"""How far rows are counted to find the rarest wish; beyond it none is rare."""

_ID_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Met:
    """How one image answers one wish.

    value: what is there, e.g. `1.7.6`, empty if not known or absent. build: the conda
    build of it, which tells a CUDA build from one without. reason: why it is not known.
    """

    wish: str
    answer: Answer
    value: str = ""
    evidence: Evidence | None = None
    source: str = ""
    build: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One image with its answers, in the order of the wishes."""

    image: Image
    met: tuple[Met, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, best first.

    unknown_count: images of which it is not known whether they match; unknown: these
    images, if they were asked for.
    """

    matches: tuple[Found, ...]
    unknown_count: int
    unknown: tuple[Found, ...]


def find(
    engine: Engine,
    criteria: Criteria,
    today: date,
    *,
    uri_region: str = "",
    with_unknown: bool = False,
) -> Findings:
    """Find the images that meet all criteria.

    uri_region: in whose registry URIs are to be, if the criteria name no region.
    """
    with engine.connect() as connection:
        search = _Search(connection, criteria, today)
        met = search.answers()
        shown: dict[Answer, list[int]] = {Answer.YES: [], Answer.UNKNOWN: []}
        for image, answers in met.items():
            if (overall := _all(answers)) in shown:
                shown[overall].append(image)
        wanted = shown[Answer.YES] + (shown[Answer.UNKNOWN] if with_unknown else [])
        details = images.load(connection, wanted, criteria.region or uri_region)

    def ranked(answer: Answer) -> tuple[Found, ...]:
        found = [
            Found(details[image], tuple(met[image]), answer)
            for image in shown[answer]
            if image in details
        ]
        return tuple(rank(found, today))

    return Findings(ranked(Answer.YES), len(shown[Answer.UNKNOWN]), ranked(Answer.UNKNOWN))


@dataclass(frozen=True, slots=True)
class _SupportedWanted(FactWanted):
    """The wish that the last day of support is not before a day (ISO date)."""

    day: str

    def accepts(self, value: str) -> Answer:
        """Tell whether an end of patch is this day or later."""
        return Answer.YES if value >= self.day else Answer.NO


class _Search:
    """One question to the database."""

    def __init__(self, connection: Connection, criteria: Criteria, today: date) -> None:
        self.connection = connection
        self.region = criteria.region
        self.packages = [_Package(connection, wish) for wish in criteria.packages]
        self.facts = [_Fact(connection, wish) for wish in criteria.facts]
        if criteria.supported:
            wish = _SupportedWanted(Kind.END_OF_PATCH, "supported", today.isoformat())
            self.facts.append(_Fact(connection, wish))

    def answers(self) -> dict[int, list[Met]]:
        """Give the answers of all images that may match."""
        candidates = self._candidates()
        met: dict[int, list[Met]] = {image: [] for image in candidates}
        for batch in batches(candidates, _ID_BATCH):
            for package in self.packages:
                package.answer(self.connection, batch, met)
            for fact in self.facts:
                fact.answer(self.connection, batch, met)
            if self.region:
                _answer_region(self.connection, self.region, batch, met)
        return met

    def _candidates(self) -> list[int]:
        """Find the images that do not answer any wish with no, as far as the index tells."""
        possible = [fact.possible() for fact in self.facts]
        if not self.packages:
            return list(self.connection.scalars(select(m.image.c.id).where(*possible)))
        rarest = min(self.packages, key=lambda package: package.count(self.connection))
        others = [package.present() for package in self.packages if package is not rarest]
        matching = select(m.image.c.id).where(
            m.image.c.id.in_(rarest.holders()), *others, *possible
        )
        # Only of an image whose packages are not all known can it be unknown that it
        # has one; the index on `contents` leads to these alone.
        unknown = select(m.image.c.id).where(
            m.image.c.contents != m.Contents.COMPLETE,
            *(or_(package.present(), package.unmentioned()) for package in self.packages),
            *possible,
        )
        found = dict.fromkeys(self.connection.scalars(matching))
        found.update(dict.fromkeys(self.connection.scalars(unknown)))
        return list(found)


class _Package:
    """A wish for a distribution, with the rows of the dictionary that meet it."""

    def __init__(self, connection: Connection, wish: PackageWanted) -> None:
        self.wish = wish
        table, conda = m.distribution, m.conda_package
        rows = connection.execute(
            select(table.c.id, table.c.version, conda.c.build)
            .join(conda, isouter=True)
            .where(table.c.canonical_name == wish.name)
        ).all()
        accepted = {version: wish.accepts(version) for version in {row.version for row in rows}}
        self.rows = {row.id: row for row in rows}
        self.accepted = {row.id for row in rows if accepted[row.version]}

    def count(self, connection: Connection) -> int:
        """Count the places where it is, up to a bound."""
        pairs = m.environment_distribution
        some = (
            select(pairs.c.environment_id)
            .where(pairs.c.distribution_id.in_(self.accepted))
            .limit(_COUNT_BOUND)
        )
        return connection.scalar(select(func.count()).select_from(some.subquery())) or 0

    def holders(self) -> Any:
        """Select the images that have it."""
        return self._places(self.accepted, m.environment.c.image_id)

    def present(self) -> ColumnElement[bool]:
        """Tell that an image has it."""
        here = m.environment.c.image_id == m.image.c.id
        return exists(self._places(self.accepted, m.environment.c.id).where(here))

    def unmentioned(self) -> ColumnElement[bool]:
        """Tell that no list of an image names it in any version."""
        here = m.environment.c.image_id == m.image.c.id
        return not_(exists(self._places(set(self.rows), m.environment.c.id).where(here)))

    def answer(
        self, connection: Connection, batch: Sequence[int], met: dict[int, list[Met]]
    ) -> None:
        """Add each image's answer: what the best evidence says of this name."""
        held: dict[int, list[Any]] = defaultdict(list)
        pairs, environment = m.environment_distribution, m.environment
        query = self._places(
            set(self.rows),
            environment.c.image_id,
            environment.c.evidence,
            pairs.c.distribution_id,
            m.source.c.name.label("source"),
        )
        query = query.join(m.statement, m.statement.c.id == environment.c.statement_id)
        query = query.join(m.source).where(environment.c.image_id.in_(batch))
        for row in connection.execute(query):
            held[row.image_id].append(row)
        complete = set(
            connection.scalars(
                select(m.image.c.id)
                .where(m.image.c.id.in_(batch))
                .where(m.image.c.contents == m.Contents.COMPLETE)
            )
        )
        for image in batch:
            met[image].append(self._met(held.get(image, ()), complete=image in complete))

    def _met(self, held: Iterable[Any], *, complete: bool) -> Met:
        best = max((row.evidence for row in held), default=None)
        if best is None:
            if complete:
                return Met(self.wish.text, Answer.NO)
            return Met(self.wish.text, Answer.UNKNOWN, reason="not scanned")
        rows = sorted(
            (row for row in held if row.evidence == best), key=lambda row: row.distribution_id
        )
        accepted = [row.distribution_id in self.accepted for row in rows]
        shown = self.rows[rows[0].distribution_id]
        return Met(
            self.wish.text,
            _agreed(accepted),
            shown.version,
            Evidence(best),
            rows[0].source,
            shown.build or "",
            reason="" if all(accepted) else "contradicted by another source",
        )

    def _places(self, distributions: set[int], *columns: Any) -> Any:
        pairs, environment = m.environment_distribution, m.environment
        return (
            select(*columns)
            .select_from(pairs.join(environment, environment.c.id == pairs.c.environment_id))
            .where(pairs.c.distribution_id.in_(distributions))
            .where(environment.c.answers, environment.c.is_default)
        )


class _Fact:
    """A wish about one kind of fact, with the recorded values that meet it."""

    def __init__(self, connection: Connection, wish: FactWanted) -> None:
        self.wish = wish
        values = connection.scalars(
            select(m.fact.c.value).distinct().where(m.fact.c.kind == wish.kind)
        )
        self.answers = {value: wish.accepts(value) for value in values}

    def possible(self) -> ColumnElement[bool]:
        """Tell that an image does not answer no."""
        not_no = [value for value, answer in self.answers.items() if answer is not Answer.NO]
        here = and_(
            m.fact.c.image_id == m.image.c.id, m.fact.c.kind == self.wish.kind, m.fact.c.answers
        )
        met = exists(select(m.fact.c.image_id).where(here, m.fact.c.value.in_(not_no)))
        return or_(met, not_(exists(select(m.fact.c.image_id).where(here))))

    def answer(
        self, connection: Connection, batch: Sequence[int], met: dict[int, list[Met]]
    ) -> None:
        """Add each image's answer."""
        held: dict[int, list[Any]] = defaultdict(list)
        query = (
            select(m.fact.c.image_id, m.fact.c.value, m.fact.c.evidence, m.source.c.name)
            .join(m.statement, m.statement.c.id == m.fact.c.statement_id)
            .join(m.source)
            .where(m.fact.c.image_id.in_(batch))
            .where(m.fact.c.kind == self.wish.kind)
            .where(m.fact.c.answers)
            .order_by(m.fact.c.evidence.desc(), m.fact.c.value, m.source.c.name)
        )
        for row in connection.execute(query):
            held[row.image_id].append(row)
        for image in batch:
            met[image].append(self._met(held.get(image, [])))

    def _met(self, held: Sequence[Any]) -> Met:
        if not held:
            return Met(self.wish.text, Answer.UNKNOWN, reason=f"{self.wish.kind} not known")
        if self.wish.kind in MANY_VALUED_KINDS:
            held = [row for row in held if self.answers[row.value] is Answer.YES] or held
        answers = {self.answers[row.value] for row in held}
        answer = answers.pop() if len(answers) == 1 else Answer.UNKNOWN
        reason = ""
        if answer is Answer.UNKNOWN:
            values = ", ".join(dict.fromkeys(row.value for row in held))
            reason = f"known only as {values}"
        first = held[0]
        return Met(
            self.wish.text, answer, first.value, Evidence(first.evidence), first.name, "", reason
        )


def _answer_region(
    connection: Connection, region: str, batch: Sequence[int], met: dict[int, list[Met]]
) -> None:
    """Add each image's answer to whether it is in the registry of a region."""
    here = images.accounts_in(connection, region, batch)
    listed = set(
        connection.scalars(
            select(m.statement.c.image_id)
            .where(m.statement.c.image_id.in_(batch))
            .where(m.statement.c.accounts_complete)
        )
    )
    registries = connection.execute(
        select(m.tag.c.image_id, m.repository.c.registry)
        .join(m.repository)
        .where(m.tag.c.image_id.in_(batch))
    )
    regional = {row.image_id for row in registries if row.registry == REGIONAL}
    for image in batch:
        if image in here:
            answer = Met(region, Answer.YES, region, Evidence.DOCUMENTED, here[image].source)
        elif image not in regional:
            answer = Met(region, Answer.YES, "one registry for all regions")
        elif image in listed:
            answer = Met(region, Answer.NO)
        else:
            answer = Met(region, Answer.UNKNOWN, reason=f"{region} not documented")
        met[image].append(answer)


def _agreed(accepted: Sequence[bool]) -> Answer:
    if all(accepted):
        return Answer.YES
    return Answer.UNKNOWN if any(accepted) else Answer.NO


def _all(met: Iterable[Met]) -> Answer:
    answers = {one.answer for one in met}
    if Answer.NO in answers:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES
