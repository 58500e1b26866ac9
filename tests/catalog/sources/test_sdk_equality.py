"""Our image URIs against the real SageMaker SDK's, over all that its tables let it accept.

The calls are made up here from the SDK's own JSON files, apart from the enumeration in
`catalog.sources.sdk_choices`, and every one of them is put to `sagemaker.image_uris`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import UsageError
from catalog.references import uri
from catalog.sources.sdk import SdkSource
from catalog.sources.sdk_compose import compose
from catalog.sources.sdk_tables import Table, parse_tables

DATA = Path(__file__).parents[3] / "data"
REGIONS = ("us-west-2", "cn-north-1", "af-south-1", "us-gov-west-1", "eu-west-1", "us-iso-east-1")

# How a caller of the SDK gets to a file that is not named as the framework.
FRAMEWORK_OF_FILE = {
    "huggingface-neuron": "huggingface",
    "huggingface-neuronx": "huggingface",
    "huggingface-training-compiler": "huggingface",
    "pytorch-neuron": "pytorch",
    "pytorch-training-compiler": "pytorch",
}
NEEDS_OF_FILE: dict[str, dict[str, Any]] = {
    "huggingface-llm-neuronx": {"inference_tool": "neuronx"},
    "huggingface-neuron": {"inference_tool": "neuron"},
    "huggingface-neuronx": {"inference_tool": "neuronx"},
    "huggingface-training-compiler": {"training_compiler_config": object()},
    "huggingface-vllm-neuronx": {"inference_tool": "neuronx"},
    "pytorch-training-compiler": {"training_compiler_config": object()},
    "spark": {"container_version": "v1"},
}
REACHED_BY_INSTANCE = {"huggingface-neuron", "pytorch-neuron"}
GRAVITON_FRAMEWORKS = {"tensorflow", "pytorch", "xgboost", "sklearn"}
PROCESSOR_OF_INSTANCE = {
    "local": "cpu",
    "ml.m5.xlarge": "cpu",
    "ml.c6g.xlarge": "cpu",
    "ml.g5.xlarge": "gpu",
    "ml.p4d.24xlarge": "gpu",
    "ml.inf1.xlarge": "inf",
    "ml_inf1": "inf",
    "ml.inf2.xlarge": "inf",
    "ml.trn1.2xlarge": "trn",
}
INSTANCES = (None, *PROCESSOR_OF_INSTANCE)
ACCELERATORS = ("inf", "trn")
SMP_INSTANCES = ("ml.p4d.24xlarge", "ml.p5.48xlarge")

BY_HAND = "huggingface-pytorch-training-neuronx"
"""The repository whose URIs `retrieve` cannot compose: it raises on Trainium instances."""

SMP_LIBRARY_TAGS = {
    # Versions of the library, which the file has as keys beside versions of PyTorch.
    f"{version}-gpu-py311-{cuda}"
    for version, cudas in {
        "2.5.0": ["cu124"],
        "2.7.0": ["cu118", "cu121"],
        "2.8.0": ["cu118", "cu121"],
    }.items()
    for cuda in cudas
}


@dataclass(frozen=True)
class Call:
    """One call of `retrieve`; file is the one that the SDK will look into for it."""

    file: str
    version: str
    scope: str
    py: str | None = None
    base: str | None = None
    instance: str | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        return {
            "framework": FRAMEWORK_OF_FILE.get(self.file, self.file),
            "version": self.version,
            "image_scope": self.scope or None,
            "py_version": self.py,
            "base_framework_version": self.base,
            "instance_type": self.instance,
            **self.more,
        }


def calls(file: str, config: dict[str, Any]) -> Iterator[Call]:
    if "versions" in config:
        parts = dict.fromkeys(("", *config.get("scope", [])), config)
    else:
        parts = config
    for scope, part in parts.items():
        for version in {**part["versions"], **part.get("version_aliases", {})}:
            entry = part["versions"][part.get("version_aliases", {}).get(version, version)]
            nested = file.startswith("huggingface") and "repository" not in entry
            bases = [None]
            if nested:
                bases = [*entry.get("version_aliases", {}), *(set(entry) - {"version_aliases"})]
            for base in bases:
                for py in pythons(entry):
                    for instance in INSTANCES:
                        yield from variants(Call(file, version, scope, py, base, instance))


def pythons(entry: object) -> set[str | None]:
    """All Python versions that are named anywhere below, and none."""
    found: set[str | None] = {None}
    if isinstance(entry, dict):
        found |= set(entry.get("py_versions", [])) | ({"py2", "py3"} & set(entry))
        for value in entry.values():
            found |= pythons(value)
    return found


def variants(call: Call) -> Iterator[Call]:
    """The call with and without what else `retrieve` takes and the file has a use for."""
    accelerated = PROCESSOR_OF_INSTANCE.get(call.instance or "") in ACCELERATORS
    needs = NEEDS_OF_FILE.get(call.file)
    if needs:
        yield with_more(call, **needs)
    if accelerated and call.file in REACHED_BY_INSTANCE:
        yield call
    if call.file in FRAMEWORK_OF_FILE:
        return
    if accelerated and call.file in {"pytorch", "huggingface"}:
        return  # the SDK goes to the neuron files for these, whose own calls have them
    yield call
    if call.file in {"mxnet", "pytorch", "tensorflow"}:
        yield with_more(call, accelerator_type="ml.eia2.medium")
        yield with_more(call, distribution={"smdistributed": {"dataparallel": {"enabled": True}}})


def with_more(call: Call, **more: Any) -> Call:
    return Call(call.file, call.version, call.scope, call.py, call.base, call.instance, more)


def composed(tables: tuple[Table, ...], call: Call, region: str) -> str:
    """The same call put to our own code."""
    scope = call.scope
    if "accelerator_type" in call.more:
        scope = "eia"
    elif call.instance == "ml.c6g.xlarge" and call.file in GRAVITON_FRAMEWORKS:
        scope = "inference_graviton"
    elif not scope and call.file in {"xgboost", "sklearn"}:
        scope = "training"
    processor = PROCESSOR_OF_INSTANCE.get(call.instance or "", "")
    if call.file in {"huggingface-llm-neuronx", "huggingface-vllm-neuronx"}:
        processor = {"ml.inf2.xlarge": "inf2"}.get(call.instance or "", processor)
    return compose(
        tables,
        call.file,
        region,
        call.version,
        scope=scope,
        processor=processor,
        py_version=call.py or "",
        base_framework_version=call.base or "",
        inference_tool=call.more.get("inference_tool", ""),
        container_version=call.more.get("container_version", ""),
        on_p4d=call.instance == "ml.p4d.24xlarge"
        or (call.instance is not None and "distribution" in call.more),
    )


def unpublished(call: Call) -> str:
    """Why a URI that `retrieve` gives is no image that the catalog lists; empty if it does."""
    if call.file.startswith(("huggingface-llm-neuronx", "huggingface-vllm-neuronx")):
        return "" if call.more else "the SDK's own helper always passes inference_tool"
    if call.file == "spark" and (call.py or call.more):
        return "needs the container's version, which SparkProcessor's caller knows"
    if call.file == "pytorch-smp":
        return "the SDK's own helper always passes the CUDA part"
    if (
        call.file == "huggingface"
        and call.scope == "training"
        and call.version[:3] in {"4.4", "4.5"}
    ):
        return "the SDK's own helper always passes the CUDA and OS part"
    if call.file == "huggingface-neuronx" and call.scope == "training":
        return "the Neuron SDK's version is missing from it"
    return ""


@pytest.fixture(scope="module")
def sdk() -> Iterator[Any]:
    """The real SDK, with its reading of files remembered and its logging off."""
    from sagemaker import image_uris, utils

    logging.getLogger("sagemaker").setLevel(logging.ERROR)
    logging.getLogger("sagemaker.image_uris").setLevel(logging.ERROR)
    with pytest.MonkeyPatch.context() as patch:
        read = functools.lru_cache(None)(image_uris.config_for_framework)
        patch.setattr(image_uris, "config_for_framework", read)
        resolver = functools.lru_cache(None)(utils._botocore_resolver)
        patch.setattr(utils, "_botocore_resolver", resolver)
        yield image_uris


@pytest.fixture(scope="module")
def folder(sdk: Any) -> Path:
    return Path(sdk.__file__).parent / "image_uri_config"


@pytest.fixture(scope="module")
def configs(folder: Path) -> dict[str, Any]:
    found = {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}
    del found["instance_gpu_info"]
    return found


@pytest.fixture(scope="module")
def tables(folder: Path) -> tuple[Table, ...]:
    return parse_tables((path.name, path.read_bytes()) for path in sorted(folder.glob("*.json")))


@pytest.fixture(scope="module")
def images(folder: Path) -> dict[tuple[str, str], Any]:
    reading = SdkSource().from_path(folder, date(2026, 11, 21))[0]
    found = {(one.repository.name, one.tags[0]): one for one in reading.statements}
    assert len(found) == len(reading.statements)
    return found


@pytest.fixture(scope="module", params=REGIONS)
def region(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def answers(sdk: Any, configs: dict[str, Any], region: str) -> list[tuple[Call, str]]:
    """Every call that the SDK accepts in a region, with the URI it gives."""
    found = []
    for file, config in configs.items():
        for call in calls(file, config):
            # Refused are regions, scopes, processors, Pythons ... that a table does not have.
            with contextlib.suppress(ValueError, KeyError):
                found.append((call, sdk.retrieve(region=region, **call.arguments())))
    return found


@pytest.fixture(scope="module")
def helped(sdk: Any, configs: dict[str, Any], region: str) -> set[str]:
    """URIs of the SDK's own helpers, which pass what `retrieve` alone is not told."""
    found = set()
    accounts = configs["sagemaker-base-python"]["versions"]["1.0"]["registries"]
    if region in accounts:
        found |= {sdk.get_base_python_image_uri(region, python) for python in ("310", "38")}
    for version, base, leaf in huggingface_training(configs):
        if region in leaf["registries"]:
            found |= {huggingface_uri(sdk, region, version, base, py) for py in leaf["py_versions"]}
    library = configs["pytorch-smp"]["training"]
    for version in {**library["versions"], **library["version_aliases"]}:
        entry = library["versions"][library["version_aliases"].get(version, version)]
        if region in entry["registries"]:
            found |= {smp_uri(sdk, region, version, instance) for instance in SMP_INSTANCES}
    return found


