"""Source `registry`: the tags that any registry of the Distribution API lists.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from catalog.errors import SourceError, UsageError
from catalog.facts import Evidence, Reading, Repository, Statement
from catalog.references import ImageReference, parse_reference
from catalog.sources.addresses import check_address, is_this_machine
from catalog.sources.artifacts import is_image_tag
from catalog.sources.files import MAX_FILE_BYTES
from catalog.sources.interface import LiveOptions
from catalog.sources.registry_auth import authorization
from catalog.sources.registry_http import Answer, open_client, read_json

if TYPE_CHECKING:
    import httpx

PAGE_SIZE = 1000
MAX_PAGES = 5_000
MAX_TAGS = 500_000
"""Bounds of one repository; the gallery's largest have some tens of thousands of tags."""

_CODE = re.compile(r"[A-Z_]{1,64}")
_EXAMPLE = "such as public.ecr.aws/sagemaker/sagemaker-distribution"


class _RefusedError(SourceError):
    """One repository that is not there, or may not be listed."""


class RegistrySource:
    """Repositories of any registry, by name, each a reading of its own: one image a tag."""

    name = "registry"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read a text file of full image names, `host/path:tag`, one a line.

        `crane ls --full-ref` and others print such. Empty lines and `#` comments are
        passed over. A digest after the tag is kept. Raises SourceError if that leaves no name.
        """
        listed: dict[Repository, dict[str, Statement]] = {}
        for number, line in enumerate(_read_lines(path), 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            try:
                reference = parse_reference(text)
            except UsageError as error:
                raise SourceError(f"{path}, line {number}: {error}") from error
            if not reference.host or not reference.tag:
                hint = "host/path:tag on every line"
                raise SourceError(f"{path}, line {number}: not a full image name", hint)
            repository = _repository(reference)
            statement = _statement(repository, reference.tag, "image list", reference.digest)
            listed.setdefault(repository, {})[str(reference)] = statement
        if not listed:
            raise SourceError(f"{path}: no image names in it", "host/path:tag on every line")
        return tuple(
            _reading(repository, str(path), as_of, tuple(statements.values()))
            for repository, statements in listed.items()
        )

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """List the tags of options.repositories, full names such as `quay.io/team/image`.

        options.url stands for the address of every registry named (a mirror). A repository
        that is refused or missing is reported through options.warn and left out;
        raises SourceError if that leaves none, or if a registry cannot be used.
        """
        references = [_full_name(name) for name in options.repositories]
        if not references:
            raise UsageError("registry: no repository is named", _EXAMPLE)
        readings: list[Reading] = []
        refusals: list[_RefusedError] = []
        with open_client() as client:
            for reference in references:
                read = _read_repository(client, reference, options)
                if isinstance(read, Reading):
                    readings.append(read)
                else:
                    options.warn(f"left out: {read.message}")
                    refusals.append(read)
        if not readings:
            raise refusals[0]
        return tuple(readings)


def _read_repository(
    client: httpx.Client, reference: ImageReference, options: LiveOptions
) -> Reading | _RefusedError:
    repository = _repository(reference)
    base = _base_url(client, repository.registry, options)
    tags: dict[str, None] = {}
    dropped = 0
    try:
        for page in _pages(client, base, repository.name, insecure=options.insecure):
            images = [tag for tag in page if is_image_tag(tag)]
            dropped += len(page) - len(images)
            tags.update(dict.fromkeys(images))
            options.progress(f"{len(tags)} tags of {reference}")
            if len(tags) + dropped > MAX_TAGS:
                raise SourceError(f"{reference}: more than {MAX_TAGS} tags")
    except _RefusedError as refusal:
        return refusal
    if dropped:
        options.progress(f"{reference}: {dropped} tags name no image and are left out")
    statements = tuple(_statement(repository, tag, "tags/list") for tag in sorted(tags))
    return _reading(repository, base, options.today, statements)


def _pages(
    client: httpx.Client, base: str, path: str, *, insecure: bool
) -> Iterator[tuple[str, ...]]:
    """Yield the tags of one repository as the registry pages them."""
    import httpx

    url = httpx.URL(f"{base}/v2/{path}/tags/list", params={"n": PAGE_SIZE})
    place = f"{url.netloc.decode()}/{path}"
    seen = set()
    headers: dict[str, str] = {}
    while url not in seen:
        seen.add(url)
        if len(seen) > MAX_PAGES:
            raise SourceError(f"{place}: more than {MAX_PAGES} pages of tags")
        answer = read_json(client, url, headers)
        if answer.status == 401:
            # At first, or because the token of the earlier pages has run out.
            challenge = ", ".join(answer.headers.get_list("www-authenticate"))
            scope = f"repository:{path}:pull"
            headers["Authorization"] = authorization(
                client, base, challenge, scope=scope, insecure=insecure
            )
            answer = read_json(client, url, headers)
        yield _tags(answer, place)
        if not answer.next_url:
            return
        url = _next(url, answer.next_url, place)
    raise SourceError(f"{place}: its pages of tags lead in a circle")


def _tags(answer: Answer, place: str) -> tuple[str, ...]:
    body = answer.body
    if answer.status in {401, 403, 404}:
        raise _RefusedError(f"{place}: HTTP {answer.status}{_error_code(body)}", _EXAMPLE)
    if answer.status != 200 or not isinstance(body, dict) or "tags" not in body:
        raise SourceError(f"{place}: no list of tags (HTTP {answer.status}{_error_code(body)})")
    tags = [] if body["tags"] is None else body["tags"]  # null: a repository without tags
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise SourceError(f"{place}: its list of tags is not a list of names")
    return tuple(tags)


def _error_code(body: object) -> str:
    """Give the specification's error code, ` NAME_UNKNOWN`, if the answer has one."""
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return f" {code}" if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _next(url: httpx.URL, link: str, place: str) -> httpx.URL:
    """Follow a Link, which may be relative, but never to another server."""
    import httpx

    try:
        target = url.join(link)
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceError(f"{place}: the link to its next page is damaged") from error
    if (target.scheme, target.netloc) != (url.scheme, url.netloc) or target.userinfo:
        raise SourceError(f"{place}: its next page is said to be on another server")
    return target


