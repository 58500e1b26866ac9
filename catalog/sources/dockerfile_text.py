"""Reading of Dockerfiles: their text, or rows of facts that they were reduced to.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from catalog.errors import SourceError
from catalog.sources.dockerfiles import COMPONENTS, Dockerfile, Stage
from catalog.sources.documents import as_list, as_mapping, as_text, load_json, text_at
from catalog.sources.files import read_text

_FROM = re.compile(r"(?:--platform=\S+\s+)?(\S+)(?:\s+as\s+(\S+))?\s*", re.IGNORECASE)
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")
_PIN = re.compile(r"(?<![\w./\[=-])[A-Za-z0-9][\w.-]*(?:\[[\w.,-]+\])?==[^\s\"'`;\\&|)]+")


def read_dockerfile(content: bytes, path: str) -> Dockerfile:
    """Read a Dockerfile. Raises SourceError naming `path` where it cannot be one."""
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    declared: set[str] = set()
    for instruction, rest in _instructions(read_text(content, path)):
        if instruction == "FROM":
            found = _FROM.fullmatch(rest)
            if not found:
                raise SourceError(f"{path}: FROM {rest!r} is not understood")
            stages.append(Stage(found[2] or "", found[1]))
        elif instruction == "ARG":
            scope = stages[-1].arguments if stages else arguments
            scope.update(_assignments(rest, path))
            declared.update(word.partition("=")[0] for word in rest.split())
        elif stages:
            _note(stages[-1], instruction, rest, path)
    if not stages:
        raise SourceError(f"{path}: no FROM in it, so it is not a Dockerfile")
    return Dockerfile(path, tuple(stages), arguments, frozenset(declared))


def read_facts(content: bytes, path: str) -> dict[str, Dockerfile]:
    """Read Dockerfiles reduced to rows of facts, by the path each has in its repository.

    A row lists its stages in order but not which of them each ENV, LABEL or pin is of. It is
    certain where the stages follow one another in one line; of a row with branches only
    its stages and version names are used, and pins made by an ARG that the caller gives.
    """
    return {
        file.path: file
        for number, row in enumerate(as_list(load_json(content, path), path))
        for file in [_from_row(as_mapping(row, f"{path}: row {number}"), f"{path}: row {number}")]
    }


def _from_row(row: dict[str, object], where: str) -> Dockerfile:
    texts = {
        key: [as_text(item, f"{where}: {key}") for item in as_list(row.get(key, []), where)]
        for key in ("from_", "entrypoint", "cmd", "pinned")
    }
    maps: dict[str, dict[str, str]] = {
        key: {
            name: as_text(value, f"{where}: {name}")
            for name, value in as_mapping(row.get(key, {}), f"{where}: {key}").items()
        }
        for key in ("arg", "env", "label")
    }
    stages = []
    for line in texts["from_"]:
        found = _FROM.fullmatch(line)
        if not found:
            raise SourceError(f"{where}: FROM {line!r} is not understood")
        stages.append(Stage(found[2] or "", found[1]))
    path, declared = text_at(row, "path", where), frozenset(maps["arg"])
    in_line = all(after.base == before.name for before, after in pairwise(stages))
    if stages and in_line:
        last = stages[-1]
        stages[-1] = Stage(
            last.name, last.base, maps["arg"], maps["env"], maps["label"],
            texts["entrypoint"], texts["cmd"], texts["pinned"],
        )  # fmt: skip
        return Dockerfile(path, tuple(stages), maps["arg"], declared)
    versions = {key: value for key, value in maps["env"].items() if key in COMPONENTS}
    loose = tuple(pin for pin in texts["pinned"] if "${" in pin)
    return Dockerfile(path, tuple(stages), {**versions, **maps["arg"]}, declared, loose)


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield instructions with continued lines joined, comments and here-documents left out."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.lstrip().startswith("#") or not line.strip():
            continue
        parts = [line.rstrip()]
        while parts[-1].endswith("\\"):
            following = next(lines, None)
            if following is None:
                break
            if following.strip() and not following.lstrip().startswith("#"):
                parts[-1] = parts[-1][:-1]
                parts.append(following.rstrip())
        whole = " ".join(parts)
        found = _INSTRUCTION.fullmatch(whole)
        if not found:
            continue
        for end in _HEREDOC.findall(found[2]) if found[1].upper() in {"RUN", "COPY"} else ():
            while next(lines, end).strip() != end:
                pass
        yield found[1].upper(), found[2].strip()


def _note(stage: Stage, instruction: str, rest: str, path: str) -> None:
    if instruction == "ENV":
        stage.variables.update(_assignments(rest, path))
    elif instruction == "LABEL":
        stage.labels.update(_assignments(rest, path))
    elif instruction == "ENTRYPOINT":
        stage.entrypoint.append(rest)
    elif instruction == "CMD":
        stage.command.append(rest)
    elif instruction == "RUN":
        stage.pins.extend(_PIN.findall(rest))


def _assignments(rest: str, path: str) -> dict[str, str]:
    """Read `NAME=value ...` or the old `NAME value`; an ARG without a value gives none."""
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise SourceError(f"{path}: {rest[:60]!r} has an open quote") from error
    if len(words) > 1 and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return {name: value for name, is_set, value in (w.partition("=") for w in words) if is_set}