def smp_uri(sdk: Any, region: str, version: str, instance: str) -> str:
    return str(
        sdk.get_training_image_uri(
            region,
            "pytorch",
            framework_version=version,
            distribution={
                "torch_distributed": {"enabled": True},
                "smdistributed": {"modelparallel": {"enabled": True}},
            },
            instance_type=instance,
        )
    )


def huggingface_training(configs: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each spelling of version and base framework of one scope, with what it leads to."""
    table = configs["huggingface"]["training"]
    for version in {**table["versions"], **table["version_aliases"]}:
        entry = table["versions"][table["version_aliases"].get(version, version)]
        aliases = entry["version_aliases"]
        for base in {**entry, **aliases}.keys() - {"version_aliases"}:
            yield version, base, entry[aliases.get(base, base)]


def huggingface_uri(sdk: Any, region: str, version: str, base: str, py: str) -> str:
    name = "pytorch" if base.startswith("pytorch") else "tensorflow"
    return str(
        sdk.get_training_image_uri(
            region,
            "huggingface",
            framework_version=version,
            py_version=py,
            instance_type="ml.p3.2xlarge",
            **{f"{name}_version": base.removeprefix(name)},
        )
    )


def named(images: dict[tuple[str, str], Any], region: str) -> dict[str, Any]:
    """The URIs of our enumeration in one region."""
    return {
        uri(one.repository, tag, region=region, account=one.accounts[region]): one
        for (_, tag), one in images.items()
        if region in one.accounts
    }


def test_every_uri_the_sdk_gives_is_ours(
    answers: list[tuple[Call, str]],
    tables: tuple[Table, ...],
    region: str,
    capsys: pytest.CaptureFixture[str],
    record_property: Any,
) -> None:
    different = []
    for call, truth in answers:
        try:
            ours = composed(tables, call, region)
        except UsageError as error:
            ours = str(error)
        if ours != truth:
            different.append((call, truth, ours))
    record_property("uris_compared", len(answers))
    with capsys.disabled():
        print(f"\n{region}: {len(answers)} URIs compared, {len(different)} different")
    assert different == []
    assert len(answers) > 8_000


def test_every_uri_the_sdk_gives_is_an_image_of_the_source_or_known_to_be_none(
    answers: list[tuple[Call, str]], images: dict[tuple[str, str], Any], region: str
) -> None:
    ours = named(images, region)
    missing = {truth: unpublished(call) for call, truth in answers if truth not in ours}
    assert [truth for truth, reason in missing.items() if not reason] == []
    assert len(missing) < len(ours) / 20


def test_every_image_of_the_source_is_one_that_the_sdk_gives(
    answers: list[tuple[Call, str]],
    helped: set[str],
    images: dict[tuple[str, str], Any],
    region: str,
) -> None:
    given = {truth for _, truth in answers} | helped
    extra = [one for name, one in named(images, region).items() if name not in given]
    assert {one.repository.name for one in extra} <= {BY_HAND}
    assert helped <= set(named(images, region)) | {
        name for name in helped if name.rpartition(":")[2] in SMP_LIBRARY_TAGS
    }


def test_the_images_put_together_by_hand_are_in_the_list_that_aws_publishes(
    images: dict[tuple[str, str], Any],
) -> None:
    seen = (DATA / "dlc_tags_seen.txt").read_text(encoding="utf-8")
    ours = {tag for repository, tag in images if repository == BY_HAND}
    assert len(ours) == 7
    assert {tag for tag in ours if f"{BY_HAND}:{tag}" not in seen} == {
        # The list is a sample; these two are of the same form and not in it.
        "2.1.2-transformers4.43.2-neuronx-py310-sdk2.20.0-ubuntu20.04",
        "2.7.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04",
    }


def test_no_name_with_inf2_in_its_tag_is_ever_an_image(images: dict[tuple[str, str], Any]) -> None:
    assert [tag for _, tag in images if "inf2" in tag] == []


def test_the_committed_tables_are_those_of_the_sdk_they_are_said_to_be(folder: Path) -> None:
    committed = {path.name: path.read_bytes() for path in (DATA / folder.name).iterdir()}
    installed = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    assert metadata.version("sagemaker") != "2.257.7" or committed == installed
