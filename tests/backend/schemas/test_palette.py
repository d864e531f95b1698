"""Colours of labels under the three dichromacies: told apart from each other and from the greys of a scan.

Simulated with the matrices of Machado, Oliveira and Fernandes (2009), "A physiologically-based model for
simulation of color vision deficiency", IEEE TVCG 15(6), severity 1.0, on linear RGB; distances by CIEDE2000.
"""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from backend.schemas.limits import LABEL_PALETTE

VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
FIRST = 8
MIN_APART_FIRST = 15.0
"""CIEDE2000 between any two of the first eight; a patch on another is plainly seen from about 10."""
MIN_APART = 9.0
MIN_FROM_GREY = 9.0


def seen(colours: np.ndarray, vision: str) -> np.ndarray:
    """sRGB colours, (N, 3) in 0 to 1, as L*a*b* of what this vision sees of them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    simulated = np.clip(linear @ VISIONS[vision].T, 0, 1)
    shown = np.where(simulated <= 0.0031308, simulated * 12.92, 1.055 * simulated ** (1 / 2.4) - 0.055)
    return rgb2lab(shown[None])[0]


def palette() -> np.ndarray:
    return np.array([[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in LABEL_PALETTE])


def least_distance(colours: np.ndarray) -> float:
    apart = deltaE_ciede2000(colours[:, None], colours[None])
    return float(apart[~np.eye(len(colours), dtype=bool)].min())


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_told_apart(vision: str) -> None:
    lab = seen(palette(), vision)
    assert least_distance(lab[:FIRST]) >= MIN_APART_FIRST
    assert least_distance(lab) >= MIN_APART


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_stand_out_from_every_grey(vision: str) -> None:
    greys = rgb2lab(np.repeat(np.linspace(0, 1, 256)[None, :, None], 3, axis=2))[0]
    apart = deltaE_ciede2000(seen(palette(), vision)[:, None], greys[None])
    assert apart.min() >= MIN_FROM_GREY


def test_greys_stay_grey_in_every_simulation() -> None:
    greys = np.repeat(np.linspace(0, 1, 9)[:, None], 3, axis=1)
    for vision in VISIONS:
        np.testing.assert_allclose(seen(greys, vision)[:, 1:], 0, atol=0.1)
