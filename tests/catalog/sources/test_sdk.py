"""The `sdk` source: its statements from the real tables, bad tables, and the package index."""

from __future__ import annotations

import functools
import http.server
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError, UsageError
from catalog.facts import REGIONAL, Evidence, Fact, Kind, Repository, Statement
from catalog.sources.index import without_credentials
from catalog.sources.interface import LiveOptions
from catalog.sources.sdk import SdkSource
from catalog.sources.sdk_compose import compose
from catalog.sources.sdk_tables import Table, parse_tables

DATA = Path(__file__).parents[3] / "data"
TABLES = DATA / "image_uri_config"
DAY = date(2026, 11, 21)
SAGEMAKER = Fact(Kind.PLATFORM, "sagemaker")
LEAF = {"registries": {"us-east-1": "123456789012"}, "repository": "one"}


@pytest.fixture(scope="module")
def images() -> dict[str, Statement]:
    reading = SdkSource().from_path(TABLES, DAY)[0]
    return {f"{one.repository.name}:{one.tags[0]}": one for one in reading.statements}


def facts(image: Statement) -> str:
    """All facts but the platform, which is the same for every image of the source."""
    return " ".join(f"{one.kind}={one.value}" for one in image.facts if one != SAGEMAKER)


# What sagemaker 2.257.7's tables state, read by eye in the file that the key names.
STATED = {
    "pytorch-training:2.0.1-gpu-py310": (
        "device=gpu framework=pytorch framework_version=2.0.1 job=training python=3.10"
    ),
    "pytorch-training:2.0-gpu-py310": (
        "device=gpu framework=pytorch framework_version=2.0.1 job=training python=3.10"
    ),
    "pytorch-inference-graviton:2.0.1-cpu-py310-ubuntu20.04-sagemaker": (
        "arch=arm64 device=cpu framework=pytorch framework_version=2.0.1 job=inference python=3.10"
    ),
    "pytorch-training-neuron:1.11.0-neuron-py38-sdk2.4.0-ubuntu20.04": (
        "device=neuron framework=pytorch framework_version=1.11.0 job=training "
        "neuron_sdk=2.4.0 python=3.8"
    ),
    "pytorch-inference-eia:1.5.1-cpu-py3": (
        "device=eia framework=pytorch framework_version=1.5.1 job=inference python=3"
    ),
    "huggingface-pytorch-training:1.6.0-transformers4.5.0-gpu-py36-cu110-ubuntu18.04": (
        "device=gpu framework=huggingface-pytorch framework_version=1.6.0 job=training "
        "python=3.6 transformers=4.5.0"
    ),
    "huggingface-pytorch-inference-neuronx:"
    "2.1.2-transformers4.43.2-neuronx-py310-sdk2.20.0-ubuntu20.04": (
        "device=neuronx framework=huggingface-pytorch framework_version=2.1.2 job=inference "
        "neuron_sdk=2.20.0 python=3.10 transformers=4.43.2"
    ),
    "huggingface-pytorch-tgi-inference:1.13.1-optimum0.0.16-neuronx-py310-ubuntu22.04": (
        "device=neuronx framework=huggingface-pytorch-tgi job=inference python=3.10"
    ),
    "tei:2.0.1-tei1.2.3-gpu-py310-cu122-ubuntu22.04": (
        "device=gpu framework=tei framework_version=1.2.3 job=inference"
    ),
    "djl-inference:0.36.0-lmi27.0.0-cu130": "framework=djl framework_version=0.36.0 job=inference",
    "sagemaker-tritonserver:25.09-py3": (
        "device=gpu framework=triton framework_version=25.09 job=inference"
    ),
    "sagemaker-xgboost:1.7-1": (
        "container_version=1.7-1 framework=xgboost job=inference job=training"
    ),
    "sagemaker-xgboost:1.5-1-arm64": (
        "arch=arm64 container_version=1.5-1 framework=xgboost job=inference"
    ),
    "sagemaker-scikit-learn:0.20.0-cpu-py3": (
        "device=cpu framework=sklearn framework_version=0.20.0 job=inference job=training python=3"
    ),
    "kmeans:1": "container_version=1 framework=kmeans job=inference job=training",
    "sagemaker-base-python-310:1.0": (
        "container_version=1.0 framework=sagemaker-base-python python=3.10"
    ),
    "sagemaker-inference-mxnet:1.4.1-cpu-py3": "device=cpu framework=mxnet job=inference python=3",
    "sagemaker-spark-processing:3.3-cpu": (
        "device=cpu framework=spark framework_version=3.3 python=3.9"
    ),
    "sagemaker-spark-processing:3.5-cpu": "device=cpu framework=spark framework_version=3.5",
    "smdistributed-modelparallel:2.4.1-gpu-py311-cu121": (
        "device=gpu framework=smdistributed-modelparallel job=training python=3.11"
    ),
    "sagemaker-model-monitor-analyzer:": "framework=model-monitor",
}


