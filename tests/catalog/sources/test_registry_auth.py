"""Logins and tokens: a real docker-registry with htpasswd, and one that sends for tokens."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.docker_registry import LOGIN, DockerRegistry, basic
from servers.front import Call, Forward, Front, Reply
from servers.tokens import TokenServer

from catalog.errors import SourceError
from catalog.facts import Reading
from catalog.sources.interface import LiveOptions
from catalog.sources.registry import RegistrySource
from catalog.sources.registry_auth import Challenge, Login, find_login, parse_challenges

USER, PASSWORD = LOGIN


def live(repository: str, **more: object) -> Reading:
    options = LiveOptions(today=date(2026, 11, 21), repositories=(repository,), **more)
    (reading,) = RegistrySource().live(options)
    return reading


@pytest.fixture
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def log_in(config: Path, host: str, login: tuple[str, str] = LOGIN) -> None:
    auth = base64.b64encode(":".join(login).encode()).decode()
    config.write_text(json.dumps({"auths": {host: {"auth": auth}}}))


def install_helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put `docker-credential-test` on PATH; it is asked as Docker asks its helpers."""
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_docker_s_own_login_is_used(
    docker_registry_with_login: DockerRegistry, docker_config: Path
) -> None:
    docker_registry_with_login.push("private/image", ["1", "2"])
    log_in(docker_config, docker_registry_with_login.host)
    reading = live(f"{docker_registry_with_login.host}/private/image")
    assert len(reading.statements) == 2
    assert PASSWORD not in repr(reading)


def test_without_a_login_the_error_says_how_to_get_one(
    docker_registry_with_login: DockerRegistry,
) -> None:
    host = docker_registry_with_login.host
    with pytest.raises(SourceError, match=f"{host} wants a login: docker login {host}"):
        live(f"{host}/private/image")


def test_a_wrong_password_is_refused_and_not_shown(
    docker_registry_with_login: DockerRegistry, docker_config: Path
) -> None:
    log_in(docker_config, docker_registry_with_login.host, (USER, "wrong-word"))
    with pytest.raises(SourceError, match="HTTP 401 UNAUTHORIZED") as caught:
        live(f"{docker_registry_with_login.host}/private/image")
    assert "wrong-word" not in str(caught.value)


def test_the_login_of_another_host_is_not_used(
    docker_registry_with_login: DockerRegistry, docker_config: Path
) -> None:
    log_in(docker_config, "registry.example")
    with pytest.raises(SourceError, match="wants a login"):
        live(f"{docker_registry_with_login.host}/private/image")


def test_a_credential_helper_is_asked_for_the_host(
    docker_registry_with_login: DockerRegistry,
    docker_config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = docker_registry_with_login.host
    answer = json.dumps({"ServerURL": host, "Username": USER, "Secret": PASSWORD})
    install_helper(
        tmp_path, monkeypatch, f'test "$1" = get && test "$(cat)" = {host} && echo \'{answer}\''
    )
    docker_config.write_text(json.dumps({"credHelpers": {host: "test"}}))
    docker_registry_with_login.push("helped/image", ["1"])
    assert len(live(f"{host}/helped/image").statements) == 1


def test_anybody_s_token_opens_what_is_public(
    docker_registry_with_tokens: DockerRegistry, docker_registry_tokens: TokenServer
) -> None:
    docker_registry_with_tokens.push("open/image", ["1", "2"])
    docker_registry_tokens.front.calls.clear()
    reading = live(f"{docker_registry_with_tokens.host}/open/image")
    assert len(reading.statements) == 2
    (call,) = docker_registry_tokens.front.calls
    assert call.path == "/token?service=test-registry&scope=repository%3Aopen%2Fimage%3Apull"
    assert "authorization" not in call.headers


def test_a_token_for_what_is_closed_takes_the_login(
    docker_registry_with_tokens: DockerRegistry,
    docker_registry_tokens: TokenServer,
    docker_config: Path,
) -> None:
    host = docker_registry_with_tokens.host
    docker_registry_with_tokens.push("closed/image", ["1"])
    with pytest.raises(SourceError, match=f"gives no token for {host}: docker login {host}"):
        live(f"{host}/closed/image")
    log_in(docker_config, host)
    docker_registry_tokens.front.calls.clear()
    assert len(live(f"{host}/closed/image").statements) == 1
    assert docker_registry_tokens.front.calls[0].headers["authorization"] == basic(LOGIN)


def test_a_token_that_ran_out_between_two_pages_is_renewed() -> None:
    given_out: list[str] = []

    def answer(call: Call, forward: Forward) -> Reply:
        if call.path.startswith("/token"):
            given_out.append(f"token-{len(given_out)}")
            return Reply(200, json.dumps({"access_token": given_out[-1]}).encode())
        page = 2 if "last" in call.path else 1
        if call.headers.get("authorization") != f"Bearer token-{page - 1}":
            challenge = f'Bearer realm="{front.url}/token",service="s"'
            return Reply(401, b"{}", {"WWW-Authenticate": challenge})
        link = {"Link": '<?last=a>; rel="next"'} if page == 1 else {}
        return Reply(200, json.dumps({"tags": [f"page-{page}"]}).encode(), link)

    with Front(answer=answer) as front:
        reading = live(f"{front.host}/a")
    assert [statement.tags for statement in reading.statements] == [("page-1",), ("page-2",)]
    assert len(given_out) == 2


def challenging(challenge: str) -> Front:
    return Front(answer=lambda call, forward: Reply(401, b"{}", {"WWW-Authenticate": challenge}))


@pytest.mark.parametrize(
    ("challenge", "words"),
    [
        ('Bearer realm="http://elsewhere.example/token"', "not HTTPS"),
        ('Bearer realm="http://user:word@localhost/token"', "user name"),
        ('Bearer realm="file:///etc/passwd"', "not an address"),
        ('Bearer service="s"', "not an address"),
        ("Negotiate", "no login that is known here"),
        ("", "no login that is known here"),
    ],
)
def test_a_challenge_that_cannot_be_answered_safely_is_refused(
    challenge: str, words: str, docker_config: Path
) -> None:
    with challenging(challenge) as front:
        log_in(docker_config, front.host)
        with pytest.raises(SourceError, match=words):
            live(f"{front.host}/a")


def test_a_login_is_not_sent_to_another_host_in_the_clear(docker_config: Path) -> None:
    with challenging('Bearer realm="http://token.example/"') as front:
        log_in(docker_config, front.host)
        with pytest.raises(SourceError, match=r"to http://token\.example/ for a token: not HTTPS"):
            live(f"{front.host}/a", insecure=True)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"token": 1}', b'{"token": "a\\nb"}', b"{}"])
