"""Segmentations of 3D Slicer: names, colours and layers."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

SHAPE = (5, 6, 7)
LIVER = """\
Segment0_ID:=Segment_1
Segment0_Name:=Leber, 肝
Segment0_Color:=1 0.5 0
Segment0_LabelValue:=1
Segment0_Layer:=0
Segment0_Tags:=Segmentation.Status:inprogress|TerminologyEntry:x~y
"""
TUMOUR = """\
Segment1_Name:=tumour
Segment1_Color:=0 0 2e-1
Segment1_LabelValue:={value}
Segment1_Layer:={layer}
"""


def write_segmentation(path: Path, stored: np.ndarray, segments: str) -> Path:
    """A .seg.nrrd as 3D Slicer writes it, on the grid of ``image``; layers are the first axis."""
    layered = stored.ndim == 4
    directions = "(-1,0,0) (0,-1,0) (0,0,1)"
    header = f"""NRRD0004
# Complete NRRD file format specification at:
type: unsigned char
dimension: {stored.ndim}
space: left-posterior-superior
sizes: {" ".join(map(str, stored.shape))}
space directions: {"none " if layered else ""}{directions}
kinds: {"list " if layered else ""}domain domain domain
encoding: gzip
space origin: (0,0,0)
{segments.strip()}
"""
    header = header.rstrip() + "\n\n"
    path.write_bytes(header.encode() + gzip.compress(stored.astype(np.uint8).tobytes("F")))
    return path


@pytest.fixture
def image(tmp_path: Path) -> Volume:
    return load_volume(write_nifti(tmp_path / "ras.nii", random_voxels(), np.eye(4)))


def layers(*boxes: tuple[int, int]) -> np.ndarray:
    stored = np.zeros((len(boxes), *SHAPE), np.uint8)
    for number, (start, end) in enumerate(boxes):
        stored[number, start:end, 2:5, 3] = 1
    return stored


def test_names_and_colours_of_one_layer(tmp_path: Path, image: Volume) -> None:
    stored = np.zeros(SHAPE, np.uint8)
    stored[1, 2, 3], stored[2, 2, 3] = 1, 9
    segments = LIVER + TUMOUR.format(value=9, layer=0)
    read = read_label_map([write_segmentation(tmp_path / "a.seg.nrrd", stored, segments)], image.source)
    np.testing.assert_array_equal(read.codes, stored)
    assert read.names == {1: LabelName("Leber, 肝", "#ff8000"), 9: LabelName("tumour", "#000033")}
    assert read.notes == ""


def test_layers_become_one_label_map(tmp_path: Path, image: Volume) -> None:
    segments = LIVER + TUMOUR.format(value=1, layer=1)
    path = write_segmentation(tmp_path / "a.seg.nrrd", layers((0, 2), (2, 4)), segments)
    read = read_label_map([path], image.source)
    assert read.codes[:, 3, 3].tolist() == [1, 1, 2, 2, 0]
    assert {code: label.name for code, label in read.names.items()} == {1: "Leber, 肝", 2: "tumour"}
    assert read.notes == "Layers of 'a.seg.nrrd' use the same values: 'tumour' has code 2 in place of 1."
    np.testing.assert_array_equal(load_label_map(path, image), read.codes)


def test_layers_with_values_of_their_own_keep_them(tmp_path: Path, image: Volume) -> None:
    stored = layers((0, 2), (2, 4))
    stored[1] *= 5
    path = write_segmentation(tmp_path / "a.seg.nrrd", stored, LIVER + TUMOUR.format(value=5, layer=1))
    read = read_label_map([path], image.source)
    assert (read.codes[:, 3, 3].tolist(), read.notes) == ([1, 1, 5, 5, 0], "")


def test_segments_of_earlier_versions_have_a_layer_each(tmp_path: Path, image: Volume) -> None:
    segments = "Segment0_Name:=liver\nSegment1_Name:=spleen\n"
    path = write_segmentation(tmp_path / "a.seg.nrrd", layers((0, 2), (2, 4)), segments)
    assert read_label_map([path], image.source).names == {1: LabelName("liver"), 2: LabelName("spleen")}


def test_segments_that_overlap(tmp_path: Path, image: Volume) -> None:
    segments = LIVER + TUMOUR.format(value=1, layer=1)
    path = write_segmentation(tmp_path / "a.seg.nrrd", layers((0, 3), (2, 4)), segments)
    message = "'Leber, 肝' and 'tumour' do .3 voxels are in two layers.. Export them as a label map"
    with pytest.raises(ImageFormatError, match=message):
        read_label_map([path], image.source)


@pytest.mark.parametrize(
    ("overlap", "codes"), [(Overlap.FIRST, [1, 1, 1, 2, 0]), (Overlap.LAST, [1, 1, 2, 2, 0])]
)
def test_which_segment_counts_can_be_said(
    tmp_path: Path, image: Volume, overlap: Overlap, codes: list[int]
) -> None:
    """In the order of the segments, whichever layer they are in."""
    for first, second in ((0, 1), (1, 0)):
        segments = LIVER.replace("Layer:=0", f"Layer:={first}") + TUMOUR.format(value=1, layer=second)
        boxes = [(0, 3), (2, 4)] if first == 0 else [(2, 4), (0, 3)]
        path = write_segmentation(tmp_path / "a.seg.nrrd", layers(*boxes), segments)
        read = read_label_map([path], image.source, overlap=overlap)
        names = {code: label.name for code, label in read.names.items()}
        order = {"Leber, 肝": 1, "tumour": 2}
        assert [order[names[code]] if code else 0 for code in read.codes[:, 3, 3].tolist()] == codes
        assert "overlap: 3 voxels are the " in read.notes


def test_a_list_that_is_no_segmentation(tmp_path: Path, image: Volume) -> None:
    path = write_segmentation(tmp_path / "a.nrrd", layers((0, 2), (2, 4)), "")
    with pytest.raises(ImageFormatError, match="must be one 3D image with one number a voxel, got 2 vol"):
        load_label_map(path, image)


@pytest.mark.parametrize(
    "segments",
    [
        "Segment0_LabelValue:=seven\nSegment0_Name:=a",
        "Segment0_LabelValue:=99999999999\nSegment0_Name:=a",
        "Segment0_Layer:=-1\nSegment0_Name:=a",
        "Segment0_Color:=nan 0 0\nSegment0_LabelValue:=3\nSegment0_Name:=a",
        "Segment99999_Name:=",
    ],
)
def test_odd_segments_are_no_names(tmp_path: Path, image: Volume, segments: str) -> None:
    stored = np.zeros(SHAPE, np.uint8)
    stored[1, 2, 3] = 1
    path = write_segmentation(tmp_path / "a.seg.nrrd", stored, segments)
    assert set(read_label_map([path], image.source).names) <= {3}
