"""The bundled snapshot: built from the data again it is the same, and damage is told."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog import snapshot
from catalog.errors import SourceError
from catalog.facts import (
    Component,
    CondaPackage,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Reading,
    Repository,
    Statement,
)
from catalog.snapshot.build import build

DATA = Path(__file__).parents[2] / "data"
BUNDLED = Path(snapshot.__file__).parent / snapshot.FILE_NAME


def test_the_bundled_snapshot_is_what_the_data_gives_byte_for_byte() -> None:
    assert build(DATA, lambda _: None) == BUNDLED.read_bytes()


def test_it_is_small() -> None:
    assert BUNDLED.stat().st_size < 8_000_000


def test_what_is_read_back_is_what_was_written() -> None:
    conda = CondaPackage("py-xgboost", "1.7.6", "cuda118_py310h9840055_6", "conda-forge")
    environment = Environment(
        (
            Distribution("xgboost", "1.7.6", "conda", "lib", ">=3.8", ("numpy",), conda),
            Distribution("zstandard", "0.22.0"),
        ),
        complete=True,
        python_version="3.10.14",
        prefix="/opt/conda",
        interpreter="/opt/conda/bin/python",
        conda_packages=(CondaPackage("zlib", "1.3.1", "h1_0", "conda-forge"),),
    )
    full = Statement(
        Repository("aws", "a"),
        ("1", "2"),
        Evidence.RECIPE,
        "key",
        facts=(Fact(Kind.PYTHON, "3.10.14"),),
        components=(Component("nccl", "2.1"),),
        environments=(environment, Environment((), complete=False, is_default=False)),
        accounts={"us-west-2": "081325390199"},
        accounts_complete=True,
        labels={"a": "1"},
        variables={"B": "2"},
        entrypoint=("bash",),
        command=(),
    )
    bare = Statement(Repository("public.ecr.aws", "b"), ("",), Evidence.DOCUMENTED, "")
    reading = Reading("docs", "https://x", "1", date(2026, 11, 21), "MIT", (full, bare))
    assert snapshot.decode(snapshot.encode([reading])) == [reading]


def test_the_order_of_readings_and_statements_does_not_matter() -> None:
    statements = [Statement(Repository("aws", "a"), (tag,), Evidence.TAG, "") for tag in "ab"]
    one = Reading("one", "", "", date(2026, 1, 1), "", tuple(statements))
    two = replace(one, source="two", statements=tuple(reversed(statements)))
    turned = [
        replace(two, statements=two.statements[::-1]),
        replace(one, statements=one.statements[::-1]),
    ]
    assert snapshot.encode([one, two]) == snapshot.encode(turned)


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flipped(data: bytes) -> bytes:
    return data[:500] + bytes([data[500] ^ 1]) + data[501:]


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def altered(data: bytes) -> bytes:
        document = json.loads(lzma.decompress(data))
        change(document)
        return lzma.compress(json.dumps(document).encode())

    return altered


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _flipped,
        lambda _: b"",
        lambda _: b"not xz at all",
        lambda _: lzma.compress(b"not json"),
        lambda _: lzma.compress(b"[]"),
        lambda _: lzma.compress(b"[" * 100_000),
        _changed(lambda document: document.update(format=99)),
        _changed(lambda document: document.pop("tables")),
        _changed(lambda document: document["tables"]["conda"].clear()),
        _changed(lambda document: document["readings"][0].update(as_of="yesterday")),
        _changed(lambda document: document["readings"][0]["statements"].append({"tags": 1})),
    ],
)
def test_damage_is_one_line(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SourceError) as raised:
        snapshot.decode(damage(BUNDLED.read_bytes()))
    assert "\n" not in str(raised.value)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(SourceError, match="too large"):
        snapshot.decode(lzma.compress(b" " * (snapshot.MAX_BYTES + 1), preset=0))


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (None, "cannot be read"),
        ("no day at all", "does not say"),
        ("copied on 2026-13-45", "not a day"),
        ("copied on 2026-11-21", "no row for image_uri_config"),
    ],
)
def test_data_that_does_not_tell_what_it_is_makes_no_snapshot(
    tmp_path: Path, about: str | None, message: str
) -> None:
    if about is not None:
        (tmp_path / "SOURCES.md").write_text(about)
    with pytest.raises(SourceError, match=message):
        build(tmp_path, lambda _: None)
