"""What labels measure, on volumes whose numbers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from fewshot_sam.evaluation.measures import LabelMeasures, label_measures

SHAPE, SPACING_MM = (6, 5, 4), (0.5, 2.0, 3.0)


def volume(voxels: np.ndarray) -> Volume:
    return Volume(voxels, SourceGrid(SHAPE, np.diag([*SPACING_MM, 1.0])), "CT")


def test_a_box_of_known_values() -> None:
    voxels, label_map = np.zeros(SHAPE, np.int16), np.zeros(SHAPE, np.uint8)
    label_map[1:4, 2:4, 3] = 9
    voxels[label_map == 9] = [-100, 100] * 3
    voxels[label_map == 0] = 3000
    assert label_measures(label_map, volume(voxels), [9])[9] == LabelMeasures(
        voxels=6,
        volume_ml=pytest.approx(6 * 3.0 / 1000),
        mean=0.0,
        standard_deviation=100.0,
        extent_mm=(1.5, 4.0, 3.0),
    )


def test_a_label_that_is_nowhere_measures_nothing() -> None:
    label_map = np.zeros(SHAPE, np.uint16)
    label_map[0, 0, 0] = 3
    found = label_measures(label_map, volume(np.ones(SHAPE, np.float32)), [2, 700, 3])
    assert list(found) == [2, 700, 3]
    assert found[2] == found[700] == LabelMeasures(0, 0.0, None, None, (0.0, 0.0, 0.0))
    assert (found[3].voxels, found[3].mean, found[3].standard_deviation) == (1, 1.0, 0.0)


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must have shape \(6, 5, 4\), got \(2, 2, 2\)"):
        label_measures(np.zeros((2, 2, 2), np.uint8), volume(np.zeros(SHAPE)), [1])


@given(st.integers(0, 2**16), st.integers(1, 6))
def test_as_a_plain_count_says_and_nothing_is_changed(seed: int, labels: int) -> None:
    draw = np.random.default_rng(seed)
    label_map = draw.integers(0, labels + 1, SHAPE).astype(np.uint8)
    scan = volume(draw.normal(0.0, 1000.0, SHAPE).astype(np.float32))
    before = label_map.tobytes(), scan.voxels.tobytes()
    for code, found in label_measures(label_map, scan, list(range(1, labels + 1))).items():
        values = scan.voxels[label_map == code].astype(np.float64)
        assert found.voxels == len(values)
        if len(values):
            assert found.mean == pytest.approx(values.mean())
            assert found.standard_deviation == pytest.approx(values.std())
            held = np.argwhere(label_map == code)
            assert found.extent_mm == pytest.approx((np.ptp(held, axis=0) + 1) * SPACING_MM)
    assert (label_map.tobytes(), scan.voxels.tobytes()) == before


def test_a_ct_that_is_stored_above_hounsfield_units_is_measured_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    voxels = np.full((4, 4, 4), 1084, np.int16)
    label_map = np.ones((4, 4, 4), np.uint8)
    for modality, expected in (("CT", 60.0), ("MR", 1084.0)):
        volume = Volume(voxels, SourceGrid((4, 4, 4), np.eye(4)), modality)  # type: ignore[arg-type]
        monkeypatch.setitem(volume.__dict__, "hounsfield_offset", 1024)
        assert label_measures(label_map, volume, [1])[1].mean == expected
