"""ECR as moto serves it, and fronts that add what moto leaves out: pages, other accounts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3.session
import httpx

from servers.front import Answer, Call, Forward, Reply
from servers.processes import free_port, running

OWN_ACCOUNT = "123456789012"
"""The account of moto's default credentials."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class MotoServer:
    """A moto server process: every AWS service of boto3, in every region, at one url."""

    url: str

    def reset(self) -> None:
        httpx.post(f"{self.url}/moto-api/reset", trust_env=False).raise_for_status()

    def require_valid_credentials(self, wanted: bool) -> None:
        """Let moto check signatures against its own IAM from now on, or no longer."""
        free_calls = "0" if wanted else "inf"
        httpx.post(
            f"{self.url}/moto-api/reset-auth", content=free_calls, trust_env=False
        ).raise_for_status()

    def client(self, service: str, region: str, account: str = OWN_ACCOUNT) -> Any:
        """Give a real boto3 client of this server, acting in `account`."""
        session = boto3.session.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=region,
        )
        client = session.client(service, endpoint_url=self.url)
        client.meta.events.register(
            "before-sign", lambda request, **_: _act_in(request.headers, account)
        )
        return client

    def push(
        self,
        region: str,
        repository: str,
        images: Sequence[Sequence[str]],
        account: str = OWN_ACCOUNT,
    ) -> None:
        """Make `repository` and put into it one image for each sequence of tags.

        The n-th image, from 1, has n bytes.
        """
        client = self.client("ecr", region, account)
        client.create_repository(repositoryName=repository)
        for number, tags in enumerate(images, 1):
            for tag in tags:
                client.put_image(
                    repositoryName=repository,
                    imageManifest=_manifest(f"{repository} {number}", number),
                    imageTag=tag,
                )


@contextmanager
def moto_server(folder: Path) -> Iterator[MotoServer]:
    port = free_port()
    server = MotoServer(f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, **CREDENTIALS}
    with running(command, f"{server.url}/moto-api/", folder / "moto.log", environment):
        yield server


def cross_account(call: Call, forward: Forward) -> Reply:
    """Look at the registry that `registryId` names, as ECR does and moto does not."""
    account = json.loads(call.body or b"{}").get("registryId", "")
    headers = httpx.Headers(call.headers)
    if account:
        _act_in(headers, account)
    return forward(replace(call, headers=headers))


def paged(call: Call, forward: Forward) -> Reply:
    """Cut the lists of moto, which has no pages, as ECR does at `maxResults`."""
    request = json.loads(call.body or b"{}")
    reply = cross_account(call, forward)
    content = json.loads(reply.body)
    for name in ("imageDetails", "repositories"):
        if name in content:
            start = int(request.get("nextToken", 0))
            end = start + request.get("maxResults", 100)
            if end < len(content[name]):
                content["nextToken"] = str(end)
            content[name] = content[name][start:end]
    return replace(reply, body=json.dumps(content).encode())


def failing(code: str, *, times: int = 1_000_000, repository: str = "") -> Answer:
    """Fail the first `times` calls (about `repository`) with an error as ECR words it."""
    left = times

    def answer(call: Call, forward: Forward) -> Reply:
        nonlocal left
        about = json.loads(call.body or b"{}").get("repositoryName", "")
        if left and about == (repository or about):
            left -= 1
            body = {"__type": code, "message": f"{code}, says the service\nin two lines"}
            return Reply(400, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return cross_account(call, forward)

    return answer


def _act_in(headers: Any, account: str) -> None:
    headers["x-moto-account-id"] = account


def _manifest(seed: str, size: int) -> str:
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": size}
    layers = [{"digest": f"layer of {seed}", "size": size}]
    return json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
    )