def _base_url(client: httpx.Client, host: str, options: LiveOptions) -> str:
    """Give the address of a registry: HTTPS, or HTTP where that is allowed and all there is."""
    import httpx

    if options.url:
        check_address(options.url, insecure=options.insecure)
        return options.url.rstrip("/")
    if host == "docker.io":
        host = "registry-1.docker.io"
    secure = f"https://{host}"
    check_address(secure, insecure=False)
    if not options.insecure and not is_this_machine(urlsplit(secure).hostname or ""):
        return secure
    try:
        client.head(f"{secure}/v2/")
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return f"http://{host}"
    except httpx.HTTPError:
        return secure  # the request that follows says what is wrong
    return secure


def _full_name(name: str) -> ImageReference:
    reference = parse_reference(name)
    if not reference.host or reference.tag or reference.digest:
        raise UsageError(f"{name!r} is not a repository with its host", _EXAMPLE)
    return reference


def _repository(reference: ImageReference) -> Repository:
    """Give the catalog's name; Docker Hub keeps its own images under `library/`."""
    host, path = reference.host, reference.path
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return Repository(host, path)


def _statement(repository: Repository, tag: str, key: str, digest: str = "") -> Statement:
    return Statement(repository, (tag,), Evidence.DOCUMENTED, key, digest=digest)


def _reading(
    repository: Repository, origin: str, as_of: date, statements: tuple[Statement, ...]
) -> Reading:
    source = f"registry:{repository.registry}/{repository.name}"
    return Reading(source, origin, "", as_of, "", statements)


def _read_lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(f"{path}: larger than {MAX_FILE_BYTES} bytes")
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text ({error.reason})") from error
