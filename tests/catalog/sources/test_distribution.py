"""The distribution source over all 550 real locks, and over archives that real servers send."""

from __future__ import annotations

import io
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from catalog.errors import SourceError
from catalog.facts import (
    Component,
    CondaPackage,
    Distribution,
    Environment,
    Evidence,
    Kind,
    Reading,
    Statement,
)
from catalog.sources.distribution import MAX_LOCK_BYTES, DistributionSource
from catalog.sources.interface import LiveOptions

DATA = Path(__file__).parents[3] / "data"
ARCHIVE = DATA / "sagemaker_distribution_locks.tar.xz"
DAY = date(2026, 11, 21)
COMMIT = "aa8a7fb03b" + "0" * 30
TOP = "sagemaker-distribution-main"
REAL = "build_artifacts/v1/v1.13/v1.13.1/gpu.env.out"


def read_texts() -> dict[str, str]:
    """Give the text of every lock by its path."""
    with tarfile.open(ARCHIVE) as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive)
        return {name: content.read().decode() for name, content in files if content}


TEXTS = read_texts()


@pytest.fixture(scope="module")
def reading() -> Reading:
    (reading,) = DistributionSource().from_path(DATA, DAY)
    return reading


@pytest.fixture(scope="module")
def images(reading: Reading) -> dict[str, Statement]:
    return {tag: statement for statement in reading.statements for tag in statement.tags}


def fact(statement: Statement, kind: str) -> str:
    (value,) = (fact.value for fact in statement.facts if fact.kind == kind)
    return value


def version_of(statement: Statement, name: str) -> str:
    (environment,) = statement.environments
    found = [d.version for d in environment.distributions if d.name == name]
    return found[0] if found else ""


def text_of(tag: str) -> str:
    version, _, device = tag.partition("-")
    (name,) = (name for name in TEXTS if name.endswith(f"/v{version}/{device}.env.out"))
    return TEXTS[name]


def test_every_lock_is_one_image_with_the_tag_of_its_folder(images: dict[str, Statement]) -> None:
    assert len(TEXTS) == 550
    folders = (name.split("/")[-2:] for name in TEXTS)
    assert set(images) == {f"{v[1:]}-{file.split('.')[0]}" for v, file in folders}
    for statement in images.values():
        assert statement.repository.registry == "public.ecr.aws"
        assert statement.repository.name == "sagemaker/sagemaker-distribution"
        assert statement.evidence is Evidence.RECIPE
        assert len(statement.tags) == 1
        assert not statement.accounts


def test_one_image_in_full(images: dict[str, Statement]) -> None:
    statement = images["1.13.1-gpu"]
    assert {fact.kind: fact.value for fact in statement.facts} == {
        Kind.FRAMEWORK: "sagemaker-distribution",
        Kind.FRAMEWORK_VERSION: "1.13.1",
        Kind.DEVICE: "gpu",
        Kind.PYTHON: "3.10.16",
        Kind.CUDA: "11.8",
        Kind.OS: "ubuntu22.04",
        Kind.PLATFORM: "sagemaker",
        Kind.ARCH: "x86_64",
    }
    assert statement.key == "v1.13.1/gpu.env.out"
    assert statement.components[:2] == (
        Component("cuda", "11.8"),
        Component("cudnn", "8.9.7.29"),
    )
    (environment,) = statement.environments
    assert environment.complete
    assert environment.is_default
    assert environment.prefix == "/opt/conda"
    assert environment.interpreter == "/opt/conda/bin/python"
    assert environment.python_version == "3.10.16"
    package = CondaPackage("py-xgboost", "1.7.6", "cuda118_py310h9840055_6", "conda-forge")
    assert package not in environment.conda_packages
    xgboost = Distribution("xgboost", "1.7.6", installer="conda", conda=package)
    assert xgboost in environment.distributions


