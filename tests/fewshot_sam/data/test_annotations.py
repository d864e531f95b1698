"""Sparse annotations taken from a label map."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane


def sparse_label_map() -> np.ndarray:
    label_map = np.zeros((4, 5, 6), np.uint16)
    label_map[1, 2, 3], label_map[2, 2, 3], label_map[1, 4, 5] = 7, 300, 2
    return label_map


@pytest.mark.parametrize(("plane", "indices"), [("axial", [3, 5]), ("coronal", [2, 4]), ("sagittal", [1, 2])])
def test_painted_slices_are_found(plane: str, indices: list[int]) -> None:
    label_map = sparse_label_map()
    annotations = SparseAnnotations.from_label_map(label_map, Plane(plane))
    assert list(annotations.slices) == indices
    assert annotations.codes == (2, 7, 300)
    assert not any(np.shares_memory(image, label_map) for image in annotations.slices.values())


def test_slices_that_were_reviewed_hold_nothing() -> None:
    annotations = SparseAnnotations.from_label_map(sparse_label_map(), Plane.AXIAL, reviewed=[0, 3])
    assert list(annotations.slices) == [0, 3, 5]
    assert not annotations.slices[0].any()


def test_nothing_painted() -> None:
    annotations = SparseAnnotations.from_label_map(np.zeros((4, 5, 6), np.uint8), Plane.AXIAL, reviewed=[1])
    assert annotations.codes == ()
