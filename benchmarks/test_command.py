"""The whole `dlcat find` command, start-up included, beside the imports that it cannot avoid."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

QUESTION = "which image supports py310 + xgboost 1.7.6 on GPU"
COMMANDS = {
    "imports": [sys.executable, "-c", "import typer, rich, sqlalchemy"],
    "find": [sys.executable, "-m", "cli", "find", QUESTION],
    "help": [sys.executable, "-m", "cli", "--help"],
}


@pytest.mark.benchmark(group="command")
@pytest.mark.parametrize("command", COMMANDS)
def test_command(benchmark: BenchmarkFixture, tmp_path: Path, command: str) -> None:
    environment = {**os.environ, "DLCAT_DB": str(tmp_path / "catalog.db")}

    def run() -> None:
        subprocess.run(COMMANDS[command], env=environment, check=True, capture_output=True)

    if command == "find":
        run()
    benchmark.pedantic(run, rounds=15, warmup_rounds=2)


@pytest.mark.benchmark(group="first use")
def test_first_use(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    place = tmp_path / "catalog.db"
    environment = {**os.environ, "DLCAT_DB": str(place)}

    def run() -> None:
        subprocess.run(COMMANDS["find"], env=environment, check=True, capture_output=True)

    benchmark.pedantic(run, setup=lambda: place.unlink(missing_ok=True), rounds=5)
