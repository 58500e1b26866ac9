"""uv.lock: what it installs, against the real uv on every lock of the recipes."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from catalog.errors import SourceError
from catalog.sources.documents import load_toml
from catalog.sources.uvlock import installed, read_lock

DATA = Path(__file__).parents[3] / "data"
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


def _locks() -> dict[str, bytes]:
    with tarfile.open(DATA / "dlc_recipes.tar.xz") as archive:
        return {
            entry.name.removeprefix("./"): archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive
            if entry.name.endswith("uv.lock")
        }


LOCKS = _locks()


def _project(lock: dict, folder: Path) -> str:
    """Write the pyproject.toml that the lock is of, from what the lock says of its project."""
    (root,) = (p for p in lock["package"] if p["source"] == {"virtual": "."})
    stated = root.get("metadata", {})
    requirements = [
        "".join(
            (
                item["name"],
                f"[{','.join(item['extras'])}]" if item.get("extras") else "",
                item.get("specifier", ""),
                f" ; {item['marker']}" if item.get("marker") else "",
            )
        )
        for item in stated.get("requires-dist", [])
    ]
    lines = [
        "[project]",
        f'name = "{root["name"]}"',
        f'version = "{root["version"]}"',
        f'requires-python = "{lock["requires-python"]}"',
        f"dependencies = {json.dumps(requirements)}",
        "[project.optional-dependencies]",
        *(f"{extra} = []" for extra in stated.get("provides-extras", [])),
    ]
    (folder / "pyproject.toml").write_text("\n".join(lines))
    return lock["requires-python"].removeprefix("==").removesuffix(".*")


def _uv_export(folder: Path, extras: tuple[str, ...]) -> list[Requirement]:
    command = [
        find_uv_bin(), "export", "--frozen", "--offline", "--no-emit-project", "--no-dev",
        "--no-hashes", "--no-annotate", "--no-header", *(f"--extra={e}" for e in extras),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [Requirement(line) for line in done.stdout.splitlines() if line.strip()]


def test_every_lock_of_the_recipes_is_compared() -> None:
    assert len(LOCKS) == 19


@pytest.mark.parametrize("arch", MACHINES)
@pytest.mark.parametrize("path", LOCKS)
def test_installs_exactly_what_uv_does(path: str, arch: str, tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(LOCKS[path])
    python = _project(load_toml(LOCKS[path], path), tmp_path)
    environment = {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": MACHINES[arch],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    lock = read_lock(LOCKS[path], path)
    for extras in [(), *((extra,) for extra in sorted(lock.extras))]:
        theirs = {
            (item.name, str(item.specifier).removeprefix("=="))
            for item in _uv_export(tmp_path, extras)
            if item.marker is None or item.marker.evaluate(environment)
        }
        ours = {(d.name, d.version) for d in installed(lock, python, arch, extras)}
        assert ours == theirs


def test_not_everything_in_a_lock_is_installed() -> None:
    lock = read_lock(LOCKS["docker/pytorch/2.11/cpu/uv.lock"], "uv.lock")
    assert sum(map(len, lock.entries.values())) == 232
    assert len(installed(lock, "3.12", "x86_64")) == 110
    with_extra = installed(lock, "3.12", "x86_64", ["sagemaker"])
    assert len(with_extra) == 224
    assert ("torch", "2.11.0+cpu") in {(d.name, d.version) for d in with_extra}


ROOT = '[[package]]\nname = "root"\nversion = "1"\nsource = { virtual = "." }\n'
HEAD = "version = 1\n"
BAD = {
    "cut off": LOCKS["docker/ray/uv.lock"][:1000],
    "not TOML": b"<html>",
    "another version": b"version = 2\n" + ROOT.encode(),
    "no packages": HEAD.encode(),
    "no project": b'version = 1\n[[package]]\nname = "a"\nversion = "1"\n',
    "two projects": (HEAD + ROOT + ROOT).encode(),
    "a package that is a text": b'version = 1\npackage = ["a"]\n',
    "dependencies that are a text": (HEAD + ROOT + 'dependencies = "a"\n').encode(),
    "an edge that is a text": (HEAD + ROOT + 'dependencies = ["a"]\n').encode(),
    "an edge to nothing": (HEAD + ROOT + 'dependencies = [{ name = "a" }]\n').encode(),
    "a marker that is none": (
        HEAD + ROOT + 'dependencies = [{ name = "root", marker = "so what" }]\n'
    ).encode(),
    "a marker that is a number": (
        HEAD + ROOT + 'dependencies = [{ name = "root", marker = 1 }]\n'
    ).encode(),
    "an edge to two": (
        HEAD + ROOT + 'dependencies = [{ name = "a" }]\n'
        '[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "a"\nversion = "2"\n'
    ).encode(),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_bad_lock_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"\Adocker/x/uv\.lock[^\n]+\Z"):
        installed(read_lock(content, "docker/x/uv.lock"), "3.12", "x86_64")


def test_a_circle_of_dependencies_comes_to_an_end() -> None:
    lock = read_lock(
        (
            HEAD + ROOT + 'dependencies = [{ name = "a", extra = ["b"] }]\n'
            '[[package]]\nname = "a"\nversion = "1"\ndependencies = [{ name = "c" }]\n'
            '[package.optional-dependencies]\nb = [{ name = "a", extra = ["b"] }]\n'
            '[[package]]\nname = "c"\nversion = "2"\ndependencies = [{ name = "a" }]\n'
        ).encode(),
        "uv.lock",
    )
    assert [d.name for d in installed(lock, "3.12", "x86_64")] == ["a", "c"]
