"""NIfTI headers that programs write otherwise than the standard has it, read as ITK reads them."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from tests.fewshot_sam.synthetic_files import oblique_affine, random_voxels, write_nifti

VOXELS = random_voxels()
AFFINE = oblique_affine("LPS", (17, -23, 31))


def itk_affine(path: Path) -> np.ndarray:
    """Where ITK puts a file: voxel index to RAS+ in mm."""
    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def check_same_place(path: Path) -> None:
    """It is read where ITK reads it, and so are its exports."""
    volume = load_volume(path)
    np.testing.assert_allclose(volume.source.affine, itk_affine(path), atol=1e-4)
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels), VOXELS)
    labels = np.zeros(volume.shape, np.uint8)
    labels[1, 2, 3] = 1
    for suffix in (".nii.gz", ".nrrd", ".mha"):
        written = path.parent / f"labels{suffix}"
        save_label_map(labels, volume, written)
        np.testing.assert_allclose(itk_affine(written), itk_affine(path), atol=1e-4)
        np.testing.assert_array_equal(load_label_map(written, volume), labels)


@pytest.mark.parametrize("vector", [(0.7072, 0.7072, 0.001), (0.60001, 0.8, 0.0003), (0.9, 0.8, 0.3)])
@pytest.mark.parametrize("sform_code", [0, 1])
def test_a_quaternion_that_is_too_long(
    tmp_path: Path, vector: tuple[float, float, float], sform_code: int
) -> None:
    fields = dict(zip(("quatern_b", "quatern_c", "quatern_d"), vector, strict=True))
    path = tmp_path / "a.nii"
    check_same_place(write_nifti(path, VOXELS, AFFINE, qform_code=1, sform_code=sform_code, **fields))


@pytest.mark.parametrize("number", [0.0, np.nan])
def test_an_sform_that_holds_nothing(tmp_path: Path, number: float) -> None:
    rows = dict.fromkeys(("srow_x", "srow_y", "srow_z"), [number] * 4)
    path = write_nifti(tmp_path / "a.nii", VOXELS, AFFINE, qform_code=1, sform_code=1, **rows)
    np.testing.assert_allclose(load_volume(path).source.affine, AFFINE, atol=1e-4)
    if number == 0:
        check_same_place(path)
    bad = write_nifti(tmp_path / "b.nii", VOXELS, AFFINE, qform_code=0, sform_code=1, **rows)
    with pytest.raises(GeometryError, match="affine must be finite and invertible"):
        load_volume(bad)


def test_codes_that_the_standard_does_not_define(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", VOXELS, AFFINE, qform_code=1, sform_code=1)
    content = bytearray(path.read_bytes())
    content[252:256] = np.array([255, 255], "<i2").tobytes()
    path.write_bytes(content)
    assert "orientation" not in load_volume(path).metadata
    check_same_place(path)


def test_an_intercept_that_is_no_number(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", VOXELS, AFFINE, qform_code=1, scl_slope=2, scl_inter=np.nan)
    volume = load_volume(path)
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels), 2 * VOXELS)


@pytest.mark.parametrize("packed", [False, True])
def test_a_name_that_says_otherwise_whether_it_is_packed(tmp_path: Path, packed: bool) -> None:
    """Browsers and servers unpack a .nii.gz on the way, and keep its name."""
    content = write_nifti(tmp_path / "a.nii", VOXELS, AFFINE).read_bytes()
    path = tmp_path / ("b.nii" if packed else "b.nii.gz")
    path.write_bytes(gzip.compress(content) if packed else content)
    volume = load_volume(path)
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels), VOXELS)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ImageFormatError, match="is truncated or damaged"):
        load_volume(path)