def test_more_than_thirty_gpu_images_have_python_310_and_xgboost_176(
    images: dict[str, Statement],
) -> None:
    found = {
        tag
        for tag, statement in images.items()
        if fact(statement, Kind.DEVICE) == "gpu"
        and fact(statement, Kind.PYTHON).startswith("3.10.")
        and version_of(statement, "xgboost") == "1.7.6"
    }
    searched = {
        tag
        for tag in images
        if tag.endswith("-gpu")
        and "/python-3.10." in text_of(tag)
        and "/py-xgboost-1.7.6-" in text_of(tag)
    }
    assert found == searched
    assert len(found) == 35
    assert all(fact(images[tag], Kind.CUDA) == "11.8" for tag in found)
    for tag in found:
        (xgboost,) = (d for d in images[tag].environments[0].distributions if d.name == "xgboost")
        assert xgboost.conda
        assert xgboost.conda.build.startswith(("cuda112", "cuda118"))


@pytest.mark.parametrize(
    ("conda_name", "name"),
    [
        ("py-xgboost", "xgboost"),
        ("pytorch", "torch"),
        ("tensorflow-base", "tensorflow"),
        ("sagemaker-core", "sagemaker-core"),
        ("msgpack-python", "msgpack"),
        ("pyarrow", "pyarrow"),
        ("mlflow", "mlflow"),
        ("numpy", "numpy"),
        ("matplotlib-base", "matplotlib"),
        ("autogluon.core", "autogluon.core"),
        ("typing_extensions", "typing_extensions"),
        ("python-tzdata", "tzdata"),
    ],
)
def test_versions_are_those_that_a_search_of_the_text_finds(
    images: dict[str, Statement], conda_name: str, name: str
) -> None:
    pattern = re.compile(rf"/{re.escape(conda_name)}-([^-/]+)-[^-/]+$", re.MULTILINE)
    searched = {}
    for tag in images:
        plain = re.sub(r"\.(conda|tar\.bz2)#.*", "", text_of(tag))
        searched[tag] = (*pattern.findall(plain), "")[0]
    assert {tag: version_of(statement, name) for tag, statement in images.items()} == searched
    assert any(searched.values())


def test_no_image_has_a_distribution_twice(images: dict[str, Statement]) -> None:
    for statement in images.values():
        (environment,) = statement.environments
        names = [canonicalize_name(d.name) for d in environment.distributions]
        assert len(names) == len(set(names)) > 100


def conda_packages(environment: Environment) -> list[CondaPackage]:
    of_distributions = [d.conda for d in environment.distributions if d.conda]
    return [*environment.conda_packages, *of_distributions]


def test_every_package_of_a_lock_is_kept_but_for_private_names(
    images: dict[str, Statement],
) -> None:
    for tag, statement in images.items():
        listed = len(re.findall("^(?:http|file)", text_of(tag), re.MULTILINE))
        private = len(re.findall(r"/_[^/]+$", text_of(tag), re.MULTILINE))
        (environment,) = statement.environments
        assert len(conda_packages(environment)) == listed - private


def test_of_a_split_package_the_part_with_the_files_is_named(images: dict[str, Statement]) -> None:
    for statement in images.values():
        (environment,) = statement.environments
        conda_names = {p.name for p in conda_packages(environment)}
        by_name = {d.name: d.conda for d in environment.distributions}
        for part in ("pyarrow-core", "fastapi-core", "panel-core", "python-lsp-server-base"):
            if part in conda_names:
                conda = by_name[part.removesuffix("-core").removesuffix("-base")]
                assert conda
                assert conda.name == part


def test_cuda_is_stated_of_gpu_images_only(images: dict[str, Statement]) -> None:
    for tag, statement in images.items():
        stated = {f.value for f in statement.facts if f.kind == Kind.CUDA}
        searched = set(re.findall(r"/cuda-version-([\d.]+)-", text_of(tag)))
        assert stated == searched
        assert bool(stated) == tag.endswith("-gpu")


