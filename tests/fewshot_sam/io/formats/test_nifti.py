"""NIfTI: values, scaling, types, and everything a header can get wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import axis_affine, random_voxels, write_nifti

RAS = axis_affine("RAS")


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64])
def test_integers_that_fit_become_int16(tmp_path: Path, dtype: type) -> None:
    stored = (np.abs(random_voxels()) % 100).astype(dtype)
    volume = load_volume(write_nifti(tmp_path / "image.nii", stored))
    assert volume.voxels.dtype == np.int16
    np.testing.assert_array_equal(volume.voxels, stored)


@pytest.mark.parametrize(("dtype", "value"), [(np.uint16, 32768), (np.int32, -40000), (np.int64, 2**20)])
def test_integers_beyond_int16_become_float32(tmp_path: Path, dtype: type, value: int) -> None:
    stored = random_voxels().clip(0).astype(dtype)
    stored[1, 2, 3] = value
    volume = load_volume(write_nifti(tmp_path / "image.nii", stored))
    assert volume.voxels.dtype == np.float32
    assert volume.voxels[1, 2, 3] == value


def test_real_numbers_stay_real(tmp_path: Path) -> None:
    stored = random_voxels().astype(np.float64) / 8
    volume = load_volume(write_nifti(tmp_path / "image.nii", stored))
    assert volume.voxels.dtype == np.float32
    np.testing.assert_array_equal(volume.voxels, stored)


@pytest.mark.parametrize(("slope", "intercept"), [(1, -1024), (2, 0), (3, 17)])
def test_whole_scaling_is_exact_and_stays_int16(tmp_path: Path, slope: float, intercept: float) -> None:
    stored = random_voxels()
    volume = load_volume(write_nifti(tmp_path / "image.nii", stored, slope=slope, intercept=intercept))
    assert volume.voxels.dtype == np.int16
    np.testing.assert_array_equal(volume.voxels, stored.astype(int) * slope + intercept)


def test_fractional_scaling_agrees_with_nibabel(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "image.nii", random_voxels(), slope=0.013, intercept=-7.5)
    volume = load_volume(path)
    assert volume.voxels.dtype == np.float32
    np.testing.assert_array_equal(volume.voxels, nib.load(path).get_fdata().astype(np.float32))


def test_voxels_are_read_only_and_in_fortran_order(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "image.nii", random_voxels(), axis_affine("PSL")))
    assert volume.voxels.flags.f_contiguous
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0] = 1


def test_trailing_dimensions_of_one_are_dropped(tmp_path: Path) -> None:
    stored = random_voxels()
    volume = load_volume(write_nifti(tmp_path / "image.nii", stored[..., None]))
    np.testing.assert_array_equal(volume.voxels, stored)


def test_nifti2_and_big_endian(tmp_path: Path) -> None:
    stored = random_voxels()
    nib.save(nib.Nifti2Image(stored, RAS), tmp_path / "two.nii.gz")
    np.testing.assert_array_equal(load_volume(tmp_path / "two.nii.gz").voxels, stored)
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype(">i2")
    nib.save(nib.Nifti1Image(stored.astype(">i2"), RAS, header), tmp_path / "big.nii")
    volume = load_volume(tmp_path / "big.nii")
    np.testing.assert_array_equal(volume.voxels, stored)
    assert volume.voxels.dtype.isnative


def test_not_finite_voxels_become_the_smallest_finite_value(tmp_path: Path) -> None:
    stored = random_voxels().astype(np.float32)
    stored[0, 0, 0], stored[1, 1, 1], stored[2, 2, 2] = np.nan, np.inf, -np.inf
    volume = load_volume(write_nifti(tmp_path / "image.nii", stored))
    smallest = stored[np.isfinite(stored)].min()
    assert volume.voxels[0, 0, 0] == volume.voxels[1, 1, 1] == volume.voxels[2, 2, 2] == smallest


def test_all_nan_is_refused(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "image.nii", np.full((3, 3, 3), np.nan, np.float32))
    with pytest.raises(ImageFormatError, match="every voxel is NaN or infinite"):
        load_volume(path)


@pytest.mark.parametrize(
    ("lowest", "highest", "modality"),
    [(-1000, 1500, "CT"), (0, 900, "MR"), (-40, 900, "MR"), (-90, 90, "OT")],
)
def test_modality_is_guessed_from_values(tmp_path: Path, lowest: int, highest: int, modality: str) -> None:
    stored = np.linspace(lowest, highest, 60).reshape(3, 4, 5).astype(np.int16)
    assert load_volume(write_nifti(tmp_path / "image.nii", stored)).modality == modality


@pytest.mark.parametrize("odd", [-600, -1024, -32768])
def test_modality_of_a_few_voxels_is_not_that_of_the_scan(tmp_path: Path, odd: int) -> None:
    """Interpolation rings, and defects; a cubic spline takes an MR of 0 to 30000 down to -600."""
    stored = np.linspace(0, 30000, 30 * 30 * 30).reshape(30, 30, 30).astype(np.int16)
    stored[0, 0, :3] = odd
    assert load_volume(write_nifti(tmp_path / "image.nii", stored)).modality == "MR"


@pytest.mark.parametrize("padding", [-2000, -3024, -32768])
def test_ct_with_padding_and_metal(tmp_path: Path, padding: int) -> None:
    stored = np.random.default_rng(0).normal(40, 30, (30, 30, 30)).astype(np.int16)
    stored[:6], stored[6:12] = padding, -1000
    stored[20, 20, :5] = 12000
    assert load_volume(write_nifti(tmp_path / "image.nii", stored)).modality == "CT"


def test_a_phase_image_is_no_ct(tmp_path: Path) -> None:
    stored = np.linspace(-4096, 4095, 60).reshape(3, 4, 5).astype(np.int16)
    assert load_volume(write_nifti(tmp_path / "image.nii", stored)).modality == "OT"


def test_name_is_the_file_name_without_its_ending(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(random_voxels(), RAS), tmp_path / "Liver 3.NII.gz")
    assert load_volume(tmp_path / "Liver 3.NII.gz").name == "Liver 3"


def bad_geometry(tmp_path: Path, **fields: object) -> Path:
    return write_nifti(tmp_path / "image.nii", random_voxels(), **fields)


def test_sheared_affine_is_refused_beyond_one_percent(tmp_path: Path) -> None:
    sheared = RAS.copy()
    sheared[0, 2] += 0.05 * 2.5
    with pytest.raises(GeometryError, match=r"at right angles, but two of them are at 87\.1 degrees"):
        load_volume(write_nifti(tmp_path / "image.nii", random_voxels(), sheared))
    sheared[0, 2] = 0.005 * 2.5
    load_volume(write_nifti(tmp_path / "image.nii", random_voxels(), sheared))


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, -2, 1), (1, 1, np.nan)])
@pytest.mark.parametrize("codes", [(0, 2), (1, 0), (0, 0)])
def test_voxel_sizes_must_be_positive(
    tmp_path: Path, sizes: tuple[float, ...], codes: tuple[int, int]
) -> None:
    path = bad_geometry(tmp_path, qform_code=codes[0], sform_code=codes[1], voxel_sizes=sizes)
    with pytest.raises(GeometryError, match="must be positive numbers, got"):
        load_volume(path)


@pytest.mark.parametrize("row", [(0, 0, 0, 0), (np.nan, 0, 0, 0), (np.inf, 0, 0, 0)])
def test_singular_or_nan_affine_is_refused(tmp_path: Path, row: tuple[float, ...]) -> None:
    path = bad_geometry(tmp_path, srow_x=row)
    with pytest.raises(GeometryError, match="must be finite and invertible"):
        load_volume(path)


@pytest.mark.parametrize("shape", [(4, 5), (4,)])
def test_only_3d(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = write_nifti(tmp_path / "image.nii", np.zeros(shape, np.int16))
    with pytest.raises(ImageFormatError, match="must be a 3D image, got a shape of"):
        load_volume(path)


def test_complex_voxels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageFormatError, match="got complex voxels"):
        load_volume(write_nifti(tmp_path / "complex.nii", np.zeros((3, 4, 5), np.complex64)))


def flip_a_byte(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


DAMAGE = {
    "truncated.nii": lambda whole: whole[:-100],
    "header_only.nii": lambda whole: whole[:352],
    "short_header.nii": lambda whole: whole[:100],
    "text.nii": lambda whole: b"this is not an image " * 50,
    "truncated.nii.gz": lambda whole: gzip.compress(whole)[:5000],
    "flipped_bit.nii.gz": lambda whole: flip_a_byte(gzip.compress(whole)),
    "text.nii.gz": lambda whole: b"this is not an image " * 50,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    whole = write_nifti(tmp_path / "whole.nii", random_voxels((20, 20, 20))).read_bytes()
    (tmp_path / name).write_bytes(DAMAGE[name](whole))
    with pytest.raises(ImageFormatError, match=r"truncated or damaged|not a readable NIfTI"):
        load_volume(tmp_path / name)


@pytest.mark.parametrize("name", ["empty.nii", "empty.nii.gz"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ImageFormatError, match=f"'{name}' is empty"):
        load_volume(tmp_path / name)


def test_volume_does_not_depend_on_the_file_afterwards(tmp_path: Path) -> None:
    stored = random_voxels()
    path = write_nifti(tmp_path / "image.nii", stored)
    volume = load_volume(path)
    path.write_bytes(b"\0" * path.stat().st_size)
    np.testing.assert_array_equal(volume.voxels, stored)


def test_voxel_count_beyond_the_file_is_refused_without_allocating(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "image.nii", random_voxels(), dim=[3, 30000, 30000, 30000, 1, 1, 1, 1])
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        load_volume(path)