@pytest.mark.parametrize(("name", "stated"), STATED.items(), ids=STATED)
def test_an_image_has_the_facts_that_the_table_states_and_no_others(
    images: dict[str, Statement], name: str, stated: str
) -> None:
    assert facts(images[name]) == stated


def test_all_tables_give_their_images_regions_and_accounts(images: dict[str, Statement]) -> None:
    assert len(images) == 1549
    assert len({region for image in images.values() for region in image.accounts}) == 42
    assert len({one for image in images.values() for one in image.accounts.values()}) == 360
    frameworks = {path.stem for path in TABLES.glob("*.json")} - {"instance_gpu_info"}
    keys = " ".join(image.key for image in images.values())
    assert {name for name in frameworks if f"{name}.json" not in keys} == set()
    for image in images.values():
        assert image.evidence is Evidence.DOCUMENTED
        assert image.accounts_complete
        assert SAGEMAKER in image.facts
        assert image.repository == Repository(REGIONAL, image.repository.name)


def test_several_ways_to_one_image_are_one_statement(images: dict[str, Statement]) -> None:
    image = images["sagemaker-xgboost:1.0-1-cpu-py3"]
    assert image.key == "xgboost.json inference 1.0-1 py3 cpu; xgboost.json training 1.0-1 py3 cpu"
    assert image.accounts["us-west-2"] == "246618743249"
    assert image.accounts["cn-north-1"] == "450853457545"


def test_no_image_has_two_values_for_what_can_have_one(images: dict[str, Statement]) -> None:
    for image in images.values():
        kinds = [fact.kind for fact in image.facts if fact.kind != "job"]
        assert len(kinds) == len(set(kinds)), image


def test_no_region_has_two_accounts_for_one_image() -> None:
    found: dict[tuple[str, str, str], set[str]] = {}
    for table in parse_tables((path.name, path.read_bytes()) for path in TABLES.glob("*.json")):
        for version, entry in table.versions.items():
            for leaf in entry.leaves:
                for region, account in leaf.accounts.items():
                    name = (leaf.repository, leaf.tag_prefix or version, region)
                    found.setdefault(name, set()).add(account)
    assert {name for name, accounts in found.items() if len(accounts) > 1} == set()


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    """A wheel that pip accepts, with some files of ours in it."""
    name, version = path.name.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    members = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        "Requires-Python: >=3.9,<3.13\nRequires-Dist: not-on-any-index\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{member},,\n" for member in members).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def some_tables() -> dict[str, bytes]:
    names = ("xgboost", "kmeans", "instance_gpu_info")
    return {
        f"sagemaker/image_uri_config/{name}.json": (TABLES / f"{name}.json").read_bytes()
        for name in names
    }


