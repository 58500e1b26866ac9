"""What follows from statements: the rules, one case a line."""

from __future__ import annotations

import pytest

from catalog.derive import agree, answering, group_tags, overruled
from catalog.facts import Evidence, Kind

TAG, DOCUMENTED, RECIPE, CONFIG, OBSERVED = Evidence


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        (Kind.DEVICE, [], set()),
        (Kind.DEVICE, [("gpu", TAG)], {("gpu", TAG)}),
        (Kind.DEVICE, [("cpu", TAG), ("gpu", RECIPE)], {("gpu", RECIPE)}),
        (Kind.DEVICE, [("cpu", RECIPE), ("gpu", RECIPE)], {("cpu", RECIPE), ("gpu", RECIPE)}),
        # A weaker source that only says more of the same takes the place of the better one.
        (Kind.PYTHON, [("3.10", DOCUMENTED), ("3.10.14", TAG)], {("3.10.14", TAG)}),
        (Kind.PYTHON, [("3.10.14", OBSERVED), ("3.10", TAG)], {("3.10.14", OBSERVED)}),
        (Kind.PYTHON, [("3.9", DOCUMENTED), ("3.10.14", TAG)], {("3.9", DOCUMENTED)}),
        (Kind.PYTHON, [("3.1", DOCUMENTED), ("3.10", TAG)], {("3.1", DOCUMENTED)}),
        (Kind.PYTHON, [("3", CONFIG), ("3.8", RECIPE), ("3.8.2", TAG)], {("3.8.2", TAG)}),
        (Kind.FRAMEWORK_VERSION, [("2.9", DOCUMENTED), ("2.9.0", TAG)], {("2.9.0", TAG)}),
        (
            Kind.FRAMEWORK_VERSION,
            [("2.9.0", DOCUMENTED), ("2.9.0+cu130", TAG)],
            {("2.9.0+cu130", TAG)},
        ),
        # Of equally good ones the more exact answers.
        (Kind.CUDA, [("12.4", TAG), ("12.4.1", TAG)], {("12.4.1", TAG)}),
        (Kind.OS, [("ubuntu22", CONFIG), ("ubuntu22.04", TAG)], {("ubuntu22", CONFIG)}),
        (
            Kind.JOB,
            [("training", RECIPE), ("inference", RECIPE), ("inference", TAG)],
            {("training", RECIPE), ("inference", RECIPE)},
        ),
    ],
)
def test_the_best_evidence_answers(
    kind: str, facts: list[tuple[str, Evidence]], expected: set[tuple[str, Evidence]]
) -> None:
    assert answering(kind, facts) == expected


@pytest.mark.parametrize(
    ("kind", "one", "two", "expected"),
    [
        (Kind.PYTHON, "3.10", "3.10.14", True),
        (Kind.PYTHON, "3.10.14", "3.10", True),
        (Kind.PYTHON, "3.1", "3.10", False),
        (Kind.PYTHON, "3.10.1", "3.10.14", False),
        (Kind.DEVICE, "cpu", "gpu", False),
        (Kind.JOB, "training", "inference", True),
        (Kind.RELEASE, "v1", "v1.38", True),
        (Kind.RELEASE, "v1.3", "v1.38", False),
    ],
)
def test_values_that_can_both_be_true_do_not_contradict(
    kind: str, one: str, two: str, expected: bool
) -> None:
    assert agree(kind, one, two) is expected


@pytest.mark.parametrize(
    ("names", "digests", "expected"),
    [
        ([["a"], ["b"]], {}, [{"a"}, {"b"}]),
        ([["a", "b"], ["b", "c"]], {}, [{"a", "b", "c"}]),
        ([["a"], ["b"]], {"a": "sha256:1", "b": "sha256:1"}, [{"a", "b"}]),
        # A documented alias that has moved on in the registry is another image by now.
        ([["a", "b"]], {"a": "sha256:1", "b": "sha256:2"}, [{"a"}, {"b"}]),
        ([["a", "b"]], {"a": "sha256:1"}, [{"a", "b"}]),
        # No chain of aliases may join two digests.
        (
            [["a", "x"], ["x", "b"]],
            {"a": "sha256:1", "b": "sha256:2"},
            [{"a", "x"}, {"b"}],
        ),
    ],
)
def test_tags_are_one_image_if_somebody_says_so_and_no_digest_denies_it(
    names: list[list[str]], digests: dict[str, str], expected: list[set[str]]
) -> None:
    representative, digest_of = group_tags(names, digests)
    groups: dict[str, set[str]] = {}
    for tag, group in representative.items():
        groups.setdefault(group, set()).add(tag)
    assert sorted(map(sorted, groups.values())) == sorted(map(sorted, expected))
    for tag, digest in digests.items():
        assert digest_of[representative[tag]] == digest


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([], set()),
        ([("a", TAG, False), ("b", RECIPE, False)], set()),
        ([("a", TAG, False), ("b", RECIPE, True)], {"a"}),
        ([("a", RECIPE, False), ("b", RECIPE, True)], set()),
        ([("a", OBSERVED, True), ("b", RECIPE, True), ("c", CONFIG, False)], {"b", "c"}),
        ([("a", OBSERVED, False), ("b", RECIPE, True)], set()),
    ],
)
def test_a_complete_list_overrules_weaker_ones(
    lists: list[tuple[str, Evidence, bool]], expected: set[str]
) -> None:
    assert overruled(lists) == expected
