"""Images as ECR's DescribeImages tells of them, from boto3 or from a file of the AWS CLI.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from catalog.errors import SourceError, UsageError
from catalog.facts import REGIONAL, Evidence, Repository, Statement
from catalog.references import ImageReference, parse_reference
from catalog.regions import ecr_host, is_region
from catalog.sources.artifacts import is_image_config, is_image_tag
from catalog.sources.aws_accounts import AWS_ACCOUNTS
from catalog.sources.files import MAX_FILE_BYTES

_ACCOUNT = re.compile(r"[0-9]{12}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def is_repository(name: str) -> bool:
    """Tell whether `name` can be a repository inside an ECR registry."""
    try:
        reference = parse_reference(name)
    except UsageError:
        return False
    return reference == ImageReference("", name, "", "")


def statement_of(detail: Mapping[str, Any], region: str, place: str) -> Statement | None:
    """Turn one of DescribeImages' details into a statement, None if no tag names an image."""
    account = text_of(detail, "registryId", place)
    name = text_of(detail, "repositoryName", place)
    digest = text_of(detail, "imageDigest", place)
    tags = detail.get("imageTags", [])
    size = detail.get("imageSizeInBytes")
    if not (
        _ACCOUNT.fullmatch(account)
        and is_repository(name)
        and _DIGEST.fullmatch(digest)
        and isinstance(tags, list)
        and all(isinstance(tag, str) for tag in tags)
        and (size is None or (isinstance(size, int) and 0 <= size < 1 << 63))
    ):
        raise SourceError(f"{place}: an image of {name!r} is not as ECR describes images")
    kept = tuple(sorted(filter(is_image_tag, tags)))
    if not kept or not is_image_config(str(detail.get("artifactMediaType", ""))):
        return None
    of_aws = account in AWS_ACCOUNTS
    return Statement(
        repository=Repository(REGIONAL if of_aws else ecr_host(account, region), name),
        tags=kept,
        evidence=Evidence.DOCUMENTED,
        key="describe_images",
        accounts={region: account} if of_aws else {},
        digest=digest,
        size_bytes=size,
        pushed_at=_utc(detail.get("imagePushedAt"), place),
    )


def _utc(moment: object, place: str) -> str:
    """Give a time as boto3 (aware datetime), AWS CLI 2 (ISO text) or 1 (seconds) has it."""
    try:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        elif isinstance(moment, int | float):
            moment = datetime.fromtimestamp(moment, timezone.utc)
        if isinstance(moment, datetime) and moment.tzinfo:
            return moment.astimezone(timezone.utc).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError) as error:
        raise SourceError(f"{place}: {moment!r} is not a time") from error
    if moment is None:
        return ""
    raise SourceError(f"{place}: {moment!r} is not a time with its zone")


def text_of(detail: Mapping[str, Any], key: str, place: str = "ECR") -> str:
    """Give a value that must be there and be text, or raise SourceError."""
    value = detail.get(key)
    if not isinstance(value, str):
        raise SourceError(f"{place}: an entry without {key}")
    return value


def region_of(file: Path) -> str:
    """Read the region from the name of a file, which has it last: `anything.us-west-2.json`."""
    region = file.name.removesuffix(".json").rpartition(".")[2]
    if not is_region(region):
        raise UsageError(
            f"{file}: the file's name does not tell the region",
            "name it <anything>.<region>.json, such as team.us-west-2.json",
        )
    return region


def read_details(file: Path) -> list[Mapping[str, Any]]:
    """Read the list of images out of the JSON that `aws ecr describe-images` prints."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(f"{file}: larger than {MAX_FILE_BYTES} bytes")
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{file}: not JSON ({error})") from error
    details = content.get("imageDetails") if isinstance(content, dict) else None
    if not isinstance(details, list) or not all(isinstance(entry, dict) for entry in details):
        raise SourceError(
            f"{file}: no list of imageDetails", "write it with aws ecr describe-images"
        )
    return details
