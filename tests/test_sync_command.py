"""`dlcat sync` from end to end: real registries in, answers out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers.docker_registry import DockerRegistry
from servers.ecr import MotoServer, cross_account
from servers.front import Front

AWS_ACCOUNT = "763104351884"
OWN_ACCOUNT = "123456789012"


def dlcat(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "--db", str(place), *arguments],
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )


def shown(place: Path, reference: str, *options: str) -> dict[str, object]:
    result = dlcat(place, "show", reference, "--json", *options)
    assert result.returncode == 0, result.stderr
    image = json.loads(result.stdout)["image"]
    assert isinstance(image, dict)
    return image


def test_an_image_of_your_own_account_is_found_and_pinned_by_its_digest(
    aws: MotoServer, catalog_copy: Path, tmp_path: Path
) -> None:
    aws.push("eu-west-1", "team/trainer", [["v1", "latest"]], account=OWN_ACCOUNT)
    [digest] = {
        found["imageDigest"]
        for found in aws.client("ecr", "eu-west-1").describe_images(repositoryName="team/trainer")[
            "imageDetails"
        ]
    }
    result = dlcat(catalog_copy, "sync", "ecr", "--region", "eu-west-1", "--url", aws.url)
    assert result.returncode == 0, result.stderr
    host = f"{OWN_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    image = shown(catalog_copy, f"{host}/team/trainer:v1")
    assert image["digest"] == digest
    assert set(image["names"]) == {f"{host}/team/trainer:v1", f"{host}/team/trainer:latest"}  # type: ignore[call-overload]
    assert image["packages_known"] == "unknown"
    (tmp_path / "requirements.txt").write_text("xgboost==1.7.6\n")
    dockerfile = dlcat(
        catalog_copy,
        "dockerfile",
        f"{host}/team/trainer:v1",
        "-r",
        str(tmp_path / "requirements.txt"),
    ).stdout
    assert f"FROM {host}/team/trainer@{digest}\n" in dockerfile


def test_a_registry_tells_which_documented_tags_are_one_image(
    aws: MotoServer, catalog_copy: Path
) -> None:
    short, long = "2.0.1-gpu-py310", "2.0.1-gpu-py310-cu118-ubuntu20.04-sagemaker"
    assert shown(catalog_copy, f"pytorch-training:{short}")["names"] == [
        f"pytorch-training:{short}"
    ]
    aws.push("us-west-2", "pytorch-training", [[short, long]], account=AWS_ACCOUNT)
    with Front(aws.url, cross_account) as front:
        result = dlcat(
            catalog_copy, "sync", "ecr",
            "--region", "us-west-2", "--account", AWS_ACCOUNT, "--url", front.url,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    image = shown(catalog_copy, f"pytorch-training:{short}")
    assert image["names"] == [f"pytorch-training:{long}", f"pytorch-training:{short}"]
    found = json.loads(
        dlcat(
            catalog_copy, "find", "framework=pytorch==2.0.1 cuda 11.8 py310 training", "--json"
        ).stdout
    )
    assert f"pytorch-training:{short}" in [
        name for one in found["matches"] for name in one["names"]
    ]


def test_a_tag_list_is_added_and_keeps_what_it_saw(
    docker_registry: DockerRegistry, catalog_copy: Path
) -> None:
    path = "team/command-line"
    before = json.loads(dlcat(catalog_copy, "stats", "--json").stdout)["names"]
    docker_registry.push(path, ["1.0", "1.1"])
    name = f"{docker_registry.host}/{path}"
    for _ in range(2):
        result = dlcat(catalog_copy, "sync", "registry", "--repository", name)
        assert result.returncode == 0, result.stderr
        assert "registry: 2 statements" in result.stderr
    docker_registry.push(path, ["1.2"])
    assert dlcat(catalog_copy, "sync", "registry", "--repository", name).returncode == 0
    assert shown(catalog_copy, f"{name}:1.2")["uri"] == f"{name}:1.2"
    assert json.loads(dlcat(catalog_copy, "stats", "--json").stdout)["names"] == before + 3


def test_a_refusal_leaves_the_catalog_as_it_was(
    docker_registry_with_login: DockerRegistry, catalog_copy: Path
) -> None:
    before = dlcat(catalog_copy, "stats", "--json").stdout
    name = f"{docker_registry_with_login.host}/team/secret"
    result = dlcat(catalog_copy, "sync", "registry", "--repository", name)
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert dlcat(catalog_copy, "stats", "--json").stdout == before


@pytest.mark.usefixtures("no_aws")
def test_without_credentials_ecr_says_what_to_do(catalog_copy: Path) -> None:
    result = dlcat(catalog_copy, "sync", "ecr", "--region", "eu-west-1")
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert "credentials" in result.stderr.lower()
