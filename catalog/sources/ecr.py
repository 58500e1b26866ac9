"""Source `ecr`: what private ECR registries list, AWS's own or a user's, through boto3.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from catalog.errors import SourceError, UsageError
from catalog.facts import Reading, Statement
from catalog.regions import is_region
from catalog.sources.addresses import check_address
from catalog.sources.ecr_images import is_repository, read_details, region_of, statement_of, text_of
from catalog.sources.interface import LiveOptions

PAGE_SIZE = 1000
"""Images or repositories a request; the most that the API allows."""
MAX_ATTEMPTS = 6
"""Tries of one request; botocore waits up to 1, 2, 4, 8 and 16 seconds between them."""

_ACCOUNT = re.compile(r"[0-9]{12}")
# Codes that are an answer about one repository, not a failure of the whole reading.
_REFUSALS = frozenset({"AccessDeniedException", "AccessDenied", "RepositoryNotFoundException"})
_BAD_CREDENTIALS = frozenset(
    {
        "ExpiredTokenException",
        "ExpiredToken",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "UnrecognizedClientException",
    }
)
_SIGN_IN = "sign in (aws sso login, aws configure) or set AWS_PROFILE"


class _RefusedError(SourceError):
    """One registry or repository that these credentials may not list."""


class EcrSource:
    """Private ECR registries: every tagged image, with its digest, size and push time.

    Each repository is a reading of its own, so that what was said of one that is not listed
    this time stays. One that is listed and has no images is an empty reading.
    Repositories of AWS's own accounts are recorded under the name that all regions share,
    with the account of the region read; any other under its registry's host.
    """

    name = "ecr"

    def from_path(self, path: Path, as_of: date) -> tuple[Reading, ...]:
        """Read what `aws ecr describe-images --output json` wrote: one file, or a folder.

        That output does not name its region, so the file's name must: `us-west-2.json` or
        `anything.us-west-2.json`.
        """
        listed: dict[tuple[str, str, str], list[Statement]] = {}
        if not path.exists():
            raise SourceError(f"{path}: no such file or folder")
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            raise SourceError(f"{path}: no .json file in this folder")
        for file in files:
            region = region_of(file)
            for detail in read_details(file):
                statement = statement_of(detail, region, str(file))
                account = text_of(detail, "registryId", str(file))
                repository = text_of(detail, "repositoryName", str(file))
                statements = listed.setdefault((account, region, repository), [])
                if statement:
                    statements.append(statement)
        return tuple(
            _reading(where, str(path), as_of, statements) for where, statements in listed.items()
        )

    def live(self, options: LiveOptions) -> tuple[Reading, ...]:
        """List the registries of options.accounts (the caller's own) in options.regions.

        A repository that is refused or missing is reported through options.warn and has no
        reading. Raises SourceError if that leaves nothing, or if ECR cannot be used at all.
        """
        for account in options.accounts:
            if not _ACCOUNT.fullmatch(account):
                raise UsageError(f"{account!r} is not an AWS account", "12 digits")
        for repository in options.repositories:
            if not is_repository(repository):
                hint = "such as pytorch-training"
                raise UsageError(f"{repository!r} is not a repository of ECR", hint)
        readings: list[Reading] = []
        refusals: list[_RefusedError] = []
        for region in options.regions or (_default_region(),):
            client = _client(region, options)
            for account in options.accounts or ("",):
                registry = _Registry(client, region, account, options)
                readings += registry.read()
                refusals += registry.refusals
        if not readings and refusals:
            raise SourceError(refusals[0].message, refusals[0].hint) from refusals[0]
        if not readings:
            raise SourceError("ECR lists no repository there", "is it the right region?")
        return tuple(readings)


class _Registry:
    """One account's registry in one region, as far as the caller may list it.

    account: empty for the caller's own, until an answer names it. listed: the images of
    each repository. refusals: what was not listed.
    """

    def __init__(self, client: Any, region: str, account: str, options: LiveOptions) -> None:
        self.client = client
        self.region = region
        self.account = account
        self.options = options
        self.listed: dict[str, list[Statement]] = {}
        self.refusals: list[_RefusedError] = []
        self._whose = {"registryId": account} if account else {}

    def read(self) -> list[Reading]:
        """Give a reading for each of the repositories asked for, or of all."""
        for name in self.options.repositories or self._repositories():
            self._list(name)
        if not self.account:  # nothing was listed that says whose it is
            return []
        origin, today = self.client.meta.endpoint_url, self.options.today
        return [
            _reading((self.account, self.region, name), origin, today, statements)
            for name, statements in self.listed.items()
        ]

    def _refuse(self, refusal: _RefusedError) -> None:
        self.refusals.append(refusal)
        self.options.warn(f"left out: {refusal.message}")

    def _repositories(self) -> list[str]:
        names = []
        try:
            for page in self._pages("describe_repositories", "its repositories"):
                for repository in page.get("repositories", []):
                    names.append(text_of(repository, "repositoryName"))
                    self.account = self.account or text_of(repository, "registryId")
        except _RefusedError as refusal:
            self._refuse(refusal)
        return names

    def _list(self, name: str) -> None:
        try:
            self.listed[name] = self._images(name)
        except _RefusedError as refusal:
            self._refuse(refusal)

    def _images(self, name: str) -> list[Statement]:
        statements: list[Statement] = []
        for page in self._pages("describe_images", name, repositoryName=name):
            for detail in page.get("imageDetails", []):
                self.account = self.account or text_of(detail, "registryId")
                statement = statement_of(detail, self.region, f"ECR in {self.region}")
                statements += [statement] if statement else []
            self.options.progress(f"{len(statements)} images of {name} in {self.region}")
        return statements

    def _pages(self, operation: str, what: str, **request: str) -> Iterator[Mapping[str, Any]]:
        from botocore.exceptions import BotoCoreError, ClientError

        place = f"ECR {self.account or 'of this account'} in {self.region}"
        try:
            yield from self.client.get_paginator(operation).paginate(
                **self._whose, **request, PaginationConfig={"PageSize": PAGE_SIZE}
            )
        except ClientError as error:
            # The service's own message can quote signed headers, so only its code is told.
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if code in _REFUSALS:
                hint = "name repositories that may be read, with --repository"
                raise _RefusedError(f"{place}: {what}: {code}", hint) from error
            hint = _SIGN_IN if code in _BAD_CREDENTIALS or status in {401, 403} else ""
            raise SourceError(f"{place}: {what}: {code}", hint) from error
        except BotoCoreError as error:
            raise _not_usable(place, error) from error


def _default_region() -> str:
    import boto3.session
    from botocore.exceptions import BotoCoreError

    try:
        region = boto3.session.Session().region_name
    except BotoCoreError as error:
        raise _not_usable("ECR", error) from error
    if not region:
        raise SourceError("ECR: no region is set", "give --region, or set AWS_REGION")
    return str(region)


def _client(region: str, options: LiveOptions) -> Any:  # boto3 makes its classes at run time
    import boto3.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    if not is_region(region):
        raise UsageError(f"{region!r} is not an AWS region", "such as us-west-2")
    if options.url:
        check_address(options.url, insecure=options.insecure)
    config = Config(
        retries={"mode": "adaptive", "total_max_attempts": MAX_ATTEMPTS},
        connect_timeout=10,
        read_timeout=60,
    )
    try:
        return boto3.session.Session().client(
            "ecr", region_name=region, endpoint_url=options.url or None, config=config
        )
    except BotoCoreError as error:
        raise _not_usable(f"ECR in {region}", error) from error


def _not_usable(place: str, error: Exception) -> SourceError:
    """Say what botocore could not do, by the kind of error alone: texts may hold secrets."""
    from botocore import exceptions

    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return SourceError(f"{place}: no AWS credentials", _SIGN_IN)
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return SourceError(f"{place}: cannot be reached", "is the network up, the region right?")
    return SourceError(f"{place}: not usable ({type(error).__name__})", _SIGN_IN)


def _reading(
    where: tuple[str, str, str], origin: str, as_of: date, statements: list[Statement]
) -> Reading:
    """Make the reading of one repository; where is its account, region and name."""
    return Reading(f"ecr:{'/'.join(where)}", origin, "", as_of, "", tuple(statements))
