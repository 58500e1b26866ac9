"""What the names of AWS's image repositories say of the images in them.

The names are those of aws/deep-learning-containers (docs/src/data, available_images.md,
.github/config/image) and of the SageMaker Python SDK's image_uri_config tables. Whoever
mirrors them keeps the last part of the path, so that alone is looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from catalog.facts import Kind


class Scheme(Enum):
    """What the first token of a repository's tags is."""

    RELEASE = "the framework's release number"
    LINE = "the framework's line and the container's revision: 1.7-1"
    CUDA = "the CUDA release"
    TEI = "a number that never changes; the release stands behind `tei`"
    TRITON = "year and month of NVIDIA's container, which is not Triton's release number"
    BUILT_IN = "the container's version, if there is a tag at all"
    DISTRIBUTION = "the distribution's release number, shortened where the tag moves"
    MODEL_PARALLEL = "a release number of PyTorch or of the library, which the SDK mixes"
    RL = "a reinforcement learning toolkit with its release number"


Piece = tuple[str, str, str]
"""A part of the name, the Kind of what it says, and the value."""


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """What a name says.

    framework: for Scheme.RL the library below the toolkit, empty where the tag has it.
    default_arch: of tags that do not say one; empty where they can be of either.
    distributions: (Kind of a fact, Python distribution whose version that fact is).
    """

    name: str
    framework: str
    scheme: Scheme
    pieces: tuple[Piece, ...]
    default_arch: str
    distributions: tuple[tuple[str, str], ...]


_BOTH = ("training", "inference")
_INFERENCE = ("inference",)
_X86 = "x86_64"
_ANY_ARCH = ""
"""Repositories begun from 2025 on hold all devices, and may hold several architectures."""

_TORCH = ((Kind.FRAMEWORK_VERSION, "torch"),)
_TRANSFORMERS = ((Kind.TRANSFORMERS, "transformers"),)

# `<stem>-training` and `<stem>-inference`, with or without one of _VARIANTS.
# No distribution for TensorFlow and MXNet: by image it is tensorflow, tensorflow-cpu or
# tensorflow-gpu, tensorflow-serving-api only, aws-mx, aws-mxnet-cu101mkl ... (TF_URL and
# MX_URL of the Dockerfiles). None for TGI, DJL, Stability AI: the number before the
# product's is the base image's, and the product may bring its own.
_STEMS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "autogluon": ("autogluon", ((Kind.FRAMEWORK_VERSION, "autogluon"),)),
    "djl": ("djl", ()),
    "huggingface-pytorch": ("huggingface-pytorch", _TORCH + _TRANSFORMERS),
    "huggingface-pytorch-tgi": ("huggingface-pytorch-tgi", ()),
    "huggingface-pytorch-trcomp": ("huggingface-pytorch", _TORCH + _TRANSFORMERS),
    "huggingface-tensorflow": ("huggingface-tensorflow", _TRANSFORMERS),
    "huggingface-tensorflow-trcomp": ("huggingface-tensorflow", _TRANSFORMERS),
    "huggingface-vllm": ("huggingface-vllm", ()),
    "mxnet": ("mxnet", ()),
    "pytorch": ("pytorch", _TORCH),
    "pytorch-trcomp": ("pytorch", _TORCH),
    "stabilityai-pytorch": ("stabilityai", ()),
    "tensorflow": ("tensorflow", ()),
}

_VARIANTS: dict[str, tuple[str, str]] = {
    "arm64": (Kind.ARCH, "arm64"),
    "graviton": (Kind.ARCH, "arm64"),
    "eia": (Kind.DEVICE, "eia"),
    "habana": (Kind.DEVICE, "hpu"),
    "neuron": (Kind.DEVICE, "neuron"),
    "neuronx": (Kind.DEVICE, "neuronx"),
}

_COMPOSED = re.compile(r"(?P<stem>[a-z-]+)-(?P<job>training|inference)(?:-(?P<variant>[a-z0-9]+))?")
_BASE_PYTHON = re.compile(r"sagemaker-base-python(?:-(?P<major>3)(?P<minor>[1-9][0-9]?))?")

_SMP = "smdistributed-modelparallel"
_Row = tuple[str, Scheme, tuple[str, ...], str]

