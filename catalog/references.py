"""Image names: `[host/]path[:tag][@digest]`, as the Distribution specification has them.

https://github.com/distribution/reference/blob/main/reference.go
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.errors import UsageError
from catalog.facts import REGIONAL, Repository

_PATH = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
)
ECR_HOST = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+"
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """One image name, taken apart. Each part is empty where the name leaves it out."""

    host: str
    path: str
    tag: str
    digest: str

    def __str__(self) -> str:
        text = f"{self.host}/{self.path}" if self.host else self.path
        text += f":{self.tag}" if self.tag else ""
        return f"{text}@{self.digest}" if self.digest else text


def parse_reference(text: str) -> ImageReference:
    """Take an image name apart. Raises UsageError if it is not one."""
    rest, _, digest = text.strip().partition("@")
    if digest and not _DIGEST.fullmatch(digest):
        raise UsageError(f"{text!r}: {digest!r} is not a digest", "sha256: and 64 hex digits")
    host, slash, path = rest.partition("/")
    is_host = slash and ("." in host or ":" in host or host == "localhost")
    if not is_host:
        host, path = "", rest
    elif not _HOST.fullmatch(host):
        raise UsageError(f"{text!r}: {host!r} is not a host name")
    path, _, tag = path.partition(":")
    if not _PATH.fullmatch(path) or len(path) > 255:
        raise UsageError(
            f"{text!r} is not an image name", "such as pytorch-training:2.0.1-gpu-py310"
        )
    if tag and not _TAG.fullmatch(tag):
        raise UsageError(f"{text!r}: {tag!r} is not a tag")
    return ImageReference(host, path, tag, digest)


def is_tag(text: str) -> bool:
    """Tell whether `text` can be a tag at all."""
    return _TAG.fullmatch(text) is not None


def uri(repository: Repository, tag: str, *, region: str = "", account: str = "") -> str:
    """Give the name to pull an image by; for a regional repository, in that region.

    Without region and account a regional repository gives its short name, `path:tag`.
    An empty tag gives a name without one, as some AWS images have.
    """
    path = repository.name
    if repository.registry != REGIONAL:
        path = f"{repository.registry}/{path}"
    elif region and account:
        from catalog.regions import ecr_host

        path = f"{ecr_host(account, region)}/{path}"
    return f"{path}:{tag}" if tag else path
