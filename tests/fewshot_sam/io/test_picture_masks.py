"""Masks of pictures as PNG and COCO: what is written comes back, whatever is drawn."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.io.coco import coco, decode_rle, encode_rle
from fewshot_sam.io.labels import read_label_map
from fewshot_sam.io.mask_names import mask_names
from fewshot_sam.io.picture_export import mask_files, picture_masks, save_picture_masks
from fewshot_sam.io.sandbox.reading import read_label_slices
from tests.fewshot_sam.synthetic_pictures import SIZES, inside_pictures, write_pictures

NAMES = {3: LabelName("Lung", "#112233"), 700: LabelName("Heart")}


@pytest.fixture
def stack(tmp_path: Path) -> Volume:
    write_pictures(tmp_path / "pictures")
    return load_volume(tmp_path / "pictures", pictures=True)


def random_codes(stack: Volume, seed: int, codes: tuple[int, ...] = (0, 3, 9)) -> np.ndarray:
    drawn = np.random.default_rng(seed).choice(codes, stack.shape).astype(np.uint16)
    return drawn * inside_pictures(stack.pictures, stack.shape)


@pytest.mark.parametrize("codes", [(0, 3, 9), (0, 3, 700)])
def test_masks_come_back_from_the_zip(stack: Volume, tmp_path: Path, codes: tuple[int, ...]) -> None:
    written = random_codes(stack, 1, codes)
    save_picture_masks(written, stack, tmp_path / "masks.zip", NAMES)
    read = read_label_map([tmp_path / "masks.zip"], stack.source, pictures=stack.pictures)
    np.testing.assert_array_equal(read.codes, written)
    assert read.names[3] == NAMES[3]
    np.testing.assert_array_equal(load_label_map(tmp_path / "masks.zip", stack), written)


def test_each_mask_has_its_pictures_size_and_the_labels_colours(stack: Volume, tmp_path: Path) -> None:
    written = random_codes(stack, 2)
    save_picture_masks(written, stack, tmp_path / "masks.zip", NAMES)
    with zipfile.ZipFile(tmp_path / "masks.zip") as archive:
        names = archive.namelist()
        for picture, name, codes in zip(
            stack.pictures, mask_names(stack.pictures), picture_masks(written, stack), strict=True
        ):
            image = Image.open(archive.open(f"masks/{name}"))
            assert image.size == (picture.columns, picture.rows)
            np.testing.assert_array_equal(np.array(image), codes)
            assert image.mode == "P"
            assert image.convert("RGB").getpixel(tuple(np.argwhere(codes == 3)[0][::-1])) == (
                0x11,
                0x22,
                0x33,
            )
    assert sum(name.startswith("preview/") for name in names) == len(stack.pictures)
    assert {"coco.json", "labels.json"} <= set(names)


def test_some_masks_paint_some_pictures(stack: Volume, tmp_path: Path) -> None:
    Image.fromarray(np.full(SIZES[1], 5, np.uint8)).save(tmp_path / "Picture 2.PNG")
    with read_label_slices([tmp_path / "Picture 2.PNG"], stack.source, None, pictures=stack.pictures) as read:
        assert (read.plane, read.indices, read.codes()) == (Plane.AXIAL, (1,), (5,))


def test_numbers_before_names_tell_pictures_apart(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures", [(8, 9)] * 2)
    for number, path in enumerate(sorted((tmp_path / "pictures").iterdir()), start=1):
        path.rename(path.with_name(f"{number:05d}_xray.png"))
    stack = load_volume(tmp_path / "pictures", pictures=True)
    assert [picture.name for picture in stack.pictures] == ["00001_xray.png", "00002_xray.png"]
    Image.fromarray(np.full((8, 9), 3, np.uint8)).save(tmp_path / "00002_xray.png")
    read = read_label_map([tmp_path / "00002_xray.png"], stack.source, pictures=stack.pictures)
    assert [bool(read.codes[:, :, index].any()) for index in range(2)] == [False, True]


def test_a_mask_of_another_name_or_size_or_in_colour_is_refused(stack: Volume, tmp_path: Path) -> None:
    cases = [
        ("other.png", np.zeros(SIZES[0], np.uint8), ImageFormatError, "must be called 'picture 1.png'"),
        ("picture 1.png", np.zeros((9, 9), np.uint8), GeometryError, r"56 x 40 pixels, got 9 x 9"),
        ("picture 1.png", np.zeros((*SIZES[0], 3), np.uint8), ImageFormatError, "Save it indexed"),
    ]
    for name, image, error, match in cases:
        Image.fromarray(image).save(tmp_path / name)
        with pytest.raises(error, match=match):
            load_label_map(tmp_path / name, stack)


def test_masks_of_a_scan_are_refused(stack: Volume) -> None:
    scan = Volume(stack.voxels, stack.source)
    with pytest.raises(ImageFormatError, match="this is a scan"):
        list(mask_files(np.zeros(stack.shape, np.uint16), scan, {}))


def test_coco_holds_the_masks(stack: Volume) -> None:
    masks = picture_masks(random_codes(stack, 3), stack)
    content = json.loads(json.dumps(coco(stack.pictures, masks, {3: "Lung", 9: "Heart"})))
    assert [each["file_name"] for each in content["images"]] == [each.name for each in stack.pictures]
    assert {each["id"]: each["name"] for each in content["categories"]} == {3: "Lung", 9: "Heart"}
    assert len({each["id"] for each in content["annotations"]}) == len(content["annotations"])
    for image, mask in zip(content["images"], masks, strict=True):
        mine = [each for each in content["annotations"] if each["image_id"] == image["id"]]
        assert [image["height"], image["width"]] == list(mask.shape)
        found = np.zeros(mask.shape, np.uint16)
        for each in mine:
            inside = decode_rle(each["segmentation"])
            left, top, width, height = each["bbox"]
            rows, columns = np.nonzero(inside)
            assert each["area"] == inside.sum()
            assert (columns.min(), rows.min()) == (left, top)
            assert (columns.max() + 1, rows.max() + 1) == (left + width, top + height)
            assert not found[inside].any()
            found[inside] = each["category_id"]
        np.testing.assert_array_equal(found, mask)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.data())
def test_run_lengths_come_back(rows: int, columns: int, data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    mask = np.array(cells, bool).reshape(rows, columns)
    rle = encode_rle(mask, mask.shape)
    assert sum(rle["counts"]) == rows * columns
    assert all(count > 0 for count in rle["counts"][1:])
    np.testing.assert_array_equal(decode_rle(rle), mask)


def test_run_lengths_as_the_format_defines_them() -> None:
    mask = np.array([[0, 1, 0], [0, 1, 1]], bool)  # column after column: 00 11 01
    assert encode_rle(mask, mask.shape) == {"size": [2, 3], "counts": [2, 2, 1, 1]}
    assert encode_rle(np.ones((2, 2), bool), (2, 2))["counts"] == [0, 4]
    assert encode_rle(np.zeros((2, 2), bool), (2, 2))["counts"] == [4]
    with pytest.raises(ImageFormatError, match="must fill"):
        decode_rle({"size": [2, 2], "counts": [3]})
