"""A volume whose voxels are still travelling: what is here, what came ahead, what shows meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane, take_slice, to_display

RunJs = Callable[..., Any]
SHAPE = (3, 4, 5)
VOXELS = np.arange(60, dtype=np.int16).reshape(SHAPE)
SUMMARY = {
    "id": "v",
    "shape": list(SHAPE),
    "spacing_mm": [1, 1, 1],
    "affine": np.eye(4).tolist(),
    "value_range": [-7, 59],
    "modality": "CT",
    "dtype": "int16",
}


@pytest.mark.parametrize("plane", list(Plane))
def test_a_slice_that_came_ahead_is_shown(run_js: RunJs, plane: Plane) -> None:
    function = """({ Volume }, { summary, plane, bytes }) => {
        const volume = new Volume(summary);
        const before = [...volume.slice(plane, 1)];
        volume.put(plane, 1, Int16Array.from(bytes).buffer);
        const after = [...volume.slice(plane, 1)];
        return { before, after, here: volume.has(plane, 1), next: volume.has(plane, 2) };
    }"""
    shown = to_display(take_slice(VOXELS, plane, 1)).ravel().tolist()
    argument = {"summary": SUMMARY, "plane": plane.value, "bytes": shown}
    found = run_js(["viewer/volume.js"], function, argument)
    assert set(found["before"]) == {-7}
    assert found["after"] == shown
    assert found["here"] and not found["next"]


def test_axial_slices_are_here_as_soon_as_their_voxels_are(run_js: RunJs) -> None:
    function = """({ Volume }, summary) => {
        const volume = new Volume(summary);
        const missing = [volume.missing([1, 2, 1])];
        volume.arrived = 2 * 12;
        missing.push(volume.missing([1, 2, 1]), volume.missing([1, 2, 2]));
        volume.arrived = 60;
        missing.push(volume.missing([1, 2, 4]));
        return missing;
    }"""
    planes = ["axial", "coronal", "sagittal"]
    assert run_js(["viewer/volume.js"], function, SUMMARY) == [planes, planes[1:], planes, []]


def test_a_volume_made_of_all_its_voxels_is_here(run_js: RunJs) -> None:
    function = """({ Volume }, { summary, bytes }) => {
        const volume = new Volume(summary, Int16Array.from(bytes).buffer);
        return [volume.missing([0, 0, 0]), volume.valueAt([1, 2, 3])];
    }"""
    argument = {"summary": SUMMARY, "bytes": VOXELS.ravel(order="F").tolist()}
    assert run_js(["viewer/volume.js"], function, argument) == [[], int(VOXELS[1, 2, 3])]