def test_the_system_is_that_of_the_major_version(images: dict[str, Statement]) -> None:
    assert fact(images["0.0.0-cpu"], Kind.OS) == "ubuntu22.04"
    assert fact(images["3.9.9-gpu"], Kind.OS) == "ubuntu22.04"
    assert fact(images["4.0.0-gpu"], Kind.OS) == "ubuntu24.04"


def test_equal_packages_of_different_images_are_one_object(images: dict[str, Statement]) -> None:
    packages = [
        p
        for s in images.values()
        for e in s.environments
        for p in (*e.conda_packages, *e.distributions)
    ]
    lines = {line for text in TEXTS.values() for line in text.splitlines() if "://" in line}
    assert len({id(package) for package in packages}) <= 2 * len(lines) < 20_000


def test_a_future_version_has_no_system_that_nobody_has_looked_up(tmp_path: Path) -> None:
    write(tmp_path / "v5/v5.0/v5.0.0/cpu.env.out", TEXTS[REAL])
    (reading,) = DistributionSource().from_path(tmp_path, DAY)
    assert Kind.OS not in {fact.kind for fact in reading.statements[0].facts}


def test_a_checkout_an_archive_and_a_folder_say_the_same(tmp_path: Path) -> None:
    archive = github_archive(tmp_path / "main.tar.gz", some_locks())
    checkout = tmp_path / "checkout"
    for name, text in some_locks().items():
        write(checkout / name, text)
    write(checkout / "README.md", "nothing of interest")
    readings = [
        DistributionSource().from_path(path, DAY)[0]
        for path in (archive, checkout, checkout / "build_artifacts")
    ]
    assert len(readings[0].statements) == len(some_locks())
    assert readings[0].statements == readings[1].statements == readings[2].statements
    assert [reading.revision for reading in readings] == [COMMIT, "", ""]


DAMAGED: dict[str, tuple[Callable[[str], str], str]] = {
    "a line cut in its name": (lambda text: text[: text.index("/termcolor-") + 8], "cut off"),
    "a line cut in its checksum": (lambda text: text[:-10] + "\n", "not the URL"),
    "the last newline lost": (lambda text: text[:-1], "cut off"),
    "a line that is no URL": (lambda text: text + "numpy=1.26\n", "not the URL"),
    "a URL of no package": (lambda text: text + "https://conda.anaconda.org/x/y\n", "not the URL"),
    "no python": (lambda text: re.sub(r".*/python-3.*\n", "", text), "no python"),
    "nothing after the heading": (lambda text: text[: text.index("http")], "no python"),
    "no @EXPLICIT": (lambda text: text.replace("@EXPLICIT\n", ""), "no @EXPLICIT"),
    "a web page": (lambda _: "<!DOCTYPE html>\n<html></html>\n", "no @EXPLICIT"),
    "nothing": (lambda _: "", "no @EXPLICIT"),
    "a package twice": (lambda text: text + text.splitlines()[-1] + "\n", "twice"),
    "too much": (lambda text: text + "#" * MAX_LOCK_BYTES + "\n", "larger than"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_lock_is_one_line_that_names_it(tmp_path: Path, damage: str) -> None:
    change, message = DAMAGED[damage]
    write(tmp_path / REAL, change(TEXTS[REAL]))
    with pytest.raises(SourceError, match=message) as caught:
        DistributionSource().from_path(tmp_path, DAY)
    assert REAL in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_bad_line_is_named_by_number_and_its_text_is_not_shown(tmp_path: Path) -> None:
    lines = TEXTS[REAL].splitlines()
    lines[6] = "https://somebody:secret@conda.example/numpy"
    write(tmp_path / REAL, "\n".join(lines) + "\n")
    with pytest.raises(SourceError, match=r"gpu\.env\.out, line 7: ") as caught:
        DistributionSource().from_path(tmp_path, DAY)
    assert "secret" not in str(caught.value)


def test_a_lock_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / REAL).parent.mkdir(parents=True)
    (tmp_path / REAL).write_bytes(b"@EXPLICIT\n\xff\xfe")
    with pytest.raises(SourceError, match=r"gpu\.env\.out: not UTF-8"):
        DistributionSource().from_path(tmp_path, DAY)


def test_two_locks_of_one_image_are_refused(tmp_path: Path) -> None:
    for top in ("one", "two"):
        write(tmp_path / top / REAL, TEXTS[REAL])
    with pytest.raises(SourceError, match=r"a second lock of 1\.13\.1-gpu"):
        DistributionSource().from_path(tmp_path, DAY)


def test_a_folder_without_locks_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "v1.0.0" / "RELEASE.md", "# Release notes\n")
    with pytest.raises(SourceError, match="no locks"):
        DistributionSource().from_path(tmp_path, DAY)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        DistributionSource().from_path(tmp_path / "nothing", DAY)


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=len(TEXTS[REAL]) - 1))
def test_a_cut_anywhere_but_between_two_lines_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    text = TEXTS[REAL][:length]
    folder = tmp_path_factory.mktemp("cut")
    write(folder / REAL, text)
    if not text.endswith("\n"):
        with pytest.raises(SourceError, match=r"gpu\.env\.out"):
            DistributionSource().from_path(folder, DAY)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A real web server: its folder and its address."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *_: object) -> None:
        """Leave the terminal to pytest."""


