"""Dockerfiles: what is read of one target, from text and from rows of facts."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from catalog.errors import SourceError
from catalog.facts import Component
from catalog.sources.dockerfile_text import read_dockerfile, read_facts
from catalog.sources.dockerfiles import Target, components

DATA = Path(__file__).parents[3] / "data"

TEXT = rb"""
# syntax=docker/dockerfile:1
ARG CUDA=12.4.1
ARG UNUSED=$CUDA
FROM nvidia/cuda:${CUDA}-base-ubuntu22.04 AS base
ARG PYTHON_VERSION=3.10.14 \
    EFA_VERSION
ENV NCCL_VERSION=2.21.5-1+cuda12.4 CUDNN_VERSION="9.1.0.70" \
    # a comment inside an instruction

    PATH=/opt/conda/bin:$PATH
ENV LANG C.UTF-8
LABEL maintainer="Amazon AI" python="${PYTHON_VERSION}" other=$NOWHERE
RUN pip install "numpy==1.26.4" torch==${TORCH} pandas>=2 'scipy[all]==1.13.*' \
    && conda install -y mkl==2024.0 pytorch==2.4.0 \
    && [ "$a" == "b" ] && wget https://host/x==1.0
CMD ["/bin/bash"]

from base as EC2
RUN <<FILE cat
FROM nowhere
RUN pip install not==1.0
FILE
RUN pip install boto3==1.34.0
ENTRYPOINT run --now

