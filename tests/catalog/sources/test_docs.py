"""The `docs` source: the real records, the traps among them, bad records, and the live form."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from servers.archives import github_archive, serving

from catalog.errors import SourceError
from catalog.facts import REGIONAL, Evidence, Kind, Reading, Repository, Statement
from catalog.sources.docs import DocsSource
from catalog.sources.interface import LiveOptions

DATA = Path(__file__).parents[3] / "data"
DAY = date(2026, 11, 21)
RECORDS = {
    path.relative_to(DATA / "dlc_docs").as_posix(): yaml.safe_load(path.read_text())
    for path in sorted((DATA / "dlc_docs").glob("*/*.yml"))
    if path.parent.name != "template"
}


def read(path: Path) -> Reading:
    (reading,) = DocsSource().from_path(path, DAY)
    return reading


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(DATA)


def named(reading: Reading, name: str) -> Statement:
    """The one statement with this `repository:tag`."""
    repository, _, tag = name.partition(":")
    (found,) = (
        one
        for one in reading.statements
        if one.repository == Repository(REGIONAL, repository) and tag in one.tags
    )
    return found


def facts(statement: Statement) -> str:
    return " ".join(f"{fact.kind}={fact.value}" for fact in sorted(statement.facts, key=repr))


def names(reading: Reading) -> Counter[tuple[str, str]]:
    return Counter((one.repository.name, tag) for one in reading.statements for tag in one.tags)


def test_the_whole_data_is_read(reading: Reading) -> None:
    assert len(RECORDS) == 267
    theirs = {
        (record.get("ecr_repository") or path.split("/")[0], tag)
        for path, record in RECORDS.items()
        for tag in record["tags"]
    }
    assert len(theirs) == 538
    assert set(names(read(DATA / "dlc_docs"))) == theirs
    history = {tuple(n.split(":")) for n in (DATA / "dlc_tags_seen.txt").read_text().split()}
    assert len(history) == 423
    assert set(names(reading)) == theirs | history
    assert (reading.source, reading.as_of, reading.licence) == ("docs", DAY, "Apache-2.0")


def test_every_name_stands_in_one_statement_only(reading: Reading) -> None:
    assert max(names(reading).values()) == 1
    assert {one.evidence for one in reading.statements} == {Evidence.DOCUMENTED}


# Read by eye in the record that stands behind the name.
STATED = {
    "pytorch-training:2.9.0-gpu-py312-cu130-ubuntu22.04-ec2": (
        "cuda=13.0 device=gpu end_of_patch=2026-10-15 framework=pytorch framework_version=2.9"
        " general_availability=2025-10-15 job=training os=ubuntu22.04 platform=ec2"
        " public_registry=true python=3.12"
    ),
    "huggingface-pytorch-inference-neuronx:"
    "2.1.2-transformers4.43.2-neuronx-py310-sdk2.20.0-ubuntu20.04": (
        "device=neuronx framework=huggingface-pytorch framework_version=2.1 job=inference"
        " neuron_sdk=2.20.0 os=ubuntu20.04 platform=sagemaker python=3.10 transformers=4.43.2"
    ),
    "sagemaker-xgboost:3.0-5": (
        "container_version=3.0-5 device=cpu end_of_patch=2026-11-17 framework=xgboost"
        " general_availability=2025-11-17 platform=sagemaker"
    ),
    "tei:2.0.1-tei1.9.3-gpu-py310-cu129-ubuntu24.04": (
        "cuda=12.9 device=gpu framework=tei framework_version=1.9.3 os=ubuntu24.04"
        " platform=sagemaker"
    ),
    "vllm:server-sagemaker-cuda-v2.3": (
        "cuda=13.0 device=gpu framework=vllm framework_version=0.27.0+amzn2023.4bdc8a78"
        " os=amzn2023 platform=sagemaker public_registry=true python=3.12"
    ),
    "base:devel-cu132-amzn2023": (
        "cuda=13.2.1 device=gpu end_of_patch=2029-06-30 framework=base"
        " general_availability=2026-07-31 os=amzn2023 platform=ec2 public_registry=true"
        " python=3.13"
    ),
    "sagemaker-tritonserver:26.03-py3": (
        "device=gpu framework=triton framework_version=26.03 platform=sagemaker python=3"
    ),
    "autogluon-inference:0.3.0-cpu-py37-ubuntu18.04": "",
    "pytorch-training:1.5.0-cpu-py36-ubuntu16.04": "",
}


@pytest.mark.parametrize("name", STATED)
def test_states_what_the_record_says_and_no_more(reading: Reading, name: str) -> None:
    assert facts(named(reading, name)) == STATED[name]


def test_the_platform_named_default_states_nothing(reading: Reading) -> None:
    silent = [path for path, record in RECORDS.items() if record["platform"] == "default"]
    assert len(silent) == 15
    for path in silent:
        (one,) = (s for s in reading.statements if s.key == path)
        assert Kind.PLATFORM not in {fact.kind for fact in one.facts}


def test_a_moving_tag_states_only_what_all_its_records_say(reading: Reading) -> None:
    moving = [one for one in reading.statements if "moving tag" in one.key]
    assert len(moving) == 30
    assert {len(one.tags) for one in moving} == {1}
    short = named(reading, "sglang:0.5-gpu-py312")
    assert short.key == "sglang, moving tag, in 10 records"
    assert facts(short) == (
        "device=gpu framework=sglang os=ubuntu24.04 platform=sagemaker public_registry=true"
        " python=3.12"
    )
    # One of its three records calls the sagemaker tag an ec2 one, so neither is said of it.
    assert "platform" not in facts(named(reading, "vllm:0.20-gpu-py312"))


def test_a_platform_that_contradicts_the_tag_is_kept_as_documented(reading: Reading) -> None:
    wrong = named(reading, "vllm:0.20.1-gpu-py312-cu130-ubuntu22.04-sagemaker")
    assert "platform=ec2" in facts(wrong)


def test_accounts_are_the_examples_and_never_the_whole_list(reading: Reading) -> None:
    assert named(reading, "pytorch-training:2.9.0-gpu-py312-cu130-ubuntu22.04-ec2").accounts == {
        "us-west-2": "763104351884"
    }
    assert named(reading, "sagemaker-tritonserver:26.03-py3").accounts == {
        "us-west-2": "007439368137"
    }
    assert named(reading, "sagemaker-xgboost:3.2-0").accounts == {}  # <account-id>
    assert named(reading, "pytorch-training:1.5.0-cpu-py36-ubuntu16.04").accounts == {}
    assert not any(one.accounts_complete for one in reading.statements)


def test_names_that_the_page_cut_off_are_left_out(tmp_path: Path) -> None:
    one_record(tmp_path, {"tags": ["1.0-cpu"]})
    (tmp_path / "dlc_tags_seen.txt").write_text(
        "sagemaker-tritonserver:22.\nsagemaker-tritonserver:22.05-py3\nfolder:1.0-cpu\n"
    )
    found = names(read(tmp_path))
    assert set(found) == {("folder", "1.0-cpu"), ("sagemaker-tritonserver", "22.05-py3")}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with the main branch's archive as GitHub offers it, and its commit."""
    folder = tmp_path_factory.mktemp("site")
    files = {
        f"docs/src/{'' if path.name == 'global.yml' else 'data/'}"
        + path.relative_to(DATA / "dlc_docs").as_posix(): path.read_bytes()
        for path in (DATA / "dlc_docs").rglob("*.yml")
    }
    files["docs/src/tables/vllm.yml"] = b"columns: []"
    files["test/other.yml"] = b"{[: not ours"
    work = tmp_path_factory.mktemp("work")
    yield folder, github_archive(folder / "main.tar.gz", files, work)
    (folder / "main.tar.gz").unlink()


