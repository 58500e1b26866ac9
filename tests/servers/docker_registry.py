"""Debian's docker-registry, open, with htpasswd, or with tokens; and a way to push to it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from servers.front import Call, Forward, Reply
from servers.processes import free_port, running

PROGRAM = "docker-registry"
LOGIN = ("reader", "not-a-secret")
# `htpasswd -nbB -C 4 reader not-a-secret`; the registry takes bcrypt alone.
HTPASSWD = "reader:$2y$04$qImSeeKRufzndOOCf4QJleh5tOEKGfCgsaDFY4b0mULs5sK5iLYhm\n"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def is_installed() -> bool:
    return shutil.which(PROGRAM) is not None


@dataclass(frozen=True)
class DockerRegistry:
    """A docker-registry process. host is what image names begin with, `localhost:<port>`."""

    host: str
    authorization: Callable[[str], str] = lambda _: ""
    """Gives the Authorization header to push to a path with."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def push(
        self,
        path: str,
        tags: Sequence[str],
        config: Mapping[str, object] | None = None,
        layers: Sequence[bytes] = (),
    ) -> str:
        """Put one image under `path`, by every tag, over the API; gives its digest.

        config: the image's configuration. layers: each a whole blob, a gzipped tar.
        """
        headers = {"Authorization": self.authorization(path)}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False) as client:
            manifest = {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": _upload(client, path, json.dumps(config or {}).encode(), CONFIG),
                "layers": [_upload(client, path, layer, LAYER) for layer in layers],
            }
            body = json.dumps(manifest).encode()
            for tag in tags:
                client.put(
                    f"/v2/{path}/manifests/{tag}",
                    content=body,
                    headers={"Content-Type": MANIFEST},
                ).raise_for_status()
        return _digest(body)


@contextmanager
def docker_registry(
    folder: Path,
    auth: Mapping[str, object] | None = None,
    authorization: Callable[[str], str] = lambda _: "",
) -> Iterator[DockerRegistry]:
    """Run a registry that keeps its blobs below `folder`; auth as in its configuration.

    https://distribution.github.io/distribution/about/configuration/
    """
    port = free_port()
    configuration = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        **({"auth": auth} if auth else {}),
    }
    path = folder / "config.yml"
    path.write_text(json.dumps(configuration))  # JSON is YAML
    registry = DockerRegistry(f"localhost:{port}", authorization)
    command = [PROGRAM, "serve", str(path)]
    with running(
        command, f"http://127.0.0.1:{port}/v2/", folder / "log", {"PATH": os.environ["PATH"]}
    ):
        yield registry


def basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()


def htpasswd_auth(folder: Path) -> dict[str, object]:
    path = folder / "htpasswd"
    path.write_text(HTPASSWD)
    return {"htpasswd": {"realm": "test", "path": str(path)}}


def paged(call: Call, forward: Forward) -> Reply:
    """Page the list of tags by `n` and `last`, with a relative Link as public.ecr.aws has.

    Debian's docker-registry 2.8 gives all tags at once; version 3 pages them so.
    """
    query = parse_qs(urlsplit(call.path).query)
    path = urlsplit(call.path).path
    reply = forward(replace(call, path=path))
    if not path.endswith("/tags/list") or reply.status != 200:
        return reply
    content = json.loads(reply.body)
    limit = min(int(query.get("n", ["50"])[0]), 50)
    tags = sorted(tag for tag in content["tags"] if tag > query.get("last", [""])[0])
    headers = dict(reply.headers)
    if len(tags) > limit:
        headers["Link"] = f'<{path}?last={tags[limit - 1]}&n={limit}>; rel="next"'
    return Reply(200, json.dumps({**content, "tags": tags[:limit]}).encode(), headers)


def _upload(client: httpx.Client, path: str, blob: bytes, media_type: str) -> dict[str, object]:
    digest = _digest(blob)
    begun = client.post(f"/v2/{path}/blobs/uploads/").raise_for_status()
    target = httpx.URL(begun.headers["location"]).copy_merge_params({"digest": digest})
    client.put(target, content=blob).raise_for_status()
    return {"mediaType": media_type, "digest": digest, "size": len(blob)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
