"""What the hand outlines on a slice: everything on a blank one, what is wrong on one that shows labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, generate_binary_structure
from scipy.ndimage import label as components
from skimage.draw import polygon2mask

from benchmarks.minutes.hand import HandModel
from tests.e2e.strokes import Contour, contours

_ANY_NEIGHBOUR = generate_binary_structure(2, 2)


@dataclass(frozen=True)
class Stroke:
    """A closed outline to draw.

    Attributes:
        code: the label that its inside is to have; of an erasing stroke the one that is cut.
        erases: its inside is to hold nothing.
        contour: where it is meant to run, points (i, j) in voxels of the canonical slice.
    """

    code: int
    erases: bool
    contour: Contour


def strokes_needed(
    shown: np.ndarray,
    wanted: np.ndarray,
    codes: tuple[int, ...],
    spacing_mm: tuple[float, float],
    hand: HandModel,
) -> list[Stroke]:
    """The strokes that turn what is shown into what is wanted, as far as the hand minds.

    Cuts come first, small labels last.
    A label that is not shown is outlined whole. One that is shown is mended where it is off by more than a
    voxel.

    Args:
        shown, wanted: canonical (A, B) integer label codes.
        spacing_mm: of the two axes.
    """
    found: list[Stroke] = []
    for code in codes:
        has, needs = shown == code, wanted == code
        # What another label is to cover is overwritten when that one is outlined.
        for piece in _wrong(has & (wanted == 0), needs, spacing_mm, hand):
            found += [Stroke(code, True, contour) for contour in contours(piece)]
    for code in sorted(codes, key=lambda code: -np.count_nonzero(wanted == code)):
        has, needs = shown == code, wanted == code
        pieces = _wrong(needs & ~has, has, spacing_mm, hand) if has.any() else iter([needs])
        for piece in pieces:
            found += [Stroke(code, False, contour) for contour in contours(piece)]
    return found


def _wrong(
    cells: np.ndarray, kept: np.ndarray, spacing_mm: tuple[float, float], hand: HandModel
) -> Iterator[np.ndarray]:
    """The pieces of (A, B) bool ``cells`` that lie farther than a voxel from ``kept`` over a visible area."""
    far = cells & ~binary_dilation(kept, _ANY_NEIGHBOUR, max(1, round(hand.max_error_voxels)))
    pieces, count = components(cells)
    areas_mm2 = np.bincount(pieces[far], minlength=count + 1) * spacing_mm[0] * spacing_mm[1]
    for number in range(1, count + 1):
        if areas_mm2[number] >= hand.visible_mm2:
            yield pieces == number


def fill(label_map: np.ndarray, contour: Contour, code: int) -> None:
    """Write ``code`` into a canonical (A, B) integer slice, in place, where a lasso would: at centres "
    "inside."""
    label_map[polygon2mask(label_map.shape, contour)] = code
