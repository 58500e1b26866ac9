"""AWS's short spellings: py310 is Python 3.10, cu118 is CUDA 11.8, and names of frameworks.

https://github.com/aws/deep-learning-containers uses them in folders, records and buildspecs.
"""

from __future__ import annotations

import re

_PYTHON = re.compile(r"py(\d)(\d*)")
_CUDA = re.compile(r"cu(\d+)(\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
# What an image is for or runs on, which repositories and folders append to the framework.
_SUFFIX = re.compile(
    r"-(?:training|inference|trcomp|neuronx?|graviton|arm64|eia|habana|server|runtime)$"
)
_FRAMEWORKS = {
    "base-ubuntu": "base",
    "djl": "djl",
    "huggingface-tei": "tei",
    "sagemaker-scikit-learn": "sklearn",
    "sagemaker-tritonserver": "triton",
    "sagemaker-xgboost": "xgboost",
    "sklearn-1-4-2-py312": "sklearn",
    "stabilityai-pytorch": "stabilityai",
    "tei-cpu": "tei",
}


def python_of(spelling: str) -> str:
    """Give `3.10` for `py310` and `3` for `py3`; empty if `spelling` is neither."""
    found = _PYTHON.fullmatch(spelling)
    return ".".join(filter(None, found.groups())) if found else ""


def cuda_of(spelling: str) -> str:
    """Give `11.8` for `cu118` and `9.2` for `cu92`: all digits but the last are the major."""
    found = _CUDA.fullmatch(spelling)
    return f"{found[1]}.{found[2]}" if found else ""


def framework_of(name: str) -> str:
    """Give the catalog's name of a framework for that of a repository, folder or recipe.

    `huggingface-pytorch-training` is huggingface-pytorch, `pytorch_trcomp` is pytorch.
    """
    name = name.lower().replace("_", "-")
    while (short := _SUFFIX.sub("", name)) != name:
        name = short
    return _FRAMEWORKS.get(name, name)


def refined(coarse: str, fine: str) -> str:
    """Give `fine` if it is a release number within `coarse` (3.10.14 in 3.10), else `coarse`."""
    within = fine == coarse or fine.startswith(f"{coarse}.")
    return fine if within and _NUMBER.fullmatch(fine) else coarse
