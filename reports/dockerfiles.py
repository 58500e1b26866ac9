"""Dockerfiles that put requirements on top of an image of the catalog.

The requirements are written into the file itself, so that it builds without a context
and with every builder; nothing of them reaches a shell unquoted.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from catalog.errors import UsageError
from catalog.facts import Contents
from catalog.query.extend import Extension

_PLACE = "/tmp/dlcat"  # noqa: S108 - in the image, where whoever it runs as may write


def extend(extension: Extension) -> str:
    """Write the Dockerfile. Raises UsageError for text that no Dockerfile can hold."""
    files = ", ".join(map(_comment, extension.requirements_names))
    lines = [f"# Puts {files} on top of a container image.", *_base(extension), ""]
    if extension.present:
        lines.append("# Already in the image, left out:")
        lines += [
            f"#   {_comment(one.requirement)}  "
            f"(it has {_comment(one.installed.version)}; evidence: {one.installed.evidence.label})"
            for one in extension.present
        ]
    if extension.left_out:
        lines.append("# Not written, see to it yourself:")
        lines += [f"#   {_comment(text)}  ({why})" for text, why in extension.left_out]
    if not extension.missing:
        return "\n".join([*lines, "# Nothing is left to install.", ""])
    if extension.image.contents != Contents.COMPLETE:
        lines += [
            "# Not all that is in this image is known, so more may be there already;",
            "# pip then leaves it as it is.",
        ]
    return "\n".join([*lines, *_install(extension), ""])


def _base(extension: Extension) -> list[str]:
    name, digest = extension.image.uri, extension.image.digest
    lines = []
    if not extension.image.is_documented:
        lines = [
            "# This registry is documented to have other images of this repository. That it has",
            "# this one too is likely, but nobody says so.",
        ]
    if not digest:
        digest_line = "# Its digest is not known, and the tag may be moved."
        return [*lines, digest_line, f"FROM {_name(name)}"]
    path, _, tag = name.rpartition(":")
    repository = path if path and "/" not in tag else name
    return [
        *lines,
        f"# {_comment(name)}, as it was when this digest was recorded",
        f"FROM {_name(repository)}@{_name(digest)}",
    ]


def _install(extension: Extension) -> list[str]:
    requirements, constraints = f"{_PLACE}-requirements.txt", f"{_PLACE}-constraints.txt"
    python = shlex.quote(extension.interpreter or "python")
    install = f"{python} -m pip install --no-cache-dir -r {requirements}"
    files = [requirements]
    steps = [_written(requirements, [*extension.options, *extension.missing])]
    if extension.constraints:
        files.append(constraints)
        steps.append(_written(constraints, extension.constraints))
        install += f" -c {constraints}"
    lines = []
    if not extension.interpreter:
        lines.append("# Where its Python is, is not known: the first on its PATH is used.")
    steps += [install, f"rm -f {' '.join(files)}"]
    return [*lines, "RUN " + " \\\n    && ".join(steps)]


def _written(path: str, lines: Sequence[str]) -> str:
    """Give the shell command that writes lines to a file."""
    words = "".join(f" \\\n        {_word(line)}" for line in lines)
    return f"printf '%s\\n'{words} \\\n        > {path}"


def _word(text: str) -> str:
    if not text.isprintable():
        raise UsageError(f"{text!r}: a requirement with control characters")
    return shlex.quote(text)


def _name(text: str) -> str:
    if not text.isprintable() or any(letter in text for letter in " $\\\"'#"):
        raise UsageError(f"{text!r}: not the name of an image")
    return text


def _comment(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
