"""Label maps of other grids and other values are refused; the error names both."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.data.label_map import LabelMap
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, save_label_map, save_scalar_map
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.synthetic_files import axis_affine, random_voxels, write_nifti

RAS = axis_affine("RAS")


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return load_volume(write_nifti(tmp_path / "image.nii", random_voxels()))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.float32, np.float64])
def test_integers_of_any_type(tmp_path: Path, volume: Volume, dtype: type) -> None:
    stored = (np.arange(210) % 7).reshape(volume.shape).astype(dtype)
    label_map = load_label_map(write_nifti(tmp_path / "labels.nii", stored), volume)
    assert label_map.dtype == np.uint16
    np.testing.assert_array_equal(label_map, stored)


@pytest.mark.parametrize("off", [1.5e-5, -1e-3])
def test_round_off_of_scaled_integers(tmp_path: Path, volume: Volume, off: float) -> None:
    stored = (np.arange(210) % 7).reshape(volume.shape).astype(np.float64)
    label_map = load_label_map(write_nifti(tmp_path / "labels.nii", stored + off * 0.999), volume)
    np.testing.assert_array_equal(label_map, stored)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, "must hold integers, got fractions"),
        (0.002, "must hold integers, got fractions"),
        (np.inf, "must hold integers, got infinite voxels"),
        (-1, "from 0 to 65535, got -1 to 0"),
        (65536, "from 0 to 65535, got 0 to 65536"),
    ],
)
def test_values_that_are_no_labels(tmp_path: Path, volume: Volume, value: float, message: str) -> None:
    stored = np.zeros(volume.shape, np.float32)
    stored[1, 1, 1] = value
    with pytest.raises(ImageFormatError, match=message):
        load_label_map(write_nifti(tmp_path / "labels.nii", stored), volume)


@pytest.mark.parametrize(("count", "words"), [(0, ""), (1, "1 voxel is not"), (3, "3 voxels are not")])
def test_what_is_not_a_number_is_background(tmp_path: Path, volume: Volume, count: int, words: str) -> None:
    stored = np.ones(volume.shape, np.float32)
    stored.ravel()[:count] = np.nan
    path = write_nifti(tmp_path / "labels.nii", stored)
    np.testing.assert_array_equal(load_label_map(path, volume), np.isfinite(stored))
    notes = read_label_map([path], volume.source).notes
    assert notes == (f"In 'labels' {words} a number (NaN) and taken as background." if count else "")


def test_another_shape(tmp_path: Path, volume: Volume) -> None:
    path = write_nifti(tmp_path / "labels.nii", np.zeros((5, 6, 8), np.uint8))
    message = r"their shapes differ: the image has \(5, 6, 7\) voxels .* the label map \(5, 6, 8\)"
    with pytest.raises(GeometryError, match=message):
        load_label_map(path, volume)


@pytest.mark.parametrize(("shift_mm", "apart"), [(0.6, "0.6 mm"), (30.0, "30 mm"), (5000.0, "5,000 mm")])
def test_another_place(tmp_path: Path, volume: Volume, shift_mm: float, apart: str) -> None:
    moved = RAS.copy()
    moved[0, 3] += shift_mm
    path = write_nifti(tmp_path / "labels.nii", np.zeros(volume.shape, np.uint8), moved)
    with pytest.raises(GeometryError, match=f"corners lie up to {apart} apart"):
        load_label_map(path, volume)


def test_another_spacing_and_rounding(tmp_path: Path, volume: Volume) -> None:
    coarser = RAS @ np.diag([1.2, 1, 1, 1])
    path = write_nifti(tmp_path / "labels.nii", np.zeros(volume.shape, np.uint8), coarser)
    with pytest.raises(GeometryError, match="must lie on the image's grid"):
        load_label_map(path, volume)
    rounded = np.round(RAS @ np.diag([1.0002, 1, 1, 1]), 3)
    path = write_nifti(tmp_path / "labels.nii", np.zeros(volume.shape, np.uint8), rounded)
    assert load_label_map(path, volume).shape == volume.shape


def test_mirrored_cube_is_another_grid(tmp_path: Path) -> None:
    """The same shape and corners after a swap of axes is not the same grid."""
    cube = load_volume(write_nifti(tmp_path / "image.nii", random_voxels((4, 4, 4)), np.diag([1.0, 1, 1, 1])))
    mirrored = np.diag([-1.0, 1, 1, 1])
    path = write_nifti(tmp_path / "labels.nii", np.zeros((4, 4, 4), np.uint8), mirrored)
    with pytest.raises(GeometryError, match="corners lie up to 3 mm apart"):
        load_label_map(path, cube)


def test_saving_what_is_no_label_map(tmp_path: Path, volume: Volume) -> None:
    with pytest.raises(ImageFormatError, match="must be an integer array, got float64"):
        save_label_map(np.zeros(volume.shape), volume, tmp_path / "mask.nii")
    with pytest.raises(ImageFormatError, match="from 0 to 65535, got -1 to 0"):
        bad = np.zeros(volume.shape, int)
        bad[0, 0, 0] = -1
        save_label_map(bad, volume, tmp_path / "mask.nii")
    with pytest.raises(GeometryError, match=r"must fill the grid's shape"):
        save_label_map(np.zeros((2, 2, 2), np.uint8), volume, tmp_path / "mask.nii")
    with pytest.raises(
        ImageFormatError, match=r"must end in one of \.nii, \.nii\.gz, \.nrrd, \.mha, got 'mask\.txt'"
    ):
        save_label_map(np.zeros(volume.shape, np.uint8), volume, tmp_path / "mask.txt")
    with pytest.raises(GeometryError, match="must fill the grid's shape"):
        save_scalar_map(np.zeros((2, 2, 2)), volume, tmp_path / "p.nii")
    assert [path.name for path in tmp_path.iterdir()] == ["image.nii"]


def test_mr_torso_stored_lps(data_dir: Path, tmp_path: Path) -> None:
    import nibabel as nib

    path = data_dir / "mr_torso" / "labels.nii.gz"
    volume = load_volume(data_dir / "mr_torso" / "image.nii.gz")
    label_map = load_label_map(path, volume)
    stored = nib.load(path)
    assert nib.aff2axcodes(stored.affine) == ("L", "P", "S")
    np.testing.assert_array_equal(label_map[::-1, ::-1], np.asarray(stored.dataobj))
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    back = nib.load(tmp_path / "mask.nii.gz")
    np.testing.assert_array_equal(np.asarray(back.dataobj), np.asarray(stored.dataobj))
    np.testing.assert_array_equal(back.affine, stored.affine)
    assert volume.modality == "MR"


def test_a_sheared_label_map_that_is_taken_as_it_is_stored_says_so(tmp_path: Path) -> None:
    """By its qform it is the scan's grid; another one, of 3 slices, leans by 3 degrees within half a mm."""
    affine, painted = axis_affine("LPS"), np.ones((6, 5, 3), np.uint8)
    volume = load_volume(write_nifti(tmp_path / "scan.nii", painted.astype(np.int16), affine))

    def read(degrees: float, *, qform: bool) -> LabelMap:
        leant = affine.copy()
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        leant[:3, 2] += np.tan(np.radians(degrees)) * lengths[2] * affine[:3, 1] / lengths[1]
        image = nib.Nifti1Image(painted, leant)
        if qform:
            image.set_qform(affine, 1)
        nib.save(image, tmp_path / "labels.nii")
        return read_label_map([tmp_path / "labels.nii"], volume.source)

    told = read(20, qform=True)
    assert told.notes.startswith(
        "'labels' is on no regular grid, because two of its axes are at 70.0 degrees"
    )
    assert told.notes.endswith("taken as the scan's one by one, because its qform is the scan's.")
    assert told.codes.all()
    assert read(3, qform=False).notes.endswith("because it lies on the scan's all the same.")
    assert read(0, qform=False).notes == ""
