"""Which painted slices are left out together."""

from __future__ import annotations

import pytest

from fewshot_sam.data.painted_case import PaintedCase, painted_case
from fewshot_sam.methods.triplanar.cross_validation import assign_folds
from tests.fewshot_sam.toy_encoder import painted, truth, volume_of

LABELS = truth(codes=(3, 700))


def case_of(indices: tuple[int, ...] = (2, 3, 4, 5, 6)) -> PaintedCase:
    return painted_case(volume_of(LABELS), painted(LABELS, indices))


def test_slices_of_one_case_are_spread_over_the_folds() -> None:
    folds = assign_folds([case_of((1, 2, 3, 5, 6, 7, 8))], 3, {})
    assert folds == {"0/1": 0, "0/2": 1, "0/3": 2, "0/5": 0, "0/6": 1, "0/7": 2, "0/8": 0}


@pytest.mark.parametrize(("slices", "most", "count"), [(1, 3, 1), (2, 3, 2), (3, 3, 3), (9, 3, 3), (4, 9, 4)])
def test_there_are_no_more_folds_than_slices(slices: int, most: int, count: int) -> None:
    folds = assign_folds([case_of(tuple(range(slices)))], most, {})
    assert len(folds) == slices
    assert set(folds.values()) == set(range(count))


def test_slices_keep_their_folds_and_new_ones_join_the_smallest() -> None:
    earlier = assign_folds([case_of((2, 4, 6, 8))], 3, {})
    assert earlier == {"0/2": 0, "0/4": 1, "0/6": 2, "0/8": 0}
    later = assign_folds([case_of((1, 2, 3, 4, 6, 8))], 3, earlier)
    assert {name: later[name] for name in earlier} == earlier
    assert sorted(later.values()) == [0, 0, 1, 1, 2, 2]
    assert assign_folds([case_of((1, 2, 3, 4, 6, 8))], 3, later) == later


def test_erased_slices_leave_their_folds() -> None:
    earlier = assign_folds([case_of((2, 4, 6, 8))], 3, {})
    later = assign_folds([case_of((4, 5, 8))], 3, earlier)
    assert later == {"0/4": 1, "0/8": 0, "0/5": 2}


def test_of_several_cases_whole_cases_are_held_out() -> None:
    cases = [case_of((2, 4)), case_of((3,)), case_of((1, 2, 3)), case_of((5, 6))]
    folds = assign_folds(cases, 3, {})
    by_case = [{folds[f"{number}/{index}"] for index in case.display} for number, case in enumerate(cases)]
    assert by_case == [{0}, {1}, {2}, {0}]
    assert len(folds) == 8
