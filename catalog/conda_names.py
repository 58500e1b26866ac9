"""Which conda packages are Python distributions, and the name that PyPI knows them by.

The rule: a package is a Python distribution of its own name if its build string shows that it
was built for Python, as conda-build and rattler-build write it (`py310h..`, `pyhd8ed1ab_0`,
https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html). Anything
else is a library, a program or a metapackage. The tables below are the exceptions. They were
made by going through all 1,178 package names of the SageMaker Distribution locks 0.0.0 to
4.4.1, with the recipes of github.com/conda-forge/<name>-feedstock where a name left a doubt.
What a recipe does not say outright is marked as inferred.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from catalog.facts import CondaPackage

_BUILT_FOR_PYTHON = re.compile(r"(?:^|_)(?:cuda\d+|np\d+)*py(?:py)?(?:\d|h[0-9a-f]|min\d|ge\d|_|$)")

RENAMED = MappingProxyType(
    {
        # conda's own name for the project
        "antlr-python-runtime": "antlr4-python3-runtime",
        "cython-blis": "blis",
        "docker-py": "docker",
        "py-xgboost": "xgboost",
        "pykrb5": "krb5",
        "pyqt": "PyQt5",  # 5.15 in every lock that has it
        "pytorch": "torch",
        "sagemaker-python-sdk": "sagemaker",
        "trino-python-client": "trino",
        # `python` is there to tell it from the library or program of the same name
        "brotli-python": "Brotli",
        "msgpack-python": "msgpack",
        "python-build": "build",
        "python-duckdb": "duckdb",
        "python-fastjsonschema": "fastjsonschema",
        "python-flatbuffers": "flatbuffers",
        "python-graphviz": "graphviz",
        "python-gssapi": "gssapi",
        "python-installer": "installer",
        "python-tzdata": "tzdata",
        "python-xxhash": "xxhash",
        "sentencepiece-python": "sentencepiece",
        # the part of a split package that holds the distribution; the package of the plain
        # name adds only dependencies, or did hold it before the split (fastapi, pyarrow)
        "dask-core": "dask",
        "fastapi-core": "fastapi",
        "google-cloud-bigquery-core": "google-cloud-bigquery",
        "matplotlib-base": "matplotlib",
        "nbconvert-core": "nbconvert",
        "panel-core": "panel",
        "pyarrow-core": "pyarrow",
        "python-lsp-server-base": "python-lsp-server",
        "qtconsole-base": "qtconsole",
        "ray-core": "ray",
        "seaborn-base": "seaborn",
        "tensorflow-base": "tensorflow",
    }
)
"""Conda name -> PyPI name, for packages that are built for Python."""

RENAMED_WITH_CUDA = MappingProxyType(
    {
        # inferred: the recipe runs onnxruntime's build.py --use_cuda, which names the wheel so
        "onnxruntime": "onnxruntime-gpu",
    }
)
"""Conda name -> PyPI name of its CUDA builds, where they are another distribution."""

NOT_DISTRIBUTIONS = frozenset(
    {
        # built for Python, and only depend on the package that holds the distribution
        "google-api-core-grpc",
        "importlib-resources",  # importlib_resources
        "jsonschema-with-format-nongpl",
        "matplotlib",
        "nbconvert",
        "nbconvert-pandoc",
        "py-xgboost-cpu",
        "py-xgboost-gpu",
        "pytorch-cpu",
        "pytorch-gpu",
        "ray-default",
        "ray-tune",
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-gpu",
        "xgboost",
        # built for Python, and install no metadata
        "backports",  # the namespace's __init__.py
        "cpython",  # the interpreter
        "dataclasses",  # empty from Python 3.7 on
        "mlflow-ui",  # the pages of mlflow
        "pywin32",  # empty on Linux
        "pywin32-on-windows",
        # has TensorFlow's version and not its own, so that the lock does not tell which
        "tensorflow-estimator",
    }
)
"""Packages that are not distributions although their build string shows Python."""

UNMARKED = frozenset(
    {
        # inferred for 2.15 to 2.22, whose builds do not show it and yet are for one Python
        # each: the recipes of 2.8 and 3.10 install the metadata, and the latter tests for it
        "mlflow",
        "mlflow-skinny",
    }
)
"""Packages that are distributions although their build string does not always show Python.

Programs that PyPI has too but conda installs without Python metadata are not here: py-spy, uv.
"""


def distribution_of(package: CondaPackage) -> str | None:
    """Give the PyPI name of the distribution in a conda package, None if it holds none.

    The name is as PyPI writes it for those in the tables, else conda's own spelling of it;
    two spellings are the same distribution if their PEP 503 forms are.
    """
    name = package.name
    if name in NOT_DISTRIBUTIONS:
        return None
    if name not in UNMARKED and not _BUILT_FOR_PYTHON.search(package.build):
        return None
    if name in RENAMED_WITH_CUDA and "cuda" in package.build:
        return RENAMED_WITH_CUDA[name]
    return RENAMED.get(name, name)
