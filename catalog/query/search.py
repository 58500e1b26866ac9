"""How each image answers each wish, with as few and as narrow questions to the database as can be.

The rarest package leads to the images that can match; of these each wish is looked up by
the image. Images that do not match are not visited, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, exists, func, literal, not_, or_, select, union_all
from sqlalchemy.sql import ColumnElement

from catalog import models as m
from catalog.batches import AT_ONCE, batches
from catalog.facts import MANY_VALUED_KINDS, REGIONAL, Contents, Evidence, Kind
from catalog.query import images
from catalog.query.criteria import Answer, Criteria, FactWanted, PackageWanted
from catalog.references import ECR_HOST

_LEADING = 6
_COUNTS_AT_ONCE = 100
_COUNT_BOUND = 2_000
"""How far rows are counted to find the rarest package; beyond it none is rare."""


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


def overall(met: Iterable[Met]) -> Answer:
    """Give the answer to all wishes together: no if one is no, yes if all are yes."""
    answers = {one.answer for one in met}
    if Answer.NO in answers:
        return Answer.NO
    return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES


def answers(connection: Connection, criteria: Criteria, today: date) -> dict[int, list[Met]]:
    """Give the answers of every image that may match, in the order of the wishes."""
    packages = _packages(connection, criteria.packages)
    wishes = list(criteria.facts)
    if criteria.supported:
        wishes.append(_SupportedWanted(Kind.END_OF_PATCH, "supported", today.isoformat()))
    facts = _facts(connection, wishes)
    candidates = _candidates(connection, packages, facts)
    met: dict[int, list[Met]] = {image: [] for image in candidates}
    for batch in batches(candidates):
        if packages:
            _answer_packages(connection, packages, batch, met)
        if facts:
            _answer_facts(connection, facts, batch, met)
        if criteria.region:
            _answer_region(connection, criteria.region, batch, met)
    return met


@dataclass(frozen=True, slots=True)
class _SupportedWanted(FactWanted):
    """The wish that the last day of support is not before a day (ISO date)."""

    day: str

    def accepts(self, value: str) -> Answer:
        """Tell whether an end of patch is this day or later."""
        return Answer.YES if value >= self.day else Answer.NO


@dataclass(frozen=True, slots=True)
class _Package:
    """A wish for a distribution. rows: all that have its name; accepted: those that meet it."""

    wish: PackageWanted
    rows: dict[int, Any]
    accepted: frozenset[int]

    def places(self, distributions: Iterable[int], *columns: Any) -> Any:
        """Select from the lists that answer and have one of these distributions."""
        pairs, environment = m.environment_distribution, m.environment
        return (
            select(*columns)
            .select_from(pairs.join(environment, environment.c.id == pairs.c.environment_id))
            .where(pairs.c.distribution_id.in_(distributions))
            .where(environment.c.answers, environment.c.is_default)
        )

    def present(self) -> ColumnElement[bool]:
        """Tell that an image has it."""
        here = m.environment.c.image_id == m.image.c.id
        return exists(self.places(self.accepted, m.environment.c.id).where(here))

    def unmentioned(self) -> ColumnElement[bool]:
        """Tell that no list of an image names it in any version."""
        here = m.environment.c.image_id == m.image.c.id
        return not_(exists(self.places(self.rows, m.environment.c.id).where(here)))

    def met(self, held: Sequence[_Held], *, listed: bool, complete: bool) -> Met:
        """Give an image's answer: what the best evidence says of this name."""
        best = max((one.evidence for one in held), default=None)
        if best is None and complete:
            return Met(self.wish.text, Answer.NO)
        if best is None:
            reason = "not scanned (not in its partial list)" if listed else "not scanned"
            return Met(self.wish.text, Answer.UNKNOWN, reason=reason)
        said = sorted(one for one in held if one.evidence == best)
        accepted = {one.distribution_id in self.accepted for one in said}
        # Equally good sources that contradict each other leave it unknown.
        answer = Answer.UNKNOWN
        if len(accepted) == 1:
            answer = Answer.YES if True in accepted else Answer.NO
        shown = self.rows[said[0].distribution_id]
        reason = "contradicted by another source" if answer is Answer.UNKNOWN else ""
        return Met(
            self.wish.text,
            answer,
            shown.version,
            Evidence(best),
            said[0].source,
            shown.build or "",
            reason,
        )


