"""Which slice a result suggests to paint next, and why."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.evaluation.next_slice import (
    MAX_SUGGESTIONS,
    ExpectedErrors,
    SuggestionReason,
    suggest_slices,
)

CODES = (5, 700)
LIVER, STOMACH = CODES


def result(slices: int = 20) -> np.ndarray:
    """(classes, slices, 8, 8) float16: liver in the upper half, stomach below it, all of it certain."""
    probabilities = np.zeros((3, slices, 8, 8), np.float16)
    probabilities[1, :, :4], probabilities[2, :, 4:] = 1.0, 1.0
    return probabilities


def unsure(probabilities: np.ndarray, index: int, label: int, other: int, voxels: int) -> None:
    """Make ``voxels`` of a class on a slice as likely as another class, nearly."""
    row = 0 if label == 1 else 4
    for at in range(voxels):
        probabilities[:, index, row + at // 8, at % 8] = 0.0
        probabilities[label, index, row + at // 8, at % 8] = 0.55
        probabilities[other, index, row + at // 8, at % 8] = 0.45


def painted(probabilities: np.ndarray, *indices: int) -> dict[int, np.ndarray]:
    values = np.array((0, *CODES), np.uint16)
    return {index: values[probabilities[:, index].argmax(axis=0)] for index in indices}


def test_the_slice_that_is_least_certain_comes_first_with_the_labels_to_blame() -> None:
    probabilities = result()
    unsure(probabilities, 7, 1, 2, 9)
    unsure(probabilities, 14, 2, 0, 5)
    errors = ExpectedErrors.of(probabilities, 0, 20, CODES)
    first, second = suggest_slices(errors, painted(probabilities, 0, 19), 3.0)[:2]
    assert (first.slice_index, first.labels, first.reason) == (7, (LIVER, STOMACH), SuggestionReason.BETWEEN)
    assert (second.slice_index, second.labels, second.reason) == (14, (STOMACH,), SuggestionReason.OUTLINE)
    assert 0 < second.change < first.change < 0.02


def test_beyond_the_last_painted_slice_of_a_label_its_end_is_unknown() -> None:
    probabilities = result()
    unsure(probabilities, 15, 1, 0, 9)
    errors = ExpectedErrors.of(probabilities, 0, 20, CODES)
    (found,) = suggest_slices(errors, painted(probabilities, 2, 9), 3.0)
    assert (found.slice_index, found.labels, found.reason) == (15, (LIVER,), SuggestionReason.END)


def test_the_neighbours_of_a_slice_count_half() -> None:
    probabilities = result()
    for index in (9, 10, 11):
        unsure(probabilities, index, 1, 0, 4)
    unsure(probabilities, 4, 1, 0, 7)  # more than any one of the three
    errors = ExpectedErrors.of(probabilities, 0, 20, CODES)
    found = suggest_slices(errors, painted(probabilities, 0, 19), 3.0)
    assert [each.slice_index for each in found[:2]] == [10, 4]


def test_what_a_suggested_slice_would_settle_is_not_suggested_again() -> None:
    probabilities = result()
    for index, voxels in {9: 8, 10: 9, 11: 8, 16: 6}.items():
        unsure(probabilities, index, 1, 0, voxels)
    errors = ExpectedErrors.of(probabilities, 0, 20, CODES)
    found = suggest_slices(errors, painted(probabilities, 0, 19), 3.0)
    assert [each.slice_index for each in found[:2]] == [10, 16]


def test_only_part_of_the_volume_was_solved() -> None:
    probabilities = result(6)
    unsure(probabilities, 3, 1, 0, 9)
    errors = ExpectedErrors.of(probabilities, 30, 100, CODES)
    assert errors.wrong.shape == (100,)
    assert [each.slice_index for each in suggest_slices(errors, {}, 3.0)][:1] == [33]


def test_large_slices_are_counted_from_some_of_their_pixels() -> None:
    probabilities = np.repeat(np.repeat(result(3), 100, axis=2), 100, axis=3)
    errors = ExpectedErrors.of(probabilities, 0, 3, CODES)
    assert errors.labelled == pytest.approx(3 * 640000, rel=0.03)
    assert not errors.wrong.any()


@pytest.mark.parametrize("labelled", [True, False])
def test_nothing_is_suggested_where_nothing_can_change(labelled: bool) -> None:
    probabilities = result()
    if not labelled:
        probabilities[:] = 0.0
        probabilities[0] = 1.0
    errors = ExpectedErrors.of(probabilities, 0, 20, CODES)
    assert suggest_slices(errors, painted(probabilities, 5), 3.0) == []


def test_suggestions_are_few_distinct_and_json() -> None:
    probabilities = result()
    for index in range(20):
        unsure(probabilities, index, 1, 2, 3)
    errors = ExpectedErrors.of(probabilities, 0, 20, CODES)
    found = suggest_slices(errors, painted(probabilities, 10), 3.0)
    assert len({each.slice_index for each in found} - {10}) == len(found) == MAX_SUGGESTIONS
    assert found == suggest_slices(errors, painted(probabilities, 10), 3.0)
    assert found[0].to_json() == {
        "slice_index": found[0].slice_index, "labels": [LIVER, STOMACH], "reason": "between",
        "change": found[0].change,
    }  # fmt: skip
