"""One request to a registry: bounded in size, in tries and in waiting."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from catalog.errors import SourceError

if TYPE_CHECKING:
    import httpx

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_TRIES = 3
MAX_WAIT_SECONDS = 30.0
"""The longest wait before one more try; a server that asks for longer is given up."""

_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer. body is its JSON, None where it is not JSON at all."""

    status: int
    headers: httpx.Headers
    body: object
    next_url: str
    """The target of `Link: <...>; rel="next"` as it stands, empty if there is none."""


def open_client() -> httpx.Client:
    """Give a client that follows no redirect and reaches this machine without a proxy."""
    import httpx

    here = ("all://localhost", "all://127.0.0.1", "all://[::1]")
    return httpx.Client(
        timeout=httpx.Timeout(30, connect=10),
        follow_redirects=False,
        headers={"User-Agent": "dlcat", "Accept": "application/json"},
        mounts=dict.fromkeys(here),
    )


def read_json(client: httpx.Client, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
    """Get `url`, again where the server says that it is busy. Raises SourceError."""
    import httpx

    for attempt in range(1, MAX_TRIES + 1):
        last = attempt == MAX_TRIES
        try:
            answer = _get(client, url, headers)
        except httpx.ConnectError as error:
            raise SourceError(
                f"{url.netloc.decode()} cannot be reached", "is the name right, the network up?"
            ) from error
        except httpx.TransportError as error:
            if last:
                raise SourceError(f"{url.netloc.decode()}: {type(error).__name__}") from error
            wait = _backoff(attempt)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{url.netloc.decode()}: {type(error).__name__}") from error
        else:
            if answer.status not in _TRY_AGAIN:
                return answer
            wait = _retry_after(answer.headers) or _backoff(attempt)
            if last or wait > MAX_WAIT_SECONDS:
                raise SourceError(
                    f"{url.netloc.decode()} is busy or failing (HTTP {answer.status})",
                    "try again later; a login often raises the limit",
                )
        time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _get(client: httpx.Client, url: httpx.URL, headers: Mapping[str, str]) -> Answer:
    with client.stream("GET", url, headers=headers) as response:
        content = bytearray()
        for block in response.iter_bytes(1 << 16):
            content += block
            if len(content) > MAX_BODY_BYTES:
                raise SourceError(f"{url.netloc.decode()}: an answer over {MAX_BODY_BYTES} bytes")
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        following = response.links.get("next", {}).get("url", "")
        return Answer(response.status_code, response.headers, body, following)


def _backoff(attempt: int) -> float:
    """Give 0.5 to 1 times 1, 2, 4 ... seconds, so that clients do not come back together."""
    return float(2 ** (attempt - 1)) * _RANDOM.uniform(0.5, 1.0)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3), as seconds from now."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
