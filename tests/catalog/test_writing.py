"""Writing a file: all of it or nothing, and nothing but a plain file is replaced."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from catalog.errors import DlcatError, UsageError
from catalog.writing import write_file


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "Dockerfile"
    place.write_text("old")
    write_file(place, b"new")
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    place = tmp_path / "pipe"
    os.mkfifo(place)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(place.read_bytes()))
    reader.start()
    write_file(place, b"new")
    reader.join(10)
    assert got == [b"new"]
    assert place.is_fifo()


@pytest.mark.parametrize("name", ["no-such-folder/file", "."])
def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(DlcatError, match="cannot be written"):
        write_file(tmp_path / name, b"new")
    assert list(tmp_path.iterdir()) == []


def test_no_name_is_a_mistake_in_the_call() -> None:
    with pytest.raises(UsageError, match="does not name a file"):
        write_file(Path(), b"new")
