"""Older images: the buildspecs that AWS built them from, with what stands beside them.

aws/deep-learning-containers, branch master: `*/buildspec*.yml` names each image, its Dockerfile
and that Dockerfile's target; `*.core_packages.json` beside a Dockerfile holds the packages that
its image is tested to have. A file on the branch is its last edit, so that what it says is
attached to the one tag that the buildspec composes and to no older one. Some are shared by the
buildspecs of several releases: one that has gone on to a later release of the framework than
the buildspec's says nothing of that image (docker/0.6 of AutoGluon has 0.6.2, not 0.6.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import normpath

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from catalog.errors import SourceError
from catalog.facts import (
    REGIONAL,
    Component,
    Distribution,
    Environment,
    Evidence,
    Fact,
    Kind,
    Repository,
    Statement,
)
from catalog.references import is_tag
from catalog.sources.dockerfiles import Dockerfiles, Target, components
from catalog.sources.documents import as_mapping, load_yaml, text_at
from catalog.sources.pins import core_packages, with_more
from catalog.sources.spellings import cuda_of, framework_of, python_of, refined

_BUILDSPEC = re.compile(r"(?:.*/)?buildspec[^/]*\.yml")
_CORE_PACKAGES = ".core_packages.json"
_ARCHES = {"x86": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "graviton": "arm64"}
# `pr-` is the test account's copy of a repository.
_OF_PULL_REQUEST = re.compile(r"^pr-")
# Examples go to repositories of samples and `lite` ones were a trial; neither was published
# under these names. stabilityai training is a sketch: its diffusers 1.2.3 does not exist.
_UNPUBLISHED = re.compile(r".*:.*-(?:example|lite)|stabilityai-pytorch-training:.*")
_GPU_SOFTWARE = {"aws-ofi-nccl", "cuda", "cudnn", "gdrcopy", "nccl"}
# Build arguments that the build fills in from the buildspec (src/image_builder.py).
_BUILD_ARGUMENTS = {
    "transformers_version": "TRANSFORMERS_VERSION",
    "datasets_version": "DATASETS_VERSION",
}
# By framework: the ARG that holds its version, and the distributions that have that version.
_FRAMEWORK_VERSIONS = {
    "autogluon": ("AUTOGLUON_VERSION", ("autogluon",)),
    "huggingface-pytorch": ("PYTORCH_VERSION", ("torch",)),
    "huggingface-tensorflow": ("TF_VERSION", ("tensorflow", "tensorflow-cpu", "tensorflow-gpu")),
    "mxnet": ("MXNET_VERSION", ("mxnet",)),
    "pytorch": ("PYTORCH_VERSION", ("torch",)),
    "stabilityai": ("PYTORCH_VERSION", ("torch",)),
    "tensorflow": ("TF_VERSION", ("tensorflow", "tensorflow-cpu", "tensorflow-gpu")),
    "vllm": ("VLLM_VERSION", ("vllm",)),
}


@dataclass(frozen=True)
class _Image:
    """One image of a buildspec. spec: its keys, those of the whole buildspec below them."""

    key: str
    repository: str
    tag: str
    dockerfile: str
    target: str
    spec: Mapping[str, str]

    @property
    def platform(self) -> str:
        """`sagemaker` or `ec2`, where the buildspec makes a difference between them."""
        found = re.search(r"-(sagemaker|ec2)$", self.tag)
        stated = found[1] if found else self.target
        return stated if stated in {"sagemaker", "ec2"} else ""


def wanted(name: str) -> bool:
    """Tell whether a file (path in the repository) is read here."""
    return _BUILDSPEC.fullmatch(name) is not None or name.endswith(_CORE_PACKAGES)


def statements(files: Mapping[str, bytes], dockerfiles: Dockerfiles) -> list[Statement]:
    """Give one statement for each published image of the buildspecs among `files`.

    files: path in the repository -> content. dockerfiles: finds a Dockerfile by its path.
    Raises SourceError naming the file at fault.
    """
    found: dict[tuple[str, str], Statement] = {}
    for name in sorted(files):
        if not _BUILDSPEC.fullmatch(name):
            continue
        for image in _images(files[name], name):
            # Several buildspecs may hold one image, the newest line also as buildspec.yml.
            if not _UNPUBLISHED.fullmatch(f"{image.repository}:{image.tag}"):
                found[image.repository, image.tag] = _statement(image, files, dockerfiles)
    return list(found.values())


def _images(content: bytes, name: str) -> Iterator[_Image]:
    document = as_mapping(load_yaml(content, name), name)
    if "images" not in document:
        return  # a pointer to another buildspec
    common = {key: value for key, value in document.items() if isinstance(value, str)}
    for label, value in as_mapping(document["images"], f"{name}: images").items():
        own = as_mapping(value, f"{name}: {label}")
        spec = {**common, **{k: text for k, text in own.items() if isinstance(text, str)}}
        where = f"{name}: {label}"
        missing = [k for k in ("framework", "root", "docker_file", "tag") if not spec.get(k)]
        repository = spec.get("release_repository_name") or spec.get("repository_name", "")
        if missing or not repository:
            raise SourceError(f"{where}: no {', '.join(missing) or 'repository_name'}")
        if not is_tag(spec["tag"]):
            raise SourceError(f"{where}: {spec['tag']!r} is not a tag")
        yield _Image(
            key=f"{name} {label}",
            repository=_OF_PULL_REQUEST.sub("", repository),
            tag=spec["tag"],
            dockerfile=normpath(f"{spec['root']}/{spec['docker_file']}"),
            target=text_at(own, "target", where),
            spec=spec,
        )


def _statement(image: _Image, files: Mapping[str, bytes], dockerfiles: Dockerfiles) -> Statement:
    given = {
        argument: image.spec[key] for key, argument in _BUILD_ARGUMENTS.items() if key in image.spec
    }
    dockerfile = dockerfiles(image.dockerfile)
    target = dockerfile.target(image.target, given) if dockerfile else None
    if target and _is_of_later_release(image, target.distributions(), target.names):
        target = None
    python = _python(image, target)
    distributions = _core_packages(image, files)
    if _is_of_later_release(image, distributions, {}):
        distributions = ()
    if target:
        distributions = with_more(distributions, target.distributions())
    return Statement(
        Repository(REGIONAL, image.repository),
        (image.tag,),
        Evidence.RECIPE,
        image.key,
        facts=tuple(_facts(image, target, python)),
        components=tuple(_components(image, target)),
        environments=(Environment(distributions, False, python),) if distributions else (),
        labels=target.labels if target else {},
        variables=target.variables if target else {},
        entrypoint=target.entrypoint if target else None,
        command=target.command if target else None,
    )


def _is_of_later_release(
    image: _Image, distributions: Iterable[Distribution], names: Mapping[str, str]
) -> bool:
    """Tell whether a file's pins and ARGs are of a later release of the image's framework.

    An earlier one is what the image holds: AutoGluon 0.3.2, which was never released, is the
    DLC's name for a build of 0.3.1, in a Dockerfile of its own.
    """
    framework = framework_of(image.spec["framework"])
    argument, owned = _FRAMEWORK_VERSIONS.get(framework, ("", ()))
    stated = [d.version for d in distributions if canonicalize_name(d.name) in owned]
    stated += [names[argument]] if argument in names else []
    own = _release(image.spec.get("version", ""))
    found = [release for release in map(_release, stated) if release]
    # As precise as both are: 2.9.1 is no later than 2.9.
    return bool(own and found) and all(r[: len(own)] > own[: len(r)] for r in found)


def _release(version: str) -> tuple[int, ...]:
    """Give the numbers of a version, 2.9.1 of `2.9.1.post2+cu118`; empty if it is none."""
    try:
        return Version(version).release
    except InvalidVersion:
        return ()


def _facts(image: _Image, target: Target | None, python: str) -> Iterator[Fact]:
    spec = image.spec
    framework = framework_of(spec["framework"])
    yield Fact(Kind.FRAMEWORK, framework)
    if framework != "base" and spec.get("version"):  # the version of base is that of its CUDA
        yield Fact(Kind.FRAMEWORK_VERSION, spec["version"])
    if python:
        yield Fact(Kind.PYTHON, python)
    if cuda := _cuda(image, target):
        yield Fact(Kind.CUDA, cuda)
    for kind, value in (
        # A file of an -eia image says cpu of an image that needs an Elastic Inference
        # accelerator beside it.
        (Kind.DEVICE, "" if image.repository.endswith("-eia") else spec.get("device_type", "")),
        (Kind.OS, spec.get("os_version", "")),
        (Kind.PLATFORM, image.platform),
        (Kind.ARCH, _ARCHES.get(spec.get("arch_type", ""), "")),
        (Kind.NEURON_SDK, spec.get("neuron_sdk_version", "").removeprefix("sdk")),
        (Kind.TRANSFORMERS, spec.get("transformers_version", "")),
    ):
        if value:
            yield Fact(kind, value)
    if spec.get("image_type") in {"training", "inference"}:
        yield Fact(Kind.JOB, spec["image_type"])


def _python(image: _Image, target: Target | None) -> str:
    """Give the exact Python where the Dockerfile installs one, and it is one of the tag's.

    An image made from another DLC has that one's Python, whatever ARG its own file keeps.
    """
    python = python_of(image.spec.get("tag_python_version", ""))
    if not (target and python and target.is_on_system_image):
        return python
    return refined(python, target.names.get("PYTHON_VERSION", ""))


def _cuda(image: _Image, target: Target | None) -> str:
    cuda = cuda_of(image.spec.get("cuda_version", ""))
    if image.spec["framework"] == "base":
        return refined(cuda, image.spec.get("version", ""))
    return refined(cuda, target.cuda) if target and cuda else cuda


def _components(image: _Image, target: Target | None) -> Iterator[Component]:
    cuda = _cuda(image, target)
    if cuda.count(".") > 1:
        yield Component("cuda", cuda)
    if synapse := image.spec.get("synapseai_version", "").removeprefix("synapseai"):
        yield Component("synapseai", synapse)
    if not (target and target.is_on_system_image):
        return
    is_gpu = image.spec.get("device_type") == "gpu"
    for component in components(target.names):
        if component.name != "cuda" and (is_gpu or component.name not in _GPU_SOFTWARE):
            yield component


def _core_packages(image: _Image, files: Mapping[str, bytes]) -> tuple[Distribution, ...]:
    """Find the list beside the Dockerfile: of `Dockerfile.gpu` with the target's name in it."""
    folder, _, name = image.dockerfile.rpartition("/")
    suffix = name.removeprefix("Dockerfile")
    for path in (f"{folder}/Dockerfile.{image.target}{suffix}", image.dockerfile):
        if (content := files.get(path + _CORE_PACKAGES)) is not None:
            return core_packages(content, path + _CORE_PACKAGES)
    return ()
