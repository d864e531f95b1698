"""Boxes around masks."""

from __future__ import annotations

import numpy as np

from fewshot_sam.data.boxes import box_around


def test_a_box_holds_the_mask_and_a_margin_inside_the_image() -> None:
    mask = np.zeros((20, 30), bool)
    mask[3, 10] = mask[6, 12] = True
    assert mask[box_around(mask)].shape == (4, 3)
    assert mask[box_around(mask, (5, 2))].shape == (12, 7)
    assert mask[box_around(mask, (90, 90))].shape == mask.shape
    assert mask[box_around(mask)].sum() == 2
