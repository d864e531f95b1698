"""What comes in the place of a small component."""

from __future__ import annotations

import numpy as np
import pytest

from fewshot_sam.data.planes import Plane, stack_view
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, SliceStack
from fewshot_sam.volumetric.components import SmallComponents
from fewshot_sam.volumetric.finalise import HALF_CERTAIN, finalise
from fewshot_sam.volumetric.solve import Solution
from tests.fewshot_sam.toy_encoder import volume_of

LIVER, SPLEEN = 5, 7


def solved() -> np.ndarray:
    """(classes, slices, rows, columns) float16: a liver, a spleen, and three more voxels of spleen.

    Two of these are inside the liver and one is outside of both.
    """
    p = np.zeros((3, 5, 8, 10), np.float16)
    p[0] = 1.0
    p[:, :, :6, :5] = np.array([0.0, 1.0, 0.0], np.float16)[:, None, None, None]
    p[:, :, 2:6, 7:] = np.array([0.0, 0.0, 1.0], np.float16)[:, None, None, None]
    p[:, 1, 2, 2:4] = np.array([0.1, 0.3, 0.6], np.float16)[:, None]
    p[:, 3, 7, 6] = np.array([0.3, 0.1, 0.6], np.float16)
    return p


@pytest.mark.parametrize("plane", list(Plane))
def test_beside_paint_a_small_component_takes_the_next_likeliest_class(plane: Plane) -> None:
    columns, rows = (axis for axis in range(3) if axis != plane.axis)
    shape = [0, 0, 0]
    shape[plane.axis], shape[rows], shape[columns] = 6, 9, 10
    volume: Volume = volume_of(np.zeros(shape, np.uint16))
    probabilities, box = solved(), (slice(1, 6), slice(1, 9), slice(0, 10))
    image = np.zeros((9, 10), np.uint16)
    image[1:] = np.array((0, LIVER, SPLEEN), np.uint16)[probabilities[:, 4].argmax(axis=0)]
    painted = {5: image}
    stack = SliceStack.of(volume, plane, Window(0, 1), painted, (LIVER, SPLEEN))
    problem = Problem(stack, PredictSettings())
    found = finalise(
        None,  # type: ignore[arg-type]
        Solution(probabilities, box), problem, [SmallComponents()], volume, plane, painted,
    )  # fmt: skip
    labels, confidence = stack_view(found.label_map, plane), stack_view(found.confidence, plane)
    assert labels[2, 3, 2:4].tolist() == [LIVER, LIVER]
    assert labels[4, 8, 6] == 0
    assert confidence[2, 3, 2] == confidence[4, 8, 6] == HALF_CERTAIN
    assert (labels[1:, 3:7, 7:] == SPLEEN).all()
    np.testing.assert_array_equal(labels[5], image)
    assert confidence[1, 3, 8] == 255
