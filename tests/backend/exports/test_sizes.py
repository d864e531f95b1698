"""Sizes of labels in the unit that means something."""

from __future__ import annotations

import pytest

from backend.exports.sizes import label_size, length_unit, picture_size
from backend.schemas.parts import MaskLabel
from fewshot_sam.data.pictures import Picture

UNKNOWN = Picture("a.png", 4, 4)
SMALL, LARGE = Picture("b.png", 4, 4, (0.5, 0.2)), Picture("c.png", 4, 4, (1.0, 2.0))
LABEL = MaskLabel(
    value=1,
    code=1,
    name="liver",
    color="#aa0000",
    voxels=30,
    volume_ml=0.03,
    previous_ml=None,
    expected_dice=None,
    warning=None,
)


@pytest.mark.parametrize(
    ("pixels", "pictures", "shown"),
    [
        ([10, 20], (SMALL, LARGE), "41.0 mm²"),
        ([10, 20], (SMALL, UNKNOWN), "30 px"),
        ([30], (UNKNOWN,), "30 px"),
    ],
)
def test_pixels_of_different_sizes_count_by_their_area(
    pixels: list[int], pictures: tuple[Picture, ...], shown: str
) -> None:
    assert str(picture_size(pixels, pictures)) == shown


@pytest.mark.parametrize(
    ("pictures", "shown"),
    [
        ((), "0.03 mL"),
        ((SMALL, SMALL), "3.0 mm²"),
        ((SMALL, LARGE), "30 px"),
        ((UNKNOWN, UNKNOWN), "30 px"),
    ],
)
def test_voxels_alone_tell_an_area_where_pixels_are_alike(pictures: tuple[Picture, ...], shown: str) -> None:
    assert str(label_size(LABEL, pictures)) == shown


def test_distances_are_in_pixels_where_their_size_is_not_known() -> None:
    assert length_unit(()) == length_unit((SMALL, LARGE)) == "mm"
    assert length_unit((UNKNOWN,)) == "px"
    assert length_unit((SMALL, UNKNOWN)) == "mm or px"
