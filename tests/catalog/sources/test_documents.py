"""YAML, JSON and TOML within bounds: what the documents say, and hostile ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.errors import SourceError
from catalog.sources.documents import load_json, load_toml, load_yaml


def test_scalars_stay_the_text_that_was_written() -> None:
    read = load_yaml(b"{a: 2.10, b: true, c: 2026-01-02, d: '3.10', e: 1e3, f: }", "x.yml")
    assert read == {"a": "2.10", "b": "true", "c": "2026-01-02", "d": "3.10", "e": "1e3", "f": ""}


def test_anchors_set_again_hold_from_there_on() -> None:
    read = load_yaml(b"a: &v one\nb: *v\nc: &v two\nd: !join [*v, '-', *v]", "x.yml")
    assert read == {"a": "one", "b": "one", "c": "two", "d": "two-two"}


def test_merged_keys_give_way_to_own_ones_and_to_earlier_merges() -> None:
    read = load_yaml(b"a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {z: 3, <<: [*a, *b]}", "x.yml")
    assert read["c"] == {"x": "1", "y": "1", "z": "3"}  # type: ignore[index]
    assert load_yaml(b"{'<<': 1}", "x.yml") == {"<<": "1"}


def _doubled(line: str, times: int) -> bytes:
    lines = [f"k{n}: &v{n} {line.format(previous=n - 1)}" for n in range(1, times)]
    return ("k0: &v0 " + line.format(previous="x").replace("*vx", "lol") + "\n").encode() + (
        "\n".join(lines).encode()
    )


HOSTILE = {
    "joins that double": _doubled("!join [*v{previous}, *v{previous}]", 64),
    "5 MB of brackets": b"[" * 5_000_000,
    "100 KB of brackets": b"[" * 100_000,
    "100 KB of nested mappings": b"{a: " * 25_000,
    "deeply indented": b"\n".join(b" " * n + b"a:" for n in range(600)),
    "too many values": b"a: [" + b"1," * 200_000 + b"]",
    "an alias of itself": b"&a [*a]",
    "a merge of itself": b"a: &a {<<: *a}",
    "a merge of a text": b"a: {<<: text}",
    "an unknown alias": b"a: *nowhere",
    "a join of a mapping": b"a: !join [{b: c}]",
    "a join of a text": b"a: !join text",
    "a list as a key": b"{[a]: b}",
    "cut off": b"a: [1, 2",
    "two documents": b"a: 1\n---\nb: 2",
    "a tab": b"a:\n\t- b",
    "a null byte": b"a: \x00",
    "not UTF-8": b"a: \xff\xfe",
    "HTML": b"<!DOCTYPE html><html lang='en'><p>: : :</p>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError) as refused:
        load_yaml(content, "folder/x.yml")
    assert str(refused.value).startswith("folder/x.yml")
    assert "\n" not in str(refused.value)


def test_aliases_of_aliases_stay_small() -> None:
    read = load_yaml(_doubled("[*v{previous}, *v{previous}]", 200), "x.yml")
    assert len(read) == 200  # type: ignore[arg-type]


def test_merges_of_merges_stay_small() -> None:
    read = load_yaml(b"k0: &v0 {a: 1}\n" + b"\n".join(
        f"k{n}: &v{n} {{<<: [*v{n - 1}, *v{n - 1}]}}".encode() for n in range(1, 200)
    ), "x.yml")  # fmt: skip
    assert read["k199"] == {"a": "1"}  # type: ignore[index]


@pytest.mark.parametrize("load", [load_json, load_toml])
@pytest.mark.parametrize(
    "content",
    [b"{", b"[" * 200_000, b"a = " + b"[" * 200_000, b"\xff", b"", b"1" * 9_000_000, b"<html>"],
    ids=["open", "nested", "nested value", "not UTF-8", "empty", "9 MB", "HTML"],
)
def test_hostile_json_and_toml_are_refused_in_one_line(
    load: Callable[[bytes, str], object], content: bytes
) -> None:
    if load is load_toml and not content:
        assert load(content, "x") == {}
        return
    with pytest.raises(SourceError, match=r"\Afolder/x: [^\n]+\Z"):
        load(content, "folder/x")
