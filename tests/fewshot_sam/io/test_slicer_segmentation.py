"""Segmentations of 3D Slicer, held against slicerio, which its developers keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
import slicerio

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from fewshot_sam.io.labels import read_label_map
from fewshot_sam.io.slicer_segmentation import save_slicer_segmentation
from tests.fewshot_sam.synthetic_files import (
    all_axis_orientations,
    axis_affine,
    oblique_affine,
    random_voxels,
    write_nifti,
)

STRUCTURE = CodedTerm("SCT", "123037004", "Anatomical Structure")
KIDNEY = SegmentTerm(STRUCTURE, CodedTerm("SCT", "64033007", "Kidney"), CodedTerm("SCT", "24028007", "Right"))
NAMES = {
    3: LabelName("Niere \u516c", "#3cb44b", KIDNEY),
    7: LabelName("Leber", "#e6194b", SegmentTerm(STRUCTURE, CodedTerm("SCT", "10200004", "Liver"))),
    300: LabelName("nothing held", "#0000ff"),
}
AFFINES = {codes: axis_affine(codes) for codes in all_axis_orientations()} | {
    "tilted": oblique_affine("LPS", (7.0, -11.0, 4.0)),
    "oblique": oblique_affine("SRA", (31.0, 24.0, -38.0)),
}


@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES)
def test_slicerio_reads_what_is_written(tmp_path: Path, affine: np.ndarray) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels(), affine))
    label_map = np.random.default_rng(1).choice(np.array([0, 3, 7], np.uint16), volume.shape)
    path = tmp_path / "mask.seg.nrrd"
    save_slicer_segmentation(label_map, volume, path, NAMES)
    # slicerio leaves out of a name what is not ASCII, which Slicer does not.
    read = slicerio.read_segmentation(str(path))
    stored = volume.source.from_canonical(label_map)
    np.testing.assert_array_equal(read["voxels"], stored)
    to_lps = np.diag([-1, -1, 1, 1]) @ volume.source.affine
    np.testing.assert_allclose(read["ijkToLPS"], to_lps, atol=1e-5)
    assert [(each["labelValue"], each["name"], each["layer"]) for each in read["segments"]] == [
        (code, label.name.encode("ascii", "ignore").decode().strip(), 0) for code, label in NAMES.items()
    ]
    for segment in read["segments"]:
        held = np.argwhere(stored == segment["labelValue"])
        ends = np.stack([held.min(axis=0), held.max(axis=0)], axis=1).ravel() if len(held) else [0, -1] * 3
        assert list(segment["extent"]) == list(ends)
    kidney, liver, other = (each.get("terminology") for each in read["segments"])
    assert (kidney["type"], kidney["typeModifier"]) == (
        ["SCT", "64033007", "Kidney"],
        ["SCT", "24028007", "Right"],
    )
    assert liver["category"] == ["SCT", "123037004", "Anatomical Structure"] and other is None


def test_comes_back_with_names_colours_and_terms(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels()))
    label_map = np.random.default_rng(1).choice(np.array([0, 3, 7, 300], np.uint16), volume.shape)
    save_slicer_segmentation(label_map, volume, tmp_path / "mask.seg.nrrd", NAMES)
    read = read_label_map([tmp_path / "mask.seg.nrrd"], volume.source)
    np.testing.assert_array_equal(read.codes, label_map)
    assert (read.names, read.notes) == (NAMES, "")


def test_a_segmentation_that_slicer_cropped_lies_where_it_was(tmp_path: Path) -> None:
    """Slicer writes the box around what is labelled, with an origin of its own."""
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels((8, 9, 10)), AFFINES["oblique"]))
    label_map = np.zeros(volume.shape, np.uint16)
    label_map[2:5, 3:8, 4:6] = 3
    save_slicer_segmentation(label_map, volume, tmp_path / "whole.seg.nrrd", NAMES)
    image = sitk.ReadImage(tmp_path / "whole.seg.nrrd")
    held = np.argwhere(sitk.GetArrayFromImage(image).T)
    first, last = held.min(axis=0).tolist(), held.max(axis=0).tolist()
    cropped = image[first[0] : last[0] + 1, first[1] : last[1] + 1, first[2] : last[2] + 1]
    for key in image.GetMetaDataKeys():
        cropped.SetMetaData(key, image.GetMetaData(key))
    sitk.WriteImage(cropped, tmp_path / "part.seg.nrrd")
    read = read_label_map([tmp_path / "part.seg.nrrd"], volume.source)
    np.testing.assert_array_equal(read.codes, label_map)
    sizes = " x ".join(str(b - a + 1) for a, b in zip(first, last, strict=True))
    assert f"'part.seg' covers {sizes} of the image's 8 x 9 x 10 voxels" in read.notes


def test_what_lies_outside_of_the_scan_is_left_out_and_said(tmp_path: Path) -> None:
    affine = axis_affine("RAS")
    whole = load_volume(write_nifti(tmp_path / "whole.nii", random_voxels((6, 6, 6)), affine))
    affine[:3, 3] += 2 * affine[:3, 0]
    part = load_volume(write_nifti(tmp_path / "part.nii", random_voxels((4, 6, 9)), affine))
    save_slicer_segmentation(np.full(whole.shape, 3, np.uint8), whole, tmp_path / "mask.seg.nrrd", NAMES)
    read = read_label_map([tmp_path / "mask.seg.nrrd"], part.source)
    wanted = np.zeros(part.shape)
    wanted[:, :, :6] = 3
    np.testing.assert_array_equal(read.codes, wanted)
    assert "72 of its labelled voxels lie outside of the image and were left out." in read.notes


@pytest.mark.parametrize("name", ["mask.seg.nrrd", "mask.nrrd"])
def test_a_part_between_the_voxels_is_another_scans(tmp_path: Path, name: str) -> None:
    """And of formats that crop nothing, a part at all."""
    affine = axis_affine("RAS")
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels((6, 6, 6)), affine))
    affine[:3, 3] += (0.5 if name.endswith(".seg.nrrd") else 1) * affine[:3, 0]
    other = load_volume(write_nifti(tmp_path / "other.nii", random_voxels((4, 6, 6)), affine))
    codes = np.full(other.shape, 3, np.uint8)
    if name.endswith(".seg.nrrd"):
        save_slicer_segmentation(codes, other, tmp_path / name, NAMES)
    else:
        save_label_map(codes, other, tmp_path / name)
    with pytest.raises(GeometryError, match="Is this the label map of another scan"):
        load_label_map(tmp_path / name, volume)


@pytest.mark.parametrize(
    ("name", "codes", "words"),
    [("mask.nrrd", 3, "must end in .seg.nrrd"), ("mask.seg.nrrd", 4, "must have a name, but 4 has none")],
)
def test_what_cannot_be_written(tmp_path: Path, name: str, codes: int, words: str) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels()))
    with pytest.raises(ImageFormatError, match=words):
        save_slicer_segmentation(np.full(volume.shape, codes, np.uint8), volume, tmp_path / name, NAMES)
    assert not (tmp_path / name).exists()
