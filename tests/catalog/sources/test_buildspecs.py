"""Buildspecs of older images: every real one, what is joined to it, and hostile ones."""

from __future__ import annotations

import lzma
import re
import tarfile
from collections import Counter
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from catalog.errors import SourceError
from catalog.facts import REGIONAL, Component, Evidence, Kind, Repository, Statement
from catalog.sources import buildspecs
from catalog.sources.dockerfile_text import read_dockerfile, read_facts
from catalog.sources.dockerfiles import Dockerfile

DATA = Path(__file__).parents[3] / "data"


def _files() -> dict[str, bytes]:
    with tarfile.open(DATA / "dlc_legacy_buildspecs_and_core_packages.tar.xz") as archive:
        return {
            entry.name.removeprefix("./"): archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive
            if entry.isfile()
        }


FILES = _files()


@pytest.fixture(scope="module")
def images() -> dict[str, Statement]:
    rows = lzma.decompress((DATA / "dlc_dockerfile_facts.json.xz").read_bytes())
    found = buildspecs.statements(FILES, read_facts(rows, "facts").get)
    assert all(len(one.tags) == 1 and one.evidence is Evidence.RECIPE for one in found)
    return {f"{one.repository.name}:{one.tags[0]}": one for one in found}


class _Independent(yaml.SafeLoader):
    """PyYAML's own types and merges; `!join` as AWS's build does it, of their texts."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if not isinstance(event, yaml.AliasEvent) and getattr(event, "anchor", None):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


_Independent.add_constructor(
    "!join",
    lambda loader, node: "".join(map(str, loader.construct_sequence(node, deep=True))),  # type: ignore[attr-defined]
)


def test_composes_the_names_that_another_reading_of_the_files_does(
    images: dict[str, Statement],
) -> None:
    theirs = Counter()
    for name, content in FILES.items():
        if not re.search(r"/buildspec[^/]*\.yml$", name):
            continue
        document = yaml.load(content, _Independent)
        for image in document.get("images", {}).values():
            repository = image["repository_name"].removeprefix("pr-")
            assert image.get("release_repository_name", repository) == repository
            theirs[f"{repository}:{image['tag']}"] += 1
    assert sum(theirs.values()) == 371
    left_out = set(theirs) - set(images)
    assert set(images) <= set(theirs)
    assert len(images) == 335
    assert all(
        name.endswith(("-example", "-lite")) or name.startswith("stabilityai-pytorch-training:")
        for name in left_out
    )


def test_many_of_the_names_are_known_from_the_page_of_images(images: dict[str, Statement]) -> None:
    seen = set((DATA / "dlc_tags_seen.txt").read_text().split())
    assert len(seen & set(images)) == 152


def facts(statement: Statement) -> str:
    return " ".join(f"{fact.kind}={fact.value}" for fact in sorted(statement.facts, key=repr))


# Read by eye in the buildspec and the Dockerfile facts.
STATED = {
    "tensorflow-training:2.16.2-gpu-py310-cu123-ubuntu20.04-ec2": (
        "arch=x86_64 cuda=12.3.0 device=gpu framework=tensorflow framework_version=2.16.2"
        " job=training os=ubuntu20.04 platform=ec2 python=3.10.14"
    ),
    "pytorch-inference-graviton:2.4.0-gpu-py311-cu124-ubuntu22.04-ec2": (
        "arch=arm64 cuda=12.4.0 device=gpu framework=pytorch framework_version=2.4.0"
        " job=inference os=ubuntu22.04 platform=ec2 python=3.11.9"
    ),
    "huggingface-pytorch-training:2.0.0-transformers4.28.1-gpu-py310-cu118-ubuntu20.04": (
        "arch=x86_64 cuda=11.8 device=gpu framework=huggingface-pytorch framework_version=2.0.0"
        " job=training os=ubuntu20.04 python=3.10 transformers=4.28.1"
    ),
    "pytorch-training-neuronx:1.13.1-neuronx-py310-sdk2.15.0-ubuntu20.04": (
        "arch=x86_64 device=neuronx framework=pytorch framework_version=1.13.1 job=training"
        " neuron_sdk=2.15.0 os=ubuntu20.04 python=3.10.12"
    ),
    "base:12.8.0-gpu-py312-cu128-ubuntu22.04-ec2": (
        "arch=x86_64 cuda=12.8.0 device=gpu framework=base os=ubuntu22.04 platform=ec2"
        " python=3.12.10"
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_states_what_the_files_say_and_no_more(images: dict[str, Statement], name: str) -> None:
    assert facts(images[name]) == STATED[name]


def test_an_image_made_from_another_one_keeps_that_ones_python(
    images: dict[str, Statement],
) -> None:
    # Its Dockerfile has ARG PYTHON_VERSION=3.8.10, and is FROM mxnet-inference:1.9.0-cpu-py38.
    assert "python=3.8 " in facts(images["autogluon-inference:0.3.2-cpu-py38-ubuntu20.04"]) + " "


def test_exact_versions_are_always_within_those_of_the_tag(images: dict[str, Statement]) -> None:
    exact = Counter()
    for name, one in images.items():
        stated = {fact.kind: fact.value for fact in one.facts}
        python = re.search(r"-py(\d)(\d+)", name)
        assert python
        assert stated[Kind.PYTHON].split(".")[:2] == list(python.groups())
        exact["python"] += stated[Kind.PYTHON].count(".") == 2
        if cuda := re.search(r"-cu(\d+)(\d)-", name):
            assert stated[Kind.CUDA].split(".")[:2] == list(cuda.groups())
            exact["cuda"] += stated[Kind.CUDA].count(".") == 2
    assert exact == {"python": 248, "cuda": 99}


def test_core_packages_are_joined_by_dockerfile_and_target(images: dict[str, Statement]) -> None:
    def pins(name: str) -> dict[str, str]:
        (environment,) = images[name].environments
        assert not environment.complete
        return {one.name: one.version for one in environment.distributions}

    sagemaker = pins("tensorflow-training:2.14.1-cpu-py310-ubuntu20.04-sagemaker")
    assert sagemaker["tensorflow-cpu"] == "2.14.1"
    assert sagemaker["tf-models-official"] == "2.14.2"  # its test is skipped; it still is a pin
    assert "sagemaker-tensorflow" not in sagemaker  # ==2.14.* is no version
    assert "awscli" not in sagemaker  # >=1.33.13,<2
    assert pins("pytorch-inference:2.3.0-gpu-py311-cu121-ubuntu20.04-sagemaker")["torchaudio"] == (
        "2.3.0+cu121"
    )


def test_every_core_packages_file_of_an_image_is_joined() -> None:
    asked = set()

    class Recording(dict[str, bytes]):
        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            if key in self:
                asked.add(key)
            return super().get(key, default)  # type: ignore[arg-type]

    buildspecs.statements(Recording(FILES), lambda _: None)
    held = {name for name in FILES if name.endswith(".core_packages.json")}
    assert len(held) == 128
    # The one left is of an image of examples, which are published elsewhere.
    assert {name.rpartition("/")[2] for name in held - asked} == {
        "Dockerfile.gpu.example.core_packages.json"
    }


def test_components_are_those_of_the_dockerfile(images: dict[str, Statement]) -> None:
    training = images["pytorch-training:2.3.0-gpu-py311-cu121-ubuntu20.04-sagemaker"]
    assert set(training.components) == {
        Component("cuda", "12.1.0"),
        Component("cudnn", "8.9.2.26"),
        Component("efa", "1.32.0"),
        Component("gdrcopy", "2.4.1"),
        Component("nccl", "2.21.5"),
    }
    habana = images["tensorflow-training-habana:2.9.1-hpu-py38-synapseai1.5.0-ubuntu20.04"]
    assert Component("synapseai", "1.5.0") in habana.components
    cpu = images["pytorch-training:2.3.0-cpu-py311-ubuntu20.04-sagemaker"]
    assert not {c.name for c in cpu.components} & {"cuda", "cudnn", "nccl", "gdrcopy"}


def test_a_real_dockerfile_tells_the_targets_apart() -> None:
    text = b"""FROM ubuntu:22.04 AS common