@dataclass(frozen=True, slots=True, order=True)
class _Held:
    """That a list of an image names a distribution."""

    distribution_id: int
    evidence: int
    source: str


@dataclass(frozen=True, slots=True)
class _Fact:
    """A wish about one kind of fact, with the answer of every value that was recorded."""

    wish: FactWanted
    answers: dict[str, Answer]

    def possible(self) -> ColumnElement[bool]:
        """Tell that an image does not answer no."""
        not_no = [value for value, answer in self.answers.items() if answer is not Answer.NO]
        fact = m.fact.c
        here = and_(fact.image_id == m.image.c.id, fact.kind == self.wish.kind, fact.answers)
        met = exists(select(fact.image_id).where(here, fact.value.in_(not_no)))
        return or_(met, not_(exists(select(fact.image_id).where(here))))

    def met(self, held: Sequence[Any]) -> Met:
        """Give an image's answer from the facts of this kind that answer for it."""
        wish = self.wish
        if not held:
            return Met(wish.text, Answer.UNKNOWN, reason=f"{wish.kind} not known")
        if wish.kind in MANY_VALUED_KINDS:
            held = [row for row in held if self.answers[row.value] is Answer.YES] or held
        answers = {self.answers[row.value] for row in held}
        answer = answers.pop() if len(answers) == 1 else Answer.UNKNOWN
        reason = ""
        if answer is Answer.UNKNOWN:
            values = ", ".join(dict.fromkeys(row.value for row in held))
            reason = f"known only as {values}"
        first = held[0]
        return Met(
            wish.text, answer, first.value, Evidence(first.evidence), first.name, reason=reason
        )


def _packages(connection: Connection, wishes: Sequence[PackageWanted]) -> list[_Package]:
    """Look up every version that the catalog has of what is wanted."""
    if not wishes:
        return []
    table, conda = m.distribution, m.conda_package
    rows: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in connection.execute(
        select(table.c.id, table.c.canonical_name, table.c.version, conda.c.build)
        .join(conda, isouter=True)
        .where(table.c.canonical_name.in_([wish.name for wish in wishes]))
    ):
        rows[row.canonical_name][row.id] = row
    packages = []
    for wish in wishes:
        named = rows[wish.name]
        meets = {row.version: wish.accepts(row.version) for row in named.values()}
        accepted = frozenset(number for number, row in named.items() if meets[row.version])
        packages.append(_Package(wish, named, accepted))
    return packages


def _facts(connection: Connection, wishes: Sequence[FactWanted]) -> list[_Fact]:
    """Ask each wish of every value that was recorded of its kind."""
    if not wishes:
        return []
    values: dict[str, list[str]] = defaultdict(list)
    kinds = [wish.kind for wish in wishes]
    for row in connection.execute(select(m.fact_value).where(m.fact_value.c.kind.in_(kinds))):
        values[row.kind].append(row.value)
    return [
        _Fact(wish, {value: wish.accepts(value) for value in values[wish.kind]}) for wish in wishes
    ]


def _candidates(
    connection: Connection, packages: Sequence[_Package], facts: Sequence[_Fact]
) -> list[int]:
    """Find the images that do not answer any wish with no, as far as the indexes tell."""
    possible = [fact.possible() for fact in facts]
    if not packages:
        return list(connection.scalars(select(m.image.c.id).where(*possible)))
    rarest, *others = _rarest(connection, packages)
    holders = rarest.places(rarest.accepted, m.environment.c.image_id)
    present = [package.present() for package in others]
    matching = select(m.image.c.id).where(m.image.c.id.in_(holders), *present, *possible)
    # Only of an image whose packages are not all known can it be unknown that it has one;
    # the index on `contents` leads to these alone.
    unknown = select(m.image.c.id).where(
        m.image.c.contents < Contents.COMPLETE,
        *possible,
        *(or_(package.present(), package.unmentioned()) for package in (rarest, *others)),
    )
    found = dict.fromkeys(connection.scalars(matching))
    found.update(dict.fromkeys(connection.scalars(unknown)))
    return list(found)


