"""Writing the catalog: what is kept, what is replaced, and what a killed sync leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from catalog import models as m
from catalog import store
from catalog.facts import (
    REGIONAL,
    Component,
    CondaPackage,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Layer,
    OsPackage,
    Reading,
    Repository,
    Statement,
)
from catalog.query.criteria import Criteria
from catalog.query.find import find
from catalog.query.show import contents_of, describe
from catalog.query.wishes import package_wanted, python_wanted
from catalog.tags import TagReading

DAY = date(2026, 11, 21)
LATER = date(2026, 12, 1)
TRAINING = Repository(REGIONAL, "pytorch-training")
LONG = "2.9.0-gpu-py312-cu130-ubuntu22.04-sagemaker"
SHORT = "2.9.0-gpu-py312"


def reading(source: str, *statements: Statement, as_of: date = DAY) -> Reading:
    return Reading(source, f"https://{source}.example", "1", as_of, "Apache-2.0", statements)


def said(
    *tags: str,
    facts: Iterable[tuple[str, str]] = (),
    evidence: Evidence = Evidence.DOCUMENTED,
    digest: str = "",
    pushed_at: str = "",
    environments: tuple[Environment, ...] = (),
    repository: Repository = TRAINING,
) -> Statement:
    return Statement(
        repository,
        tags,
        evidence,
        key="a test",
        facts=tuple(Fact(kind, value) for kind, value in facts),
        digest=digest,
        pushed_at=pushed_at,
        environments=environments,
    )


def listed(*packages: str, complete: bool = True) -> Environment:
    distributions = [Distribution(*package.split("==")) for package in packages]
    return Environment(tuple(distributions), complete)


def images(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(select(m.tag.c.name, m.tag.c.image_id))
        return {row.name: row.image_id for row in rows}


def test_tags_of_one_statement_name_one_image(empty_engine: Engine) -> None:
    store.write(empty_engine, [reading("sdk", said(SHORT)), reading("docs", said(LONG, SHORT))])
    assert len(set(images(empty_engine).values())) == 1


def test_sources_can_be_written_in_any_order(empty_engine: Engine) -> None:
    store.write(empty_engine, [reading("docs", said(LONG, SHORT))])
    store.write(empty_engine, [reading("sdk", said(SHORT), said("2.8.0-gpu-py312"))])
    named = images(empty_engine)
    assert named[LONG] == named[SHORT] != named["2.8.0-gpu-py312"]


def test_a_source_that_no_longer_joins_two_tags_leaves_two_images(empty_engine: Engine) -> None:
    store.write(
        empty_engine, [reading("docs", said(LONG, SHORT, facts=[(Kind.OS, "ubuntu22.04")]))]
    )
    store.write(empty_engine, [reading("docs", said(LONG), said(SHORT))])
    named = images(empty_engine)
    assert named[LONG] != named[SHORT]


def test_a_tag_that_moved_to_another_digest_is_another_image(empty_engine: Engine) -> None:
    first = said(
        "2.9-gpu-py312", "2.9.0-gpu-py312", digest="sha256:" + "1" * 64, pushed_at="2026-01"
    )
    store.write(empty_engine, [reading("ecr:1/us-west-2", first)])
    store.write(
        empty_engine,
        [
            reading(
                "ecr:1/us-west-2",
                said("2.9.0-gpu-py312", digest="sha256:" + "1" * 64, pushed_at="2026-01"),
                said(
                    "2.9-gpu-py312",
                    "2.9.1-gpu-py312",
                    digest="sha256:" + "2" * 64,
                    pushed_at="2026-02",
                ),
            )
        ],
    )
    named = images(empty_engine)
    assert named["2.9-gpu-py312"] == named["2.9.1-gpu-py312"] != named["2.9.0-gpu-py312"]
    assert (
        describe(empty_engine, "pytorch-training:2.9-gpu-py312").image.digest
        == "sha256:" + "2" * 64
    )


def test_facts_stay_with_the_exact_name_when_an_alias_moves_on(empty_engine: Engine) -> None:
    exact, alias = "2.9.0-gpu-py312-cu130-ubuntu22.04-ec2", "2.9-gpu-py312-ec2"
    record = reading("docs", said(exact, alias, facts=[(Kind.END_OF_PATCH, "2026-10-15")]))
    registry = reading(
        "ecr:1/us-west-2",
        said(exact, digest="sha256:" + "1" * 64, pushed_at="2026-01"),
        said(alias, digest="sha256:" + "2" * 64, pushed_at="2026-02"),
    )
    for readings in ([record, registry], [registry], [record], [registry, record]):
        store.write(empty_engine, readings)
        ends = [
            describe(empty_engine, f"pytorch-training:{tag}").image.value(Kind.END_OF_PATCH)
            for tag in (exact, alias)
        ]
        assert ends == ["2026-10-15", ""]


def test_a_tag_says_of_itself_what_the_grammar_reads(empty_engine: Engine) -> None:
    store.write(empty_engine, [reading("docs", said(LONG))])
    facts = describe(empty_engine, f"pytorch-training:{LONG}").image.facts
    known = {kind: (one[0].value, one[0].evidence) for kind, one in facts.items()}
    assert known[Kind.PYTHON] == ("3.12", Evidence.TAG)
    assert known[Kind.CUDA] == ("13.0", Evidence.TAG)


def test_what_a_source_said_before_is_gone_when_it_says_something_else(
    empty_engine: Engine,
) -> None:
    store.write(empty_engine, [reading("docs", said(LONG, facts=[(Kind.CUDA, "12.9")]))])
    assert describe(empty_engine, f"pytorch-training:{LONG}").image.value(Kind.CUDA) == "12.9"
    store.write(empty_engine, [reading("docs", said(LONG, facts=[(Kind.CUDA, "13.0.2")]))])
    assert describe(empty_engine, f"pytorch-training:{LONG}").image.value(Kind.CUDA) == "13.0.2"
    store.write(empty_engine, [reading("docs", said(LONG))])
    assert describe(empty_engine, f"pytorch-training:{LONG}").image.value(Kind.CUDA) == "13.0"


def test_other_sources_are_left_alone(empty_engine: Engine) -> None:
    store.write(
        empty_engine, [reading("docs", said(LONG, facts=[(Kind.END_OF_PATCH, "2026-10-15")]))]
    )
    store.write(empty_engine, [reading("sdk", said(SHORT))])
    image = describe(empty_engine, f"pytorch-training:{LONG}").image
    assert image.value(Kind.END_OF_PATCH) == "2026-10-15"


def test_a_tag_that_no_source_names_any_more_keeps_the_days_it_was_seen(
    empty_engine: Engine,
) -> None:
    store.write(empty_engine, [reading("docs", said(LONG), said(SHORT))])
    store.write(empty_engine, [reading("docs", said(SHORT), as_of=LATER)])
    old = describe(empty_engine, f"pytorch-training:{LONG}")
    new = describe(empty_engine, f"pytorch-training:{SHORT}")
    assert (old.first_seen, old.last_seen) == (DAY, DAY)
    assert (new.first_seen, new.last_seen) == (DAY, LATER)


def test_a_better_complete_list_overrules_a_weaker_one(empty_engine: Engine) -> None:
    recipe = said(
        LONG, evidence=Evidence.RECIPE, environments=(listed("numpy==1.26.4", "six==1.16"),)
    )
    observed = said(LONG, evidence=Evidence.OBSERVED, environments=(listed("numpy==2.1.0"),))
    store.write(empty_engine, [reading("recipes", recipe), reading("scan", observed)])
    criteria = {name: Criteria.of(packages=[package_wanted(name)]) for name in ("numpy>=2", "six")}
    assert len(find(empty_engine, criteria["numpy>=2"], DAY).matches) == 1
    assert find(empty_engine, criteria["six"], DAY).unknown_count == 0
    assert not find(empty_engine, criteria["six"], DAY).matches
    store.write(empty_engine, [reading("scan")])
    assert not find(empty_engine, criteria["numpy>=2"], DAY).matches
    assert len(find(empty_engine, criteria["six"], DAY).matches) == 1


def test_everything_that_a_statement_can_say_is_kept(empty_engine: Engine) -> None:
    conda = CondaPackage("py-xgboost", "1.7.6", "cuda118_py310h9840055_6", "conda-forge")
    zlib = CondaPackage("zlib", "1.3.1", "hb9d3cd8_2", "conda-forge")
    statement = Statement(
        repository=TRAINING,
        tags=(LONG,),
        evidence=Evidence.OBSERVED,
        key="everything",
        facts=(Fact(Kind.PYTHON, "3.12.4"),),
        components=(Component("nccl", "2.28.9"),),
        environments=(
            Environment(
                (
                    Distribution(
                        "XGBoost", "1.7.6", "conda", "lib", ">=3.8", ("numpy", "scipy"), conda
                    ),
                ),
                complete=True,
                python_version="3.12.4",
                prefix="/opt/conda",
                interpreter="/opt/conda/bin/python",
                conda_packages=(zlib,),
            ),
        ),
        os_packages=(OsPackage("deb", "libc6", "2.35-0ubuntu3", "amd64"),),
        layers=(Layer("sha256:a", "sha256:b", 10, 20), Layer("sha256:c", "sha256:d", 1, 2)),
        accounts={"us-west-2": "763104351884"},
        accounts_complete=True,
        labels={"maintainer": "Amazon AI"},
        variables={"NCCL_VERSION": "2.28.9"},
        entrypoint=("bash", "-m", "start.sh"),
        command=(),
    )
    store.write(empty_engine, [reading("scan", statement)])
    shown = describe(empty_engine, f"pytorch-training:{LONG}")
    assert (
        shown.image.uri == f"763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:{LONG}"
    )
    assert [(one.kind, one.value) for one in shown.components] == [("nccl", "2.28.9")]
    assert (shown.labels, shown.variables) == (statement.labels, statement.variables)
    assert (shown.entrypoint, shown.command) == (("bash", "-m", "start.sh"), ())
    [environment] = contents_of(empty_engine, f"pytorch-training:{LONG}")[1]
    assert environment.interpreter == "/opt/conda/bin/python"
    [xgboost] = environment.distributions
    assert (xgboost.name, xgboost.canonical_name, xgboost.build) == (
        "XGBoost",
        "xgboost",
        conda.build,
    )
    assert [item.conda_name for item in environment.conda_only] == ["zlib"]
    with empty_engine.connect() as connection:
        layers = connection.scalars(
            select(m.layer.c.diff_id).join(m.statement_layer).order_by(m.statement_layer.c.position)
        ).all()
        assert layers == ["sha256:b", "sha256:d"]
        assert connection.execute(select(m.os_package.c.name, m.os_package.c.version)).one() == (
            "libc6",
            "2.35-0ubuntu3",
        )
        assert connection.scalar(select(m.distribution.c.requires_dist)) == '["numpy", "scipy"]'


def test_an_error_half_way_leaves_the_catalog_as_it_was(empty_engine: Engine) -> None:
    store.write(empty_engine, [reading("docs", said(LONG, facts=[(Kind.CUDA, "12.9")]))])
    too_many = said(SHORT, facts=[(Kind.CUDA, None)])  # type: ignore[list-item]
    with pytest.raises(Exception, match="NOT NULL"):
        store.write(empty_engine, [reading("docs", said(SHORT), too_many)])
    assert describe(empty_engine, f"pytorch-training:{LONG}").image.value(Kind.CUDA) == "12.9"
    assert SHORT not in images(empty_engine)


def test_what_nobody_has_any_more_is_not_kept(empty_engine: Engine) -> None:
    conda = CondaPackage("py-xgboost", "1.7.6", "cuda118_0", "conda-forge")
    xgboost = Distribution("xgboost", "1.7.6", "conda", conda=conda)
    environment = Environment(
        (xgboost,), complete=True, conda_packages=(CondaPackage("z", "1", "0", "c"),)
    )
    full = Statement(
        TRAINING,
        (LONG,),
        Evidence.OBSERVED,
        "a test",
        facts=(Fact(Kind.CUDA, "13.0.7"),),
        environments=(environment,),
        os_packages=(OsPackage("deb", "libc6", "2.35", "amd64"),),
        layers=(Layer("sha256:a"),),
        accounts={"mars-north-1": "123456789012"},
    )
    store.write(empty_engine, [reading("scan", full)])
    store.write(empty_engine, [reading("scan", said(LONG))])
    with empty_engine.connect() as connection:
        for table in (
            m.conda_package,
            m.os_package,
            m.layer,
            m.account_map,
            m.account_map_entry,
        ):
            assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name
        # The tag itself says that PyTorch is there.
        assert connection.scalars(select(m.distribution.c.name)).all() == ["torch"]
        assert "13.0.7" not in connection.scalars(select(m.fact_value.c.value)).all()


def test_tags_are_read_again_when_the_grammar_has_changed(
    empty_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(empty_engine, [reading("docs", said(LONG))])
    monkeypatch.setattr("catalog.tags.REVISION", "of tomorrow")
    monkeypatch.setattr(
        "catalog.tags.parse",
        lambda repository, tag: TagReading(
            repository, tag, "", (Fact(Kind.CUDA, "99.1"),), (), (), ()
        ),
    )
    store.write(empty_engine, [reading("sdk", said(SHORT))])
    for tag in (LONG, SHORT):
        image = describe(empty_engine, f"pytorch-training:{tag}").image
        assert image.value(Kind.CUDA) == "99.1"
        assert Kind.PYTHON not in image.facts


_KILLED = """
import os, signal, sys
from pathlib import Path
from catalog import snapshot, store
from catalog.database import open_database
def stop(done, total):
    if done * 100 >= total * int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
