"""How labels came onto slices: derived from the version before and from the prediction."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.records.origins import Act, Hints, Paint, joined, saved_origins
from fewshot_sam.data.origins import OriginKind

ANNA, BEN = (Act(by, datetime(2026, 11, 3, tzinfo=UTC)) for by in ("anna", "ben"))
MASK = "c" * 32
FROM_MASK = Hints(mask_id=MASK)
MAPS = arrays(np.uint8, (3, 4), elements=st.integers(0, 4))


def slice_of(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.uint8)


def kinds(origins: dict[str, dict[str, str]]) -> dict[str, str]:
    return {key: record["kind"] for key, record in origins.items()}


def test_what_a_prediction_held_is_accepted_or_corrected_and_the_rest_is_painted() -> None:
    predicted = slice_of([1, 1, 2, 2])
    origins = saved_origins(slice_of([1, 1, 2, 3]), False, None, predicted, FROM_MASK, ANNA)
    assert kinds(origins) == {"1": "accepted", "2": "corrected", "3": "painted"}
    assert origins["1"] == {
        **{"kind": "accepted", "by": "anna", "at": "2026-11-03T00:00:00.000+00:00"},
        **{"source": "predicted", "mask": MASK},
    }
    assert (origins["2"]["source"], origins["2"]["mask"]) == ("predicted", MASK)
    assert "mask" not in origins["3"]


def test_what_another_person_did_stays_theirs_until_it_is_changed() -> None:
    first = slice_of([1, 1, 2, 0])
    before = Paint(first, saved_origins(first, False, None, None, Hints(), ANNA))
    after = saved_origins(slice_of([1, 1, 2, 2]), False, before, None, Hints(), BEN)
    assert {key: record["by"] for key, record in after.items()} == {"1": "anna", "2": "ben"}
    assert kinds(after) == {"1": "painted", "2": "painted"}


def test_interpolated_is_accepted_or_corrected_and_what_was_predicted_beside_it_too() -> None:
    filled = slice_of([1, 1, 2, 0])
    origins = saved_origins(filled, True, None, slice_of([0, 0, 2, 0]), FROM_MASK, ANNA)
    assert kinds(origins) == {"1": "interpolated", "2": "predicted"}
    before = Paint(filled, origins)
    accepted = saved_origins(filled, False, before, None, Hints(), BEN)
    assert {key: (record["kind"], record["source"], record["by"]) for key, record in accepted.items()} == {
        "1": ("accepted", "interpolated", "ben"), "2": ("accepted", "predicted", "ben"),
    }  # fmt: skip
    assert accepted["2"]["mask"] == MASK
    corrected = saved_origins(slice_of([1, 0, 2, 0]), False, before, None, Hints(), BEN)
    assert (corrected["1"]["kind"], corrected["1"]["source"]) == ("corrected", "interpolated")


def test_an_outline_is_told_from_paint_and_corrected_by_hand() -> None:
    outlined = slice_of([1, 1, 0, 0])
    origins = saved_origins(outlined, False, None, None, Hints(outlined=frozenset({1})), ANNA)
    assert kinds(origins) == {"1": "outlined"}
    changed = saved_origins(slice_of([1, 1, 1, 0]), False, Paint(outlined, origins), None, Hints(), ANNA)
    assert (changed["1"]["kind"], changed["1"]["source"]) == ("corrected", "outlined")


def test_hints_are_read_from_the_header() -> None:
    assert Hints.parsed(None) == Hints()
    assert Hints.parsed(f"mask={MASK};outlined=1,7;returned") == Hints(MASK, frozenset({1, 7}), True)


@given(MAPS, MAPS, MAPS)
def test_every_label_has_one_record_and_no_other_person_is_claimed(
    before: np.ndarray, predicted: np.ndarray, sent: np.ndarray
) -> None:
    earlier = Paint(before, saved_origins(before, False, None, None, Hints(), ANNA))
    origins = saved_origins(sent, False, earlier, predicted, FROM_MASK, BEN)
    assert set(origins) == {str(value) for value in np.unique(sent) if value}
    for key, record in origins.items():
        same = np.array_equal(sent == int(key), before == int(key))
        assert record["by"] == ("anna" if same else "ben")
        assert record["kind"] not in (OriginKind.PREDICTED, OriginKind.INTERPOLATED)


@given(MAPS, MAPS)
def test_joined_labels_that_are_as_in_a_part_keep_its_record(ours: np.ndarray, theirs: np.ndarray) -> None:
    parts = [
        Paint(each, saved_origins(each, False, None, None, Hints(), act))
        for each, act in ((ours, ANNA), (theirs, BEN))
    ]
    merged = np.where(ours == 0, theirs, ours)
    origins = joined(merged, parts, lambda _value, records: {"kind": "mixed", "count": len(records)})
    for key, record in origins.items():
        cells = merged == int(key)
        if np.array_equal(cells, ours == int(key)):
            assert record == parts[0].origins[key]
        elif np.array_equal(cells, theirs == int(key)):
            assert record == parts[1].origins[key]
        else:
            assert record["kind"] == "mixed"
