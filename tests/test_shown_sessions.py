"""What the documents show is what the commands print."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import sessions  # noqa: E402  (it stands beside the documents that it runs)

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_recorded_sessions_are_what_is_printed_now(document: Path, tmp_path: Path) -> None:
    shown = document.read_text(encoding="utf-8")
    assert sessions.recorded(shown, tmp_path) == shown


def test_the_readme_shows_every_command_that_asks() -> None:
    shown = sessions.commands((ROOT / "README.md").read_text(encoding="utf-8"))
    words = {command.split()[1] for command in shown if command.startswith("dlcat ")}
    assert {"find", "show", "packages", "which", "stats", "tags", "dockerfile"} <= words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (document.parent / target).exists()


def test_nothing_names_a_machine_of_its_makers() -> None:
    forbidden = re.compile(r"/(?:root|home/[a-z]+|work)/")
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.suffix in {".py", ".md", ".toml", ".ini", ".mako"} and not any(
            part.startswith(".") or part in {"build", "data", "tests"} for part in parts
        ):
            assert not forbidden.search(path.read_text(encoding="utf-8")), path
