"""`find` inside the process: two packages and three facts on catalogs of several sizes.

The images that match are as many in each, so that the times tell whether the images that
do not match cost anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import catalogs
from catalog.query.criteria import Criteria
from catalog.query.find import Findings, find
from catalog.query.wishes import device_wanted, os_wanted, package_wanted, python_wanted

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

CRITERIA = Criteria.of(
    packages=[package_wanted("rare-package==1.7.6"), package_wanted("common-package>=1.0")],
    facts=[python_wanted("3.10"), device_wanted("gpu"), os_wanted("ubuntu>=22.04")],
)


@pytest.mark.parametrize("images", [2_500, 10_000, 20_000])
def test_two_packages_and_three_facts(
    benchmark: BenchmarkFixture, tmp_path_factory: pytest.TempPathFactory, images: int
) -> None:
    engine = catalogs.make(tmp_path_factory.mktemp("catalog") / "catalog.db", images)

    def ask() -> Findings:
        return find(engine, CRITERIA, catalogs.DAY)

    found = benchmark(ask)
    assert len(found.matches) == catalogs.MATCHING_IMAGES
