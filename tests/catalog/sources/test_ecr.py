"""The `ecr` source against a real moto server, through the real boto3."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from servers.ecr import CREDENTIALS, OWN_ACCOUNT, MotoServer, cross_account, failing, paged
from servers.front import Answer, Front
from servers.processes import free_port
from sqlalchemy import Engine, select

from catalog import models as m
from catalog import store
from catalog.errors import SourceError, UsageError
from catalog.facts import REGIONAL, Evidence, Reading, Repository, Statement
from catalog.sources import ecr
from catalog.sources.aws_accounts import AWS_ACCOUNTS
from catalog.sources.ecr import EcrSource
from catalog.sources.interface import LiveOptions

TODAY = date(2026, 11, 21)
DLC = "763104351884"
DATA = Path(__file__).parents[3] / "data"
TAGS = ("2.0.1-gpu-py310-cu118-ubuntu20.04-sagemaker", "2.0.1-gpu-py310")


def options(url: str, *regions: str, **more: object) -> LiveOptions:
    return LiveOptions(today=TODAY, url=url, regions=regions or ("us-west-2",), **more)


def through(server: MotoServer, answer: Answer) -> Front:
    return Front(server.url, answer)


def statements(readings: tuple[Reading, ...]) -> list[Statement]:
    return [statement for reading in readings for statement in reading.statements]


def test_own_registry_is_listed_with_digest_size_push_time_and_all_tags(aws: MotoServer) -> None:
    aws.push("us-west-2", "team/trainer", [["1.0"], ["1.1", "latest"]])
    told = aws.client("ecr", "us-west-2").describe_images(repositoryName="team/trainer")

    (reading,) = EcrSource().live(options(aws.url))

    assert reading.source == f"ecr:{OWN_ACCOUNT}/us-west-2/team/trainer"
    assert reading.as_of == TODAY
    host = f"{OWN_ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com"
    first, second = reading.statements
    assert first.repository == Repository(host, "team/trainer")
    assert (first.tags, second.tags) == (("1.0",), ("1.1", "latest"))
    assert (first.size_bytes, second.size_bytes) == (1, 2)
    assert first.evidence is Evidence.DOCUMENTED
    assert first.facts == ()
    for statement, detail in zip(reading.statements, told["imageDetails"], strict=True):
        assert statement.digest == detail["imageDigest"]
        assert statement.pushed_at.endswith("+00:00")
        assert datetime.fromisoformat(statement.pushed_at) == detail["imagePushedAt"]


def test_every_page_of_images_and_repositories_is_read(
    aws: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ecr, "PAGE_SIZE", 50)
    aws.push("us-west-2", "team/many", [[f"build-{n}"] for n in range(130)])
    client = aws.client("ecr", "us-west-2")
    for number in range(60):
        client.create_repository(repositoryName=f"team/empty-{number}")
    with through(aws, paged) as front:
        readings = EcrSource().live(options(front.url))
    asked = [call.headers["x-amz-target"].rpartition(".")[2] for call in front.calls]
    assert {tag for found in statements(readings) for tag in found.tags} == {
        f"build-{n}" for n in range(130)
    }
    assert asked.count("DescribeRepositories") == 2
    assert asked.count("DescribeImages") == 3 + 60


def test_each_repository_of_each_region_and_account_is_a_reading(aws: MotoServer) -> None:
    aws.push("us-west-2", "team/a", [["1"]])
    aws.push("us-west-2", "team/b", [["1"]])
    aws.push("eu-central-1", "team/a", [["2"]])
    aws.push("us-west-2", "pytorch-training", [TAGS], account=DLC)
    aws.push("eu-central-1", "pytorch-training", [TAGS], account=DLC)
    with through(aws, cross_account) as front:
        readings = EcrSource().live(
            options(front.url, "us-west-2", "eu-central-1", accounts=(OWN_ACCOUNT, DLC))
        )
    assert [reading.source for reading in readings] == [
        f"ecr:{OWN_ACCOUNT}/us-west-2/team/a",
        f"ecr:{OWN_ACCOUNT}/us-west-2/team/b",
        f"ecr:{DLC}/us-west-2/pytorch-training",
        f"ecr:{OWN_ACCOUNT}/eu-central-1/team/a",
        f"ecr:{DLC}/eu-central-1/pytorch-training",
    ]


def test_a_repository_whose_images_are_gone_is_an_empty_reading(aws: MotoServer) -> None:
    aws.push("us-west-2", "team/a", [["1"]])
    aws.push("us-west-2", "team/b", [])
    readings = EcrSource().live(options(aws.url, repositories=("team/b", "team/a")))
    assert {
        reading.source.rpartition("/")[2]: reading.statements == () for reading in readings
    } == {
        "a": False,
        "b": True,
    }


def test_syncing_one_repository_keeps_what_another_said(
    aws: MotoServer, empty_engine: Engine
) -> None:
    for name, tag in (("team/a", "1"), ("team/b", "2")):
        aws.push("us-west-2", name, [[tag]])
        store.write(empty_engine, EcrSource().live(options(aws.url, repositories=(name,))))
    with through(aws, failing("AccessDeniedException", repository="team/a")) as front:
        store.write(empty_engine, EcrSource().live(options(front.url)))
    with empty_engine.connect() as connection:
        speaking = select(m.source.c.name).join(m.statement).where(m.source.c.name != "tag")
        assert set(connection.scalars(speaking)) == {
            f"ecr:{OWN_ACCOUNT}/us-west-2/team/a",
            f"ecr:{OWN_ACCOUNT}/us-west-2/team/b",
        }


def test_repositories_of_aws_are_named_once_for_all_regions(aws: MotoServer) -> None:
    aws.push("us-west-2", "pytorch-training", [TAGS], account=DLC)
    with through(aws, cross_account) as front:
        readings = EcrSource().live(
            options(front.url, accounts=(DLC,), repositories=("pytorch-training",))
        )
    (found,) = statements(readings)
    assert found.repository == Repository(REGIONAL, "pytorch-training")
    assert dict(found.accounts) == {"us-west-2": DLC}
    assert not found.accounts_complete
    assert found.tags == tuple(sorted(TAGS))


def test_a_users_mirror_of_an_aws_repository_stays_the_users(aws: MotoServer) -> None:
    aws.push("cn-north-1", "pytorch-training", [TAGS])
    (found,) = statements(EcrSource().live(options(aws.url, "cn-north-1", accounts=(OWN_ACCOUNT,))))
    host = f"{OWN_ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn"
    assert found.repository == Repository(host, "pytorch-training")


FRAMEWORKS = re.compile(
    "(huggingface|pytorch|tensorflow|mxnet|autogluon|djl|stabilityai|tei"
    "|sagemaker-(xgboost|scikit-learn|tritonserver|distribution))"
)


def test_the_accounts_of_aws_are_those_of_the_sdks_tables() -> None:
    nodes = [json.loads(p.read_text()) for p in (DATA / "image_uri_config").glob("*.json")]
    accounts: set[str] = set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict) and FRAMEWORKS.match(str(node.get("repository"))):
            accounts.update(node["registries"].values())
        elif isinstance(node, dict):
            nodes += node.values()
    assert accounts == AWS_ACCOUNTS
    assert OWN_ACCOUNT not in AWS_ACCOUNTS


def test_untagged_images_and_attachments_are_no_images(aws: MotoServer) -> None:
    attached = "sha256-" + "0" * 64
    aws.push("us-west-2", "team/a", [["1", attached], [f"{attached}.sig"], ["gone"]])
    client = aws.client("ecr", "us-west-2")
    client.batch_delete_image(repositoryName="team/a", imageIds=[{"imageTag": "gone"}])
    client.put_image(repositoryName="team/a", imageManifest=_index(), imageTag="index")
    found = statements(EcrSource().live(options(aws.url)))
    assert {statement.tags for statement in found} == {("1",), ("index",)}


def _index() -> str:
    media_type = "application/vnd.oci.image.index.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": []})


def test_throttling_is_waited_out(aws: MotoServer) -> None:
    aws.push("us-west-2", "team/a", [["1"]])
    with through(aws, failing("ThrottlingException", times=2)) as front:
        assert len(statements(EcrSource().live(options(front.url)))) == 1
    assert len(front.calls) == 4


@pytest.mark.parametrize("code", ["AccessDeniedException", "RepositoryNotFoundException"])
def test_a_repository_that_is_refused_does_not_stop_the_others(aws: MotoServer, code: str) -> None:
    aws.push("us-west-2", "team/closed", [["1"]])
    aws.push("us-west-2", "team/open", [["2"]])
    said: list[str] = []
    with through(aws, failing(code, repository="team/closed")) as front:
        (reading,) = EcrSource().live(options(front.url, warn=said.append))
    assert reading.source == f"ecr:{OWN_ACCOUNT}/us-west-2/team/open"
    assert [found.tags for found in reading.statements] == [("2",)]
    assert said == [f"left out: ECR {OWN_ACCOUNT} in us-west-2: team/closed: {code}"]


def test_nothing_but_refusals_is_a_failure(aws: MotoServer) -> None:
    names = ("team/none", "team/nothing")
    with pytest.raises(SourceError, match="team/none: RepositoryNotFoundException"):
        EcrSource().live(options(aws.url, repositories=names))


def test_an_account_that_does_not_let_itself_be_listed_is_asked_by_repository(
    aws: MotoServer,
) -> None:
    aws.push("us-west-2", "pytorch-training", [TAGS], account=DLC)
    with through(aws, failing("AccessDeniedException", times=1)) as front:
        with pytest.raises(SourceError, match="AccessDeniedException: name repositories"):
            EcrSource().live(options(front.url, accounts=(DLC,)))
        names = ("pytorch-training",)
        (found,) = statements(
            EcrSource().live(options(front.url, accounts=(DLC,), repositories=names))
        )
    assert found.tags == tuple(sorted(TAGS))


def test_an_account_without_repositories_is_a_failure(aws: MotoServer) -> None:
    with pytest.raises(SourceError, match="no repository"):
        EcrSource().live(options(aws.url))


@pytest.mark.parametrize(
    "code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"]
)
def test_bad_credentials_are_one_line_with_what_to_do(aws: MotoServer, code: str) -> None:
    with (
        through(aws, failing(code)) as front,
        pytest.raises(SourceError, match=f"{code}: sign in") as caught,
    ):
        EcrSource().live(options(front.url))
    assert_no_secret(str(caught.value))


def test_credentials_that_the_server_does_not_know_are_refused(aws: MotoServer) -> None:
    aws.require_valid_credentials(True)
    with pytest.raises(SourceError, match="sign in") as caught:
        EcrSource().live(options(aws.url))
    assert_no_secret(str(caught.value))


def test_missing_credentials_are_said_before_anything_is_asked(no_aws: None) -> None:
    with Front() as front, pytest.raises(SourceError, match="no AWS credentials: sign in"):
        EcrSource().live(options(front.url))
    assert front.calls == []


def test_a_missing_region_is_said(no_aws: None) -> None:
    with pytest.raises(SourceError, match="no region is set: give --region"):
        EcrSource().live(LiveOptions(today=TODAY))


def test_the_region_of_the_session_is_the_default(
    aws: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-2")
    aws.push("ap-southeast-2", "team/a", [["1"]])
    (reading,) = EcrSource().live(LiveOptions(today=TODAY, url=aws.url))
    assert reading.source == f"ecr:{OWN_ACCOUNT}/ap-southeast-2/team/a"


def test_a_server_that_is_down_is_said(aws: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecr, "MAX_ATTEMPTS", 1)
    with pytest.raises(SourceError, match="cannot be reached") as caught:
        EcrSource().live(options(f"http://127.0.0.1:{free_port()}"))
    assert_no_secret(str(caught.value))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"accounts": ("12345",)}, "'12345' is not an AWS account"),
        ({"regions": ("mars",)}, "'mars' is not an AWS region"),
        ({"repositories": ("Upper",)}, "not a repository of ECR"),
        ({"repositories": ("team/a:tag",)}, "not a repository of ECR"),
    ],
)
def test_a_wrong_option_is_named(aws: MotoServer, wrong: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        EcrSource().live(LiveOptions(**{"today": TODAY, "regions": ("us-west-2",), **wrong}))


@pytest.mark.parametrize(
    "url",
    [
        "http://ecr.example",
        "ftp://localhost/",
        "https://user:word@localhost/",
        "https://user:word@localhost:99999/",
        "nonsense",
    ],
)
def test_an_address_that_may_not_be_used_is_refused(aws: MotoServer, url: str) -> None:
    with pytest.raises(SourceError) as caught:
        EcrSource().live(options(url))
    assert "word" not in str(caught.value)


def assert_no_secret(text: str) -> None:
    assert "\n" not in text
    assert not any(secret in text for secret in CREDENTIALS.values())


DETAIL = {
    "registryId": DLC,
    "repositoryName": "pytorch-training",
    "imageDigest": "sha256:" + "a" * 64,
    "imageTags": list(TAGS),
    "imageSizeInBytes": 9_000_000_000,
    "imagePushedAt": "2023-10-02T14:30:05.123000-07:00",
    "imageManifestMediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "artifactMediaType": "application/vnd.docker.container.image.v1+json",
}
"""The form that `aws ecr describe-images --output json` of AWS CLI 2 prints."""


def written(folder: Path, *details: object, name: str = "dlc.us-west-2.json") -> Path:
    path = folder / name
    path.write_text(json.dumps({"imageDetails": details}))
    return path


@pytest.mark.parametrize(
    ("pushed_at", "utc"),
    [
        ("2023-10-02T14:30:05.123000-07:00", "2023-10-02T21:30:05+00:00"),
        ("2023-10-02T21:30:05Z", "2023-10-02T21:30:05+00:00"),
        (1696282205.0, "2023-10-02T21:30:05+00:00"),
        (None, ""),
    ],
)
def test_a_file_of_the_aws_cli_is_read(tmp_path: Path, pushed_at: object, utc: str) -> None:
    path = written(tmp_path, {**DETAIL, "imagePushedAt": pushed_at})
    (reading,) = EcrSource().from_path(path, TODAY)
    (found,) = reading.statements
    assert reading.source == f"ecr:{DLC}/us-west-2/pytorch-training"
    assert found.repository == Repository(REGIONAL, "pytorch-training")
    assert (found.pushed_at, found.size_bytes) == (utc, 9_000_000_000)


def test_a_folder_is_read_by_account_region_and_repository(tmp_path: Path) -> None:
    more = [{**DETAIL, "registryId": OWN_ACCOUNT}, {**DETAIL, "repositoryName": "team/a"}]
    written(tmp_path, DETAIL, *more, name="us-west-2.json")
    written(tmp_path, DETAIL, name="b.eu-west-1.json")
    written(tmp_path, DETAIL, name="c.eu-west-1.json")
    readings = EcrSource().from_path(tmp_path, TODAY)
    assert {reading.source: len(reading.statements) for reading in readings} == {
        f"ecr:{DLC}/eu-west-1/pytorch-training": 2,
        f"ecr:{DLC}/us-west-2/pytorch-training": 1,
        f"ecr:{DLC}/us-west-2/team/a": 1,
        f"ecr:{OWN_ACCOUNT}/us-west-2/pytorch-training": 1,
    }


def test_a_soci_index_is_no_image(tmp_path: Path) -> None:
    soci = {**DETAIL, "artifactMediaType": "application/vnd.amazon.soci.index.v1+json"}
    (reading,) = EcrSource().from_path(written(tmp_path, soci), TODAY)
    assert reading.statements == ()


@pytest.mark.parametrize(
    "damage",
    [
        {"registryId": "12"},
        {"registryId": None},
        {"repositoryName": "../x"},
        {"imageDigest": "sha256:12"},
        {"imageTags": "latest"},
        {"imageTags": [1]},
        {"imageSizeInBytes": -1},
        {"imageSizeInBytes": 1 << 70},
        {"imagePushedAt": "yesterday"},
        {"imagePushedAt": "2023-10-02T14:30:05"},
        {"imagePushedAt": 1e300},
        {"imagePushedAt": []},
    ],
)
def test_a_damaged_image_is_one_line_that_names_the_file(
    tmp_path: Path, damage: dict[str, object]
) -> None:
    path = written(tmp_path, {**DETAIL, **damage})
    with pytest.raises(SourceError) as caught:
        EcrSource().from_path(path, TODAY)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b'{"imageDetails": [', b"[]", b'{"imageDetails": [1]}', b"[" * 100_000, b"\xff\xfe{"],
)
def test_a_damaged_file_is_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.us-west-2.json"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        EcrSource().from_path(path, TODAY)
    assert str(path) in str(caught.value)


def test_a_file_that_does_not_tell_its_region_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not tell the region"):
        EcrSource().from_path(written(tmp_path, DETAIL, name="images.json"), TODAY)


def test_a_missing_or_empty_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        EcrSource().from_path(tmp_path / "none.us-west-2.json", TODAY)
    with pytest.raises(SourceError, match=r"no \.json file"):
        EcrSource().from_path(tmp_path, TODAY)
