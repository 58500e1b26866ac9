"""AWS's spellings and exact pins, in tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import SourceError
from catalog.sources.pins import core_packages, exact_version, requirements
from catalog.sources.spellings import cuda_of, framework_of, python_of, refined

DATA = Path(__file__).parents[3] / "data"


@pytest.mark.parametrize(
    ("spelling", "python"),
    [("py27", "2.7"), ("py36", "3.6"), ("py310", "3.10"), ("py3", "3"), ("3.10", ""), ("", "")],
)
def test_pythons(spelling: str, python: str) -> None:
    assert python_of(spelling) == python


@pytest.mark.parametrize(
    ("spelling", "cuda"),
    [("cu92", "9.2"), ("cu100", "10.0"), ("cu118", "11.8"), ("cu130", "13.0"), ("cuda", "")],
)
def test_cudas(spelling: str, cuda: str) -> None:
    assert cuda_of(spelling) == cuda


@pytest.mark.parametrize(
    ("name", "framework"),
    [
        ("pytorch-training-arm64", "pytorch"),
        ("pytorch_runtime", "pytorch"),
        ("pytorch-trcomp-training", "pytorch"),
        ("huggingface-pytorch-inference-neuronx", "huggingface-pytorch"),
        ("huggingface_tensorflow_trcomp", "huggingface-tensorflow"),
        ("huggingface-vllm-omni", "huggingface-vllm-omni"),
        ("huggingface-tei", "tei"),
        ("sagemaker-xgboost", "xgboost"),
        ("sagemaker-scikit-learn", "sklearn"),
        ("sklearn_1_4_2_py312", "sklearn"),
        ("djl-inference", "djl"),
        ("stabilityai_pytorch", "stabilityai"),
        ("sglang-server", "sglang"),
        ("vllm_server", "vllm"),
        ("base-ubuntu", "base"),
        ("tensorflow-inference-eia", "tensorflow"),
    ],
)
def test_frameworks(name: str, framework: str) -> None:
    assert framework_of(name) == framework


@pytest.mark.parametrize(
    ("coarse", "fine", "result"),
    [
        ("3.10", "3.10.14", "3.10.14"),
        ("3.1", "3.10.14", "3.1"),
        ("3.10", "3.9.1", "3.10"),
        ("3.10", "3.10.*", "3.10"),
        ("12.8", "", "12.8"),
        ("", "3.10", ""),
    ],
)
def test_a_finer_version_counts_only_within_the_coarse_one(
    coarse: str, fine: str, result: str
) -> None:
    assert refined(coarse, fine) == result


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        ("==1.2.3", "1.2.3"),
        ("==2.9.0+cu130", "2.9.0+cu130"),
        ("==0.37.*", ""),
        (">=1.0,<2", ""),
        ("==1.0,<2", "1.0"),
        ("==1.0,==2.0", ""),
        ("<2", ""),
        ("", ""),
        ("so what", ""),
    ],
)
def test_only_an_exact_pin_is_a_version(specifier: str, version: str) -> None:
    assert exact_version(specifier) == version


def test_every_line_of_the_real_requirements_is_read() -> None:
    path = DATA / "package_lists" / "sagemaker-xgboost-1.7-1.requirements.txt"
    found = {one.name: one.version for one in requirements(path.read_bytes(), path.name)}
    assert len(found) == len(path.read_text().splitlines()) == 32
    assert (found["Flask"], found["scikit-learn"], found["psutil"]) == ("1.1.1", "0.24.1", "5.6.7")


def test_ranges_options_and_conditions_are_no_pins() -> None:
    text = b"-r other.txt\n--index-url=x\na>=1 # ==2\nb==1 ; sys_platform=='win32'\nc[d]==2 #x\n\n"
    assert [(one.name, one.version) for one in requirements(text, "x")] == [("c", "2")]


@pytest.mark.parametrize("content", [b"a ==", b"<html>", b"\xff", b"a==1\n!"])
def test_bad_requirements_are_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"\Ax\.txt[^\n]+\Z"):
        requirements(content, "x.txt")


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"a": 1}', b'{"a": {"version_specifier": 1}}'])
def test_bad_core_packages_are_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"\Ax\.json[^\n]+\Z"):
        core_packages(content, "x.json")