# name: (framework, scheme, jobs, architecture of tags that do not say one)
_WHOLE: dict[str, _Row] = {
    "base": ("base", Scheme.CUDA, (), _ANY_ARCH),
    "huggingface-llamacpp": ("huggingface-llamacpp", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "huggingface-sglang": ("huggingface-sglang", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "huggingface-vllm": ("huggingface-vllm", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "huggingface-vllm-omni": ("huggingface-vllm-omni", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "llama-cpp": ("llama-cpp", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "llama-cpp-arm64": ("llama-cpp", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "openfold3": ("openfold3", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "pytorch": ("pytorch", Scheme.RELEASE, (), _ANY_ARCH),
    "ray": ("ray", Scheme.RELEASE, (), _ANY_ARCH),
    "sglang": ("sglang", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "vllm": ("vllm", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "vllm-arm64": ("vllm", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "whisperx": ("whisperx", Scheme.RELEASE, _INFERENCE, _ANY_ARCH),
    "tei": ("tei", Scheme.TEI, _INFERENCE, _X86),
    "tei-cpu": ("tei", Scheme.TEI, _INFERENCE, _X86),
    "sagemaker-scikit-learn": ("sklearn", Scheme.LINE, _BOTH, _X86),
    "sagemaker-xgboost": ("xgboost", Scheme.LINE, _BOTH, _X86),
    "sagemaker-tritonserver": ("triton", Scheme.TRITON, _INFERENCE, _X86),
    "sagemaker-distribution": ("sagemaker-distribution", Scheme.DISTRIBUTION, (), _X86),
    "sagemaker-distribution-prod": ("sagemaker-distribution", Scheme.DISTRIBUTION, (), _X86),
    _SMP: (_SMP, Scheme.MODEL_PARALLEL, (), _X86),
    # Before 2019; `sagemaker-mxnet` served both jobs until 1.3 and training alone after.
    "sagemaker-chainer": ("chainer", Scheme.RELEASE, _BOTH, _X86),
    "sagemaker-mxnet": ("mxnet", Scheme.RELEASE, (), _X86),
    "sagemaker-mxnet-eia": ("mxnet", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-mxnet-serving": ("mxnet", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-mxnet-serving-eia": ("mxnet", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-pytorch": ("pytorch", Scheme.RELEASE, _BOTH, _X86),
    "sagemaker-tensorflow": ("tensorflow", Scheme.RELEASE, _BOTH, _X86),
    "sagemaker-tensorflow-eia": ("tensorflow", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-tensorflow-scriptmode": ("tensorflow", Scheme.RELEASE, ("training",), _X86),
    "sagemaker-tensorflow-serving": ("tensorflow", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-tensorflow-serving-eia": ("tensorflow", Scheme.RELEASE, _INFERENCE, _X86),
    # SageMaker Neo: compiled models, on CPU and GPU (inference) and on Inferentia (neo).
    "sagemaker-inference-mxnet": ("mxnet", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-inference-pytorch": ("pytorch", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-inference-tensorflow": ("tensorflow", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-neo-mxnet": ("mxnet", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-neo-pytorch": ("pytorch", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-neo-tensorflow": ("tensorflow", Scheme.RELEASE, _INFERENCE, _X86),
    "sagemaker-rl-coach-container": ("", Scheme.RL, ("training",), _X86),
    "sagemaker-rl-mxnet": ("mxnet", Scheme.RL, ("training",), _X86),
    "sagemaker-rl-ray-container": ("", Scheme.RL, ("training",), _X86),
    "sagemaker-rl-tensorflow": ("tensorflow", Scheme.RL, ("training",), _X86),
    "sagemaker-rl-vw-container": ("", Scheme.RL, ("training",), _X86),
    "sagemaker-spark-processing": ("spark", Scheme.RELEASE, (), _X86),
}

# Built-in algorithms and tools, whose tags say next to nothing; framework as in the SDK.
_BUILT_IN: dict[str, str] = {
    "blazingtext": "blazingtext",
    "detailed-profiler-processing": "detailed-profiler",
    "factorization-machines": "factorization-machines",
    "forecasting-deepar": "forecasting-deepar",
    "image-classification": "image-classification",
    "image-classification-neo": "image-classification-neo",
    "ipinsights": "ipinsights",
    "kmeans": "kmeans",
    "knn": "knn",
    "lda": "lda",
    "linear-learner": "linear-learner",
    "ntm": "ntm",
    "object-detection": "object-detection",
    "object2vec": "object2vec",
    "pca": "pca",
    "randomcutforest": "randomcutforest",
    "sagemaker-clarify-processing": "clarify",
    "sagemaker-data-wrangler-container": "data-wrangler",
    "sagemaker-debugger-rules": "debugger",
    "sagemaker-geospatial-v1-0": "sagemaker-geospatial",
    "sagemaker-model-monitor-analyzer": "model-monitor",
    "sagemaker-sparkml-serving": "sparkml-serving",
    "semantic-segmentation": "semantic-segmentation",
    "seq2seq": "seq2seq",
    "xgboost": "xgboost",
    "xgboost-neo": "xgboost-neo",
}

_DISTRIBUTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "huggingface-vllm": ((Kind.FRAMEWORK_VERSION, "vllm"), *_TRANSFORMERS),
    "pytorch": _TORCH,
    "sglang": ((Kind.FRAMEWORK_VERSION, "sglang"),),
    "vllm": ((Kind.FRAMEWORK_VERSION, "vllm"),),
    "whisperx": ((Kind.FRAMEWORK_VERSION, "whisperx"),),
}

_MAX_NAME = 256
"""The longest name of a repository in ECR, in characters."""


def read_repository(path: str) -> RepositoryName | None:
    """Give what the last part of `path` says, or None if it is no repository of AWS's."""
    name = path.rpartition("/")[2]
    return _read(name) if len(name) <= _MAX_NAME else None


@lru_cache(maxsize=1024)
def _read(name: str) -> RepositoryName | None:
    if row := _WHOLE.get(name):
        framework, scheme, jobs, arch = row
        distributions = _DISTRIBUTIONS.get(name, ())
        pieces = _pieces(name, framework if scheme is not Scheme.RL else "", jobs)
        return RepositoryName(name, framework, scheme, pieces, arch, distributions)
    if framework := _BUILT_IN.get(name, ""):
        return RepositoryName(
            name, framework, Scheme.BUILT_IN, _pieces(name, framework, ()), _ANY_ARCH, ()
        )
    if match := _BASE_PYTHON.fullmatch(name):
        pieces = _pieces(name, "sagemaker-base-python", ())
        if match["major"]:
            digits, version = match["major"] + match["minor"], f"{match['major']}.{match['minor']}"
            pieces += ((digits, Kind.PYTHON, version),)
        return RepositoryName(name, "sagemaker-base-python", Scheme.BUILT_IN, pieces, _ANY_ARCH, ())
    return _composed(name)


def _pieces(name: str, framework: str, jobs: tuple[str, ...]) -> tuple[Piece, ...]:
    """Take apart a name of the tables, whose framework and jobs it says as a whole."""
    pieces: list[Piece] = []
    if name.startswith("sagemaker-"):
        pieces.append(("sagemaker", Kind.PLATFORM, "sagemaker"))
    if framework:
        pieces.append((name, Kind.FRAMEWORK, framework))
    pieces += [(name, Kind.JOB, job) for job in jobs]
    last = name.rpartition("-")[2]
    if variant := _VARIANTS.get(last):
        pieces.append((last, *variant))
    if name == "tei-cpu":
        pieces.append(("cpu", Kind.DEVICE, "cpu"))
    return tuple(pieces)


def _composed(name: str) -> RepositoryName | None:
    match = _COMPOSED.fullmatch(name)
    stem = _STEMS.get(match["stem"]) if match else None
    if match is None or stem is None:
        return None
    framework, distributions = stem
    pieces: tuple[Piece, ...] = (
        (match["stem"], Kind.FRAMEWORK, framework),
        (match["job"], Kind.JOB, match["job"]),
    )
    if suffix := match["variant"]:
        variant = _VARIANTS.get(suffix)
        if variant is None:
            return None
        pieces += ((suffix, *variant),)
        if variant[0] == Kind.DEVICE:
            # Builds of the framework for these devices are other distributions (torch-neuron,
            # tensorflow-neuronx) or other versions (Habana's torch 1.11.0a0).
            distributions = tuple(pair for pair in distributions if pair in _TRANSFORMERS)
    return RepositoryName(name, framework, Scheme.RELEASE, pieces, _X86, distributions)