def test_live_is_the_archive_of_the_main_branch(checkout: tuple[Path, str]) -> None:
    folder, commit = checkout
    shown: list[str] = []
    with serving(folder) as url:
        options = LiveOptions(today=DAY, url=f"{url}/main.tar.gz", progress=shown.append)
        (live,) = DocsSource().live(options)
    assert live.statements == read(DATA / "dlc_docs").statements
    assert live.origin == f"{url}/main.tar.gz"
    assert (live.revision, live.as_of) == (commit, DAY)
    assert shown


def test_the_archive_and_its_folder_unpacked_read_the_same(
    checkout: tuple[Path, str], tmp_path: Path
) -> None:
    folder, commit = checkout
    with tarfile.open(folder / "main.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    from_archive = read(folder / "main.tar.gz")
    assert from_archive.revision == commit
    for top in (tmp_path, tmp_path / "deep-learning-containers-main"):
        assert read(top).statements == from_archive.statements


def test_a_bad_download_is_refused_in_one_line_that_names_it(
    checkout: tuple[Path, str], tmp_path: Path
) -> None:
    whole = (checkout[0] / "main.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "page.tar.gz").write_bytes(b"<html><body>Sign in</body></html>")
    (tmp_path / "none.tar.gz").write_bytes(b"")
    github_archive(tmp_path / "other.tar.gz", {"README.md": b"text"}, tmp_path / "work")
    with serving(tmp_path) as url:
        pages = ("cut.tar.gz", "page.tar.gz", "none.tar.gz", "other.tar.gz", "absent.tar.gz")
        for name in pages:
            with pytest.raises(SourceError, match=rf"\A{re.escape(url)}/{name}: [^\n]+\Z"):
                DocsSource().live(LiveOptions(today=DAY, url=f"{url}/{name}"))
    with pytest.raises(SourceError, match=rf"\A{re.escape(url)}/main.tar.gz: [^\n]+\Z"):
        DocsSource().live(LiveOptions(today=DAY, url=f"{url}/main.tar.gz"))


def one_record(top: Path, more: dict[str, object], folder: str = "folder") -> None:
    record = {"framework": "F", "version": "1.0", "accelerator": "cpu", "platform": "ec2"}
    (top / "dlc_docs" / folder).mkdir(parents=True, exist_ok=True)
    (top / "dlc_docs" / folder / "x.yml").write_text(yaml.safe_dump({**record, **more}))


BAD_RECORDS: dict[str, dict[str, object]] = {
    "no tags": {},
    "empty tags": {"tags": []},
    "tags that are a text": {"tags": "1.0"},
    "a tag that is a list": {"tags": [["1.0"]]},
    "a tag that is none": {"tags": ["not a tag"]},
    "a date that is none": {"tags": ["1.0"], "ga": "2026-13-45"},
    "a version that is a mapping": {"tags": ["1.0"], "version": {"a": "b"}},
    "a repository that is a list": {"tags": ["1.0"], "ecr_repository": ["a"]},
}


@pytest.mark.parametrize("more", BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_a_bad_record_is_refused_in_one_line(tmp_path: Path, more: dict[str, object]) -> None:
    one_record(tmp_path, more)
    with pytest.raises(SourceError, match=r"\Adlc_docs/folder/x\.yml[^\n]+\Z"):
        read(tmp_path)


@pytest.mark.parametrize("content", ["- a", "text", "", "{", "a: !join [" + "x," * 9000 + "]"])
def test_what_is_no_record_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    one_record(tmp_path, {"tags": ["1.0"]})
    (tmp_path / "dlc_docs" / "folder" / "y.yml").write_text(content)
    with pytest.raises(SourceError, match=r"\Adlc_docs/folder/y\.yml[^\n]+\Z"):
        read(tmp_path)


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no records of images"):
        read(tmp_path)
    with pytest.raises(SourceError, match="no such file or folder"):
        read(tmp_path / "absent")


def test_a_bad_list_of_names_is_refused(tmp_path: Path) -> None:
    one_record(tmp_path, {"tags": ["1.0"]})
    for content in (b"no colon here", b"a:b c:\xff", b"a:<html>"):
        (tmp_path / "dlc_tags_seen.txt").write_bytes(content)
        with pytest.raises(SourceError, match=r"\Adlc_tags_seen\.txt: [^\n]+\Z"):
            read(tmp_path)