def test_an_answer_without_a_token_is_one_line(body: bytes) -> None:
    def answer(call: Call, forward: Forward) -> Reply:
        if call.path.startswith("/token"):
            return Reply(200, body)
        return Reply(401, b"", {"WWW-Authenticate": f'Bearer realm="{front.url}/token"'})

    with Front(answer=answer) as front, pytest.raises(SourceError, match="no token in its"):
        live(f"{front.host}/a")


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        # The first two are after RFC 9110, section 11.6.1, and the token specification.
        (
            'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
            (
                Challenge("basic", {"realm": "simple"}),
                Challenge("newauth", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}),
            ),
        ),
        (
            'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="r:a:b"',
            (
                Challenge(
                    "bearer",
                    {
                        "realm": "https://auth.docker.io/token",
                        "service": "registry.docker.io",
                        "scope": "r:a:b",
                    },
                ),
            ),
        ),
        ("Negotiate, Basic", (Challenge("negotiate"), Challenge("basic"))),
        ('BASIC REALM = "x"', (Challenge("basic", {"realm": "x"}),)),
        ("Negotiate a87421000492aa874209af8bc028==", (Challenge("negotiate"),)),
        ('Basic realm="unfinished', (Challenge("basic"),)),
        ("", ()),
    ],
)
def test_challenges_are_parsed(header: str, challenges: tuple[Challenge, ...]) -> None:
    assert parse_challenges(header) == challenges


words = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@given(st.lists(st.builds(Challenge, words, st.dictionaries(words, values, max_size=3))))
def test_challenges_survive_being_written_and_parsed(challenges: list[Challenge]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    written = ", ".join(
        f"{one.scheme} " + ", ".join(f"{k}={quoted(v)}" for k, v in one.parameters.items())
        for one in challenges
    )
    assert list(parse_challenges(written)) == challenges


@given(st.text(max_size=200))
def test_any_challenge_can_be_parsed(header: str) -> None:
    assert isinstance(parse_challenges(header), tuple)


def test_a_hostile_challenge_takes_no_time() -> None:
    for unit in (" ", ",", "a", 'a="', "a=", "\\", 'a "'):
        parse_challenges(unit * 50_000)


def test_a_login_is_not_shown() -> None:
    assert PASSWORD not in repr(Login(*LOGIN))


def test_the_login_of_docker_hub_has_a_name_of_its_own(docker_config: Path) -> None:
    log_in(docker_config, "https://index.docker.io/v1/")
    assert find_login("registry-1.docker.io") == Login(*LOGIN)


@pytest.mark.parametrize(
    ("config", "script"),
    [
        ({}, "exit 1"),
        ({"auths": {"quay.io": {}}}, "exit 1"),
        ({"credsStore": "test"}, "echo credentials not found in native keychain; exit 1"),
        ({"credsStore": "test"}, 'echo \'{"Username": "<token>", "Secret": "x"}\''),
        ({"credsStore": "test"}, "echo []"),
        ({"credsStore": "missing"}, "exit 1"),
        ({"credsStore": "../../bin/sh"}, "exit 1"),
        ({"credHelpers": {"other.example": "test"}}, 'echo \'{"Username": "u", "Secret": "x"}\''),
    ],
)
def test_no_login_is_no_failure(
    config: object,
    script: str,
    docker_config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install_helper(tmp_path, monkeypatch, script)
    docker_config.write_text(json.dumps(config))
    assert find_login("quay.io") is None


@pytest.mark.parametrize(
    "content",
    ["", "[1]", '{"auths":', "[" * 100_000, '{"auths": {"quay.io": {"auth": "%%%"}}}'],
)
def test_a_damaged_configuration_is_one_line(content: str, docker_config: Path) -> None:
    docker_config.write_text(content)
    with pytest.raises(SourceError) as caught:
        find_login("quay.io")
    assert str(docker_config) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_helper_that_talks_nonsense_is_named(
    docker_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_helper(tmp_path, monkeypatch, "echo nonsense")
    docker_config.write_text('{"credsStore": "test"}')
    with pytest.raises(SourceError, match="docker-credential-test: no usable answer"):
        find_login("quay.io")