store.write(open_database(sys.argv[1], None), snapshot.bundled(), stop)
"""


@pytest.mark.parametrize("percent", [1, 50, 100])
def test_a_sync_that_is_killed_leaves_the_old_data(
    empty_engine: Engine, empty_place: Path, percent: int
) -> None:
    store.write(empty_engine, [reading("docs", said(LONG, facts=[(Kind.CUDA, "12.9")]))])
    empty_engine.dispose()
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(empty_place), str(percent)], capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert describe(empty_engine, f"pytorch-training:{LONG}").image.value(Kind.CUDA) == "12.9"
    assert images(empty_engine).keys() == {LONG}
    with empty_engine.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_readers_see_the_old_catalog_while_a_sync_is_under_way(
    empty_engine: Engine, empty_place: Path
) -> None:
    store.write(empty_engine, [reading("docs", said(LONG))])
    empty_engine.dispose()
    script = _KILLED.replace(
        "os.kill(os.getpid(), signal.SIGKILL)", "import time; print(flush=True); time.sleep(30)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(empty_place), "1"], stdout=subprocess.PIPE
    ) as syncing:
        assert syncing.stdout is not None
        syncing.stdout.readline()
        assert images(empty_engine).keys() == {LONG}
        syncing.kill()


def test_a_filled_catalog_has_no_row_that_points_nowhere(catalog_engine: Engine) -> None:
    with catalog_engine.connect() as connection:
        assert not connection.execute(text("PRAGMA foreign_key_check")).all()


def test_writing_the_same_again_changes_nothing(empty_engine: Engine) -> None:
    said_twice = [
        reading("sdk", said(SHORT, facts=[(Kind.PYTHON, "3.12")])),
        reading("docs", said(LONG, SHORT, environments=(listed("torch==2.9.0"),))),
    ]

    def dump() -> dict[str, int]:
        with empty_engine.connect() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in m.metadata.sorted_tables
            }

    store.write(empty_engine, said_twice)
    once = dump()
    store.write(empty_engine, said_twice)
    assert dump() == once
    found = find(empty_engine, Criteria.of(facts=[python_wanted("3.12")]), DAY)
    assert [one.image.names for one in found.matches] == [
        (f"pytorch-training:{LONG}", f"pytorch-training:{SHORT}")
    ]
