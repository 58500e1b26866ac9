"""The `recipes` source: image configurations and their locks, the table, and the live form."""

from __future__ import annotations

import lzma
import re
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from sagemaker import image_uris
from servers.archives import github_archive, serving

from catalog.errors import SourceError
from catalog.facts import REGIONAL, Component, Evidence, Kind, Reading, Repository, Statement
from catalog.sources import image_configs, script_containers
from catalog.sources.dockerfile_text import read_dockerfile, read_facts
from catalog.sources.interface import LiveOptions
from catalog.sources.recipes import RecipesSource

DATA = Path(__file__).parents[3] / "data"
DAY = date(2026, 11, 21)
CONFIGS = "dlc_recipes.tar.xz"
BUILDSPECS = "dlc_legacy_buildspecs_and_core_packages.tar.xz"


def _files(archive_name: str) -> dict[str, bytes]:
    with tarfile.open(DATA / archive_name) as archive:
        return {
            entry.name.removeprefix("./"): archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive
            if entry.isfile()
        }


MAIN = _files(CONFIGS)
CONFIG_FILES = {
    name: yaml.load(content, yaml.BaseLoader)
    for name, content in MAIN.items()
    if name.startswith(".github/config/image/")
}


def read(path: Path) -> Reading:
    (reading,) = RecipesSource().from_path(path, DAY)
    return reading


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(DATA)


def named(reading: Reading, name: str) -> Statement:
    repository, _, tag = name.partition(":")
    (found,) = (
        one
        for one in reading.statements
        if one.repository == Repository(REGIONAL, repository) and tag in one.tags
    )
    return found


def facts(statement: Statement) -> str:
    return " ".join(f"{fact.kind}={fact.value}" for fact in sorted(statement.facts, key=repr))


def distributions(statement: Statement) -> dict[str, str]:
    (environment,) = statement.environments
    return {one.name: one.version for one in environment.distributions}


def test_every_name_stands_in_one_statement_and_every_list_is_partial(reading: Reading) -> None:
    names = Counter((one.repository, tag) for one in reading.statements for tag in one.tags)
    assert len(names) == len(reading.statements) == 404
    assert {one.evidence for one in reading.statements} == {Evidence.RECIPE}
    assert not any(e.complete for one in reading.statements for e in one.environments)


def test_every_configuration_is_read_and_only_what_is_released_is_given(reading: Reading) -> None:
    assert len(CONFIG_FILES) == 58
    released = {
        config["metadata"]["prod_image"]
        for config in CONFIG_FILES.values()
        if config["release"]["release"] == "true"
        and config["release"]["environment"] == "production"
    }
    given = {
        f"{one.repository.name}:{one.tags[0]}"
        for one in reading.statements
        if one.key in CONFIG_FILES
    }
    assert given == released
    assert len(released) == 53
    assert "vllm:server-hyperpod-cuda" not in given  # release: false
    assert "ray:train-ml-cuda" not in given  # environment: gamma