FROM --platform=linux/amd64 base AS sagemaker
ARG TORCH=2.4.0
RUN pip install sagemaker==2.200.0; pip install boto3==1.33.0
RUN pip install boto3==1.34.0
ENV MODULE=container:main
CMD serve
"""


def target(name: str, **given: str) -> Target:
    found = read_dockerfile(TEXT, "docker/Dockerfile").target(name, given)
    assert found
    return found


def pinned(found: Target) -> dict[str, str]:
    return {one.name: one.version for one in found.distributions()}


def test_a_target_has_what_its_stages_say_and_not_the_others() -> None:
    assert pinned(target("sagemaker")) == {
        "numpy": "1.26.4", "torch": "2.4.0", "sagemaker": "2.200.0"
    }  # fmt: skip
    assert pinned(target("ec2")) == {"numpy": "1.26.4", "boto3": "1.34.0"}
    assert "MODULE" not in target("ec2").variables
    assert target("").variables == target("sagemaker").variables


def test_values_are_given_where_they_are_whole() -> None:
    found = target("sagemaker")
    assert found.labels == {"maintainer": "Amazon AI", "python": "3.10.14"}
    assert found.variables == {
        "NCCL_VERSION": "2.21.5-1+cuda12.4",
        "CUDNN_VERSION": "9.1.0.70",
        "LANG": "C.UTF-8",
        "MODULE": "container:main",
    }


def test_build_arguments_go_before_defaults() -> None:
    assert target("base", PYTHON_VERSION="3.10.9").labels["python"] == "3.10.9"
    assert target("sagemaker", CUDA="12.6.0").cuda == "12.6.0"
    assert target("sagemaker").cuda == "12.4.1"
    assert target("sagemaker").is_on_system_image


def test_components_are_found_under_their_names() -> None:
    assert set(components(target("base", EFA_VERSION="1.36.0").names)) == {
        Component("cudnn", "9.1.0.70"),
        Component("efa", "1.36.0"),
        Component("nccl", "2.21.5"),
    }
    assert components({"OMPI_VERSION": "4.1.1", "OPEN_MPI_VERSION": "4.1.5"}) == ()
    assert components({"NCCL_VERSION": "2.*", "BRANCH_OFI": "1.7.4-aws"}) == (
        Component("aws-ofi-nccl", "1.7.4"),
    )


def test_entrypoint_and_command_are_those_docker_would_run() -> None:
    assert target("base").command == ("/bin/bash",)
    assert target("base").entrypoint is None
    assert target("ec2").entrypoint == ("/bin/sh", "-c", "run --now")
    assert target("ec2").command == ()  # an ENTRYPOINT resets an inherited CMD
    assert target("sagemaker").command == ("/bin/sh", "-c", "serve")


def test_an_unknown_target_is_none() -> None:
    assert read_dockerfile(TEXT, "x").target("absent", {}) is None


def test_declared_are_arguments_with_and_without_a_default() -> None:
    assert read_dockerfile(TEXT, "x").declared == {
        "CUDA", "UNUSED", "PYTHON_VERSION", "EFA_VERSION", "TORCH"
    }  # fmt: skip


def test_arguments_that_grow_or_go_in_circles_come_to_an_end() -> None:
    lines = ["FROM scratch", "ARG A0=" + "x" * 60]
    lines += [f"ARG A{n}=${{A{n - 1}}}${{A{n - 1}}}" for n in range(1, 40)]
    lines += ["ARG B=${C}", "ARG C=${B}", "LABEL a=${A39} b=$B c=c"]
    found = read_dockerfile("\n".join(lines).encode(), "x").target("", {})
    assert found
    assert found.labels == {"c": "c"}


@pytest.mark.parametrize(
    "content",
    [b"", b"RUN true", b"<html>", b"FROM", b"FROM a b c", b"FROM a\nENV A='b", b"FROM a\n\xff"],
)
def test_what_is_no_dockerfile_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"\Adocker/Dockerfile: [^\n]+\Z"):
        read_dockerfile(content, "docker/Dockerfile")


def row(**more: object) -> bytes:
    fact = {"path": "p", "arg": {}, "env": {}, "label": {}, "pinned": [], "entrypoint": [],
            "cmd": [], "from_": ["ubuntu:20.04"]}  # fmt: skip
    return json.dumps([{**fact, **more}]).encode()


def test_a_row_with_branches_does_not_say_what_is_of_which_target() -> None:
    stages = ["ubuntu:20.04 AS common", "common AS ec2", "common AS sagemaker"]
    pins = ["a==1.0", "b==${B_VERSION}", "c==${C_VERSION}"]
    more = {"arg": {"C_VERSION": "3", "EFA_VERSION": "1.2.3"}, "env": {"NCCL_VERSION": "2.1.0"},
            "label": {"l": "1"}, "pinned": pins, "entrypoint": ['["e"]']}  # fmt: skip
    found = read_facts(row(from_=stages, **more), "x")["p"].target("ec2", {"B_VERSION": "2"})
    assert found
    assert pinned(found) == {"b": "2"}
    assert (found.labels, found.variables, found.entrypoint) == ({}, {}, None)
    assert set(components(found.names)) == {Component("efa", "1.2.3"), Component("nccl", "2.1.0")}
    in_line = read_facts(row(from_=stages[:2], **more), "x")["p"]
    last, first = in_line.target("ec2", {"B_VERSION": "2"}), in_line.target("common", {})
    assert last
    assert first
    assert pinned(last) == {"a": "1.0", "b": "2", "c": "3"}
    assert (last.labels, last.entrypoint) == ({"l": "1"}, ("e",))
    assert (pinned(first), first.labels) == ({}, {})


def test_the_rows_of_both_branches_are_read() -> None:
    content = lzma.decompress((DATA / "dlc_dockerfile_facts.json.xz").read_bytes())
    found = read_facts(content, "facts")
    assert len(found) == 492
    training = found["tensorflow/training/docker/2.16/py3/cu123/Dockerfile.gpu"].target("ec2", {})
    assert training
    assert (training.cuda, training.names["PYTHON_VERSION"]) == ("12.3.0", "3.10.14")


@pytest.mark.parametrize(
    "content",
    [b"{}", b"[1]", b"[{", row(from_=["a b c"]), row(arg=[]), row(env={"A": 1}), row(pinned=[1])],
)
def test_bad_rows_are_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"\Afacts\.json[^\n]+\Z"):
        read_facts(content, "facts.json")
