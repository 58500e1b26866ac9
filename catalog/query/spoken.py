"""The words that people use for what the catalog knows, and what each of them means.

Devices, platforms and architectures are those of the DLC tag grammar
(https://github.com/aws/deep-learning-containers, names of repositories and tags).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """What a word chooses: the values recorded for it, and those that may be meant too."""

    name: str
    values: frozenset[str]
    unsure: frozenset[str] = frozenset()


Choices = Mapping[str, Choice]


def _named(choices: Mapping[Choice, str]) -> Choices:
    return {word: choice for choice, words in choices.items() for word in words.split()}


def _plain(names: Mapping[str, str]) -> Choices:
    return _named({Choice(name, frozenset({name})): words for name, words in names.items()})


# Names tell neuron (the first SDK) and neuronx apart, not chips: `neuron` is Inferentia1
# except in pytorch-training-neuron, which is Trainium; neuronx runs on Inferentia2 and both
# Trainiums.
_INF2 = frozenset({"neuronx", "inf2"})
_TRN = frozenset({"neuronx", "trn", "trn1", "trn2"})
_INF1 = frozenset({"neuron", "inf", "inf1"})

DEVICES = _named(
    {
        Choice("gpu", frozenset({"gpu"})): "gpu gpus cuda nvidia",
        Choice("cpu", frozenset({"cpu"})): "cpu cpus",
        Choice("neuron", _INF1 | _INF2 | _TRN): "neuron",
        Choice("neuronx", _INF2 | _TRN): "neuronx",
        Choice("inferentia", _INF1 | _INF2): "inferentia inf",
        Choice("inferentia1", _INF1): "inferentia1 inf1",
        Choice("inferentia2", _INF2): "inferentia2 inf2",
        Choice("trainium", _TRN, frozenset({"neuron"})): "trainium trn trn1 trn2",
        Choice("hpu", frozenset({"hpu"})): "hpu habana gaudi",
        Choice("eia", frozenset({"eia"})): "eia",
    }
)
ARCHES = _plain({"x86_64": "x86_64 x86-64 amd64 x64 x86", "arm64": "arm64 aarch64 arm graviton"})
PLATFORMS = _plain({"sagemaker": "sagemaker", "ec2": "ec2 ecs eks"})
JOBS = _plain(
    {
        "training": "training train trains trainings",
        "inference": "inference infer serving serve serves hosting endpoint endpoints",
    }
)

TABLES = {"device": DEVICES, "arch": ARCHES, "platform": PLATFORMS, "job": JOBS}

SUPPORTED = frozenset({"supported"})

KEYS = {
    # What may stand before `=` -> the key.
    **dict.fromkeys(("python", "py"), "python"),
    **dict.fromkeys(("cuda",), "cuda"),
    **dict.fromkeys(("os",), "os"),
    **dict.fromkeys(("device", "devices", "accelerator", "accelerators"), "device"),
    **dict.fromkeys(("arch", "architecture"), "arch"),
    **dict.fromkeys(("platform", "platforms"), "platform"),
    **dict.fromkeys(("job", "jobs"), "job"),
    **dict.fromkeys(("framework", "frameworks", "family"), "framework"),
    **dict.fromkeys(("region", "regions"), "region"),
    **dict.fromkeys(("package",), "package"),
}
VALUES = {
    # Keys that may also stand before or after their value without `=` -> an example.
    "os": "os=ubuntu22.04",
    "device": "device=gpu",
    "arch": "arch=arm64",
    "platform": "platform=sagemaker",
    "job": "job=training",
    "framework": "framework=pytorch",
    "region": "region=us-west-2",
}

SYSTEMS = {
    # What people call it -> its ID in os-release.
    **{
        name: name
        for name in (
            "ubuntu",
            "amzn",
            "debian",
            "rhel",
            "rocky",
            "almalinux",
            "centos",
            "fedora",
            "alpine",
            "sles",
            "wolfi",
        )
    },
    "amazonlinux": "amzn",
    "al": "amzn",
}

PACKAGES = {
    # What people say, or import -> the distribution. None of the left is a distribution
    # that does anything: PyPI's `pytorch`, `sklearn` and so on only point to the right.
    "beautifulsoup": "beautifulsoup4",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "pil": "pillow",
    "pytorch": "torch",
    "scikitlearn": "scikit-learn",
    "sklearn": "scikit-learn",
    "tf": "tensorflow",
}
FRAMEWORK_PACKAGES = frozenset(
    # A framework's word in a sentence is its distribution, in the catalog or not yet.
    {
        "autogluon",
        "mxnet",
        "ray",
        "scikit-learn",
        "sglang",
        "tensorflow",
        "torch",
        "transformers",
        "vllm",
        "xgboost",
    }
)
FRAMEWORKS = {
    # What people say -> the container family.
    "hf": "huggingface",
    "scikit-learn": "sklearn",
    "tf": "tensorflow",
    "torch": "pytorch",
    "tritonserver": "triton",
}

WORDS = frozenset(SUPPORTED).union(
    *TABLES.values(), SYSTEMS, KEYS, PACKAGES, FRAMEWORK_PACKAGES, FRAMEWORKS
)
"""Words that mean something, whatever the catalog has."""

PHRASES = {
    # Several words that are one; empty is nothing that narrows the question.
    "amazon linux": "amzn",
    "aws inferentia": "inferentia",
    "aws trainium": "trainium",
    "cpu only": "cpu",
    "cuda toolkit": "cuda",
    "deep learning container": "",
    "deep learning containers": "",
    "docker container": "",
    "docker containers": "",
    "docker image": "",
    "docker images": "",
    "elastic inference": "eia",
    "gpu only": "gpu",
    "hugging face": "huggingface",
    "hugging face accelerate": "accelerate",
    "hugging face datasets": "datasets",
    "hugging face diffusers": "diffusers",
    "hugging face hub": "huggingface-hub",
    "hugging face peft": "peft",
    "hugging face pytorch": "huggingface-pytorch",
    "hugging face tensorflow": "huggingface-tensorflow",
    "hugging face tokenizers": "tokenizers",
    "hugging face transformers": "transformers",
    "in support": "supported",
    "only cpu": "cpu",
    "only gpu": "gpu",
    "only supported": "supported",
    "pytorch lightning": "pytorch-lightning",
    "sagemaker distribution": "sagemaker-distribution",
    "scikit learn": "scikit-learn",
    "sk learn": "scikit-learn",
    "supported only": "supported",
    "tensor flow": "tensorflow",
    "triton inference server": "tritonserver",
    "xg boost": "xgboost",
}

_NOISE = """
    a an the this that these those which what whats who is are was be it its i im id we you
    me my our your can could do does did has have having had need needs needed want wants
    wanted would like please show find list get give tell search look looking for image images
    container containers dlc dlcs aws package packages library libraries module modules
    distribution distributions support supports supporting provide provides include includes
    included including contain contains containing come comes ship ships shipped with and also
    plus both all any some there on in of to at from by using use uses used run runs running
    able work works working install installs installed preinstalled installation compatible
    version versions release releases still currently as well if where
"""
NOISE = frozenset(_NOISE.split())
"""Words that narrow nothing."""

_NO_OTHER = "leave it out: an image has all that is asked for, and may have more"
NARROWING = {
    # Words that would narrow the question in a way that no criteria can -> what to say.
    "exactly": "an exact version is such as torch==2.1.0",
    "just": _NO_OTHER,
    "lts": "say which release, such as ubuntu22.04",
    "only": _NO_OTHER,
    "us": "a region is such as us-east-1",
}

_REFUSED = """
    not no non nor without except excluding exclude excludes excluded but or either neither
    than latest newest oldest newer older recent recently last first best between before after
    since until unless instead never none rather versus vs cant cannot dont doesnt isnt wont
    arent unsupported deprecated eol expired lacks lacking missing maybe about around approx
    approximately least most minimum maximum min max other another different
"""
REFUSED = frozenset(_REFUSED.split())
"""Words without which the question would be another one."""