def _rarest(connection: Connection, packages: Sequence[_Package]) -> list[_Package]:
    """Give the packages that the fewest lists have, counted up to a bound, rarest first.

    A few of them lead to so few images that those are better asked one by one for the rest.
    """
    if len(packages) == 1:
        return list(packages)
    pairs = m.environment_distribution
    places: list[tuple[int, int]] = []
    for batch in batches(enumerate(packages), _COUNTS_AT_ONCE):
        counts = []
        for number, package in batch:
            held = pairs.c.distribution_id.in_(package.accepted)
            some = select(pairs.c.environment_id).where(held).limit(_COUNT_BOUND).subquery()
            count = select(func.count().label("places"), literal(number).label("number"))
            counts.append(count.select_from(some))
        places += [(row.places, row.number) for row in connection.execute(union_all(*counts))]
    return [packages[number] for _, number in sorted(places)[:_LEADING]]


def _answer_packages(
    connection: Connection,
    packages: Sequence[_Package],
    batch: Sequence[int],
    met: dict[int, list[Met]],
) -> None:
    """Add each image's answers to all wishes for packages."""
    environment, pairs = m.environment, m.environment_distribution
    lists = connection.execute(
        select(
            environment.c.id,
            environment.c.image_id,
            environment.c.evidence,
            m.source.c.name,
            m.image.c.contents,
        )
        .join(m.image, m.image.c.id == environment.c.image_id)
        .join(m.statement, m.statement.c.id == environment.c.statement_id)
        .join(m.source)
        .where(environment.c.image_id.in_(batch), environment.c.answers, environment.c.is_default)
    )
    list_of = {row.id: row for row in lists}
    listed = {row.image_id for row in list_of.values()}
    complete = {row.image_id for row in list_of.values() if row.contents == Contents.COMPLETE}
    wanted = {number: package for package in packages for number in package.rows}
    held: dict[tuple[int, str], list[_Held]] = defaultdict(list)
    for distributions in batches(wanted, AT_ONCE // 2):
        for some in batches(list_of, AT_ONCE // 2):
            named = select(pairs).where(
                pairs.c.environment_id.in_(some), pairs.c.distribution_id.in_(distributions)
            )
            for environment_id, distribution_id in connection.execute(named):
                row = list_of[environment_id]
                held[row.image_id, wanted[distribution_id].wish.name].append(
                    _Held(distribution_id, row.evidence, row.name)
                )
    for image in batch:
        met[image] += [
            package.met(
                held.get((image, package.wish.name), ()),
                listed=image in listed,
                complete=image in complete,
            )
            for package in packages
        ]


def _answer_facts(
    connection: Connection, facts: Sequence[_Fact], batch: Sequence[int], met: dict[int, list[Met]]
) -> None:
    """Add each image's answers to all wishes about facts."""
    fact = m.fact.c
    held: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in connection.execute(
        select(fact.image_id, fact.kind, fact.value, fact.evidence, m.source.c.name)
        .join(m.statement, m.statement.c.id == fact.statement_id)
        .join(m.source)
        .where(fact.image_id.in_(batch), fact.answers)
        .where(fact.kind.in_([one.wish.kind for one in facts]))
        .order_by(fact.evidence.desc(), fact.value, m.source.c.name)
    ):
        held[row.image_id, row.kind].append(row)
    for image in batch:
        met[image] += [one.met(held.get((image, one.wish.kind), ())) for one in facts]


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
    registries: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(
        select(m.tag.c.image_id, m.repository.c.registry)
        .join(m.repository)
        .where(m.tag.c.image_id.in_(batch))
    ):
        registries[row.image_id].add(row.registry)
    for image in batch:
        if image in here:
            known = here[image]
            met[image].append(Met(region, Answer.YES, region, known.evidence, known.source))
        else:
            met[image].append(_by_registry(region, registries[image], is_listed=image in listed))


def _by_registry(region: str, registries: set[str], *, is_listed: bool) -> Met:
    """Answer from where an image's registries are, when none is documented in the region."""
    in_ecr = {match["region"] for host in registries if (match := ECR_HOST.fullmatch(host))}
    if region in in_ecr:
        return Met(region, Answer.YES, region)
    elsewhere = registries - {REGIONAL} - {host for host in registries if ECR_HOST.fullmatch(host)}
    if elsewhere:
        return Met(region, Answer.YES, "any region")
    if in_ecr or is_listed:
        return Met(region, Answer.NO)
    return Met(region, Answer.UNKNOWN, reason=f"{region} not documented")