def test_a_folder_its_parent_a_wheel_and_an_archive_say_the_same(tmp_path: Path) -> None:
    for name, content in some_tables().items():
        file = tmp_path / "copy" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with tarfile.open(tmp_path / "copy.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "copy", "top")
    forms = [
        tmp_path / "copy",
        tmp_path / "copy/sagemaker",
        tmp_path / "copy/sagemaker/image_uri_config",
        tmp_path / "copy.tar.xz",
        wheel(tmp_path / "sagemaker-2.250.0-py3-none-any.whl", some_tables()),
    ]
    readings = [SdkSource().from_path(form, DAY)[0] for form in forms]
    assert len(readings[0].statements) == 14
    assert all(reading.statements == readings[0].statements for reading in readings)
    assert [reading.revision for reading in readings] == ["", "", "", "", "2.250.0"]


def test_an_unpacked_wheel_tells_its_version(tmp_path: Path) -> None:
    source = wheel(tmp_path / "sagemaker-2.251.1-py3-none-any.whl", some_tables())
    with zipfile.ZipFile(source) as archive:
        archive.extractall(tmp_path / "site")
    assert SdkSource().from_path(tmp_path / "site", DAY)[0].revision == "2.251.1"


BAD = {
    "truncated": (b'{"versions": {"1": ', "not JSON"),
    "not UTF-8": (b'{"versions": "\xff"}', "not UTF-8"),
    "deep": (b"[" * 200_000, "not JSON"),
    "long number": (b'{"versions": ' + b"9" * 10_000 + b"}", "one.json"),
    "a list": (b"[]", "top is not a mapping"),
    "scope of text": (b'{"training": "yes"}', "training is not a mapping"),
    "no versions": (b'{"training": {}}', "training versions is not a mapping"),
    "account": (
        json.dumps({"versions": {"1": {**LEAF, "registries": {"us-east-1": "1"}}}}).encode(),
        "1 registries has '1' for 'us-east-1'",
    ),
    "region": (
        json.dumps({"versions": {"1": {**LEAF, "registries": {"x": "123456789012"}}}}).encode(),
        "for 'x'",
    ),
    "repository": (
        json.dumps({"versions": {"1": {**LEAF, "repository": "a b"}}}).encode(),
        "1 repository is 'a b'",
    ),
    "long repository": (
        json.dumps({"versions": {"1": {**LEAF, "repository": "a" * 9999}}}).encode(),
        "repository is",
    ),
    "py_versions": (
        json.dumps({"versions": {"1": {**LEAF, "py_versions": "py3"}}}).encode(),
        "1 py_versions is 'py3'",
    ),
    "tag": (
        json.dumps({"versions": {"1": {**LEAF, "tag_prefix": "../../x"}}}).encode(),
        "1 tag_prefix has '../../x'",
    ),
    "tag that starts with a dash": (
        json.dumps({"versions": {"1": {**LEAF, "tag_prefix": "-x"}}}).encode(),
        "'-x' is not a tag",
    ),
    "dangling alias": (
        json.dumps({"versions": {"1": LEAF}, "version_aliases": {"2": "3"}}).encode(),
        "alias 2 is of 3, which is not there",
    ),
    "too many": (
        json.dumps({"versions": {str(number): LEAF for number in range(2_001)}}).encode(),
        "more than 2000 entries",
    ),
    "too many together": (
        json.dumps(
            {
                "versions": {
                    "1": {
                        **LEAF,
                        "py_versions": [f"py{number}" for number in range(1_000)],
                        "processors": [f"p{number}" for number in range(1_000)],
                    }
                }
            }
        ).encode(),
        "more than 100000 images",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_bad_table_is_one_line_that_names_the_file(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "one.json").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        SdkSource().from_path(tmp_path, DAY)
    assert "one.json" in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["versions", "scope", "1", "py3", "pytorch1.0", *LEAF, "py_versions", "processors"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        parse_tables([("one.json", json.dumps(value).encode())])
    except SourceError as error:
        assert "one.json" in error.message


def test_a_place_without_tables_or_with_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no image_uri_config.*version 3 does not"):
        SdkSource().from_path(tmp_path, DAY)
    for name in ("one", "two"):
        folder = tmp_path / name / "image_uri_config"
        folder.mkdir(parents=True)
        (folder / "kmeans.json").write_bytes((TABLES / "kmeans.json").read_bytes())
    with pytest.raises(SourceError, match="name one of the two"):
        SdkSource().from_path(tmp_path, DAY)
    with pytest.raises(SourceError, match="no such file or folder"):
        SdkSource().from_path(tmp_path / "three", DAY)


@pytest.fixture(scope="module")
def tables() -> tuple[Table, ...]:
    return parse_tables((path.name, path.read_bytes()) for path in sorted(TABLES.glob("*.json")))


@pytest.mark.parametrize(
    ("framework", "region", "version", "options", "message"),
    [
        ("nothing", "us-west-2", "1", {}, "no such framework"),
        ("pytorch", "us-west-2", "9.9", {"scope": "training"}, "no such version"),
        ("pytorch", "us-west-2", "2.0.1", {"scope": "eating"}, "no scope 'eating'"),
        ("pytorch", "us-west-2", "2.0.1", {"scope": "training"}, "processor ''"),
        (
            "pytorch",
            "us-west-2",
            "2.0.1",
            {"scope": "training", "processor": "gpu", "py_version": "py27"},
            "no such image",
        ),
        ("stabilityai", "us-gov-west-1", "0.1.0", {}, "not in us-gov-west-1"),
        ("xgboost", "us-west-2", "1.9-1", {"scope": "inference_graviton"}, "no such version"),
    ],
)
def test_a_choice_that_no_table_has_says_so(
    tables: tuple[Table, ...],
    framework: str,
    region: str,
    version: str,
    options: dict[str, str],
    message: str,
) -> None:
    with pytest.raises(UsageError, match=message):
        compose(
            tables,
            framework,
            region,
            version,
            scope=options.get("scope", ""),
            processor=options.get("processor", ""),
            py_version=options.get("py_version", ""),
        )


class Index:
    """A package index (PEP 503) of one project, in a folder served over HTTP."""

    def __init__(self, top: Path) -> None:
        self.project = top / "simple" / "sagemaker"
        self.project.mkdir(parents=True)
        handler = functools.partial(_Quiet, directory=str(top))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, file: str, files: dict[str, bytes]) -> Path:
        path = wheel(self.project / file, files)
        names = sorted(wheel.name for wheel in self.project.glob("*.whl"))
        links = "".join(f'<a href="{name}">{name}</a>\n' for name in names)
        (self.project / "index.html").write_text(
            f"<!DOCTYPE html><html><body>{links}</body></html>"
        )
        return path

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    found = Index(tmp_path)
    yield found
    found.close()


def test_the_newest_version_2_wheel_of_the_index_is_read(index: Index) -> None:
    old = {"sagemaker/image_uri_config/kmeans.json": (TABLES / "kmeans.json").read_bytes()}
    index.add("sagemaker-2.9.0-py3-none-any.whl", old)
    index.add("sagemaker-2.10.0-py3-none-any.whl", some_tables())
    index.add("sagemaker-3.0.0-py3-none-any.whl", {"sagemaker/__init__.py": b""})
    reading = SdkSource().live(LiveOptions(DAY, index.url))[0]
    assert reading.revision == "2.10.0"
    assert reading.as_of == DAY
    assert len(reading.statements) == 14
    assert index.url in reading.origin


def test_pips_own_settings_choose_the_index(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add("sagemaker-2.11.0-py3-none-any.whl", some_tables())
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert SdkSource().live(LiveOptions(DAY))[0].revision == "2.11.0"


def test_a_file_named_pip_in_the_users_folder_is_not_run(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("sagemaker-2.11.0-py3-none-any.whl", some_tables())
    (tmp_path / "pip.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    assert SdkSource().live(LiveOptions(DAY, index.url))[0].revision == "2.11.0"


def refused(url: str) -> str:
    with pytest.raises(SourceError) as caught:
        SdkSource().live(LiveOptions(DAY, url))
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_wheel_without_tables_is_one_clear_line(index: Index) -> None:
    index.add("sagemaker-2.12.0-py3-none-any.whl", {"sagemaker/__init__.py": b""})
    assert "has no image_uri_config/*.json" in refused(index.url)


def test_only_version_3_on_the_index_is_one_clear_line(index: Index) -> None:
    index.add("sagemaker-3.0.0-py3-none-any.whl", {"sagemaker/__init__.py": b""})
    assert "sagemaker<3" in refused(index.url)
    assert "from versions: 3.0.0" in refused(index.url)


def test_a_truncated_wheel_is_one_clear_line(index: Index) -> None:
    path = index.add("sagemaker-2.13.0-py3-none-any.whl", some_tables())
    path.write_bytes(path.read_bytes()[:2000])
    assert "sagemaker" in refused(index.url)


def test_an_index_without_the_project_is_one_clear_line(index: Index) -> None:
    assert "requirement sagemaker<3 (from versions: none)" in refused(f"{index.url}nowhere/")


def test_an_index_that_is_down_is_one_clear_line_without_the_password(index: Index) -> None:
    index.close()
    url = index.url.replace("//", "//someone:hunter2@")
    message = refused(url)
    assert "is the package index up?" in message
    assert "hunter2" not in message
    assert "someone" not in message


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://index.example/simple", "http://index.example/simple: not HTTPS"),
        ("http://me:secret@index.example/", "http://index.example/: not HTTPS"),
        ("ftp://index.example/", "not the URL of a package index"),
        ("nonsense", "not the URL of a package index"),
        ("http://[::1/simple", "not a URL"),
    ],
)
def test_an_address_that_is_no_index_is_refused_before_pip_runs(url: str, message: str) -> None:
    assert message in refused(url)
    assert "secret" not in refused(url)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://user:pw@host/x", "https://host/x"),
        ("at https://token@host/ and http://a:b@c", "at https://host/ and http://c"),
        ("https://user:p@ss@host", "https://host"),
        ("https://host/a@b", "https://host/a@b"),
    ],
)
def test_credentials_are_blanked_out(text: str, clean: str) -> None:
    assert without_credentials(text) == clean
