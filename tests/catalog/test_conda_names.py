"""Conda names against real locks, and against PyPI's names in the DLC's own uv.lock files."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from catalog.conda_names import (
    NOT_DISTRIBUTIONS,
    RENAMED,
    RENAMED_WITH_CUDA,
    UNMARKED,
    distribution_of,
)
from catalog.facts import CondaPackage

DATA = Path(__file__).parents[2] / "data"
LOCKS = DATA / "sagemaker_distribution_locks.tar.xz"
RECIPES = DATA / "dlc_recipes.tar.xz"

# Packages as SageMaker Distribution's locks have them.
CASES = [
    # built for Python, under its own name
    ("numpy", "1.26.4", "py310hb13e2d6_0", "numpy"),
    ("requests", "2.32.3", "pyhd8ed1ab_0", "requests"),
    ("botocore", "1.34.131", "pyge310_1234567_0", "botocore"),
    ("langchain", "0.3.19", "pymin39_hff2d567_0", "langchain"),
    ("click", "8.1.7", "unix_pyh707e725_0", "click"),
    ("sympy", "1.12", "pypyh9d50eac_103", "sympy"),
    ("ply", "3.11", "py_1", "ply"),
    ("nose", "1.3.7", "py_1006", "nose"),
    ("lightgbm", "4.6.0", "cuda_py_3", "lightgbm"),
    ("h5py", "3.11.0", "nompi_py310hf054cd7_102", "h5py"),
    ("numexpr", "2.8.7", "mkl_py310h5e07f1c_4", "numexpr"),
    ("pyiceberg", "0.10.0", "np2py312h0f77346_1", "pyiceberg"),
    ("torchvision", "0.24.0", "cuda129_py312_h9f56bbf_2", "torchvision"),
    ("jaxlib", "0.4.12", "cuda112py38h74aa024_201", "jaxlib"),
    ("catboost", "1.2.7", "cpu_py310h7ca5067_1", "catboost"),
    # a project of its own, though it looks like a part of another
    ("google-cloud-core", "2.5.0", "pyhd8ed1ab_0", "google-cloud-core"),
    ("jupyterlab-git-core", "0.53.0", "pyhcf101f3_0", "jupyterlab-git-core"),
    ("fastmcp-slim", "3.3.1", "pyhcf101f3_0", "fastmcp-slim"),
    ("psycopg2-binary", "2.9.10", "pyhd8ed1ab_1", "psycopg2-binary"),
    ("python-dateutil", "2.9.0", "pyhd8ed1ab_0", "python-dateutil"),
    ("pybind11-global", "2.13.6", "pyh217bc35_3", "pybind11-global"),
    # another name than PyPI's
    ("py-xgboost", "1.7.6", "cuda118_py310h9840055_6", "xgboost"),
    ("py-xgboost", "2.1.4", "cuda128_pyh71c493a_2", "xgboost"),
    ("pytorch", "2.8.0", "cuda129_mkl_py312_had1c889_302", "torch"),
    ("tensorflow-base", "2.12.1", "cuda112py310h1d65785_1", "tensorflow"),
    ("matplotlib-base", "3.8.4", "py310h62c0568_0", "matplotlib"),
    ("dask-core", "2024.5.0", "pyhd8ed1ab_0", "dask"),
    ("sagemaker-python-sdk", "2.214.3", "pyhd8ed1ab_0", "sagemaker"),
    ("brotli-python", "1.1.0", "py310hc6cd4ac_1", "Brotli"),
    ("pykrb5", "0.7.1", "py310h695cd88_0", "krb5"),
    ("cython-blis", "0.7.10", "py310h1f7b6fc_2", "blis"),
    ("python-fastjsonschema", "2.19.1", "pyhd8ed1ab_0", "fastjsonschema"),
    ("pyqt", "5.15.9", "py310h04931ad_5", "PyQt5"),
    # split after some version: the plain name held it before, and does not after
    ("fastapi", "0.110.3", "pyhd8ed1ab_0", "fastapi"),
    ("fastapi", "0.119.1", "h30ea78e_0", None),
    ("fastapi-core", "0.119.1", "pyhcf101f3_0", "fastapi"),
    ("pyarrow", "12.0.1", "py310h0576679_8_cpu", "pyarrow"),
    ("pyarrow-core", "17.0.0", "py311h4510849_1_cpu", "pyarrow"),
    # from 3.7 on conda's package only depends on the four that hold the code
    ("sagemaker-python-sdk", "3.7.1", "h332efcf_0", None),
    # the CUDA build is another distribution
    ("onnxruntime", "1.22.0", "py312h2a9cbd2_0_cpu", "onnxruntime"),
    ("onnxruntime", "1.22.0", "py312hadc37f1_200_cuda", "onnxruntime-gpu"),
    ("onnxruntime", "1.26.0", "py312h5fe9fb3_200_cuda129", "onnxruntime-gpu"),
    # Python that the build string does not show
    ("mlflow", "2.22.0", "h38be061_0", "mlflow"),
    ("mlflow-skinny", "2.22.0", "h7900ff3_0", "mlflow-skinny"),
    ("mlflow", "3.11.1", "pyh707e725_0", "mlflow"),
    # no distributions
    ("python", "3.10.14", "hd12c33a_0_cpython", None),
    ("cpython", "3.10.17", "py310hd8ed1ab_0", None),
    ("python_abi", "3.10", "4_cp310", None),
    ("python-gil", "3.12.13", "hd8ed1ab_0", None),
    ("libxgboost", "1.7.6", "cuda118_hd3b444d_6", None),
    ("xgboost", "1.7.6", "cuda118_py310h9840055_6", None),
    ("py-xgboost-gpu", "1.7.6", "py310h9840055_6", None),
    ("_py-xgboost-mutex", "2.0", "gpu_0", None),
    ("pytorch-gpu", "2.0.0", "cuda112py310h398211c_304", None),
    ("tensorflow", "2.12.1", "cuda112py310h457873b_1", None),
    ("matplotlib", "3.8.4", "py310hff52083_0", None),
    ("typing-extensions", "4.11.0", "hd8ed1ab_0", None),
    ("prompt_toolkit", "3.0.42", "hd8ed1ab_0", None),
    ("seaborn", "0.13.2", "hd8ed1ab_3", None),
    ("uvicorn-standard", "0.34.0", "h31011fe_0", None),
    ("duckdb", "1.4.1", "hca7485f_0", None),
    ("backports", "1.0", "pyhd8ed1ab_3", None),
    ("dataclasses", "0.8", "pyhc8e2a94_3", None),
    ("pywin32", "312", "py311h1e102a4_0", None),
    ("tzdata", "2024a", "h0c530f3_0", None),
    ("py-spy", "0.3.14", "h87a5ac0_0", None),
    ("uv", "0.9.8", "h76e24b7_0", None),
    ("libedit", "3.1.20250104", "pl5321h7949ede_0", None),
]


@pytest.mark.parametrize(("name", "version", "build", "expected"), CASES)
def test_a_conda_package_is_the_distribution_that_pypi_knows(
    name: str, version: str, build: str, expected: str | None
) -> None:
    assert distribution_of(CondaPackage(name, version, build, "conda-forge")) == expected


def locks() -> Iterator[dict[str, CondaPackage]]:
    """Give each lock's packages, taken apart with str.rsplit rather than by the source."""
    with tarfile.open(LOCKS) as archive:
        for member in archive:
            if content := archive.extractfile(member):
                lines = re.findall(
                    r"^\w+://.*/(.+)\.(?:conda|tar\.bz2)#", content.read().decode(), re.MULTILINE
                )
                parts = (line.rsplit("-", 2) for line in lines)
                yield {
                    name: CondaPackage(name, version, build, "") for name, version, build in parts
                }


