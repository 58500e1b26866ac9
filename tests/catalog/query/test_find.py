"""Asking the catalog: against the locks' own text, and by the rules of what is not known."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from sqlalchemy import Engine

from catalog import store
from catalog.facts import (
    REGIONAL,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Reading,
    Repository,
    Statement,
)
from catalog.query.criteria import Answer
from catalog.query.find import Findings, find
from catalog.query.sentence import parse_words
from catalog.query.vocabulary import vocabulary

LOCKS = Path(__file__).parents[3] / "data" / "sagemaker_distribution_locks.tar.xz"
DAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def locks() -> dict[str, str]:
    """The text of every lock, by the tag of its image."""
    texts = {}
    with tarfile.open(LOCKS) as archive:
        for member in archive:
            if found := re.search(r"v([0-9.]+)/([cg]pu)\.env\.out$", member.name):
                content = archive.extractfile(member)
                assert content is not None
                texts[f"{found[1]}-{found[2]}"] = content.read().decode()
    return texts


def ask(engine: Engine, *words: str, with_unknown: bool = False) -> Findings:
    criteria = parse_words(words, vocabulary=vocabulary(engine))
    return find(engine, criteria, DAY, with_unknown=with_unknown)


def tags(found: Findings) -> set[str]:
    names = (one.image.name for one in found.matches)
    return {name.partition(":")[2] for name in names if "sagemaker-distribution:" in name}


@pytest.mark.parametrize(
    ("wish", "conda_name"),
    [
        ("xgboost==1.7.6", "py-xgboost"),
        ("xgboost>=2", "py-xgboost"),
        ("xgboost>=1.7,<2", "py-xgboost"),
        ("torch==2.0.0", "pytorch"),
        ("torch>=2.1,<2.4", "pytorch"),
        ("pandas~=2.1.0", "pandas"),
        ("numpy!=1.26.4", "numpy"),
        ("scikit-learn<1.3", "scikit-learn"),
        ("boto3>=1.34", "boto3"),
        ("matplotlib>=3.8", "matplotlib-base"),
    ],
)
def test_a_package_is_found_where_the_locks_have_it(
    catalog_engine: Engine, locks: dict[str, str], wish: str, conda_name: str
) -> None:
    name = re.match("[a-z0-9-]*[a-z0-9]", wish)
    assert name is not None
    specifier = SpecifierSet(wish[name.end() :])
    line = re.compile(rf"/{conda_name}-([0-9][^-/]*)-[^-/]+\.(?:conda|tar\.bz2)")
    expected = {
        tag
        for tag, text in locks.items()
        if (found := line.search(text)) and specifier.contains(found[1], prereleases=True)
    }
    assert expected
    assert tags(ask(catalog_engine, wish)) ^ expected == set()


def test_the_question_of_the_readme_finds_what_the_locks_have(
    catalog_engine: Engine, locks: dict[str, str]
) -> None:
    expected = {
        tag
        for tag, text in locks.items()
        if tag.endswith("-gpu") and "/py-xgboost-1.7.6-" in text and "/python-3.10." in text
    }
    found = ask(catalog_engine, "which image supports py310 + xgboost 1.7.6 on GPU")
    assert len(expected) > 30
    assert tags(found) == expected
    for one in found.matches:
        cuda = re.search(
            r"/(?:cuda-version|cudatoolkit)-([0-9.]+)-", locks[one.image.name.rpartition(":")[2]]
        )
        assert cuda is not None
        assert cuda[1].startswith(one.image.value(Kind.CUDA)[:4])
        assert {met.evidence for met in one.met} == {Evidence.RECIPE}


def test_words_and_an_absent_package_find_nothing(catalog_engine: Engine) -> None:
    found = ask(catalog_engine, "xgboost==0.0.1", "gpu")
    assert found.matches == ()
    assert found.unknown_count > 0


def test_what_is_not_scanned_is_neither_a_match_nor_a_mismatch(catalog_engine: Engine) -> None:
    found = ask(catalog_engine, "py310 gpu xgboost==1.7.6", with_unknown=True)
    unknown = {one.image.name: one for one in found.unknown}
    assert len(unknown) == found.unknown_count
    training = unknown["pytorch-training:2.0.1-gpu-py310-cu118-ubuntu20.04-sagemaker"]
    xgboost = training.met[0]
    assert (xgboost.answer, xgboost.value) == (Answer.UNKNOWN, "")
    assert xgboost.reason == "not scanned (not in its partial list)"
    nothing = unknown["pytorch-training:2.0-gpu-py310"].met[0]
    assert nothing.reason == "not scanned"
    assert not unknown.keys() & {one.image.name for one in found.matches}


def test_a_partial_list_confirms_and_contradicts_but_never_denies(catalog_engine: Engine) -> None:
    image = "sagemaker-xgboost:1.7-1"

    def answer(wish: str) -> Answer | None:
        found = ask(catalog_engine, wish, with_unknown=True)
        return next(
            (one.answer for one in (*found.matches, *found.unknown) if one.image.name == image),
            None,
        )

    # The container line 1.7-1 holds XGBoost 1.7.4, not 1.7.1 (its branch's Dockerfile).
    assert answer("xgboost==1.7.4") is Answer.YES
    assert answer("xgboost==1.7.1") is None
    assert answer("scipy==1.8.0") is Answer.YES
    assert answer("torch") is Answer.UNKNOWN


def test_newest_come_first_and_the_order_is_stable(catalog_engine: Engine) -> None:
    found = ask(catalog_engine, "framework=sagemaker-distribution gpu xgboost==1.7.6 py310")
    versions = [
        tuple(map(int, one.image.name.rpartition(":")[2][:-4].split("."))) for one in found.matches
    ]
    assert versions == sorted(versions, reverse=True)
    again = ask(catalog_engine, "framework=sagemaker-distribution gpu xgboost==1.7.6 py310")
    assert [one.image.name for one in again.matches] == [one.image.name for one in found.matches]


def test_supported_images_come_before_those_past_their_end(catalog_engine: Engine) -> None:
    found = ask(catalog_engine, "framework=pytorch gpu training")
    ends = [one.image.value(Kind.END_OF_PATCH) for one in found.matches]
    order = [1 if not end else 0 if end >= DAY.isoformat() else 2 for end in ends]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}


def test_supported_asks_for_an_end_of_patch_that_is_not_past(catalog_engine: Engine) -> None:
    found = ask(catalog_engine, "framework=pytorch gpu supported")
    assert found.matches
    assert all(one.image.value(Kind.END_OF_PATCH) >= DAY.isoformat() for one in found.matches)
    later = find(
        catalog_engine,
        parse_words(["framework=pytorch gpu supported"], vocabulary=vocabulary(catalog_engine)),
        date(2036, 1, 1),
    )
    assert not later.matches


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-west-2", "763104351884.dkr.ecr.us-west-2.amazonaws.com"),
        ("cn-north-1", "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("af-south-1", "626614931356.dkr.ecr.af-south-1.amazonaws.com"),
    ],
)
def test_a_region_gives_its_own_account(catalog_engine: Engine, region: str, host: str) -> None:
    found = ask(catalog_engine, "framework=pytorch==2.0.1 py310 gpu training", region)
    uris = {one.image.uri for one in found.matches}
    assert f"{host}/pytorch-training:2.0.1-gpu-py310" in uris
    assert all(uri.startswith(f"{host}/") for uri in uris)


def test_a_region_drops_what_is_not_there(catalog_engine: Engine) -> None:
    everywhere = ask(catalog_engine, "framework=smdistributed-modelparallel")
    here = ask(catalog_engine, "framework=smdistributed-modelparallel", "us-west-2")
    china = ask(catalog_engine, "framework=smdistributed-modelparallel", "cn-north-1")
    assert len(everywhere.matches) == len(here.matches) > 0
    assert (len(china.matches), china.unknown_count) == (0, 0)


def test_a_region_that_is_not_documented_is_not_known(catalog_engine: Engine) -> None:
    found = ask(catalog_engine, "framework=pytorch==2.11", "eu-west-1", with_unknown=True)
    assert not found.matches
    assert found.unknown
    assert all(one.met[-1].reason == "eu-west-1 not documented" for one in found.unknown)
    assert all(not one.image.uri for one in found.unknown)


def said(
    tag: str, evidence: Evidence, *facts: tuple[str, str], packages: Iterable[str] = ()
) -> Statement:
    distributions = tuple(Distribution(*package.split("==")) for package in packages)
    return Statement(
        Repository(REGIONAL, "team-image"),
        (tag,),
        evidence,
        "a test",
        tuple(Fact(kind, value) for kind, value in facts),
        environments=(Environment(distributions, complete=False),) if distributions else (),
    )


@pytest.fixture
def small(empty_engine: Engine) -> Engine:
    said_by = {
        "docs": [
            said("patch-unknown", Evidence.DOCUMENTED, (Kind.PYTHON, "3.10")),
            said("patch-known", Evidence.DOCUMENTED, (Kind.PYTHON, "3.10.14")),
            said("contradicted", Evidence.DOCUMENTED, (Kind.DEVICE, "cpu"), (Kind.DEVICE, "gpu")),
            said("both-jobs", Evidence.DOCUMENTED, (Kind.JOB, "training"), (Kind.JOB, "inference")),
            said("two-lists", Evidence.DOCUMENTED, packages=["numpy==1.26.4"]),
        ],
        "recipes": [said("two-lists", Evidence.RECIPE, packages=["numpy==2.1.0"])],
        "other": [said("two-lists", Evidence.RECIPE, packages=["numpy==2.2.0"])],
    }
    readings = [
        Reading(source, "a test", "", DAY, "", tuple(statements))
        for source, statements in said_by.items()
    ]
    store.write(empty_engine, readings)
    return empty_engine


@pytest.mark.parametrize(
    ("question", "matches", "unknown"),
    [
        (
            "python 3.10",
            {"patch-known", "patch-unknown"},
            {"contradicted", "both-jobs", "two-lists"},
        ),
        (
            "python>=3.10.5",
            {"patch-known"},
            {"patch-unknown", "contradicted", "both-jobs", "two-lists"},
        ),
        ("python<3.10", set(), {"contradicted", "both-jobs", "two-lists"}),
        ("gpu", set(), {"contradicted", "both-jobs", "two-lists", "patch-known", "patch-unknown"}),
        ("training", {"both-jobs"}, {"contradicted", "two-lists", "patch-known", "patch-unknown"}),
        # The best evidence answers, and two sources of it that differ leave it open.
        (
            "numpy>=2.2",
            set(),
            {"two-lists", "both-jobs", "contradicted", "patch-known", "patch-unknown"},
        ),
        ("numpy<2", set(), {"both-jobs", "contradicted", "patch-known", "patch-unknown"}),
    ],
)
def test_yes_no_and_not_known(
    small: Engine, question: str, matches: set[str], unknown: set[str]
) -> None:
    found = ask(small, question, with_unknown=True)
    assert {one.image.name.partition(":")[2] for one in found.matches} == matches
    assert {one.image.name.partition(":")[2] for one in found.unknown} == unknown
