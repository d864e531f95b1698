"""Windows: CT in HU, everything else from percentiles of the foreground."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, apply_window, default_window, presets
from fewshot_sam.errors import UserError


def volume_of(voxels: np.ndarray, modality: str) -> Volume:
    return Volume(voxels, SourceGrid(voxels.shape, np.eye(4)), modality)


def test_ct_presets_in_hu() -> None:
    volume = volume_of(np.zeros((2, 2, 2), np.int16), "CT")
    assert presets(volume) == {
        "Soft tissue": Window(-160, 240),
        "Lung": Window(-1350, 150),
        "Bone": Window(-500, 1300),
        "Brain": Window(0, 80),
    }
    assert default_window(volume) == Window(-160, 240)


def test_mr_windows_ignore_the_background() -> None:
    voxels = np.zeros((20, 20, 20), np.int16)
    voxels[5:15, 5:15, 5:15] = np.arange(1, 1001).reshape(10, 10, 10)
    found = presets(volume_of(voxels, "MR"))
    assert next(iter(found)) == "Standard"
    assert (found["Standard"].low, found["Standard"].high) == pytest.approx((5.995, 995.005))
    assert (found["Wide"].low, found["Wide"].high) == (1, 1000)
    assert found["Wide"].low < found["Standard"].low < found["Narrow"].low
    assert found["Narrow"].high < found["Standard"].high < found["Wide"].high


@pytest.mark.parametrize("defect", [-600, -32768])
def test_a_few_voxels_far_below_change_no_window(defect: int) -> None:
    voxels = np.zeros((20, 20, 20), np.int16)
    voxels[5:15, 5:15, 5:15] = np.arange(1, 1001).reshape(10, 10, 10)
    expected = presets(volume_of(voxels.copy(), "MR"))
    voxels[0, 0, :3] = defect
    assert presets(volume_of(voxels, "MR")) == expected


@pytest.mark.parametrize("value", [0, 7])
def test_constant_volume_has_a_window(value: int) -> None:
    volume = volume_of(np.full((3, 3, 3), value, np.int16), "MR")
    assert default_window(volume) == Window(value, value + 1)


def test_a_foreground_of_one_value_is_not_black() -> None:
    voxels = np.zeros((10, 10, 10), np.int16)
    voxels[2:5] = 500
    assert default_window(volume_of(voxels, "MR")) == Window(0, 500)


def test_large_volumes_are_sampled_evenly() -> None:
    """A ramp along one axis: a stride that kept to a few columns would be far off."""
    ramp = np.broadcast_to(np.arange(512, dtype=np.int16)[:, None, None], (512, 128, 128))
    window = default_window(volume_of(np.asfortranarray(ramp), "MR"))
    assert (window.low, window.high) == pytest.approx((2.5, 508.5), abs=2)
    assert default_window(volume_of(np.asfortranarray(ramp), "MR")) == window


def test_apply_window_grey_levels() -> None:
    values = np.array([-32768, -161, -160, 40, 239, 240, 32767], np.int16)
    assert apply_window(values, Window(-160, 240)).tolist() == [0, 0, 0, 128, 254, 255, 255]


@given(
    arrays(np.int16, (3, 4)),
    st.floats(-2000, 2000),
    st.floats(0.5, 4000),
)
def test_integers_and_reals_look_alike(values: np.ndarray, low: float, width: float) -> None:
    window = Window(low, low + width)
    before = values.copy()
    grey = apply_window(values, window)
    assert grey.dtype == np.uint8
    np.testing.assert_array_equal(grey, apply_window(values.astype(np.float32), window))
    np.testing.assert_array_equal(values, before)
    order = np.argsort(values, axis=None)
    assert (np.diff(grey.ravel()[order].astype(int)) >= 0).all()


def test_apply_window_to_views_and_read_only_arrays() -> None:
    voxels = np.arange(-60, 60, dtype=np.int16).reshape(4, 5, 6)
    voxels.setflags(write=False)
    for view in (voxels[:, ::-1, 2], voxels.T, voxels[::2]):
        np.testing.assert_array_equal(
            apply_window(view, Window(-60, 60)), apply_window(view.copy(), Window(-60, 60))
        )


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (np.nan, 1), (0, np.inf)])
def test_impossible_windows(low: float, high: float) -> None:
    with pytest.raises(UserError, match="low value must be below its high value, got"):
        Window(low, high)