def test_the_live_form_reads_the_archive_of_a_branch(site: tuple[Path, str]) -> None:
    folder, address = site
    archive = github_archive(folder / "main.tar.gz", some_locks())
    seen: list[str] = []
    options = LiveOptions(DAY, url=f"{address}/main.tar.gz", progress=seen.append)
    (reading,) = DistributionSource().live(options)
    (copy,) = DistributionSource().from_path(archive, DAY)
    assert reading.statements == copy.statements
    assert reading.origin == f"{address}/main.tar.gz"
    assert reading.revision == COMMIT
    assert reading.as_of == DAY
    assert reading.licence == "Apache-2.0"
    assert seen


def test_what_a_server_sends_instead_of_the_archive_is_one_line(site: tuple[Path, str]) -> None:
    folder, address = site
    whole = github_archive(folder / "main.tar.gz", some_locks()).read_bytes()
    (folder / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    write(folder / "page.tar.gz", "<!DOCTYPE html><title>Sign in</title>")
    for name, message in {
        "missing.tar.gz": "HTTP 404",
        "page.tar.gz": "damaged archive",
        "cut.tar.gz": "damaged archive",
    }.items():
        with pytest.raises(SourceError, match=message) as caught:
            DistributionSource().live(LiveOptions(DAY, url=f"{address}/{name}"))
        assert f"{address}/{name}" in caught.value.message
        assert "\n" not in str(caught.value)


def test_a_dead_server_is_one_line() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), QuietHandler) as server:
        url = f"http://127.0.0.1:{server.server_port}/main.tar.gz"
    with pytest.raises(SourceError) as caught:
        DistributionSource().live(LiveOptions(DAY, url=url))
    assert url in caught.value.message
    assert "\n" not in str(caught.value)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def some_locks() -> dict[str, str]:
    """Give the locks of both devices of a few versions."""
    versions = ("/v0.0.0/", "/v1.13.1/", "/v2.10.0/", "/v4.0.0/")
    return {name: text for name, text in TEXTS.items() if any(v in name for v in versions)}


def github_archive(path: Path, files: dict[str, str]) -> Path:
    """Write files as GitHub archives a branch: below one folder, the commit in a pax header."""
    with tarfile.open(
        path, "w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": COMMIT}
    ) as out:
        for name, text in {"README.md": "# SageMaker Distribution\n", **files}.items():
            member = tarfile.TarInfo(f"{TOP}/{name}")
            member.size = len(text.encode())
            out.addfile(member, io.BytesIO(text.encode()))
    return path
