"""Runs the sessions that are shown in Markdown files, and compares or records their output.

A session is a block of kind `console` whose commands begin with `$ `. Standard output and
standard error are shown as a terminal would mix them, errors last.

    python docs/sessions.py README.md            says what differs
    python docs/sessions.py --record README.md   writes what the commands print now
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_COLUMNS = "118"


def commands(markdown: str) -> list[str]:
    """Give the commands of all sessions in a document."""
    return [command for block in _BLOCK.findall(markdown) for command, _ in _steps(block)]


def recorded(markdown: str, folder: Path) -> str:
    """Give the document with what its commands print now, run one after another in `folder`."""

    def run_block(found: re.Match[str]) -> str:
        steps = (f"$ {command}\n{_run(command, folder)}" for command, _ in _steps(found[1]))
        return f"```console\n{''.join(steps)}```"

    return _BLOCK.sub(run_block, markdown)


def _steps(block: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def _run(command: str, folder: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # The `dlcat` of the Python that runs this, and a catalog of this folder's own.
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**kept, "PATH": path, "DLCAT_DB": str(folder / "catalog.db"), "COLUMNS": _COLUMNS},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Record or compare the named files; 1 if one differs."""
    record = "--record" in arguments
    differs = 0
    for name in (argument for argument in arguments if argument != "--record"):
        document = Path(name)
        before = document.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            after = recorded(before, Path(folder))
        if record:
            document.write_text(after, encoding="utf-8")
        elif before != after:
            differs = 1
            sys.stderr.write(f"{name}: what its commands print now is not what it shows\n")
    return differs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
