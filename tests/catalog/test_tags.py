"""catalog.tags against the real names, and against what else is known of their images."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import dlc_names
import pytest

from catalog.facts import Distribution, Fact, Kind
from catalog.tags import TagReading, Token, is_known_repository, parse

EXAMPLES = Path(__file__).with_name("tag_examples.csv")


def facts(reading: TagReading) -> dict[str, str]:
    """Facts by kind, several values of one kind with a space between."""
    values: dict[str, str] = {}
    for fact in reading.facts:
        values[fact.kind] = f"{values.get(fact.kind, '')} {fact.value}".strip()
    return values


def stated(repository: str, tag: str) -> dict[str, str]:
    return facts(parse(repository, tag))


def examples() -> list[dict[str, str]]:
    """Names that a person took apart: one fact or none in each column.

    An empty field is a fact that the name does not state, whatever else is known of the
    image. The architecture is empty for repositories that may hold several.
    """
    with EXAMPLES.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("row", examples(), ids=lambda row: f"{row['repository']}:{row['tag']}")
def test_a_name_says_what_a_person_reads_in_it(row: dict[str, str]) -> None:
    reading = parse(row["repository"], row["tag"])
    expected = {kind: value for kind, value in row.items() if value}
    del expected["repository"], expected["tag"]
    assert facts(reading) == expected
    assert reading.unknown == ()
    assert reading.family


@cache
def all_names() -> dict[str, list[dlc_names.Name]]:
    return {
        "seen": dlc_names.seen(),
        "docs": [(repo, tag) for _, image, repo in dlc_names.docs() for tag in image["tags"]],
        "sdk": dlc_names.sdk(),
        "locks": dlc_names.locks(),
        "releases": dlc_names.releases(),
        "builds": [(build.repository, build.tag) for build in dlc_names.builds()],
    }


def test_every_real_name_is_understood_in_full() -> None:
    names = all_names()
    counts = {source: len(set(found)) for source, found in names.items()}
    assert counts["seen"] == 423
    assert counts["docs"] == 538
    assert counts["sdk"] > 1_500
    assert counts["locks"] == 550
    assert counts["releases"] == 58
    assert counts["builds"] > 350
    readings = [parse(*name) for found in names.values() for name in found]
    strange = {
        (reading.repository, reading.tag, reading.unknown)
        for reading in readings
        if reading.unknown or not reading.family
    }
    assert strange == set()


def test_every_repository_of_the_real_names_is_known() -> None:
    repositories = {repository for found in all_names().values() for repository, _ in found}
    assert len(repositories) > 90
    assert {name for name in repositories if not is_known_repository(name)} == set()


DOCUMENTED = {
    "accelerator": Kind.DEVICE,
    "python": Kind.PYTHON,
    "cuda": Kind.CUDA,
    "os": Kind.OS,
    "platform": Kind.PLATFORM,
    "sdk": Kind.NEURON_SDK,
    "transformers": Kind.TRANSFORMERS,
    "version": Kind.FRAMEWORK_VERSION,
}
DISAGREEMENTS = {
    # Two tags that end in -sagemaker stand in a file that says ec2; the image is SageMaker's.
    ("vllm/0.20.1-gpu-sagemaker.yml", Kind.PLATFORM, "sagemaker", "ec2"): 2,
}


def test_names_agree_with_the_documentation_but_for_its_known_mistake() -> None:
    compared, different = 0, Counter[tuple[str, str, str, str]]()
    for path, image, repository in dlc_names.docs():
        for tag in image["tags"]:
            found = stated(repository, tag)
            for field, kind in DOCUMENTED.items():
                documented = _in_our_form(field, str(image.get(field, "default")))
                if kind in found and documented != "default":  # also the platform's word for none
                    compared += 1
                    if not _agree(found[kind], documented):
                        different[path, kind, found[kind], documented] += 1
    assert compared > 2_500
    assert different == DISAGREEMENTS


def _in_our_form(field: str, value: str) -> str:
    if value[:2] == "py":
        return f"{value[2]}.{value[3:]}"
    return f"{value[2:-1]}.{value[-1]}" if field == "cuda" and value[:2] == "cu" else value


def _agree(name: str, documented: str) -> bool:
    """Version numbers of which one is only longer agree; `version` is often N.N for N.N.N."""
    longer, shorter = sorted((name, documented), key=len, reverse=True)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}+"))


def test_stated_distributions_are_those_of_the_dockerfiles() -> None:
    compared, different = 0, set()
    for build in dlc_names.builds():
        for distribution in parse(build.repository, build.tag).distributions:
            installed = build.versions(distribution.name)
            compared += bool(installed)
            if installed - {distribution.version}:
                different.add((build.repository, distribution, *installed))
    assert compared > 150
    # AutoGluon 0.6.1 was built from a Dockerfile that has since been edited for 0.6.2.
    assert different == {
        (repository, Distribution("autogluon", "0.6.1"), "0.6.2")
        for repository in ("autogluon-inference", "autogluon-training")
    }


@pytest.mark.parametrize(
    ("repository", "tag", "expected"),
    [
        ("pytorch-training", "2.9.0-gpu-py312-cu130-ubuntu22.04-ec2", ["torch 2.9.0"]),
        ("pytorch-training", "2.9.0-gpu-py312", ["torch 2.9.0"]),
        ("pytorch-inference-graviton", "1.12.1-cpu-py38-ubuntu20.04-sagemaker", ["torch 1.12.1"]),
        ("pytorch", "2.13.0-cu133-amzn2023-sagemaker", ["torch 2.13.0"]),
        ("autogluon-training", "1.4.0-gpu-py311-cu124-ubuntu22.04", ["autogluon 1.4.0"]),
        ("vllm", "0.14.0-gpu-py312-cu129-ubuntu22.04-sagemaker-v1.0", ["vllm 0.14.0"]),
        ("sglang", "0.5.10-gpu-py312", ["sglang 0.5.10"]),
        ("whisperx", "3.8.6-cu128-amzn2023", ["whisperx 3.8.6"]),
        (
            "huggingface-pytorch-training",
            "1.6.0-transformers4.4.2-gpu-py36-cu110-ubuntu18.04",
            ["torch 1.6.0", "transformers 4.4.2"],
        ),
        (
            "huggingface-pytorch-inference-neuronx",
            "2.1.2-transformers4.43.2-neuronx-py310-sdk2.20.0-ubuntu20.04",
            ["transformers 4.43.2"],
        ),
        # Moving tags name a line.
        ("pytorch-training", "2.9-gpu-py312-cu130-ubuntu22.04-sagemaker-v1", []),
        ("vllm", "0.11-gpu-py312", []),
        (
            "huggingface-pytorch-training",
            "1.10.2-transformers4.17-gpu-py38-cu113-ubuntu20.04",
            ["torch 1.10.2"],
        ),
        # tensorflow-gpu, aws-mx and tensorflow-serving-api are in these.
        ("tensorflow-training", "2.18.0-gpu-py310-cu125-ubuntu22.04-sagemaker", []),
        ("mxnet-training", "1.9.0-gpu-py38-cu112-ubuntu20.04-sagemaker", []),
        ("tensorflow-inference", "2.18.0-gpu-py310-cu122-ubuntu20.04-sagemaker", []),
        # 0.3.1 is in this one.
        ("autogluon-training", "0.3.2-cpu-py38-ubuntu20.04", []),
        ("pytorch-inference-eia", "1.5.1-cpu-py38-ubuntu20.04", []),
        ("pytorch-training-neuronx", "2.9.0-neuronx-py312-sdk2.27.1-ubuntu24.04", []),
        ("pytorch-training-habana", "1.11.0-hpu-py38-synapseai1.5.0-ubuntu20.04", []),
        ("huggingface-pytorch-tgi-inference", "2.0.1-tgi1.1.0-gpu-py39-cu118-ubuntu20.04", []),
        ("djl-inference", "0.36.0-lmi19.0.0-cu128", []),
        ("tei", "2.0.1-tei1.9.3-gpu-py310-cu129-ubuntu24.04", []),
        ("sagemaker-xgboost", "1.7-1", []),
        ("sagemaker-scikit-learn", "0.20.0-cpu-py3", []),
        ("sagemaker-distribution", "3.2.0-gpu", []),
        # Somebody's own image under AWS's name may hold something else.
        ("me/pytorch-training", "2.9.0-gpu-py312-patched", []),
    ],
)
def test_only_certain_distributions_are_stated(
    repository: str, tag: str, expected: list[str]
) -> None:
    found = parse(repository, tag).distributions
    assert [f"{distribution.name} {distribution.version}" for distribution in found] == expected


@pytest.mark.parametrize(
    "tag", ["0.90-1-cpu-py3", "1.0-1-arm64-cpu-py3", "1.2-2", "1.7-1", "1.5-1-arm64", "3.0-5"]
)
@pytest.mark.parametrize("repository", ["sagemaker-xgboost", "sagemaker-scikit-learn"])
def test_a_line_and_revision_is_never_a_release_number(repository: str, tag: str) -> None:
    found = stated(repository, tag)
    assert Kind.FRAMEWORK_VERSION not in found
    assert found[Kind.CONTAINER_VERSION] == "-".join(tag.split("-")[:2])


@pytest.mark.parametrize(
    ("text", "version"),
    [("cu92", "9.2"), ("cu100", "10.0"), ("cu118", "11.8"), ("cu128", "12.8"), ("cu133", "13.3")],
)
def test_all_digits_of_cuda_but_the_last_are_the_major(text: str, version: str) -> None:
    found = stated("pytorch-training", f"2.9.0-gpu-py312-{text}-ubuntu22.04-ec2")
    assert found[Kind.CUDA] == version


@pytest.mark.parametrize(
    ("text", "version"),
    [("py2", "2"), ("py27", "2.7"), ("py3", "3"), ("py36", "3.6"), ("py310", "3.10")],
)
def test_the_first_digit_of_python_is_the_major(text: str, version: str) -> None:
    assert stated("pytorch-training", f"2.9.0-gpu-{text}")[Kind.PYTHON] == version


@pytest.mark.parametrize(
    ("repository", "tag", "unknown"),
    [
        # Names cut off in available_images.md.
        ("sagemaker-tritonserver", "22.", ("22.",)),
        ("sagemaker-tritonserver", "23.", ("23.",)),
        ("pytorch-training", "", ()),
        ("pytorch-training", "nightly", ("nightly",)),
        ("pytorch-training", "2.9.0-gpu-py312-mine", ("mine",)),
        ("pytorch-training", "2.9.0--gpu", ("",)),
        ("pytorch-training", "2.9.0-gpu-py", ("py",)),
        ("pytorch-training", "2.9.0-gpu-cu1", ("cu1",)),
        ("pytorch-training", "2.9.0-gpu-py312\n", ("py312\n",)),
        ("pytorch-training", "2.9.0-gpu-py٣", ("py٣",)),
        # No such day.
        (
            "pytorch-training",
            "2.5.1-cpu-py311-ubuntu22.04-sagemaker-v1.14-2025-02-30-19-53-18",
            ("2025", "02", "30", "19", "53", "18"),
        ),
        # A number alone, under a name that anybody may use.
        ("me/vllm", "1.2.3", ("1.2.3",)),
        ("me/base", "1.0", ("1.0",)),
        (
            "pytorch/pytorch",
            "2.1.0-cuda12.1-cudnn8-devel",
            ("2.1.0", "cuda12.1", "cudnn8", "devel"),
        ),
    ],
)
def test_pieces_that_nobody_understands_are_kept(
    repository: str, tag: str, unknown: tuple[str, ...]
) -> None:
    reading = parse(repository, tag)
    assert reading.unknown == unknown
    assert reading.family == ""
    assert reading.distributions == ()


def test_the_number_of_a_model_parallel_tag_is_not_taken_for_that_librarys() -> None:
    # The SDK's table has PyTorch's and the library's own side by side.
    found = stated("smdistributed-modelparallel", "2.4.1-gpu-py311-cu121")
    assert found == {
        Kind.FRAMEWORK: "smdistributed-modelparallel",
        Kind.DEVICE: "gpu",
        Kind.PYTHON: "3.11",
        Kind.CUDA: "12.1",
        Kind.ARCH: "x86_64",
    }


def test_a_cut_triton_tag_does_not_pass_for_a_gpu_image() -> None:
    assert stated("sagemaker-tritonserver", "22.") == {
        Kind.FRAMEWORK: "triton",
        Kind.PLATFORM: "sagemaker",
        Kind.ARCH: "x86_64",
        Kind.JOB: "inference",
    }


def test_understood_pieces_beside_unknown_ones_still_speak() -> None:
    found = stated("pytorch-training", "2.9.0-gpu-py312-mine-ubuntu22.04")
    assert found[Kind.FRAMEWORK_VERSION] == "2.9.0"
    assert found[Kind.OS] == "ubuntu22.04"


@pytest.mark.parametrize(
    ("repository", "tag", "kind", "unknown"),
    [
        ("pytorch-training", "2.9.0-gpu-py312-cpu", Kind.DEVICE, ("gpu", "cpu")),
        ("pytorch-training", "2.9.0-gpu-py312-py311", Kind.PYTHON, ("py312", "py311")),
        ("pytorch-inference-neuronx", "2.9.0-gpu-py312", Kind.DEVICE, ("gpu",)),
        ("sagemaker-xgboost", "1.7-1-ec2", Kind.PLATFORM, ("ec2",)),
        (
            "base",
            "12.8.1-gpu-py312-cu129-ubuntu24.04-ec2",
            Kind.CUDA,
            ("12.8.1", "cu129"),
        ),
    ],
)
def test_a_name_that_contradicts_itself_states_neither(
    repository: str, tag: str, kind: str, unknown: tuple[str, ...]
) -> None:
    reading = parse(repository, tag)
    assert kind not in facts(reading)
    assert reading.unknown == unknown
    assert reading.family == ""


def test_of_two_values_that_agree_the_fuller_is_stated() -> None:
    assert stated("sagemaker-scikit-learn", "1.4-2-py312-cpu-py3")[Kind.PYTHON] == "3.12"
    assert stated("base", "12.8.1-gpu-py312-cu128-ubuntu24.04-ec2")[Kind.CUDA] == "12.8.1"


def test_cuda_with_a_device_word_leaves_that_word() -> None:
    assert stated("pytorch-training", "2.9.0-cpu-py312-cu130-ubuntu22.04")[Kind.DEVICE] == "cpu"


def test_toolkits_are_named_as_the_sdk_names_them() -> None:
    cases = {
        ("sagemaker-rl-tensorflow", "coach0.11.1-cpu-py3"): "coach-tensorflow 0.11.1",
        ("sagemaker-rl-mxnet", "coach0.11-gpu-py3"): "coach-mxnet 0.11",
        ("sagemaker-rl-tensorflow", "ray0.6.5-gpu-py3"): "ray-tensorflow 0.6.5",
        ("sagemaker-rl-coach-container", "coach-1.0.0-tf-cpu-py3"): "coach-tensorflow 1.0.0",
        ("sagemaker-rl-ray-container", "ray-1.6.0-torch-gpu-py36"): "ray-pytorch 1.6.0",
        ("sagemaker-rl-vw-container", "vw-8.7.0-cpu"): "vw 8.7.0",
    }
    for (repository, tag), expected in cases.items():
        found = stated(repository, tag)
        assert f"{found[Kind.FRAMEWORK]} {found[Kind.FRAMEWORK_VERSION]}" == expected


def test_moving_and_missing_tags_of_built_in_images_state_no_version() -> None:
    for repository, tag in (
        ("sagemaker-debugger-rules", "latest"),
        ("sagemaker-model-monitor-analyzer", ""),
        ("sagemaker-distribution", "latest-gpu"),
    ):
        reading = parse(repository, tag)
        assert reading.unknown == ()
        assert not facts(reading).keys() & {Kind.FRAMEWORK_VERSION, Kind.CONTAINER_VERSION}
    assert stated("kmeans", "1")[Kind.CONTAINER_VERSION] == "1"
    assert stated("sagemaker-data-wrangler-container", "2.x")[Kind.CONTAINER_VERSION] == "2.x"


def test_base_python_says_its_python_in_the_repository() -> None:
    assert stated("sagemaker-base-python-310", "1.0")[Kind.PYTHON] == "3.10"
    assert stated("sagemaker-base-python-38", "1.0")[Kind.PYTHON] == "3.8"


def test_a_mirror_is_known_by_the_last_part_of_its_path() -> None:
    tag = "2.9.0-gpu-py312-cu130-ubuntu22.04-ec2"
    expected = parse("pytorch-training", tag).facts
    for path in ("deep-learning-containers/pytorch-training", "team/mirror/pytorch-training"):
        assert is_known_repository(path)
        assert parse(path, tag).facts == expected
    assert is_known_repository("sagemaker/sagemaker-distribution")


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "/",
        "pytorch-training/",
        "pytorch-training-gpu",
        "my-pytorch-training",
        "training",
        "-training",
        "vllm-openai",
        "sagemaker-base-python-3",
        "sagemaker-base-python-30",
        "PyTorch-training",
        "pytorch-training\n",
        "a" * 10_000,
    ],
)
def test_the_tag_of_an_unknown_repository_is_opaque(repository: str) -> None:
    reading = parse(repository, "2.9.0-gpu-py312")
    assert not is_known_repository(repository)
    assert reading.facts == ()
    assert reading.unknown == ("2.9.0-gpu-py312",)
    assert [token.text for token in reading.tokens] == ["2.9.0-gpu-py312"]
    assert parse(repository, "").unknown == ()


def test_every_fact_has_a_token_that_says_it() -> None:
    for found in all_names().values():
        for repository, tag in found:
            reading = parse(repository, tag)
            said = {Fact(token.kind, token.value) for token in reading.tokens}
            unsaid = {fact for fact in reading.facts if fact not in said}
            assert {fact.kind for fact in unsaid} <= {Kind.FRAMEWORK}


def test_what_a_name_implies_is_marked_as_such() -> None:
    tokens = parse("pytorch-training", "2.9.0-gpu-py312").tokens
    assert [token for token in tokens if token.origin == "implied"] == [
        Token("pytorch-training", Kind.ARCH, "x86_64", "implied")
    ]
    tokens = parse("whisperx", "3.8.6-cu128-amzn2023").tokens
    assert [token for token in tokens if token.origin == "implied"] == [
        Token("cu128", Kind.DEVICE, "gpu", "implied")
    ]