ALL_LOCKS = list(locks())


def test_every_case_is_a_package_of_a_lock() -> None:
    seen = {(p.name, p.version, p.build) for lock in ALL_LOCKS for p in lock.values()}
    assert {case[:3] for case in CASES} <= seen


def test_every_name_in_the_tables_is_one_that_the_locks_have() -> None:
    seen = set().union(*ALL_LOCKS)
    for_other_variants = {"pytorch-cpu", "tensorflow-cpu"}
    tables = {*RENAMED, *RENAMED_WITH_CUDA, *NOT_DISTRIBUTIONS, *UNMARKED}
    assert tables - seen == for_other_variants


def test_no_name_is_in_two_tables() -> None:
    assert not NOT_DISTRIBUTIONS & {*RENAMED, *RENAMED_WITH_CUDA, *UNMARKED}
    assert not UNMARKED & {*RENAMED, *RENAMED_WITH_CUDA}


@pytest.mark.parametrize(
    ("metapackage", "holder"),
    [
        ("google-api-core-grpc", "google-api-core"),
        ("importlib-resources", "importlib_resources"),
        ("jsonschema-with-format-nongpl", "jsonschema"),
        ("matplotlib", "matplotlib-base"),
        ("nbconvert", "nbconvert-core"),
        ("nbconvert-pandoc", "nbconvert-core"),
        ("py-xgboost-cpu", "py-xgboost"),
        ("py-xgboost-gpu", "py-xgboost"),
        ("pytorch-gpu", "pytorch"),
        ("ray-default", "ray-core"),
        ("ray-tune", "ray-core"),
        ("tensorflow", "tensorflow-base"),
        ("tensorflow-gpu", "tensorflow-base"),
        ("xgboost", "py-xgboost"),
        ("mlflow-ui", "mlflow"),
    ],
)
def test_wherever_a_metapackage_is_its_distribution_is_there_with_the_same_version(
    metapackage: str, holder: str
) -> None:
    having = [lock for lock in ALL_LOCKS if metapackage in lock]
    assert having
    for lock in having:
        assert lock[holder].version == lock[metapackage].version
        assert distribution_of(lock[holder])


def test_packages_that_are_one_distribution_never_differ_in_version() -> None:
    for lock in ALL_LOCKS:
        versions: dict[str, str] = {}
        for package in lock.values():
            if name := distribution_of(package):
                key = canonicalize_name(name)
                assert versions.setdefault(key, package.version) == package.version, package


@pytest.fixture(scope="module")
def pypi_names() -> set[str]:
    """Names of PyPI projects, from the uv.lock files that DLC images are built from."""
    with tarfile.open(RECIPES) as archive:
        texts = [
            content.read().decode()
            for member in archive
            if member.name.endswith("uv.lock") and (content := archive.extractfile(member))
        ]
    return {name for text in texts for name in re.findall(r'^name = "(.+)"$', text, re.MULTILINE)}


def test_the_names_given_are_pypis_and_the_names_replaced_are_not(pypi_names: set[str]) -> None:
    assert len(pypi_names) > 500
    assert not {canonicalize_name(name) for name in RENAMED} & pypi_names
    assert len({canonicalize_name(name) for name in RENAMED.values()} & pypi_names) >= 23


def test_what_pypi_has_too_is_a_distribution_unless_reviewed(pypi_names: set[str]) -> None:
    distributions: set[str] = set()
    others: set[str] = set()
    for lock in ALL_LOCKS:
        for package in lock.values():
            name = distribution_of(package)
            (distributions if name else others).add(canonicalize_name(name or package.name))
    # libclang is the C library, py-spy a program without metadata, pywin32 empty on Linux
    assert (others - distributions) & pypi_names == {"libclang", "py-spy", "pywin32"}