ARG PYTHON_VERSION=3.11.9
RUN pip install torch==2.5.1
FROM common AS ec2
LABEL for=ec2
FROM common AS sagemaker
ENV SAGEMAKER_TRAINING_MODULE=container:main
ENTRYPOINT ["bash", "-m", "start.sh"]
"""
    files = {k: v for k, v in FILES.items() if k.startswith("pytorch/training/buildspec-2-5-")}

    def find(path: str) -> Dockerfile | None:
        is_it = path == "pytorch/training/docker/2.5/py3/Dockerfile.cpu"
        return read_dockerfile(text, path) if is_it else None

    found = {
        one.tags[0]: one
        for one in buildspecs.statements(files, find)
        if one.repository == Repository(REGIONAL, "pytorch-training")
    }
    ec2 = found["2.5.1-cpu-py311-ubuntu22.04-ec2"]
    sagemaker = found["2.5.1-cpu-py311-ubuntu22.04-sagemaker"]
    assert (ec2.labels, ec2.variables, ec2.entrypoint) == ({"for": "ec2"}, {}, None)
    assert sagemaker.variables == {"SAGEMAKER_TRAINING_MODULE": "container:main"}
    assert sagemaker.entrypoint == ("bash", "-m", "start.sh")
    assert "python=3.11.9" in facts(sagemaker)
    assert [d.name for d in sagemaker.environments[0].distributions] == ["torch"]


def test_a_dockerfile_of_a_later_release_says_nothing_of_an_earlier_image(
    images: dict[str, Statement],
) -> None:
    # autogluon/training/docker/0.6 is of both buildspec-0-6-1.yml and -0-6-2.yml, and has
    # ARG AUTOGLUON_VERSION=0.6.2.
    later = images["autogluon-training:0.6.2-cpu-py38-ubuntu20.04"]
    assert [(d.name, d.version) for d in later.environments[0].distributions] == [
        ("autogluon", "0.6.2")
    ]
    assert later.labels
    for job in ("training", "inference"):
        for device in ("cpu-py38", "gpu-py38-cu113"):
            earlier = images[f"autogluon-{job}:0.6.1-{device}-ubuntu20.04"]
            assert (earlier.environments, earlier.components) == ((), ())
            assert (earlier.labels, earlier.variables) == ({}, {})
            assert (earlier.entrypoint, earlier.command) == (None, None)
            assert "framework_version=0.6.1" in facts(earlier)


def test_no_image_has_pins_of_a_later_release_of_its_framework(
    images: dict[str, Statement],
) -> None:
    names = {
        "autogluon": {"autogluon"},
        "huggingface-pytorch": {"torch"},
        "mxnet": {"mxnet"},
        "pytorch": {"torch"},
        "tensorflow": {"tensorflow", "tensorflow-cpu", "tensorflow-gpu"},
    }
    others = {}
    compared = 0
    for name, one in images.items():
        stated = {fact.kind: fact.value for fact in one.facts}
        own = names.get(stated[Kind.FRAMEWORK], set())
        for pin in (pin for held in one.environments for pin in held.distributions):
            if pin.name in own:
                compared += 1
                version = stated[Kind.FRAMEWORK_VERSION]
                if Version(pin.version).release != Version(version).release:
                    others[name] = (version, pin.version)
    assert compared == 110
    # AutoGluon was never released as 0.3.2; the Dockerfiles in folders of that name have 0.3.1.
    assert set(others.values()) == {("0.3.2", "0.3.1")}
    assert len(others) == 3


PINNED = {
    "FROM ubuntu:22.04\nARG PYTORCH_VERSION=2.5.2\nRUN pip install numpy==1.26.4": [],
    "FROM ubuntu:22.04\nRUN pip install torch==2.6.0 numpy==1.26.4": [],
    "FROM ubuntu:22.04\nARG PYTORCH_VERSION=2.5\nRUN pip install numpy==1.26.4": ["numpy"],
    "FROM ubuntu:22.04\nRUN pip install torch==2.5.1.post1+cpu": ["torch"],
    "FROM ubuntu:22.04\nARG PYTORCH_VERSION=latest\nRUN pip install numpy==1.26.4": ["numpy"],
}


@pytest.mark.parametrize("text", PINNED)
def test_a_release_is_compared_as_far_as_both_are_precise(text: str) -> None:
    files = {k: v for k, v in FILES.items() if k == "pytorch/training/buildspec-2-5-ec2.yml"}
    dockerfile = read_dockerfile(text.replace("22.04", "22.04 AS ec2").encode(), "Dockerfile")
    found = buildspecs.statements(files, lambda path: dockerfile)
    assert len(found) == 2
    for one in found:
        assert [d.name for held in one.environments for d in held.distributions] == PINNED[text]


def test_core_packages_of_a_later_release_say_nothing_of_an_earlier_image() -> None:
    name = "pytorch/training/docker/2.5/py3/Dockerfile.ec2.cpu.core_packages.json"
    files = {name: FILES[name]}
    buildspec = "pytorch/training/buildspec-2-5-ec2.yml"
    for version, count in (("2.5.1", 1), ("2.5.0", 0)):
        files[buildspec] = FILES[buildspec].replace(b"2.5.1", version.encode())
        found = {one.tags[0]: one for one in buildspecs.statements(files, lambda _: None)}
        assert len(found[f"{version}-cpu-py311-ubuntu22.04-ec2"].environments) == count


IMAGE = "{root: r, docker_file: d, repository_name: pr-n, tag: 1.0-cpu}"
BAD = {
    "nothing": "",
    "a list": "[1]",
    "cut off": "framework: &F pytorch\nimages:\n  a: {tag: !join [*F, ",
    "images that are a list": "framework: f\nimages: [1]",
    "an image that is a text": "framework: f\nimages: {a: b}",
    "no framework": f"images: {{a: {IMAGE}}}",
    "no tag": "framework: f\nimages: {a: {root: r, docker_file: d, repository_name: n}}",
    "no repository": "framework: f\nimages: {a: {root: r, docker_file: d, tag: t}}",
    "a tag that is none": f"framework: f\nimages: {{a: {IMAGE.replace('1.0-cpu', 'a b')}}}",
    "an alias of nothing": "framework: *F",
    "joins that double": "a0: &a0 lol\n"
    + "".join(f"a{n}: &a{n} !join [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 64)),
    "5 MB of nesting": "a: " + "{b: " * 1_250_000,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_buildspec_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SourceError, match=r"\Afw/buildspec-1\.yml[^\n]+\Z"):
        buildspecs.statements({"fw/buildspec-1.yml": text.encode()}, lambda _: None)


def test_a_pointer_and_a_build_of_something_else_have_no_images() -> None:
    files = {
        "pytorch/training/buildspec.yml": b"buildspec_pointer: buildspec-2-5-sm.yml",
        "buildspec.yml": b"version: 0.2\nphases: {build: {commands: [make]}}",
    }
    assert buildspecs.statements(files, lambda _: None) == []
