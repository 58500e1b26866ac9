"""Who asks a registry: its challenge, the user's Docker credentials, and tokens.

https://distribution.github.io/distribution/spec/auth/token/ and RFC 9110, section 11
https://github.com/docker/docker-credential-helpers (how a helper is asked)
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from catalog.errors import SourceError
from catalog.sources.addresses import check_address, is_this_machine
from catalog.sources.registry_http import read_json

if TYPE_CHECKING:
    import httpx

MAX_CONFIG_BYTES = 4 * 1024 * 1024
HELPER_SECONDS = 30

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110's token
_SCHEME = re.compile(rf"[\s,]*({_WORD})(?=\s|,|$)")
_PARAMETER = re.compile(rf'[\s,]*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))')
_HELPER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DOCKER_HUB_KEY = "https://index.docker.io/v1/"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way that a server offers to be asked; scheme and parameter names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Login:
    """A user's name and password; neither is shown when it is printed."""

    user: str = field(repr=False)
    password: str = field(repr=False)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Take a WWW-Authenticate header apart; what cannot be read ends the list."""
    challenges = []
    position = 0
    while scheme := _SCHEME.match(header, position):
        position = scheme.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(name.lower(), value)
        challenges.append(Challenge(scheme[1].lower(), parameters))
    return tuple(challenges)


def find_login(host: str) -> Login | None:
    """Give the login that Docker keeps for a registry's host, None if it keeps none.

    Reads `$DOCKER_CONFIG/config.json` (`~/.docker`) and asks the credential helper named
    there. Identity tokens are not used. Raises SourceError for a damaged file.
    """
    key = _DOCKER_HUB_KEY if host == "registry-1.docker.io" else host
    folder = os.environ.get("DOCKER_CONFIG")
    path = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    config = _read_config(path)
    helpers, logins = config.get("credHelpers"), config.get("auths")
    helper = helpers.get(key) if isinstance(helpers, dict) else None
    helper = helper or config.get("credsStore")
    if helper and (login := _ask_helper(str(helper), key)):
        return login
    logins = logins if isinstance(logins, dict) else {}
    entry = logins.get(key) or logins.get(f"https://{key}")  # older files have the latter
    if not isinstance(entry, dict) or not entry.get("auth"):
        return None
    try:
        user, colon, password = (
            base64.b64decode(str(entry["auth"]), validate=True).decode().partition(":")
        )
    except ValueError as error:
        raise SourceError(f"{path}: the login of {host} is damaged") from error
    return Login(user, password) if colon else None


def authorization(
    client: httpx.Client, registry: str, header: str, *, scope: str, insecure: bool
) -> str:
    """Answer a registry's challenge: give the Authorization header to ask again with.

    registry: its base address. header: its WWW-Authenticate. scope: what is asked for,
    `repository:<path>:pull`; the registry's own words are preferred to it.
    Raises SourceError if nothing acceptable is offered, or the token server refuses.
    """
    host = urlsplit(registry).netloc
    offered = {challenge.scheme: challenge for challenge in parse_challenges(header)}
    login = find_login(host)
    if "bearer" in offered:
        parameters = {"scope": scope, **offered["bearer"].parameters}
        return f"Bearer {_fetch_token(client, registry, parameters, login, insecure)}"
    if "basic" in offered and login:
        # The registry itself asks, over the connection that was already found acceptable.
        return _basic(login)
    if "basic" in offered:
        raise SourceError(f"{host} wants a login", f"docker login {host}")
    raise SourceError(f"{host} refuses, and offers no login that is known here")


def _basic(login: Login) -> str:
    return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()


def _fetch_token(
    client: httpx.Client,
    registry: str,
    parameters: Mapping[str, str],
    login: Login | None,
    insecure: bool,
) -> str:
    import httpx

    realm = parameters.get("realm", "")
    check_address(realm, insecure=insecure)
    asker, target = urlsplit(registry), urlsplit(realm)
    if target.scheme == "http":
        host = target.hostname or ""
        near = host == asker.hostname or is_this_machine(host)
        if asker.scheme == "https" or (login and not near):
            raise SourceError(f"{asker.netloc} sends to {realm} for a token: not HTTPS")
    query = {name: parameters[name] for name in ("service", "scope") if name in parameters}
    try:
        url = httpx.URL(realm).copy_merge_params(query)
    except httpx.InvalidURL as error:
        raise SourceError(f"{asker.netloc}: the address of its tokens is damaged") from error
    answer = read_json(client, url, {"Authorization": _basic(login)} if login else {})
    if answer.status in {401, 403}:
        hint = f"docker login {asker.netloc}"
        raise SourceError(f"{target.netloc} gives no token for {asker.netloc}", hint)
    body = answer.body if isinstance(answer.body, dict) else {}
    token = body.get("token") or body.get("access_token")
    is_token = isinstance(token, str) and token.isascii() and token.isprintable()
    if answer.status != 200 or not is_token:
        raise SourceError(f"{target.netloc}: no token in its answer (HTTP {answer.status})")
    return str(token)


def _read_config(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        config = json.loads(content) if len(content) <= MAX_CONFIG_BYTES else None
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: damaged, not JSON") from error
    if not isinstance(config, dict):
        raise SourceError(f"{path}: not a Docker configuration")
    return config


def _ask_helper(helper: str, key: str) -> Login | None:
    """Ask `docker-credential-<helper>`; one that is missing or knows nothing gives None.

    Docker Desktop leaves its helper's name behind when it goes: what is public must still
    be readable then.
    """
    if not _HELPER.fullmatch(helper) or not (
        program := shutil.which(f"docker-credential-{helper}")
    ):
        return None
    try:
        done = subprocess.run(  # noqa: S603  (a name of one plain word, found on PATH)
            [program, "get"],
            input=key.encode(),
            capture_output=True,
            timeout=HELPER_SECONDS,
            check=False,
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, ValueError, RecursionError) as error:
        raise SourceError(
            f"docker-credential-{helper}: no usable answer ({type(error).__name__})"
        ) from error
    if not isinstance(answer, dict):
        return None
    user, secret = answer.get("Username"), answer.get("Secret")
    if not isinstance(user, str) or not isinstance(secret, str) or user == "<token>":
        return None
    return Login(user, secret)
