"""Makes catalogs of any size, the same ones every time, through the store itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from catalog import store
from catalog.database import open_database
from catalog.facts import (
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Reading,
    Repository,
    Statement,
)

PACKAGES_PER_IMAGE = 300
MATCHING_IMAGES = 50
NAMES = 2_000
VERSIONS = 12
RARE = Distribution("rare-package", "1.7.6")
DAY = date(2026, 11, 21)
_BATCH = 1_000


def make(path: Path, images: int) -> Engine:
    """Fill a catalog with `images` images, MATCHING_IMAGES of which hold RARE."""
    return open_database(str(path), lambda engine: _fill(engine, images))


def _fill(engine: Engine, images: int) -> None:
    statements = _statements(images)
    number = 0
    while batch := tuple(islice(statements, _BATCH)):
        reading = Reading(f"generated {number}", "benchmarks", "", DAY, "", batch)
        store.write(engine, [reading])
        number += 1


def _statements(images: int) -> Iterator[Statement]:
    chance = random.Random(7)
    common = [Distribution("common-package", f"1.{minor}.0") for minor in range(VERSIONS)]
    pool = [
        [Distribution(f"package-{number}", f"{major}.{number % 10}.0") for major in range(VERSIONS)]
        for number in range(NAMES)
    ]
    matching = set(random.Random(11).sample(range(images), MATCHING_IMAGES))
    for number in range(images):
        installed = [chance.choice(pool[at]) for at in chance.sample(range(NAMES), 298)]
        installed.append(chance.choice(common))
        is_matching = number in matching
        # What does not match has the rare package too, in another version, half of the time.
        other = Distribution("rare-package", f"2.{number % 7}.0")
        installed.append(RARE if is_matching else chance.choice([other, chance.choice(pool[0])]))
        yield Statement(
            repository=Repository("registry.example", f"team/image-{number % 40}"),
            tags=(f"build-{number}",),
            evidence=Evidence.OBSERVED,
            key=f"image {number}",
            facts=_facts(chance, is_matching),
            environments=(Environment(tuple(installed), complete=True),),
        )


def _facts(chance: random.Random, is_matching: bool) -> tuple[Fact, ...]:
    def one(value: str, *others: str) -> str:
        return value if is_matching else chance.choice((value, *others))

    return (
        Fact(Kind.PYTHON, one("3.10.14", "3.9.18", "3.11.9", "3.12.4")),
        Fact(Kind.DEVICE, one("gpu", "cpu")),
        Fact(Kind.OS, one("ubuntu22.04", "ubuntu20.04", "amzn2023")),
        Fact(Kind.ARCH, one("x86_64", "arm64")),
        Fact(Kind.FRAMEWORK, chance.choice(("pytorch", "tensorflow", "sagemaker-distribution"))),
        Fact(Kind.FRAMEWORK_VERSION, f"2.{chance.randrange(12)}.0"),
    )
