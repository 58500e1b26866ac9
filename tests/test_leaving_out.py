"""Without docker-registry its tests are left out, with a word about it; on CI they are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
NEEDING = TESTS / "catalog" / "sources" / "test_registry.py"


def collect(folder: Path, **environment: str) -> str:
    """Collect NEEDING where PATH has no docker-registry on it."""
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(NEEDING)]
    return subprocess.run(
        command,
        cwd=TESTS.parent,
        env={**kept, **environment, "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_newcomer_is_told_what_is_left_out(tmp_path: Path) -> None:
    said = collect(tmp_path)
    assert "tests left out: they need docker-registry (apt-get install docker-registry)" in said
    assert "test_every_tag_of_a_real_registry_is_one_statement" not in said
    assert "test_an_oversized_answer_is_cut_off" in said


def test_nothing_is_left_out_on_ci(tmp_path: Path) -> None:
    said = collect(tmp_path, CI="true")
    assert "left out" not in said
    assert "test_every_tag_of_a_real_registry_is_one_statement" in said