# Read by eye in the configuration.
STATED = {
    "pytorch:2.13-cu133-amzn2023-sagemaker": (
        "arch=x86_64 cuda=13.3.0 device=gpu framework=pytorch framework_version=2.13.0"
        " job=training os=amzn2023 platform=sagemaker public_registry=true python=3.12"
    ),
    "base:runtime-cu132-amzn2023": (
        "arch=x86_64 cuda=13.2.1 device=gpu framework=base os=amzn2023 platform=ec2"
        " public_registry=true python=3.13.12"
    ),
    "llama-cpp-arm64:server-cpu-v1": (
        "arch=arm64 device=cpu framework=llama-cpp framework_version=1.0.0+b10433 os=amzn2023"
        " platform=ec2 public_registry=true python=3.12"
    ),
    # Its device_type is cpu, and its base_image nvidia/cuda:12.6.0-base-ubuntu20.04; but its
    # Dockerfile has no ARG of that name, and is FROM nvidia/cuda:12.6.3-base-ubuntu20.04.
    "sagemaker-xgboost:3.0-5-cpu-py3": (
        "arch=x86_64 cuda=12.6.3 framework=xgboost framework_version=3.0.5 os=ubuntu20.04"
        " platform=sagemaker public_registry=false python=3.10"
    ),
    "sagemaker-scikit-learn:1.9-0-cpu-py3": (
        "arch=x86_64 device=cpu framework=sklearn framework_version=1.9.0 os=amzn2023"
        " platform=sagemaker public_registry=false python=3.12"
    ),
    "huggingface-vllm:0.27-gpu-py312-cu130-ubuntu22.04": (
        "arch=x86_64 cuda=13.0.2 device=gpu framework=huggingface-vllm framework_version=0.27.1"
        " os=ubuntu22.04 platform=sagemaker public_registry=false python=3.12"
        " transformers=5.10.2"
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_states_what_the_configuration_says_and_no_more(reading: Reading, name: str) -> None:
    assert facts(named(reading, name)) == STATED[name]


# Dockerfile and version -> the file that the Dockerfile's COPY takes, read by eye there.
JOINS = {
    ("docker/pytorch/Dockerfile.cuda", "2.12.1"): "docker/pytorch/2.12/cuda/uv.lock",
    ("docker/pytorch/Dockerfile.cpu", "2.11.0"): "docker/pytorch/2.11/cpu/uv.lock",
    ("docker/tensorflow/2.21/Dockerfile.cuda", "2.21.0"): "docker/tensorflow/2.21/cuda/uv.lock",
    ("docker/tensorflow/inference/2.20/Dockerfile.cpu", "2.20.0"): (
        "docker/tensorflow/inference/2.20/cpu/uv.lock"
    ),
    ("docker/base/cu130/Dockerfile", "13.0.2"): "docker/base/cu130/uv.lock",
    ("docker/ray/Dockerfile.cuda", "2.57.0"): "docker/ray/uv.lock",
    ("docker/whisperx/Dockerfile.amzn2023", "3.8.6"): "docker/whisperx/uv.lock",
    ("docker/xgboost/Dockerfile", "3.2.0"): "docker/xgboost/uv.lock",
    ("docker/xgboost/3.0-5/Dockerfile", "3.0.5"): "docker/xgboost/3.0-5/requirements.txt",
    ("docker/sklearn/1.9-0/Dockerfile", "1.9.0"): "docker/sklearn/1.9-0/uv.lock",
    ("docker/vllm/Dockerfile.amzn2023", "0.27.1"): "",
    ("docker/tei/1.9.3/gpu/Dockerfile", "1.9.3"): "",
    ("docker/xgboost/4.0-0/Dockerfile", "4.0.0"): "",
}


@pytest.mark.parametrize(("dockerfile", "version"), JOINS)
def test_joins_the_lock_that_the_dockerfile_copies(dockerfile: str, version: str) -> None:
    assert image_configs.lock_of(dockerfile, version, MAIN) == JOINS[dockerfile, version]


def test_only_dockerfiles_that_run_uv_sync_are_joined_to_a_lock() -> None:
    rows = lzma.decompress((DATA / "dlc_dockerfile_facts.json.xz").read_bytes())
    dockerfiles = read_facts(rows, "facts")
    joined = set()
    for config in CONFIG_FILES.values():
        path, metadata = config["build"]["dockerfile"], config["metadata"]
        lock = image_configs.lock_of(path, metadata["framework_version"], MAIN)
        syncs = b'"UV_PROJECT_ENVIRONMENT"' in next(
            part for part in rows.split(b'"arg"') if f'"{path}"'.encode() in part
        )
        assert lock.endswith("uv.lock") == syncs
        assert path in dockerfiles
        joined |= {lock} - {""}
    assert joined == {name for name in MAIN if name.startswith("docker/")}
    assert len(joined) == 21


def test_locks_are_evaluated_for_the_image(reading: Reading) -> None:
    ec2 = distributions(named(reading, "pytorch:2.11-cpu-amzn2023"))
    sagemaker = distributions(named(reading, "pytorch:2.11-cpu-amzn2023-sagemaker"))
    assert (len(ec2), len(sagemaker)) == (110, 224)
    assert (ec2["torch"], sagemaker["torch"]) == ("2.11.0+cpu", "2.11.0+cpu")
    assert "sagemaker-training" in sagemaker
    assert "sagemaker-training" not in ec2  # of the extra that only that target asks for
    xgboost = named(reading, "sagemaker-xgboost:3.2-0-cpu-py3")
    assert distributions(xgboost)["xgboost"] == "3.2.0"
    assert xgboost.environments[0].python_version == "3.12"


def test_what_the_dockerfile_pins_besides_is_added(reading: Reading) -> None:
    cuda = distributions(named(reading, "pytorch:2.13-cu133-amzn2023"))
    assert (cuda["flash-attn"], cuda["transformer-engine"]) == ("2.8.3", "2.17.0")
    huggingface = named(reading, "huggingface-vllm:0.25-gpu-py312-cu130-ubuntu22.04")
    assert distributions(huggingface) == {
        "transformers": "5.10.2", "huggingface-hub": "1.17.0", "hf-xet": "1.5.0"
    }  # fmt: skip


def test_a_version_that_the_dockerfile_has_no_argument_for_is_no_component(
    reading: Reading,
) -> None:
    # nccl_version is 2.26.2-1 in its configuration, and nvidia-nccl-cu13 2.28.9 in its lock.
    cuda = named(reading, "pytorch:2.11-cu130-amzn2023")
    assert distributions(cuda)["nvidia-nccl-cu13"] == "2.28.9"
    assert set(cuda.components) == {
        Component("cuda", "13.0.2"),
        Component("efa", "1.47.0"),
        Component("gdrcopy", "2.4.4"),
    }


# The Dockerfile -> the CUDA of an image whose base_image is nvidia/cuda:12.6.0-base-ubuntu20.04.
CUDA_OF_BASE = {
    "ARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS xgboost-sagemaker": "12.6.0",
    "ARG BASE_IMAGE=ubuntu:20.04\nFROM $BASE_IMAGE AS xgboost-sagemaker": "12.6.0",
    "ARG CUDA=12.6.3\nFROM nvidia/cuda:${CUDA}-base AS a\nFROM a AS xgboost-sagemaker": "12.6.3",
    "FROM nvidia/cuda:12.6.3-base AS other\nFROM ubuntu:20.04 AS xgboost-sagemaker": None,
    "ARG CUDA\nFROM nvidia/cuda:${CUDA}-base AS xgboost-sagemaker": None,
    "FROM nvidia/cuda:12.6.3-base AS other": None,
    "": "12.6.0",  # not at hand
}


@pytest.mark.parametrize("text", CUDA_OF_BASE)
def test_base_image_counts_only_where_the_dockerfile_has_an_argument_for_it(text: str) -> None:
    name = ".github/config/image/xgboost/sagemaker-3.0.yml"
    dockerfile = read_dockerfile(text.encode(), "Dockerfile") if text else None
    (one,) = image_configs.statements({name: MAIN[name]}, lambda path: dockerfile)
    cuda = [fact.value for fact in one.facts if fact.kind == Kind.CUDA]
    device = [fact.value for fact in one.facts if fact.kind == Kind.DEVICE]
    if CUDA_OF_BASE[text]:
        assert (cuda, device) == ([CUDA_OF_BASE[text]], [])
        assert one.components == (Component("cuda", cuda[0]),)
    else:
        assert (cuda, device, one.components) == ([], ["cpu"], ())


def test_the_table_answers_what_the_tags_of_xgboost_do_not(reading: Reading) -> None:
    image = named(reading, "sagemaker-xgboost:1.7-1")
    assert facts(image) == (
        "container_version=1.7-1 cuda=11.6.1 framework=xgboost framework_version=1.7.4"
        " job=inference job=training os=ubuntu20.04 platform=sagemaker python=3.9"
    )
    pins = distributions(image)
    assert (pins["xgboost"], pins["scikit-learn"], len(pins)) == ("1.7.4", "0.24.1", 33)
    sklearn = named(reading, "sagemaker-scikit-learn:0.23-1-cpu-py3")
    assert distributions(sklearn)["scikit-learn"] == "0.23.2"
    assert not any("1.7-1-1" in tag for one in reading.statements for tag in one.tags)


def test_the_tags_of_the_table_are_those_the_sdk_composes() -> None:
    mine = {f"{one.repository.name}:{one.tags[0]}": one for one in script_containers.statements({})}
    # The SDK 2.257.7 does not know these; the documentation's records name them.
    newer = {
        "sagemaker-xgboost:3.2-0", "sagemaker-scikit-learn:1.4-2-py312",
        "sagemaker-scikit-learn:1.9-0",
    }  # fmt: skip
    for name in sorted(set(mine) - newer):
        stated = {fact.kind: fact.value for fact in mine[name].facts}
        uri = image_uris.retrieve(
            stated[Kind.FRAMEWORK], "us-west-2", version=stated[Kind.CONTAINER_VERSION],
            instance_type="ml.m5.xlarge",
        )  # fmt: skip
        assert uri.partition("/")[2] == name
    assert newer < set(mine)
    documented = (DATA / "dlc_docs" / "sagemaker-scikit-learn").glob("*.yml")
    tags = {tag for path in documented for tag in yaml.safe_load(path.read_text())["tags"]}
    assert tags == {"1.4-2-py312", "1.9-0"}


def test_counts_of_the_whole(reading: Reading) -> None:
    lists = [e for one in reading.statements for e in one.environments]
    assert len(lists) == 316
    assert sum(len(one.distributions) for one in lists) == 5636
    exact = [
        fact.value
        for one in reading.statements
        for fact in one.facts
        if fact.kind == Kind.PYTHON and fact.value.count(".") == 2
    ]
    assert len(exact) == 268


def heads(folder: Path, repository: str = "aws/deep-learning-containers") -> Path:
    """Give where GitHub has the archives of a repository's branches."""
    return folder / repository / "archive" / "refs" / "heads"


# data/SOURCES.md: the branch of each list, as `requirements.txt`.
BRANCHES = {
    "sagemaker-xgboost": ("0.90-1", "1.2-2", "1.5-1", "1.7-1"),
    "sagemaker-scikit-learn": ("0.23-1", "1.0-1", "1.2-1"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the archives of all branches as GitHub offers them, and commits of two."""
    folder = tmp_path_factory.mktemp("site")
    dockerfile = (
        b"ARG EFA_VERSION=1.0.0\nFROM ubuntu:22.04 AS common\nARG NCCL_VERSION\n"
        b"FROM common AS runtime\nFROM common AS sagemaker\n"
        b'ENV SAGEMAKER_TRAINING_MODULE=container:main\nENTRYPOINT ["start"]\n'
    )
    main = {**MAIN, "docker/pytorch/Dockerfile.cuda": dockerfile, "README.md": b"text"}
    main["docker/unused/Dockerfile"] = b"not a Dockerfile"
    master = {**_files(BUILDSPECS), "buildspec.yml": b"version: 0.2\nphases: {}"}
    commits = {
        branch: github_archive(
            heads(folder) / f"{branch}.tar.gz", files, tmp_path_factory.mktemp(branch)
        )
        for branch, files in (("main", main), ("master", master))
    }
    for name, branches in BRANCHES.items():
        for branch in branches:
            pins = (DATA / "package_lists" / f"{name}-{branch}.requirements.txt").read_bytes()
            files = {"requirements.txt": pins, "test/requirements.txt": b"<html>"}
            archive = heads(folder, f"aws/{name}-container") / f"{branch}.tar.gz"
            github_archive(archive, files, tmp_path_factory.mktemp(branch))
    yield folder, commits
    shutil.rmtree(folder)


def test_live_is_the_archives_of_both_branches(
    site: tuple[Path, dict[str, str]], reading: Reading
) -> None:
    folder, commits = site
    warned: list[str] = []
    with serving(folder) as url:
        (live,) = RecipesSource().live(LiveOptions(today=DAY, url=url, warn=warned.append))
    assert warned == []
    assert (live.origin, live.as_of) == (f"{url}/aws/deep-learning-containers", DAY)
    assert live.revision == f"main {commits['main']}, master {commits['master']}"
    assert {(s.repository, s.tags) for s in live.statements} == {
        (s.repository, s.tags) for s in reading.statements
    }
    # With the Dockerfiles themselves, what a target says is known and what the other says is not.
    sagemaker = named(live, "pytorch:2.13-cu133-amzn2023-sagemaker")
    assert sagemaker.variables == {"SAGEMAKER_TRAINING_MODULE": "container:main"}
    assert sagemaker.entrypoint == ("start",)
    assert Component("efa", "1.49.0") in sagemaker.components
    assert Component("nccl", "2.30.7") in sagemaker.components
    ec2 = named(live, "pytorch:2.13-cu133-amzn2023")
    assert (ec2.variables, ec2.entrypoint) == ({}, None)


def of_table(reading: Reading) -> dict[str, Statement]:
    """Give the statements of the table, by the name of the list of pins that each may have."""
    found = [one for one in reading.statements if one.key.endswith(", reviewed table")]
    return {one.key.partition(",")[0].replace(" ", "-"): one for one in found}


def test_live_has_the_pins_of_the_containers_that_the_copy_has(
    site: tuple[Path, dict[str, str]], reading: Reading
) -> None:
    with serving(site[0]) as url:
        (live,) = RecipesSource().live(LiveOptions(today=DAY, url=f"{url}/"))
    assert of_table(live) == of_table(reading)
    assert sum(len(distributions(one)) for one in of_table(live).values()) == 224


def test_a_branch_that_is_gone_is_told_and_left_out(
    site: tuple[Path, dict[str, str]], reading: Reading, tmp_path: Path
) -> None:
    shutil.copytree(site[0], tmp_path, dirs_exist_ok=True)
    xgboost = heads(tmp_path, "aws/sagemaker-xgboost-container")
    sklearn = heads(tmp_path, "aws/sagemaker-scikit-learn-container")
    (xgboost / "1.7-1.tar.gz").unlink()
    github_archive(sklearn / "1.0-1.tar.gz", {"README.md": b"text"}, tmp_path / "work")
    main = {name: text for name, text in MAIN.items() if "/xgboost/3.0-5/" not in name}
    github_archive(heads(tmp_path) / "main.tar.gz", main, tmp_path / "main")
    warned: list[str] = []
    with serving(tmp_path) as url:
        (live,) = RecipesSource().live(LiveOptions(today=DAY, url=url, warn=warned.append))
    found = [re.sub(rf"left out: {url}/(\S+)/archive/refs/heads/", r"\1 ", line) for line in warned]
    assert found == [
        "aws/sagemaker-xgboost-container 1.7-1.tar.gz: HTTP 404",
        "aws/deep-learning-containers main.tar.gz: no docker/xgboost/3.0-5/requirements.txt in it",
        "aws/sagemaker-scikit-learn-container 1.0-1.tar.gz: no requirements.txt in it",
    ]
    less = {
        "sagemaker-xgboost-1.7-1": {"xgboost": "1.7.4"},
        "sagemaker-xgboost-3.0-5": {"xgboost": "3.0.5"},
        "sagemaker-scikit-learn-1.0-1": {"scikit-learn": "1.0.2"},
    }
    for name, one in of_table(reading).items():
        assert distributions(of_table(live)[name]) == less.get(name, distributions(one))


def test_a_list_that_cannot_be_fetched_or_read_is_a_failure(
    site: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    shutil.copytree(site[0], tmp_path, dirs_exist_ok=True)
    archive = heads(tmp_path, "aws/sagemaker-xgboost-container") / "1.7-1.tar.gz"
    whole = archive.read_bytes()
    with serving(tmp_path) as url:
        options = LiveOptions(today=DAY, url=url)
        archive.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(SourceError, match=r"/1\.7-1\.tar\.gz: damaged archive[^\n]+\Z"):
            RecipesSource().live(options)
        github_archive(archive, {"requirements.txt": b"<html>"}, tmp_path / "work")
        with pytest.raises(SourceError, match=r"\Asagemaker-xgboost-1\.7-1\.req[^\n]+, line 1:"):
            RecipesSource().live(options)


@pytest.mark.parametrize(("branch", "count"), [("main", 53 + 16), ("master", 335 + 16)])
def test_one_branch_reads_the_same_from_its_archive_and_its_checkout(
    site: tuple[Path, dict[str, str]], tmp_path: Path, branch: str, count: int
) -> None:
    folder, commits = site
    packed = heads(folder) / f"{branch}.tar.gz"
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    from_archive = read(packed)
    assert len(from_archive.statements) == count
    assert from_archive.revision == commits[branch]
    checkout = tmp_path / f"deep-learning-containers-{branch}"
    assert read(checkout).statements == from_archive.statements


def test_a_bad_download_is_refused_in_one_line_that_names_it(
    site: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    good, bad_place = heads(site[0]), heads(tmp_path)
    whole = (good / "master.tar.gz").read_bytes()
    bad_place.mkdir(parents=True)
    page = b"<html>Sign in</html>"
    bad = {"cut": whole[: len(whole) // 2], "page": page, "other": b"", "absent": b""}
    with serving(tmp_path) as url:
        for name, content in bad.items():
            shutil.copy(good / "main.tar.gz", bad_place)
            (bad_place / "master.tar.gz").write_bytes(content)
            if name == "other":
                shutil.copy(good / "main.tar.gz", bad_place / "master.tar.gz")
            if name == "absent":
                (bad_place / "master.tar.gz").unlink()
            archives = re.escape(f"{url}/aws/deep-learning-containers/archive/refs/heads")
            named_it = rf"\A{archives}/master\.tar\.gz: [^\n]+\Z"
            with pytest.raises(SourceError, match=named_it):
                RecipesSource().live(LiveOptions(today=DAY, url=url))
    with pytest.raises(SourceError, match=r"\A[^\n]+\Z"):
        RecipesSource().live(LiveOptions(today=DAY, url=url))


CONFIG = b"""metadata: {framework: f, framework_version: 1.0, prod_image: 'r:t', arch_type: x86}
build: {dockerfile: docker/f/Dockerfile, python_version: '3.12'}
release: {release: true, environment: production}
"""
LOCK = b'version = 1\n[[package]]\nname = "r"\nversion = "1"\nsource = { virtual = "." }\n'
BAD = {
    "an empty config": {"c.yml": b""},
    "a config that is cut off": {"c.yml": CONFIG[:40]},
    "a config without an image": {"c.yml": CONFIG.replace(b"prod_image", b"test_image")},
    "an image that is no name": {"c.yml": CONFIG.replace(b"r:t", b"r")},
    "a config without a dockerfile": {"c.yml": CONFIG.replace(b"dockerfile", b"file")},
    "a section that is a list": {"c.yml": CONFIG.replace(b"release: {", b"release: [{") + b"]"},
    "a version that is a list": {"c.yml": CONFIG.replace(b"1.0", b"[1.0]")},
    "a config of 5 MB": {"c.yml": b"a: " + b"[" * 5_000_000},
    "a bad lock": {"c.yml": CONFIG, "uv.lock": LOCK[:30]},
    "a lock of nothing": {"c.yml": CONFIG, "uv.lock": b"version = 1"},
    "bad requirements": {"c.yml": CONFIG, "requirements.txt": b"<html>"},
    "a bad Dockerfile": {"c.yml": CONFIG, "Dockerfile": b"<html>"},
}  # fmt: skip


@pytest.mark.parametrize("files", BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_line_that_names_it(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    config = tmp_path / ".github" / "config" / "image" / "f"
    beside = tmp_path / "docker" / "f"
    config.mkdir(parents=True)
    beside.mkdir(parents=True)
    for name, content in files.items():
        ((config if name == "c.yml" else beside) / name).write_bytes(content)
    at_fault = {"c.yml": r"\.github/config/image/f/c\.yml"}.get(
        list(files)[-1], r"docker/f/" + list(files)[-1]
    )
    with pytest.raises(SourceError, match=rf"\A{at_fault}[^\n]+\Z"):
        read(tmp_path)


def test_a_good_one_is_read(tmp_path: Path) -> None:
    (tmp_path / ".github" / "config" / "image").mkdir(parents=True)
    (tmp_path / ".github" / "config" / "image" / "c.yml").write_bytes(CONFIG)
    assert read(tmp_path).statements[0].tags == ("t",)


PARTS = (CONFIGS, BUILDSPECS, "dlc_dockerfile_facts.json.xz")


def copied(folder: Path) -> None:
    for name in PARTS:
        shutil.copy(DATA / name, folder)
    shutil.copytree(DATA / "package_lists", folder / "package_lists", dirs_exist_ok=True)


def test_a_copy_that_lacks_a_part_is_refused_and_the_part_is_named(
    tmp_path: Path, reading: Reading
) -> None:
    copied(tmp_path)
    assert read(tmp_path).statements == reading.statements
    for part in (*PARTS, "package_lists/sagemaker-xgboost-1.7-1.requirements.txt"):
        (tmp_path / part).unlink()
        named_it = rf"\A{re.escape(f'{tmp_path}: has no {part}')}: [^\n]+\Z"
        with pytest.raises(SourceError, match=named_it):
            read(tmp_path)
        copied(tmp_path)
    shutil.rmtree(tmp_path / "package_lists")
    with pytest.raises(SourceError, match=r"has no package_lists: a copy has [^\n]+\Z"):
        read(tmp_path)


def test_damaged_parts_of_the_data_are_refused_in_one_line(tmp_path: Path) -> None:
    for part in PARTS:
        copied(tmp_path)
        whole = (DATA / part).read_bytes()
        for content in (whole[: len(whole) // 2], b"<html>", b""):
            (tmp_path / part).write_bytes(content)
            with pytest.raises(
                SourceError, match=rf"\A{re.escape(str(tmp_path / part))}: [^\n]+\Z"
            ):
                read(tmp_path)


def test_a_place_without_recipes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no recipes of images"):
        read(tmp_path)
    with pytest.raises(SourceError, match="no such file or folder"):
        read(tmp_path / "absent")
