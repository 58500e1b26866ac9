"""What holds of catalog.tags for any text, and for any tag put together by the grammar."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from catalog.facts import Kind
from catalog.tags import TagReading, is_known_repository, parse

REPOSITORIES = st.sampled_from(
    [
        "pytorch-training",
        "tensorflow-inference-eia",
        "huggingface-pytorch-inference-neuronx",
        "base",
        "vllm",
        "tei",
        "djl-inference",
        "sagemaker-xgboost",
        "sagemaker-tritonserver",
        "sagemaker-rl-ray-container",
        "sagemaker-distribution",
        "kmeans",
        "sagemaker-model-monitor-analyzer",
    ]
)
WORDS = """
2.9.0 2.9 1.7-1 26.03 1 latest 2.x b9522 server serve-ml omni devel ray-1.6.0 coach0.11
vw-8.7.0 cpu gpu neuron neuronx hpu inf cuda py3 py310 py37 cu118 cu92 ubuntu22.04 amzn2023
sagemaker ec2 e3 transformers4.4.2 tgi1.1.0 tei1.9.3 lmi19.0.0 sdk2.20.0 synapseai1.5.0 v1
v1.38 2025-07-22-19-53-18 soci arm64 full tf torch mine
"""
PIECES = st.sampled_from(WORDS.split())
TAGS = st.one_of(
    st.text(max_size=200),
    st.text("0123456789.-abcpyugv", max_size=60),
    st.lists(st.one_of(PIECES, st.just("")), max_size=12).map("-".join),
)

NUMBERS = st.integers(0, 999)
FULL = st.builds("{}.{}.{}".format, NUMBERS, NUMBERS, NUMBERS)
VERSIONS = st.one_of(FULL, st.builds("{}.{}".format, NUMBERS, NUMBERS))
PYTHONS = st.one_of(
    st.sampled_from([("py2", "2"), ("py3", "3"), ("py27", "2.7")]),
    st.integers(5, 30).map(lambda minor: (f"py3{minor}", f"3.{minor}")),
)
CUDAS = st.builds(lambda a, b: (f"cu{a}{b}", f"{a}.{b}"), st.integers(8, 20), st.integers(0, 9))
SYSTEMS = st.sampled_from(["ubuntu16.04", "ubuntu18.04", "ubuntu22.04", "ubuntu24.04", "amzn2023"])
PLATFORMS = st.sampled_from([("sagemaker", "sagemaker"), ("ec2", "ec2"), ("e3", "ec2"), ("", "")])
TIMES = st.datetimes(timezones=st.just(timezone.utc)).map(lambda at: at.replace(microsecond=0))


def facts(reading: TagReading) -> dict[str, str]:
    return {fact.kind: fact.value for fact in reading.facts}


def check(reading: TagReading, expected: dict[str, str]) -> None:
    """The whole tag is understood, and says these facts and no others but the repository's."""
    assert reading.unknown == ()
    assert reading.family
    beside = {Kind.FRAMEWORK, Kind.JOB, Kind.ARCH}
    found = {kind: value for kind, value in facts(reading).items() if kind not in beside}
    assert found == {kind: value for kind, value in expected.items() if value}


@given(st.one_of(st.text(), REPOSITORIES), TAGS)
def test_any_text_is_taken_and_nothing_of_it_is_lost(repository: str, tag: str) -> None:
    reading = parse(repository, tag)
    assert (reading.repository, reading.tag) == (repository, tag)
    of_tag = [token for token in reading.tokens if token.origin == "tag"]
    assert "-".join(token.text for token in of_tag) == tag
    assert reading.unknown == tuple(t.text for t in of_tag if t.kind == "unknown")
    assert all(bool(token.value) != (token.kind == "unknown") for token in of_tag)
    assert parse(repository, tag) == reading


@given(REPOSITORIES, TAGS)
def test_only_jobs_have_several_values(repository: str, tag: str) -> None:
    kinds = [fact.kind for fact in parse(repository, tag).facts if fact.kind != Kind.JOB]
    assert len(kinds) == len(set(kinds))


@given(REPOSITORIES, TAGS)
def test_a_tag_of_known_form_has_no_unknown_piece_and_no_other_has_distributions(
    repository: str, tag: str
) -> None:
    reading = parse(repository, tag)
    assert not (reading.family and reading.unknown)
    assert reading.family or not reading.distributions


@given(REPOSITORIES, TAGS, st.text("abcdefghij/", max_size=20))
def test_the_path_before_the_name_says_nothing(repository: str, tag: str, path: str) -> None:
    assert is_known_repository(f"{path}/{repository}")
    assert parse(f"{path}/{repository}", tag).facts == parse(repository, tag).facts


