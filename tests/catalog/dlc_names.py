"""Every image name of the raw data in `data/`, read without the tag grammar under test."""

from __future__ import annotations

import json
import lzma
import posixpath
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from catalog.sources.sdk import SdkSource

DATA = Path(__file__).resolve().parents[2] / "data"

Name = tuple[str, str]
"""Repository and tag."""


def seen() -> list[Name]:
    """Names of six years of available_images.md."""
    lines = (DATA / "dlc_tags_seen.txt").read_text().split()
    return [(line.partition(":")[0], line.partition(":")[2]) for line in lines]


def docs() -> Iterator[tuple[str, dict[str, Any], str]]:
    """File, content and repository of each image of the documentation site."""
    for path in sorted((DATA / "dlc_docs").glob("*/*.yml")):
        folder = path.parent.name
        if folder != "template":
            content = yaml.safe_load(path.read_text())
            yield f"{folder}/{path.name}", content, content.get("ecr_repository", folder)


def locks() -> list[Name]:
    """Names of the SageMaker Distribution images that have a lock."""
    with tarfile.open(DATA / "sagemaker_distribution_locks.tar.xz") as archive:
        paths = [Path(name) for name in archive.getnames() if name.endswith(".env.out")]
    return [
        ("sagemaker/sagemaker-distribution", f"{path.parent.name[1:]}-{path.name.split('.')[0]}")
        for path in paths
    ]


def releases() -> list[Name]:
    """Names that the image configs of the main branch release."""
    names = []
    with tarfile.open(DATA / "dlc_recipes.tar.xz") as archive:
        for member in archive:
            if "/.github/config/image/" in f"/{member.name}" and member.isfile():
                stream = archive.extractfile(member)
                assert stream
                repository, _, tag = yaml.safe_load(stream)["metadata"]["prod_image"].partition(":")
                names.append((repository, tag))
    return names


class _BuildspecLoader(yaml.SafeLoader):
    """YAML with `!join`, and anchors that are set again and again."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(getattr(event, "anchor", None), None)
        return super().compose_node(parent, index)


_BuildspecLoader.add_constructor(
    "!join", lambda loader, node: "".join(map(str, loader.construct_sequence(node, deep=True)))
)


@dataclass(frozen=True)
class Build:
    """An image of a buildspec, and the facts of the Dockerfile it is built from."""

    repository: str
    tag: str
    dockerfile: dict[str, Any]
    settings: dict[str, Any]

    def versions(self, distribution: str) -> set[str]:
        """Public versions of a distribution that the Dockerfile installs, in so far as it says."""
        arguments = {**self.dockerfile["arg"], **self.settings}
        found = re.findall(rf"/{distribution}-([0-9][^-]*?)-cp", json.dumps(self.dockerfile))
        for pin in self.dockerfile["pinned"]:
            if match := re.match(rf"{distribution}(?:\[[^\]]*\])?==(.*)", pin):
                version = re.sub(
                    r"\$\{?(\w+)\}?", lambda name: str(arguments.get(name[1], name[0])), match[1]
                )
                found.append(version)
        if distribution == "torch":
            found += [
                arguments[key]
                for key in ("PYTORCH_VERSION", "PYTORCH_VERSION_SM", "PYTORCH_VERSION_EC2")
                if key in self.dockerfile["arg"]
            ]
        return {version.replace("%2B", "+").partition("+")[0] for version in found}


def builds() -> list[Build]:
    """Images of the buildspecs of the master branch."""
    facts = json.loads(lzma.decompress((DATA / "dlc_dockerfile_facts.json.xz").read_bytes()))
    dockerfiles = {entry["path"]: entry for entry in facts}
    found = []
    with tarfile.open(DATA / "dlc_legacy_buildspecs_and_core_packages.tar.xz") as archive:
        for member in archive:
            if not re.search(r"/buildspec[^/]*\.yml$", member.name):
                continue
            stream = archive.extractfile(member)
            assert stream
            spec = yaml.load(stream.read(), _BuildspecLoader)
            folder = posixpath.dirname(member.name)
            for image in (spec.get("images") or {}).values():
                repository = image.get("release_repository_name") or re.sub(
                    "^(?:pr|beta)-", "", image["repository_name"]
                )
                path = posixpath.normpath(f"{folder}/{image['docker_file']}")
                settings = {
                    key.upper(): str(value) for key, value in image.items() if "version" in key
                }
                found.append(
                    Build(repository, image["tag"], dockerfiles.get(path, _NO_FACTS), settings)
                )
    return found


_NO_FACTS: dict[str, Any] = {"arg": {}, "pinned": []}


def sdk() -> list[Name]:
    """Names of the SDK's tables; test_sdk_equality compares their composition with the SDK's."""
    (reading,) = SdkSource().from_path(DATA / "image_uri_config", date(2026, 11, 21))
    return [(entry.repository.name, tag) for entry in reading.statements for tag in entry.tags]
