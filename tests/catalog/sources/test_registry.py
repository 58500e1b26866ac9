"""The `registry` source against Debian's docker-registry, and against servers that misbehave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from servers import docker_registry as registries
from servers.docker_registry import DockerRegistry
from servers.front import Answer, Call, Forward, Front, Reply
from servers.processes import free_port

from catalog.errors import SourceError, UsageError
from catalog.facts import Evidence, Reading, Repository
from catalog.sources import registry_http
from catalog.sources.interface import LiveOptions
from catalog.sources.registry import RegistrySource

TODAY = date(2026, 11, 21)


def live(*repositories: str, **more: object) -> tuple[Reading, ...]:
    return RegistrySource().live(LiveOptions(today=TODAY, repositories=repositories, **more))


def tags(reading: Reading) -> set[str]:
    return {tag for statement in reading.statements for tag in statement.tags}


def always(
    status: int, content: object = None, headers: dict[str, str] | None = None
) -> Callable[[Call, Forward], Reply]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda call, forward: Reply(status, body, headers or {})


def test_every_tag_of_a_real_registry_is_one_statement(docker_registry: DockerRegistry) -> None:
    docker_registry.push("plain/image", ["1.0-cpu", "1.0-gpu", "latest"])
    (reading,) = live(f"{docker_registry.host}/plain/image")
    repository = Repository(docker_registry.host, "plain/image")
    assert reading.source == f"registry:{docker_registry.host}/plain/image"
    assert [statement.tags for statement in reading.statements] == [
        ("1.0-cpu",),
        ("1.0-gpu",),
        ("latest",),
    ]
    for statement in reading.statements:
        assert statement.repository == repository
        assert statement.evidence is Evidence.DOCUMENTED
        assert (statement.key, statement.facts, statement.digest) == ("tags/list", (), "")


def test_pages_are_followed_by_their_link(docker_registry: DockerRegistry) -> None:
    names = [f"{minor}.{patch}-gpu" for minor in range(12) for patch in range(10)]
    docker_registry.push("paged/image", names)
    with Front(docker_registry.url, registries.paged) as front:
        (reading,) = live(f"{front.host}/paged/image")
    asked = [call.path for call in front.calls]
    assert tags(reading) == set(names)
    assert len(asked) == 3
    assert asked[0] == "/v2/paged/image/tags/list?n=1000"
    assert asked[1] == "/v2/paged/image/tags/list?last=2.9-gpu&n=50"


def test_attachments_of_images_are_not_listed(docker_registry: DockerRegistry) -> None:
    attached = "sha256-" + "0" * 64
    docker_registry.push("signed/image", ["1.0", attached, f"{attached}.sig"])
    said: list[str] = []
    (reading,) = live(f"{docker_registry.host}/signed/image", progress=said.append)
    assert tags(reading) == {"1.0"}
    assert said[-1].endswith("2 tags name no image and are left out")


def test_a_missing_repository_does_not_stop_the_others(docker_registry: DockerRegistry) -> None:
    docker_registry.push("there/image", ["1"])
    said: list[str] = []
    host = docker_registry.host
    (reading,) = live(f"{host}/not/there", f"{host}/there/image", warn=said.append)
    assert tags(reading) == {"1"}
    assert said == [f"left out: {host}/not/there: HTTP 404 NAME_UNKNOWN"]


def test_nothing_but_missing_repositories_is_a_failure(docker_registry: DockerRegistry) -> None:
    with pytest.raises(SourceError, match="HTTP 404 NAME_UNKNOWN"):
        live(f"{docker_registry.host}/not/there")


def test_a_mirror_stands_for_the_registry_it_mirrors(docker_registry: DockerRegistry) -> None:
    docker_registry.push("sagemaker/sagemaker-distribution", ["3.2.0-gpu"])
    docker_registry.push("library/python", ["3.12"])
    names = ("public.ecr.aws/sagemaker/sagemaker-distribution", "docker.io/python")
    first, second = live(*names, url=docker_registry.url)
    assert first.source == "registry:public.ecr.aws/sagemaker/sagemaker-distribution"
    assert first.statements[0].repository.registry == "public.ecr.aws"
    assert second.source == "registry:docker.io/library/python"


def test_a_repository_without_tags_is_an_empty_reading() -> None:
    with Front(answer=always(200, {"name": "a", "tags": None})) as front:
        (reading,) = live(f"{front.host}/a")
    assert reading.statements == ()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_registry_is_asked_again(status: int, docker_registry: DockerRegistry) -> None:
    docker_registry.push("busy/image", ["1"])

    def answer(call: Call, forward: Forward) -> Reply:
        first = len(front.calls) == 1
        return Reply(status, b"", {"Retry-After": "0"}) if first else forward(call)

    with Front(docker_registry.url, answer) as front:
        (reading,) = live(f"{front.host}/busy/image")
    assert tags(reading) == {"1"}
    assert len(front.calls) == 2


def test_a_registry_that_stays_busy_is_given_up() -> None:
    with (
        Front(answer=always(429, {}, {"Retry-After": "1"})) as front,
        pytest.raises(SourceError, match="HTTP 429"),
    ):
        live(f"{front.host}/a")
    assert len(front.calls) == registry_http.MAX_TRIES


@pytest.mark.parametrize("wait", ["86400", "Wed, 21 Oct 2099 07:28:00 GMT", "9" * 400])
def test_a_registry_that_asks_for_a_day_is_given_up_at_once(wait: str) -> None:
    with (
        Front(answer=always(503, {}, {"Retry-After": wait})) as front,
        pytest.raises(SourceError, match="HTTP 503"),
    ):
        live(f"{front.host}/a")
    assert len(front.calls) == 1


def linking(target: str) -> Answer:
    return always(200, {"tags": ["1"]}, {"Link": f'<{target}>; rel="next"'})


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("?n=1000", "circle"),
        ("https://elsewhere.example/v2/a/tags/list", "another server"),
        ("//elsewhere.example/v2/a/tags/list", "another server"),
        ("http://127.0.0.1:1/v2/a/tags/list", "another server"),
        ("http://user:word@{host}/v2/a/tags/list", "another server"),
        ("http://elsewhere.example:port/", "damaged"),
    ],
)
def test_a_link_that_leads_astray_is_not_followed(target: str, words: str) -> None:
    front = Front()
    front.answer = linking(target.format(host=front.host))
    with front, pytest.raises(SourceError, match=words):
        live(f"{front.host}/a")
    assert len(front.calls) == 1


def test_endless_pages_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.sources.registry.MAX_PAGES", 5)

    def answer(call: Call, forward: Forward) -> Reply:
        return linking(f"?n={len(front.calls)}")(call, forward)

    with Front(answer=answer) as front, pytest.raises(SourceError, match="more than 5 pages"):
        live(f"{front.host}/a")


def test_endless_tags_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.sources.registry.MAX_TAGS", 100)
    content = {"tags": [f"t{n}" for n in range(101)]}
    with (
        Front(answer=always(200, content)) as front,
        pytest.raises(SourceError, match="more than 100 tags"),
    ):
        live(f"{front.host}/a")


def test_an_oversized_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_http, "MAX_BODY_BYTES", 1000)
    with (
        Front(answer=always(200, {"tags": ["x" * 2000]})) as front,
        pytest.raises(SourceError, match="over 1000 bytes"),
    ):
        live(f"{front.host}/a")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b'{"tags": [',
        [],
        {"name": "a"},
        {"tags": "latest"},
        {"tags": [1]},
        {"tags": {"a": 1}},
    ],
)
def test_an_answer_that_is_no_list_of_tags_is_one_line(content: object) -> None:
    with Front(answer=always(200, content)) as front, pytest.raises(SourceError) as caught:
        live(f"{front.host}/a")
    assert front.host in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_a_server_says_in_an_error_is_not_repeated() -> None:
    body = {"errors": [{"code": "X\x1b[31m", "message": "\x1b]0;title"}]}
    with Front(answer=always(404, body)) as front, pytest.raises(SourceError) as caught:
        live(f"{front.host}/a")
    assert str(caught.value).isprintable()


def test_a_redirect_is_not_followed() -> None:
    headers = {"Location": "http://127.0.0.1:1/"}
    with (
        Front(answer=always(307, None, headers)) as front,
        pytest.raises(SourceError, match="HTTP 307"),
    ):
        live(f"{front.host}/a")


def test_a_registry_that_is_down_is_said() -> None:
    with pytest.raises(SourceError, match="cannot be reached"):
        live(f"localhost:{free_port()}/a")


def test_plain_http_to_other_machines_is_refused() -> None:
    with pytest.raises(SourceError, match="not HTTPS"):
        live("registry.example/a", url="http://registry.example")


def test_plain_http_is_tried_elsewhere_only_on_request(
    docker_registry: DockerRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To the program any name is another machine; the one real server is on this one.
    docker_registry.push("insecure/image", ["1"])
    monkeypatch.setattr("catalog.sources.registry.is_this_machine", lambda host: False)
    with pytest.raises(SourceError, match="cannot be reached"):
        live(f"{docker_registry.host}/insecure/image")
    (reading,) = live(f"{docker_registry.host}/insecure/image", insecure=True)
    assert tags(reading) == {"1"}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "no repository is named"),
        (("team/image",), "not a repository with its host"),
        (("quay.io/team/image:1",), "not a repository with its host"),
        (("quay.io/TEAM",), "not an image name"),
    ],
)
def test_a_wrong_name_is_named(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        live(*names)


@pytest.mark.parametrize("host", ["localhost:99999", "localhost:0", "[:::::::::]", "999.1.1.1"])
def test_a_host_that_cannot_be_is_one_line(host: str) -> None:
    with pytest.raises(SourceError, match="not an address"):
        live(f"{host}/a")


def test_a_list_of_full_names_is_read(tmp_path: Path) -> None:
    digest = "sha256:" + "a" * 64
    path = tmp_path / "images.txt"
    path.write_text(
        "# crane ls --full-ref quay.io/team/image\n"
        "quay.io/team/image:1.0\n"
        "quay.io/team/image:1.0\n\n"
        f"localhost:5000/other:2@{digest}\n"
        "docker.io/python:3.12\n"
    )
    first, second, third = RegistrySource().from_path(path, TODAY)
    assert first.source == "registry:quay.io/team/image"
    assert [statement.tags for statement in first.statements] == [("1.0",)]
    assert second.statements[0].digest == digest
    assert third.source == "registry:docker.io/library/python"


@pytest.mark.parametrize(
    "line", ["team/image:1", "quay.io/team/image", "quay.io/team/image:!", "quay.io/x:1 extra"]
)
def test_a_line_that_is_no_full_name_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "images.txt"
    path.write_text(f"quay.io/a:1\n{line}\n")
    with pytest.raises(SourceError, match=f"{path}, line 2"):
        RegistrySource().from_path(path, TODAY)


@pytest.mark.parametrize("text", ["", "\n\n", "# quay.io/team/image:1.0\n"])
def test_a_list_without_a_name_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "images.txt"
    path.write_text(text)
    with pytest.raises(SourceError, match=f"{path}: no image names in it"):
        RegistrySource().from_path(path, TODAY)


def test_a_missing_or_binary_list_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        RegistrySource().from_path(tmp_path / "none", TODAY)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="not UTF-8"):
        RegistrySource().from_path(tmp_path / "binary", TODAY)
