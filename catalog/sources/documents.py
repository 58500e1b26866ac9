"""YAML, JSON and TOML files of a source, read within bounds and checked for shape.

YAML scalars stay text, so that the version 2.10 is never the number 2.1. Anchors may be set
again and `<<` merges (YAML 1.1), and `!join [a, b]` puts texts together, as the buildspecs of
aws/deep-learning-containers use it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import yaml

from catalog.errors import SourceError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# The largest real YAML file of the sources is under 16 KB, the largest lock 460 KB.
MAX_YAML_BYTES = 512 * 1024
MAX_OTHER_BYTES = 8 * 1024 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 40
MAX_JOINED_CHARACTERS = 4096


class _Loader(yaml.BaseLoader):
    """A loader of plain texts, lists and mappings that cannot be made to grow without end."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.nodes = 0
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.nodes += 1
        self.depth += 1
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-pyyaml has no type
        if self.nodes > MAX_NODES or self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(
                None, None, "too many or too deeply nested values", event.start_mark
            )
        if not isinstance(event, yaml.AliasEvent) and getattr(event, "anchor", None):
            self.anchors.pop(event.anchor, None)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(
                None, None, "expected a mapping", node.start_mark
            )
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=deep)
            value = self.construct_object(value_node, deep=deep)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is not text", key_node.start_mark
                )
            if key == "<<" and key_node.style is None:
                for mapping in value if isinstance(value, list) else [value]:
                    if not isinstance(mapping, dict):
                        raise yaml.constructor.ConstructorError(
                            None, None, "<< of something else than a mapping", key_node.start_mark
                        )
                    merged = {**mapping, **merged}
            else:
                own[key] = value
        return {**merged, **own}

    def join(self, node: yaml.Node) -> str:
        parts: list[object] = []
        if isinstance(node, yaml.SequenceNode):
            parts = self.construct_sequence(node, deep=True)
        texts = [part for part in parts if isinstance(part, str)]
        if not parts or len(texts) != len(parts):
            raise yaml.constructor.ConstructorError(
                None, None, "!join of something else than texts", node.start_mark
            )
        if sum(map(len, texts)) > MAX_JOINED_CHARACTERS:
            raise yaml.constructor.ConstructorError(
                None, None, "!join makes a text that is too long", node.start_mark
            )
        return "".join(texts)


_Loader.add_constructor("!join", _Loader.join)


def load_yaml(content: bytes, path: str) -> object:
    """Read one YAML document: texts, lists and mappings. Raises SourceError naming `path`."""
    text = _decoded(content, path, MAX_YAML_BYTES)
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a BaseLoader: makes no objects
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceError(f"{path}{line}: not the YAML expected ({error.problem})") from error
    except (yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(f"{path}: not the YAML expected ({reason})") from error


def load_json(content: bytes, path: str) -> object:
    """Read one JSON document. Raises SourceError naming `path`."""
    text = _decoded(content, path, MAX_OTHER_BYTES)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not JSON ({error})") from error


def load_toml(content: bytes, path: str) -> dict[str, object]:
    """Read one TOML document. Raises SourceError naming `path`."""
    text = _decoded(content, path, MAX_OTHER_BYTES)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not TOML ({error})") from error


def as_mapping(value: object, where: str) -> dict[str, object]:
    """Give `value` if it is a mapping with text keys, else raise SourceError at `where`."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise SourceError(f"{where}: not a mapping")
    return value


def as_list(value: object, where: str) -> list[object]:
    """Give `value` if it is a list, else raise SourceError at `where`."""
    if not isinstance(value, list):
        raise SourceError(f"{where}: not a list")
    return value


def as_text(value: object, where: str) -> str:
    """Give `value` if it is text, else raise SourceError at `where`."""
    if not isinstance(value, str):
        raise SourceError(f"{where}: not text")
    return value


def text_at(mapping: dict[str, object], key: str, where: str) -> str:
    """Give the text under `key`, or an empty one if there is none."""
    return as_text(mapping.get(key, ""), f"{where}: {key}")


def _decoded(content: bytes, path: str, bound: int) -> str:
    if len(content) > bound:
        raise SourceError(f"{path}: larger than {bound} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text ({error.reason})") from error