@given(
    VERSIONS,
    st.sampled_from(["cpu", "gpu"]),
    PYTHONS,
    st.one_of(st.just(("", "")), CUDAS),
    SYSTEMS,
    PLATFORMS,
    st.one_of(st.just(""), st.builds("v{}.{}".format, NUMBERS, NUMBERS), st.just("v1")),
    st.one_of(st.none(), TIMES),
    st.booleans(),
)
def test_fields_of_a_framework_tag_come_back(
    version: str,
    device: str,
    python: tuple[str, str],
    cuda: tuple[str, str],
    system: str,
    platform: tuple[str, str],
    release: str,
    built: datetime | None,
    soci: bool,
) -> None:
    built = built if release else None
    parts = [version, device, python[0], cuda[0], system, platform[0], release]
    # Not strftime, which does not fill the year with zeros everywhere.
    parts += [re.sub("[T:]", "-", built.isoformat()[:19]) if built else "", "soci" if soci else ""]
    reading = parse("pytorch-training", "-".join(filter(None, parts)))
    check(
        reading,
        {
            Kind.FRAMEWORK_VERSION: version,
            Kind.DEVICE: device,
            Kind.PYTHON: python[1],
            Kind.CUDA: cuda[1],
            Kind.OS: system,
            Kind.PLATFORM: platform[1],
            Kind.RELEASE: release,
            Kind.RELEASED_AT: built.isoformat() if built else "",
            Kind.SOCI: "true" if soci else "",
        },
    )
    is_exact = version.count(".") == 2
    assert [d.version for d in reading.distributions] == ([version] if is_exact else [])


@given(VERSIONS, st.sampled_from(["cpu", "gpu"]), PYTHONS, PLATFORMS)
def test_fields_of_a_short_tag_come_back(
    version: str, device: str, python: tuple[str, str], platform: tuple[str, str]
) -> None:
    tag = "-".join(filter(None, [version, device, python[0], platform[0]]))
    check(
        parse("mxnet-training", tag),
        {
            Kind.FRAMEWORK_VERSION: version,
            Kind.DEVICE: device,
            Kind.PYTHON: python[1],
            Kind.PLATFORM: platform[1],
        },
    )


@given(FULL, VERSIONS, PYTHONS, CUDAS, SYSTEMS)
def test_fields_of_a_transformers_tag_come_back(
    version: str, transformers: str, python: tuple[str, str], cuda: tuple[str, str], system: str
) -> None:
    tag = f"{version}-transformers{transformers}-gpu-{python[0]}-{cuda[0]}-{system}"
    check(
        parse("huggingface-pytorch-training", tag),
        {
            Kind.FRAMEWORK_VERSION: version,
            Kind.TRANSFORMERS: transformers,
            Kind.DEVICE: "gpu",
            Kind.PYTHON: python[1],
            Kind.CUDA: cuda[1],
            Kind.OS: system,
        },
    )


@given(FULL, FULL, PYTHONS, CUDAS, SYSTEMS)
def test_fields_of_a_product_tag_come_back(
    version: str, product: str, python: tuple[str, str], cuda: tuple[str, str], system: str
) -> None:
    expected = {Kind.DEVICE: "gpu", Kind.CUDA: cuda[1], Kind.OS: system}
    rest = f"{product}-gpu-{python[0]}-{cuda[0]}-{system}"
    check(
        parse("huggingface-pytorch-tgi-inference", f"{version}-tgi{rest}"),
        expected | {Kind.FRAMEWORK_VERSION: version, Kind.PYTHON: python[1]},
    )
    check(
        parse("tei", f"{version}-tei{rest}"),
        expected | {Kind.FRAMEWORK_VERSION: product},
    )


@given(FULL, st.sampled_from(["neuron", "neuronx"]), PYTHONS, FULL, SYSTEMS)
def test_fields_of_an_accelerator_tag_come_back(
    version: str, device: str, python: tuple[str, str], sdk: str, system: str
) -> None:
    tag = f"{version}-{device}-{python[0]}-sdk{sdk}-{system}"
    check(
        parse(f"pytorch-training-{device}", tag),
        {
            Kind.FRAMEWORK_VERSION: version,
            Kind.DEVICE: device,
            Kind.PYTHON: python[1],
            Kind.NEURON_SDK: sdk,
            Kind.OS: system,
        },
    )


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans(), st.sampled_from(["", "cpu-py3", "py312"]))
def test_fields_of_a_container_line_come_back(
    major: int, minor: int, revision: int, arm: bool, ending: str
) -> None:
    line = f"{major}.{minor}-{revision}"
    tag = "-".join(filter(None, [line, "arm64" if arm else "", ending]))
    reading = parse("sagemaker-xgboost", tag)
    check(
        reading,
        {
            Kind.CONTAINER_VERSION: line,
            Kind.DEVICE: "cpu" if ending == "cpu-py3" else "",
            Kind.PYTHON: {"": "", "cpu-py3": "3", "py312": "3.12"}[ending],
            Kind.PLATFORM: "sagemaker",
        },
    )
    assert facts(reading)[Kind.ARCH] == ("arm64" if arm else "x86_64")


@given(st.one_of(VERSIONS, NUMBERS.map(str), st.just("latest")), st.sampled_from(["cpu", "gpu"]))
def test_fields_of_a_distribution_tag_come_back(version: str, device: str) -> None:
    check(
        parse("sagemaker/sagemaker-distribution", f"{version}-{device}"),
        {
            Kind.FRAMEWORK_VERSION: "" if version == "latest" else version,
            Kind.DEVICE: device,
            Kind.PLATFORM: "sagemaker",
        },
    )
