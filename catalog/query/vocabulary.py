"""The names that the catalog knows, against which the words of a question are read."""

from __future__ import annotations

from sqlalchemy import Engine, select

from catalog import models as m
from catalog.facts import REGIONAL, Kind
from catalog.query.sentence import Vocabulary
from catalog.query.wishes import region_wanted


def vocabulary(engine: Engine) -> Vocabulary:
    """Read the names of distributions, frameworks and regions from the catalog."""
    with engine.connect() as connection:
        names = connection.scalars(select(m.distribution.c.canonical_name).distinct())
        packages = frozenset(names)
        frameworks = connection.scalars(
            select(m.fact_value.c.value).where(m.fact_value.c.kind == Kind.FRAMEWORK)
        )
        return Vocabulary(
            packages=packages,
            frameworks=frozenset(frameworks),
            regions=frozenset(connection.scalars(select(m.account_map_entry.c.region).distinct())),
        )


def known_region(engine: Engine, name: str) -> str:
    """Give a region that the catalog knows, empty for none. Raises UsageError."""
    return region_wanted(name, vocabulary(engine).regions) if name else ""


def regional_repositories(engine: Engine) -> tuple[str, ...]:
    """Give the names of the repositories that AWS keeps in its regional registries."""
    with engine.connect() as connection:
        names = connection.scalars(
            select(m.repository.c.name)
            .where(m.repository.c.registry == REGIONAL)
            .order_by(m.repository.c.name)
        )
        return tuple(names)
