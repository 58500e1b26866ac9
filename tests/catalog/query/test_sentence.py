"""Questions in plain words: what each phrasing means, and that no word is passed over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from catalog.errors import UsageError
from catalog.query import spoken, wishes
from catalog.query.criteria import Criteria
from catalog.query.sentence import Vocabulary, parse_words

DATA = Path(__file__).parents[3] / "data"
PACKAGES = """
    boto3 click datasets docker huggingface-hub lightning numpy opencv-python pandas pillow
    python-dateutil pytorch-lightning ray s3fs sagemaker sagemaker-inference sagemaker-training
    scikit-learn tensorflow tensorflow-probability torch torchvision transformers triton
    typing-extensions xgboost xgboost-ray
"""
FRAMEWORKS = """
    autogluon base djl huggingface-pytorch huggingface-tensorflow huggingface-vllm mxnet pytorch
    ray sagemaker-distribution sglang sklearn tensorflow triton vllm xgboost
"""
REGIONS = "ap-southeast-3 cn-north-1 eu-central-1 us-east-1 us-gov-west-1 us-west-2"
KNOWN = Vocabulary(
    frozenset(PACKAGES.split()), frozenset(FRAMEWORKS.split()), frozenset(REGIONS.split())
)


def parse(*words: str) -> Criteria:
    return parse_words(words, vocabulary=KNOWN)


def texts(criteria: Criteria) -> list[str]:
    """Everything that is wanted, as people read it."""
    said = [*(fact.text for fact in criteria.facts), *(p.text for p in criteria.packages)]
    said += [criteria.region] if criteria.region else []
    return said + (["supported"] if criteria.supported else [])


TITLE = ["python 3.10", "device gpu", "xgboost==1.7.6"]
PHRASINGS: dict[str, list[str]] = {
    "which image supports py310 + xgboost 1.7.6 on GPU": TITLE,
    "which image supports py310 + xgboost 1.7.6 on GPU?": TITLE,
    "py310 xgboost==1.7.6 gpu": TITLE,
    "gpu, xgboost 1.7.6, Python 3.10.": TITLE,
    "I need a GPU container with XGBoost version 1.7.6 and python3.10": TITLE,
    "show me images that have xgboost v1.7.6 installed for python 3.10 on an nvidia gpu": TITLE,
    "python=3.10 device=gpu package=xgboost==1.7.6": TITLE,
    "python: 3.10, device: gpu, package=xgboost 1.7.6": TITLE,
    "python==3.10 xgboost == 1.7.6 cuda": TITLE,
    "py310+xgboost-1.7.6+gpu": TITLE,
    "py3.10 xgboost1.7.6 gpus": TITLE,
    "py-310 'xgboost==1.7.6' (gpu)": TITLE,
    "What's the image for xg boost 1.7.6 + py310 on gpus!": TITLE,
    "py39": ["python 3.9"],
    "py27": ["python 2.7"],
    "py3": ["python 3"],
    "python 3.10.14": ["python 3.10.14"],
    "python 3.10.*": ["python 3.10"],
    "python 3.x": ["python 3"],
    "python>=3.9": ["python>=3.9"],
    "python >= 3.9, < 3.12": ["python>=3.9,<3.12"],
    "python>=3.9 python<3.12": ["python>=3.9,<3.12"],
    "python 3.10 or newer": ["python>=3.10"],
    "python 3.10 and above, please": ["python>=3.10"],
    "python 3.10+": ["python>=3.10"],
    "py310+ gpu": ["python>=3.10", "device gpu"],
    "python at least 3.10": ["python>=3.10"],
    "python newer than 3.10": ["python>=3.11"],
    "python 3.10 or older": ["python<3.11"],
    "python ~=3.9": ["python~=3.9"],
    "python!=3.9": ["python!=3.9.*"],
    "cu118": ["cuda 11.8"],
    "cuda 11.8": ["cuda 11.8"],
    "CUDA 11.8.0": ["cuda 11.8.0"],
    "cuda toolkit version 12.1": ["cuda 12.1"],
    "cuda>=12.1": ["cuda>=12.1"],
    "cuda12.1": ["cuda 12.1"],
    "cu92": ["cuda 9.2"],
    "cuda 12 or later on gpu": ["cuda>=12", "device gpu"],
    "cuda and nvidia gpu": ["device gpu"],
    "cpu only": ["device cpu"],
    "only gpu images, supported only": ["device gpu", "supported"],
    "neuronx": ["device neuronx"],
    "aws inferentia": ["device inferentia"],
    "trn1": ["device trainium"],
    "habana gaudi": ["device hpu"],
    "elastic inference": ["device eia"],
    "device neuron": ["device neuron"],
    "gpu devices": ["device gpu"],
    "ubuntu20.04": ["os ubuntu 20.04"],
    "Ubuntu-22.04": ["os ubuntu 22.04"],
    "ubuntu": ["os ubuntu"],
    "ubuntu>=20.04": ["os ubuntu>=20.04"],
    "ubuntu 20.04 or newer": ["os ubuntu>=20.04"],
    "os=ubuntu 22.04": ["os ubuntu 22.04"],
    "os amzn2023": ["os amzn 2023"],
    "Amazon Linux 2023": ["os amzn 2023"],
    "al2023": ["os amzn 2023"],
    "amazon linux": ["os amzn"],
    "running on arm64 graviton": ["arch arm64"],
    "x86_64": ["arch x86_64"],
    "amd64 architecture": ["arch x86_64"],
    "arch=aarch64": ["arch arm64"],
    "on EKS": ["platform ec2"],
    "ec2 and ecs": ["platform ec2"],
    "platform=sagemaker": ["platform sagemaker"],
    "training jobs": ["job training"],
    "job=serving": ["job inference"],
    "training and inference": ["job inference", "job training"],
    "train xgboost on sagemaker": ["platform sagemaker", "job training", "xgboost"],
    "sagemaker training containers with pytorch": ["platform sagemaker", "job training", "torch"],
    "sagemaker inference": ["platform sagemaker", "job inference"],
    "sagemaker>=2.200 in us-east-1": ["sagemaker>=2.200", "us-east-1"],
    "sagemaker-training 4.8.0": ["sagemaker-training==4.8.0"],
    "gpu images in region us-west-2": ["device gpu", "us-west-2"],
    "region=cn-north-1 cpu": ["device cpu", "cn-north-1"],
    "US-GOV-WEST-1 region": ["us-gov-west-1"],
    "supported images with gpu": ["device gpu", "supported"],
    "supported-only gpu": ["device gpu", "supported"],
    "gpu images still in support": ["device gpu", "supported"],
    "pytorch": ["torch"],
    "PyTorch 2.1": ["torch==2.1.*"],
    "pytorch>=2.1": ["torch>=2.1"],
    "torch>=2.1,<2.4": ["torch>=2.1,<2.4"],
    "torch >= 2.1, < 2.4": ["torch>=2.1,<2.4"],
    "torch >=2.1 <2.4 !=2.2.*": ["torch>=2.1,<2.4,!=2.2.*"],
    "torch 2.0.1+cu118": ["torch==2.0.1+cu118"],
    "torch===2.0.1": ["torch===2.0.1"],
    "torch 2.1 or newer": ["torch>=2.1"],
    "torch 2.1.0rc1": ["torch==2.1.0rc1"],
    "torch 2": ["torch==2.*"],
    "tf 2.13 + numpy<2": ["numpy<2", "tensorflow==2.13.*"],
    "sklearn": ["scikit-learn"],
    "scikit learn 1.3": ["scikit-learn==1.3.*"],
    "scikit_learn~=1.3.0": ["scikit-learn~=1.3.0"],
    "hugging face transformers 4.49": ["transformers==4.49.*"],
    "huggingface hub": ["huggingface-hub"],
    "pytorch lightning": ["pytorch-lightning"],
    "typing extensions": ["typing-extensions"],
    "opencv python": ["opencv-python"],
    "python dateutil 2.8.2 with python 3.9": ["python 3.9", "python-dateutil==2.8.2"],
    "tensorflow probability": ["tensorflow-probability"],
    "xgboost ray": ["ray", "xgboost"],
    "PIL and cv2": ["opencv-python", "pillow"],
    "vllm": ["vllm"],
    "mxnet 1.9.1": ["mxnet==1.9.1"],
    "docker images with docker>=7": ["docker>=7"],
    "package=not-in-the-catalog==1.0": ["not-in-the-catalog==1.0"],
    "package=unheard-of": ["unheard-of"],
    "package=unheard-of 1.2 gpu": ["device gpu", "unheard-of==1.2.*"],
    "package=numpi>=1.2,<2": ["numpi>=1.2,<2"],
    # Frameworks that no image of this catalog has as a distribution, and names for others.
    "sglang>=0.4": ["sglang>=0.4"],
    "beautifulsoup>=4.12": ["beautifulsoup4>=4.12"],
    "torch>=2 torch<2.4": ["torch>=2,<2.4"],
    "framework=pytorch": ["framework pytorch"],
    "framework=pytorch>=2.1 training": [
        *("framework pytorch", "framework version>=2.1", "job training"),
    ],
    "framework pytorch 2.1": ["framework pytorch", "framework version 2.1"],
    "framework=huggingface": ["framework huggingface"],
    "hugging face pytorch": ["framework huggingface-pytorch"],
    "hugging face": ["framework huggingface"],
    "djl 0.28.0": ["framework djl", "framework version 0.28.0"],
    "triton inference server": ["framework triton"],
    "sagemaker distribution 2.1 cpu": [
        *("framework sagemaker-distribution", "framework version 2.1", "device cpu"),
    ],
    "sagemaker-distribution>=2": ["framework sagemaker-distribution", "framework version>=2"],
    "find the images for deep learning containers": [],
}


@pytest.mark.parametrize(("question", "meaning"), PHRASINGS.items(), ids=PHRASINGS)
def test_a_question_means_what_it_says(question: str, meaning: list[str]) -> None:
    assert texts(parse(question)) == meaning
    assert parse(*question.split()) == parse(question)
    assert parse(question.upper()) == parse(question)


@pytest.mark.parametrize(
    ("question", "named", "hint"),
    [
        ("xgbost gpu", "'xgbost' is not understood", "did you mean xgboost"),
        ("gpuu", "'gpuu' is not understood", "did you mean gpu"),
        ("py310 trainnig", "'trainnig' is not understood", "did you mean training"),
        ("ubunut 20.04", "'ubunut' is not understood", "did you mean ubuntu"),
        ("us-east-9", "'us-east-9': unknown region", "did you mean us-east-1"),
        ("region=us-est-1", "'us-est-1': unknown region", "did you mean us-east-1"),
        ("framework=pytorhc", "'pytorhc': unknown framework", "did you mean pytorch"),
        ("device=gpuu", "'gpuu': unknown device", "did you mean gpu"),
        ("xgbost==1.7.6 gpu", "'xgbost' is not understood", "did you mean xgboost"),
        ("xgbost == 1.7.6", "'xgbost' is not understood", "'package=xgbost== 1.7.6'"),
        ("xgbost 1.7.6", "'xgbost' is not understood", "did you mean xgboost"),
        ("xgbost-1.7.6", "'xgbost-1.7.6' is not understood", "did you mean xgboost"),
        ("numpi>=1.2", "'numpi' is not understood", "did you mean numpy"),
        ("gpu numpi>=1.2,<2", "'numpi' is not understood", "is 'package=numpi>=1.2'"),
        ("scikit_lern==1.3", "'scikit_lern' is not understood", "did you mean scikit-learn"),
        ("images released after 2024", "'released' is not understood", "released>2024"),
        ("images built before 2024", "'built' is not understood", "'package=built<2024'"),
        ("not-in-the-catalog==1.0", "'not-in-the-catalog' is", "package=not-in-the-catalog==1.0"),
        ("gpu>=2", "'>=2' does not say of what", "after a name"),
        ("us-east-1==1", "'==1' does not say of what", "after a name"),
        ("xgboost=== gpu", "'=== gpu' is not a version", "===1.7.6"),
        ("package=xgboost=== gpu", "'=== gpu' is not a version", "===1.7.6"),
        ("xgboost==", "'xgboost==' is not understood", "words such as"),
        ("xgboost===", "'xgboost===' is not understood", "words such as"),
        ("ubuntu lts", "'lts' is not understood", "ubuntu22.04"),
        ("ubuntu 22.04 lts", "'lts' is not understood", "ubuntu22.04"),
        ("training only", "'only' is not understood", "leave it out"),
        ("just torch", "'just' is not understood", "leave it out"),
        ("exactly torch 2.1", "'exactly' is not understood", "torch==2.1.0"),
        ("gpu images in us", "'us' is not understood", "us-east-1"),
        ("numpi=1.2", "'numpi=1.2' is not understood", "did you mean numpy"),
        ("frobnicator", "'frobnicator' is not understood", "package=frobnicator"),
        ("frobnicator 1.0", "'frobnicator' is not understood", "package=frobnicator"),
        ("colour=red", "'colour=red' is not understood", "a key is one of python, cuda, os"),
        ("xgboost=1.7.6", "'xgboost=1.7.6' is not understood", "xgboost==VERSION"),
        ("not gpu", "'not' is not understood", "say only what the image must have"),
        ("images without tensorflow", "'without' is not understood", "say only"),
        ("torch no cuda", "'no' is not understood", "say only"),
        ("I don't want gpu", '"don\'t" is not understood', "say only"),
        ("xgboost doesn't", '"doesn\'t" is not understood', "say only"),
        ("non-gpu", "'non-gpu' is not understood", "say only"),
        ("xgboost or lightgbm", "'or' is not understood", "ask once for each alternative"),
        ("either torch", "'either' is not understood", "ask once for each alternative"),
        ("everything except torch", "'everything' is not understood", "package=everything"),
        ("latest pytorch", "'latest' is not understood", "newest supported come first"),
        ("unsupported gpu", "'unsupported' is not understood", "say only"),
        ("deprecated", "'deprecated' is not understood", "a package is package=deprecated"),
        ("training/inference", "'training/inference' is not understood", "words such as"),
        ("py310 | py311", "'|' is not understood", "words such as"),
        ("gpu -cpu", "'-cpu' is not understood", "words such as"),
        ("!gpu", "'!gpu' is not understood", "words such as"),
        ("--python 3.10", "'--python' is not understood", "words such as"),
        ("torch^2.1", "'torch^2.1' is not understood", "words such as"),
        ("dask[dataframe]", "'dask[dataframe]' is not understood", "words such as"),
        ("python=>3.9", "'python=>3.9' is not understood", "words such as"),
        ("python", "'python' does not say which", "python 3.10"),
        ("images with python and torch", "'python' does not say which", "python 3.10"),
        ("device", "'device' does not say which", "device=gpu"),
        ("pytorch framework", "'framework' does not say which", "framework=pytorch"),
        ("3.10", "'3.10' does not say of what", "after a name"),
        (">=3.10 gpu", "'>=3.10' does not say of what", "after a name"),
        ("python 3.10 3.11", "'3.11' does not say of what", "after a name"),
        ("python 3.9 to 3.11", "'3.11' does not say of what", "after a name"),
        ("gpu 2", "'2' does not say of what", "after a name"),
        ("sagemaker 2.200", "'2.200' does not say of what", "after a name"),
        ("python>=3.9+", "'+' does not say of what", "after a name"),
        ("image>=1.0", "'>=1.0' does not say of what", "after a name"),
        ("xgboost 1.7-1", "'1.7-1' is not understood", "a container's version"),
        ("xgboost==1.7.6+gpu", "'==1.7.6+gpu' is not understood", "spaces around the +"),
        ("xgboost==one", "'xgboost ==one'", "'xgboost==1.7.6'"),
        ("torch>2,<1", "torch>2,<1: no version", ""),
        ("torch==2.1.0 torch==2.2.0", "torch==2.1.0,==2.2.0: no version", ""),
        ("python 310.1", "'python310.1' is not a version of python", "py310"),
        ("gpu cpu", "'device gpu' and 'device cpu' contradict", "say one"),
        ("py310 py311", "'python 3.10' and 'python 3.11' contradict", "say one"),
        ("ubuntu amzn2023", "'os ubuntu' and 'os amzn 2023' contradict", "say one"),
        ("sagemaker on ec2", "'platform sagemaker' and 'platform ec2' contradict", "say one"),
        ("us-east-1 us-west-2", "us-east-1 and us-west-2 are two regions", "say one"),
        ("x" * 5000, "a question of 5000 characters is too long", ""),
        ("torch==" + "9" * 3000, "'torch ==9", ""),
        ("日本語 gpu", "'日本語' is not understood", "words such as"),
    ],
)
def test_a_word_that_is_not_understood_is_named(question: str, named: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(question)
    assert error.value.message.startswith(named)
    assert hint in error.value.hint
    assert "\n" not in str(error.value)


LONG = "a" * 3000


@pytest.mark.parametrize(
    "question",
    [
        *(LONG, f"{LONG}==1.0", f"{LONG} 1.0", f"{LONG}=1.0", f"{LONG}-1.0", f"non-{LONG}"),
        *(f"device={LONG}", f"region={LONG}", f"framework={LONG}", f"os={LONG}", f"/{LONG}"),
        *(f"package={LONG}", f"package={LONG}==2,==1", f"package={'a' * 900}>2,<1"),
        *(f"torch{'>=1' * 900}", f"torch=={LONG}", f"torch==={LONG}", "torch===" + "1" * 900),
        *(f"torch>2,<1{'.0' * 300}", f"python>3,<2{'.0' * 300}", f"ubuntu>3,<2{'.0' * 300}"),
        f"python=={'3.' * 300}1 python=={'3.' * 300}2",
        *(f"gpu {'1.' * 1000}1", f"torch 1.0+{LONG}", f"gpu >={LONG}"),
    ],
    ids=lambda question: re.sub(r"(.{1,4}?)\1{99,}", r"\1~", question),
)
def test_a_long_word_is_cut_in_the_error(question: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(question)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("word", sorted(spoken.NARROWING))
def test_a_word_that_would_narrow_the_question_is_never_passed_over(word: str) -> None:
    for question in (f"torch {word} numpy", f"{word} torch", f"torch {word}"):
        with pytest.raises(UsageError, match=f"^'{word}' is not understood"):
            parse(question)


@pytest.mark.parametrize("word", sorted(spoken.REFUSED))
def test_a_word_that_would_turn_the_question_around_is_never_passed_over(word: str) -> None:
    for question in (f"gpu {word} torch", f"{word} gpu", f"gpu {word}"):
        with pytest.raises(UsageError, match=word):
            parse(question)


READ = {
    "python": wishes.python_wanted,
    "cuda": wishes.cuda_wanted,
    "os": wishes.os_wanted,
    "device": wishes.device_wanted,
    "arch": wishes.arch_wanted,
    "platform": wishes.platform_wanted,
    "job": wishes.job_wanted,
}


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (
            "py310 xgboost==1.7.6 gpu",
            {"python": "3.10", "package": "xgboost==1.7.6", "device": "gpu"},
        ),
        ("python>=3.9,<3.12", {"python": ">=3.9,<3.12"}),
        ("python 3.10.14", {"python": "3.10.14"}),
        ("cu118", {"cuda": "11.8"}),
        ("cuda>=12.1", {"cuda": ">=12.1"}),
        ("pytorch 2.1", {"package": "torch 2.1"}),
        ("sklearn", {"package": "scikit-learn"}),
        ("ubuntu>=20.04 arm64", {"os": "ubuntu>=20.04", "arch": "aarch64"}),
        ("amazon linux 2023", {"os": "amzn2023"}),
        ("sagemaker training", {"platform": "sagemaker", "job": "training"}),
        ("trainium", {"device": "trainium"}),
        ("framework=pytorch>=2.1", {"framework": "pytorch>=2.1"}),
        ("framework=pytorch 2.1", {"framework": "pytorch 2.1"}),
        ("hugging face", {"framework": "huggingface"}),
        ("us-east-1 gpu", {"region": "us-east-1", "device": "cuda"}),
    ],
)
def test_words_and_options_mean_the_same(words: str, options: dict[str, str]) -> None:
    assert parse(words) == by_options(options)


def by_options(options: dict[str, str]) -> Criteria:
    facts = [READ[key](text) for key, text in options.items() if key in READ]
    if "framework" in options:
        facts += wishes.framework_wanted(options["framework"], KNOWN.frameworks)
    packages = [wishes.package_wanted(options["package"])] if "package" in options else []
    return Criteria.of(packages, facts, [options.get("region", "")])


VERSIONS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)).map(
    lambda numbers: ".".join(map(str, numbers))
)
RANGES = st.lists(
    st.tuples(st.sampled_from([">=", "~=", "!=", ">="]), VERSIONS).map("".join),
    min_size=1,
    max_size=2,
).map(",".join)


@given(st.sampled_from(PACKAGES.split()), st.one_of(RANGES, VERSIONS.map("=={}".format)))
def test_a_requirement_means_the_same_as_word_option_and_spaced_out(
    name: str, specifier: str
) -> None:
    try:
        wanted = Criteria.of([wishes.package_wanted(f"{name}{specifier}")])
    except UsageError:
        with pytest.raises(UsageError, match="no version can be all of this"):
            parse(f"{name}{specifier}")
        return
    spaced = re.sub(r"(>=|~=|!=|==|,)", r" \1 ", specifier)
    assert parse(f"{name}{specifier}") == parse(f"which {name} {spaced} ?") == wanted


ITEMS = [
    *("py310", "cuda 11.8", "gpu", "ubuntu>=20.04", "arm64", "sagemaker", "training"),
    *("us-east-1", "supported", "framework=pytorch", "xgboost 1.7.6", "torch>=2.1,<2.4"),
    *("numpy", "scikit learn", "inference", "pandas==2.0.3", "python dateutil", "tf 2.13"),
]
# SageMaker Distribution is a family of images: after `sagemaker` the word is no filler.
FILLERS = sorted(spoken.NOISE - {"distribution"})


@given(st.lists(st.sampled_from(ITEMS), unique=True, min_size=1), st.data())
def test_every_word_that_is_no_filler_changes_the_answer(
    items: list[str], data: st.DataObject
) -> None:
    whole = parse(*items)
    assert whole == parse(*data.draw(st.permutations(items)))
    left_out = data.draw(st.sampled_from(items))
    assert parse(*(item for item in items if item != left_out)) != whole
    assert len(texts(whole)) >= len(items)


@given(st.lists(st.sampled_from(ITEMS), unique=True), st.data())
def test_fillers_change_nothing(items: list[str], data: st.DataObject) -> None:
    filled = [data.draw(st.sampled_from([*FILLERS, "+", ",", "?", ""])) + f" {i}" for i in items]
    assert parse(*filled) == parse(*items)


@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-_'", min_size=1, max_size=12),
    st.lists(st.sampled_from(ITEMS), unique=True, max_size=4),
    st.data(),
)
def test_an_unknown_word_is_an_error_wherever_it_stands(
    word: str, items: list[str], data: st.DataObject
) -> None:
    assume(not alone(word))
    place = data.draw(st.integers(0, len(items)))
    with pytest.raises(UsageError):
        parse(*items[:place], word, *items[place:])


def alone(word: str) -> bool:
    """Tell whether a word means something alone, or narrows nothing, or may be a version."""
    if re.match(r"['v]*[0-9]", word):
        return True
    return word in spoken.KEYS or not refusal(word)


@given(st.lists(st.one_of(st.text(max_size=30), st.sampled_from(ITEMS)), max_size=6))
def test_no_text_is_worse_than_a_usage_error(words: list[str]) -> None:
    assert "\n" not in refusal(*words)


def refusal(*words: str) -> str:
    """Give the error of a question, empty if there is none."""
    try:
        parse(*words)
    except UsageError as error:
        return str(error)
    return ""


@given(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12),
    st.sampled_from(["==", ">=", "<", "~=", "!=", "==="]),
    VERSIONS,
)
def test_a_version_does_not_make_a_word_known(word: str, operator: str, version: str) -> None:
    """Only `package=` lets in a distribution that the catalog does not have."""
    assume(word not in spoken.WORDS | spoken.NOISE | set(PACKAGES.split() + FRAMEWORKS.split()))
    assert f"'{word}' is not understood" in refusal(f"{word}{operator}{version}")
    assert parse(f"package={word}{operator}{version}").packages[0].name == word


SOUP = st.sampled_from(
    [
        *" +,=?!.-/;:'()",
        *("==", ">=", "~=", "1.7.6", "3.10", "2", "9" * 25, "+cu118", "or newer", "at least "),
        *("py310", "python", "version", "cuda", "gpu", "torch", "xgboost", "hugging face"),
        *("ubuntu", "amazon", "linux", "sagemaker", "framework", "device", "os", "package"),
    ]
)


@given(st.lists(SOUP, max_size=12))
def test_no_soup_of_our_own_words_is_worse_than_a_usage_error(pieces: list[str]) -> None:
    assert "\n" not in refusal("".join(pieces)) + refusal(*pieces)


def test_every_distribution_of_real_images_is_a_word() -> None:
    names = set()
    for path in sorted((DATA / "package_lists").glob("*.txt")):
        names |= set(re.findall(r"^([A-Za-z0-9._-]+)==", path.read_text(), re.MULTILINE))
    canonical = {canonicalize_name(name) for name in names}
    assert len(canonical) >= 40
    known = Vocabulary(frozenset(canonical), KNOWN.frameworks, KNOWN.regions)
    for name in names:
        (package,) = parse_words([name], vocabulary=known).packages
        assert package.name == canonicalize_name(name)
        (package,) = parse_words([f"{name} 1.2.3"], vocabulary=known).packages
        assert package.text == f"{canonicalize_name(name)}==1.2.3"


def test_no_word_has_two_meanings() -> None:
    tables = [set(table) for table in spoken.TABLES.values()]
    tables += [set(spoken.NOISE), set(spoken.REFUSED), set(spoken.SYSTEMS), set(spoken.SUPPORTED)]
    tables += [set(spoken.VALUES), set(spoken.NARROWING)]
    words = [word for table in tables for word in table]
    assert sorted(words) == sorted(set(words))
