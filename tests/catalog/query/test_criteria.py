"""How wishes test recorded values; `packaging` is the truth of what a specifier means."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from catalog.errors import UsageError
from catalog.facts import Kind
from catalog.query import releases, wishes
from catalog.query.criteria import Answer, Criteria, FactWanted, SeriesWanted

DATA = Path(__file__).parents[3] / "data"
FRAMEWORKS = {"pytorch", "mxnet", "sklearn", "huggingface-pytorch", "huggingface-vllm"}
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


@pytest.mark.parametrize(
    ("wish", "value", "answer"),
    [
        ("3.10", "3.10", YES),
        ("3.10", "3.10.14", YES),
        ("3.10", "3.1", NO),
        ("3.10", "3.11.0", NO),
        ("3.10", "3", UNKNOWN),
        ("3.10", "2", NO),
        ("==3.10", "3.10.14", YES),
        ("===3.10", "3.10.14", YES),
        ("==3.10.*", "3.10", YES),
        ("3.10.x", "3.10.9", YES),
        ("3.10.14", "3.10", UNKNOWN),
        ("3.10.14", "3.10.14", YES),
        ("3.10.14", "3.10.13", NO),
        (">=3.10.5", "3.10", UNKNOWN),
        (">=3.9", "3.10", YES),
        ("<3.10", "3.10", NO),
        ("<3.10", "3", UNKNOWN),
        (">=4", "3", NO),
        ("<4", "3", YES),
        (">3.10", "3.10", NO),
        (">3.10", "3.10.14", NO),
        (">3.10", "3.11", YES),
        ("<=3.10", "3.10.14", YES),
        ("<=3.10", "3.11", NO),
        ("!=3.10", "3.10.14", NO),
        ("!=3.10", "3.9", YES),
        ("!=3.10.4", "3.10", UNKNOWN),
        ("~=3.9", "3.12", YES),
        ("~=3.10.2", "3.10", UNKNOWN),
        ("~=3.10.2", "3.11", NO),
        (">=3.9,<3.12", "3.11", YES),
        (">=3.9,<3.12", "3", UNKNOWN),
        (">=3.10.2,!=3.10.4,<3.10.9", "3.10", UNKNOWN),
        ("py310", "3.10", YES),
        ("py27", "2.7.18", YES),
        ("py3", "3.12", YES),
        ("3.9+", "3.12", YES),
        ("3.10", "not a version", UNKNOWN),
    ],
)
def test_a_python_of_two_numbers_is_a_series_in_wish_and_record(
    wish: str, value: str, answer: Answer
) -> None:
    assert wishes.python_wanted(wish).accepts(value) is answer


@pytest.mark.parametrize(
    ("wish", "value", "answer"),
    [
        ("cu118", "11.8", YES),
        ("cu118", "11.8.0", YES),
        ("cu92", "9.2", YES),
        ("cu100", "10.0", YES),
        ("cu133", "13.3", YES),
        ("cu12", "12.4", YES),
        ("12", "12.4.1", YES),
        ("11.8.0", "11.8", UNKNOWN),
        ("cuda12.1", "12.1", YES),
        ("cuda 12.1", "12.4", NO),
        (">=12.1", "11.8", NO),
        (">=12.1,<12.5", "12.4", YES),
    ],
)
def test_a_cuda_is_read_in_the_forms_of_tags_and_of_people(
    wish: str, value: str, answer: Answer
) -> None:
    assert wishes.cuda_wanted(wish).accepts(value) is answer


@pytest.mark.parametrize(
    ("wish", "value", "answer"),
    [
        ("ubuntu", "ubuntu20.04", YES),
        ("ubuntu", "amzn2023", NO),
        ("ubuntu22.04", "ubuntu22.04", YES),
        ("ubuntu 22.04", "ubuntu22.04", YES),
        ("ubuntu-22.04", "ubuntu22.04", YES),
        ("ubuntu22", "ubuntu22.04", YES),
        ("ubuntu22.04", "ubuntu20.04", NO),
        ("ubuntu22.04", "ubuntu", UNKNOWN),
        ("ubuntu>=20.04", "ubuntu20.04", YES),
        ("ubuntu>=20.04", "ubuntu18.04", NO),
        ("ubuntu>=20.04", "amzn2023", NO),
        ("ubuntu>20.04", "ubuntu20.04", NO),
        ("Ubuntu >= 20.04, < 24", "ubuntu22.04", YES),
        ("amzn", "amzn2023", YES),
        ("amzn2023", "amzn2023", YES),
        ("amzn2023", "amzn2", NO),
        ("al2023", "amzn2023", YES),
        ("al2", "amzn2", YES),
        ("amazon linux 2023", "amzn2023", YES),
        ("AmazonLinux2023", "amzn2023", YES),
        ("amzn>=2", "amzn2023", YES),
        ("debian12", "debian12.5", YES),
    ],
)
def test_an_operating_system_is_its_name_and_a_range(wish: str, value: str, answer: Answer) -> None:
    assert wishes.os_wanted(wish).accepts(value) is answer


@pytest.mark.parametrize(
    ("read", "wish", "yes", "no", "unknown"),
    [
        (wishes.device_wanted, "GPU", "gpu", "cpu neuron neuronx hpu eia", ""),
        (wishes.device_wanted, "cuda", "gpu", "cpu", ""),
        (wishes.device_wanted, "cpu", "cpu", "gpu eia", ""),
        (wishes.device_wanted, "neuron", "neuron neuronx inf inf2 trn", "gpu cpu", ""),
        (wishes.device_wanted, "neuronx", "neuronx inf2 trn", "neuron gpu", ""),
        (wishes.device_wanted, "trainium", "neuronx trn", "gpu inf2", "neuron"),
        (wishes.device_wanted, "inferentia", "neuron neuronx inf inf2", "trn", ""),
        (wishes.device_wanted, "habana", "hpu", "gpu", ""),
        (wishes.arch_wanted, "aarch64", "arm64", "x86_64", ""),
        (wishes.arch_wanted, "graviton", "arm64", "x86_64", ""),
        (wishes.arch_wanted, "amd64", "x86_64", "arm64", ""),
        (wishes.platform_wanted, "eks", "ec2", "sagemaker", ""),
        (wishes.platform_wanted, "sagemaker", "sagemaker", "ec2", ""),
        (wishes.job_wanted, "train", "training", "inference", ""),
        (wishes.job_wanted, "serving", "inference", "training", ""),
    ],
)
def test_a_choice_accepts_its_values_only(
    read: object, wish: str, yes: str, no: str, unknown: str
) -> None:
    assert callable(read)
    for answer, values in ((YES, yes), (NO, no), (UNKNOWN, unknown)):
        assert {value: read(wish).accepts(value) for value in values.split()} == dict.fromkeys(
            values.split(), answer
        )


def test_a_framework_is_exactly_that_family_and_a_series_of_its_version() -> None:
    family, version = wishes.framework_wanted("PyTorch 2.1", FRAMEWORKS)
    assert [family.accepts(v) for v in ("pytorch", "huggingface-pytorch")] == [YES, NO]
    assert [version.accepts(v) for v in ("2.1", "2.1.2", "2", "2.2.0", "b9522")] == [
        *(YES, YES, UNKNOWN, NO, UNKNOWN),
    ]
    assert [f.text for f in wishes.framework_wanted("pytorch>=2.1", FRAMEWORKS)] == [
        "framework pytorch",
        "framework version>=2.1",
    ]
    (every,) = wishes.framework_wanted("huggingface", FRAMEWORKS)
    assert [every.accepts(v) for v in ("huggingface-vllm", "huggingface-pytorch", "pytorch")] == [
        *(YES, YES, NO),
    ]
    assert wishes.framework_wanted("scikit-learn", FRAMEWORKS)[0].accepts("sklearn") is YES


def test_every_python_cuda_and_os_of_the_documentation_meets_the_wish_for_itself() -> None:
    text = "\n".join(path.read_text() for path in sorted((DATA / "dlc_docs").rglob("*.yml")))
    read = {"python": wishes.python_wanted, "cuda": wishes.cuda_wanted, "os": wishes.os_wanted}
    form = re.compile(r"^(python|cuda|os):\s*[\"']?([a-z]+[0-9.]+)", re.MULTILINE)
    stated = set(form.findall(text))
    assert len(stated) > 15
    for key, value in stated:
        digits = value.lstrip("pycu")
        recorded = {
            "python": f"{digits[0]}.{digits[1:]}".rstrip("."),
            "cuda": f"{digits[:-1]}.{digits[-1]}",
            "os": value,
        }[key]
        assert read[key](value).accepts(recorded) is YES, value


@pytest.mark.parametrize(
    ("text", "version", "accepted"),
    [
        ("xgboost==1.7.6", "1.7.6", True),
        ("xgboost==1.7.6", "1.7.6+cuda118", True),
        ("xgboost==1.7.6", "1.7.6.post1", False),
        ("xgboost 1.7.6", "1.7.6", True),
        ("xgboost", "anything at all", True),
        ("torch 2.1", "2.1.2+cu118", True),
        ("torch==2.1", "2.1.2", False),
        ("torch>=2.1,<2.4", "2.4.0rc1", False),
        ("torch>=2.1", "2.2.0.dev20231001", True),
        ("torch 2.1+", "2.3", True),
        ("torch 2.1-", "2.1.2", True),
        ("numpy ( >=1.20 )", "1.26.4", True),
        ("pkg==2023-custom", "2023-custom", None),
        ("pkg===2023-custom", "2023-custom", True),
        ("pkg===2023-custom", "2024-custom", False),
        ("pkg>=1", "2023-custom", False),
        ("pkg~=1.4.2", "1.4.9", True),
        ("pkg!=1.4.*", "1.4.9", False),
    ],
)
def test_a_package_accepts_what_pep_440_says(
    text: str, version: str, accepted: bool | None
) -> None:
    if accepted is None:
        with pytest.raises(UsageError, match="not a version specifier"):
            wishes.package_wanted(text)
    else:
        assert wishes.package_wanted(text).accepts(version) is accepted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("XGBoost ==1.7.6", "xgboost==1.7.6"),
        ("torch <2.4, >=2.1", "torch>=2.1,<2.4"),
        ("Typing_Extensions", "typing-extensions"),
        ("sklearn", "scikit-learn"),
        ("pytorch 2.1", "torch==2.1.*"),
        ("torch>=2,>=2,<3", "torch>=2,<3"),
        ("xgboost v1.7.6", "xgboost==1.7.6"),
        ("not-in-any-catalog", "not-in-any-catalog"),
    ],
)
def test_a_package_is_shown_by_its_canonical_name_and_range(text: str, shown: str) -> None:
    assert wishes.package_wanted(text).text == shown


@pytest.mark.parametrize(
    ("read", "text", "hint"),
    [
        (wishes.python_wanted, "", "py310"),
        (wishes.python_wanted, "python", "py310"),
        (wishes.python_wanted, "three", "py310"),
        (wishes.python_wanted, "3.10,3.11", "py310"),
        (wishes.python_wanted, "=>3.9", "py310"),
        (wishes.python_wanted, "30.1", "py310"),
        (wishes.python_wanted, ">3.11,<3.10", "py310"),
        (wishes.python_wanted, "1!3.10", "py310"),
        (wishes.python_wanted, "===x", "py310"),
        (wishes.python_wanted, "9" * 5000, "py310"),
        (wishes.python_wanted, "3.10 or 3.11", "py310"),
        (wishes.cuda_wanted, "cuda", "cu118"),
        (wishes.cuda_wanted, "1180", "cu118"),
        (wishes.os_wanted, "ubunto", "did you mean ubuntu?"),
        (wishes.os_wanted, "windows", "such as ubuntu22.04"),
        (wishes.os_wanted, "ubuntu>>20", "such as ubuntu22.04"),
        (wishes.device_wanted, "gpuu", "did you mean gpu"),
        (wishes.device_wanted, "quantum", "one of gpu, cpu, neuron"),
        (wishes.arch_wanted, "arm65", "did you mean arm64"),
        (wishes.platform_wanted, "sagemakr", "did you mean sagemaker"),
        (wishes.job_wanted, "trainin", "did you mean training"),
        (wishes.package_wanted, "", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost=1.7.6", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost==", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost===", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost === ", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost(===)", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost>=1,===", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost>=", "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost,", "xgboost==1.7.6"),
        (wishes.package_wanted, "x" * 5000, "xgboost==1.7.6"),
        (wishes.package_wanted, "x" * 900 + ">2,<1", ""),
        (wishes.python_wanted, "===", "py310"),
        (wishes.cuda_wanted, "==", "cu118"),
        (wishes.os_wanted, "ubuntu===", "such as ubuntu22.04"),
        (wishes.os_wanted, "u" * 5000, "such as ubuntu22.04"),
        (wishes.package_wanted, "dask[dataframe]==1", "xgboost==1.7.6"),
        (wishes.package_wanted, "x>1; python_version<'3'", "xgboost==1.7.6"),
        (wishes.package_wanted, "x @ https://example.org/x.whl", "xgboost==1.7.6"),
        (wishes.package_wanted, "x>=1" + ",>=1" * 5000, "xgboost==1.7.6"),
        (wishes.package_wanted, "x>=" + "9" * 5000, "xgboost==1.7.6"),
        (wishes.package_wanted, "xgboost torch", "xgboost==1.7.6"),
    ],
)
def test_what_is_no_wish_is_an_error_that_says_the_form(read: object, text: str, hint: str) -> None:
    assert callable(read)
    with pytest.raises(UsageError) as error:
        read(text)
    assert hint in error.value.hint
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400
    assert text.strip()[:20] in error.value.message


def test_an_unknown_framework_or_region_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="'pytorhc': unknown framework: did you mean pytorch"):
        wishes.framework_wanted("pytorhc", FRAMEWORKS)
    with pytest.raises(UsageError, match="'us-est-1': unknown region: did you mean us-east-1"):
        wishes.region_wanted("us-est-1", {"us-east-1", "cn-north-1"})
    assert wishes.region_wanted(" US-East-1", {"us-east-1"}) == "us-east-1"


def wish(text: str) -> FactWanted:
    return wishes.python_wanted(text)


def test_wishes_unite_in_any_order_and_from_anywhere() -> None:
    packages = [wishes.package_wanted(text) for text in ("torch>=2.1", "numpy", "torch<2.4")]
    facts = [
        wish(">=3.9"),
        wishes.device_wanted("neuron"),
        wish("<3.12"),
        wishes.job_wanted("training"),
        wishes.job_wanted("inference"),
        wishes.job_wanted("train"),
        wishes.device_wanted("neuronx"),
        wishes.os_wanted("ubuntu"),
        wishes.os_wanted("ubuntu>=20.04"),
    ]
    whole = Criteria.of(packages, facts, ["us-east-1", ""], True)
    assert [p.text for p in whole.packages] == ["numpy", "torch>=2.1,<2.4"]
    assert [f.text for f in whole.facts] == [
        "python>=3.9,<3.12",
        "device neuronx",
        "os ubuntu>=20.04",
        "job inference",
        "job training",
    ]
    half = Criteria.of(packages[:1], facts[:4])
    rest = Criteria.of(packages[1:], facts[4:], ["us-east-1"], True)
    assert half.merged(rest) == rest.merged(half) == whole
    assert whole.merged(whole) == whole
    assert Criteria.of() == Criteria()


@pytest.mark.parametrize(
    "facts",
    [
        [wish("3.10"), wish("3.11")],
        [wish(">=3.11"), wish("<3.11")],
        [wish("3.10"), wish("!=3.10")],
        [wishes.cuda_wanted("11.8"), wishes.cuda_wanted("12")],
        [wishes.device_wanted("gpu"), wishes.device_wanted("cpu")],
        [wishes.platform_wanted("ec2"), wishes.platform_wanted("sagemaker")],
        [wishes.os_wanted("ubuntu"), wishes.os_wanted("amzn2023")],
        [wishes.os_wanted("ubuntu20.04"), wishes.os_wanted("ubuntu22.04")],
        [
            fact
            for name in ("pytorch", "mxnet")
            for fact in wishes.framework_wanted(name, FRAMEWORKS)
        ],
    ],
    ids=lambda facts: " ".join(fact.text for fact in facts),
)
def test_wishes_that_no_image_can_meet_contradict(facts: list[FactWanted]) -> None:
    with pytest.raises(UsageError, match=f"'{re.escape(facts[0].text)}' and .* contradict"):
        Criteria.of(facts=facts)
    with pytest.raises(UsageError, match="contradict"):
        Criteria.of(facts=facts[1:]).merged(Criteria.of(facts=facts[:1]))


def test_contradictions_in_packages_and_regions_are_errors() -> None:
    pins = [wishes.package_wanted(text) for text in ("xgboost==1.7.6", "xgboost==1.7.5")]
    with pytest.raises(UsageError, match=r"xgboost==1\.7\.5,==1\.7\.6: no version can be all"):
        Criteria.of(pins)
    with pytest.raises(UsageError, match="eu-west-1 and us-east-1 are two regions"):
        Criteria.of(regions=["us-east-1", "eu-west-1"])


MINORS = (0, *range(7, 14))
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "~=", "==.*", "!=.*", "==="])


@st.composite
def clauses(draw: st.DrawFn) -> tuple[str, str, tuple[int, ...]]:
    operator = draw(OPERATORS)
    shortest = 2 if operator == "~=" else 1
    length = draw(st.integers(shortest, 3))
    numbers = (
        draw(st.sampled_from([2, 3, 3, 3, 4])),
        draw(st.integers(8, 11)),
        draw(st.integers(0, 5)),
    )[:length]
    text = ".".join(map(str, numbers))
    suffix = ".*" if operator.endswith(".*") else ""
    operator = operator.removesuffix(".*")
    return f"{operator}{text}{suffix}", operator, () if suffix else numbers


def meets(release: tuple[int, ...], clause: tuple[str, str, tuple[int, ...]]) -> bool:
    """Test one full release by the rule that is written: short versions are series."""
    text, operator, numbers = clause
    cut = release[: len(numbers)]
    if 0 < len(numbers) < 3 and operator != "~=":
        return {
            "==": cut == numbers,
            "===": cut == numbers,
            "!=": cut != numbers,
            "<": cut < numbers,
            "<=": cut <= numbers,
            ">": cut > numbers,
            ">=": cut >= numbers,
        }[operator]
    return SpecifierSet(text).contains(Version(".".join(map(str, release))), prereleases=True)


@settings(deadline=None)
@given(
    st.lists(clauses(), min_size=1, max_size=3),
    st.sampled_from(["2", "3", "4", "3.8", "3.9", "3.10", "3.11", "3.12", "3.10.0", "3.9.4"]),
)
def test_a_series_answers_as_all_its_releases_would(
    some: list[tuple[str, str, tuple[int, ...]]], value: str
) -> None:
    specifier = releases.as_series(SpecifierSet(",".join(clause[0] for clause in some)))
    numbers = tuple(map(int, value.split(".")))
    everything = product(range(2, 6), range(7, 14), range(8))
    answers = {
        all(meets(release, clause) for clause in some)
        for release in everything
        if release[: len(numbers)] == numbers
    }
    expected = UNKNOWN if len(answers) == 2 else {True: YES, False: NO}[answers.pop()]
    assert SeriesWanted(Kind.PYTHON, "", specifier).accepts(value) is expected


@settings(deadline=None)
@given(st.lists(clauses(), min_size=1, max_size=4))
def test_a_specifier_is_impossible_if_and_only_if_no_release_meets_it(
    some: list[tuple[str, str, tuple[int, ...]]],
) -> None:
    specifier = SpecifierSet(",".join(text for text, _, _ in some))
    everything = (".".join(map(str, p)) for p in product(range(6), MINORS, range(8), range(2)))
    pins = [numbers for _, operator, numbers in some if operator == "==="]
    texts = [*everything, *(".".join(map(str, numbers)) for numbers in pins)]
    met = any(specifier.contains(Version(text), prereleases=True) for text in texts)
    assert releases.is_impossible(specifier) is not met


@given(st.text(max_size=40))
def test_a_recorded_value_of_any_form_gets_an_answer(value: str) -> None:
    read = [wish("3.10"), wishes.os_wanted("ubuntu>=20.04"), wishes.device_wanted("gpu")]
    assert {type(one.accepts(value)) for one in read} == {Answer}
    assert wishes.package_wanted("x===1").accepts(value) is (value == "1")


@given(st.text(max_size=60))
def test_no_text_is_worse_than_a_usage_error(text: str) -> None:
    for read in (
        *(wishes.python_wanted, wishes.cuda_wanted, wishes.os_wanted, wishes.device_wanted),
        *(wishes.package_wanted, lambda text: wishes.framework_wanted(text, FRAMEWORKS)),
    ):
        assert "\n" not in refusal(read, text)


def refusal(read: Callable[[str], object], text: str) -> str:
    """Give the error of a wish, empty if there is none."""
    try:
        read(text)
    except UsageError as error:
        return str(error)
    return ""
