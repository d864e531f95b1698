"""What is painted on the canonical grid comes back from every export at the same place in the patient."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
from hypothesis import given, settings
from hypothesis import strategies as st

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, save_label_map, save_scalar_map
from fewshot_sam.io.export import save_volume
from tests.fewshot_sam.synthetic_files import (
    all_axis_orientations,
    axis_affine,
    oblique_affine,
    random_voxels,
    write_nifti,
)

SHAPE = (5, 6, 7)
OBLIQUE = {
    "tilted": oblique_affine("LPS", (7.0, -11.0, 4.0)),
    "steep": oblique_affine("SRA", (31.0, 24.0, -38.0)),
}
AFFINES = {codes: axis_affine(codes) for codes in all_axis_orientations()} | OBLIQUE


def world_positions(affine: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Positions (n, 3) of voxel indices (n, 3), in a fixed order."""
    return _sorted(nib.affines.apply_affine(affine, indices))


def _sorted(positions: np.ndarray) -> np.ndarray:
    rounded = np.round(positions, 2) + 0.0
    return rounded[np.lexsort(rounded.T)]


def painted(shape: tuple[int, int, int]) -> np.ndarray:
    label_map = np.zeros(shape, np.uint16)
    label_map[0, 0, 0], label_map[-1, 0, 1], label_map[1, 2, 3], label_map[2:4, 1, -1] = 1, 2, 3, 4
    return label_map


@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize("codes", [(0, 2), (1, 0), (1, 1)], ids=["sform", "qform", "both"])
def test_label_map_round_trip(tmp_path: Path, name: str, codes: tuple[int, int]) -> None:
    voxels = random_voxels(SHAPE)
    path = write_nifti(
        tmp_path / "image.nii", voxels, AFFINES[name], qform_code=codes[0], sform_code=codes[1]
    )
    volume = load_volume(path)
    label_map = painted(volume.shape)
    before = label_map.copy()
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    assert np.array_equal(label_map, before)

    source, mask = nib.load(path), nib.load(tmp_path / "mask.nii.gz")
    np.testing.assert_allclose(mask.affine, source.affine, atol=1e-5)
    assert mask.shape == source.shape
    for field in ("qform_code", "sform_code", "xyzt_units"):
        assert mask.header[field] == source.header[field]
    for code in (1, 2, 3, 4):
        expected = world_positions(volume.affine, np.argwhere(label_map == code))
        np.testing.assert_allclose(
            world_positions(mask.affine, np.argwhere(np.asarray(mask.dataobj) == code)), expected, atol=0.02
        )
    assert np.array_equal(load_label_map(tmp_path / "mask.nii.gz", volume), label_map)


@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize("ending", ["nii", "nrrd", "mha"])
def test_simpleitk_sees_the_same_positions(tmp_path: Path, name: str, ending: str) -> None:
    volume = load_volume(write_nifti(tmp_path / "image.nii", random_voxels(SHAPE), AFFINES[name]))
    label_map = painted(volume.shape)
    save_label_map(label_map, volume, tmp_path / f"mask.{ending}")
    image = sitk.ReadImage(str(tmp_path / f"mask.{ending}"))
    array = sitk.GetArrayFromImage(image)
    for code in (1, 2, 3, 4):
        lps = [
            image.TransformIndexToPhysicalPoint(tuple(index[::-1].tolist()))
            for index in np.argwhere(array == code)
        ]
        found = _sorted(np.array(lps) * (-1, -1, 1))
        expected = world_positions(volume.affine, np.argwhere(label_map == code))
        np.testing.assert_allclose(found, expected, atol=0.02)
    assert np.array_equal(load_label_map(tmp_path / f"mask.{ending}", volume), label_map)


@pytest.mark.parametrize("name", AFFINES)
def test_canonical_voxels_keep_their_world_position(tmp_path: Path, name: str) -> None:
    voxels = random_voxels(SHAPE)
    volume = load_volume(write_nifti(tmp_path / "image.nii", voxels, AFFINES[name]))
    index = (1, 4, 2)
    world = nib.affines.apply_affine(AFFINES[name], index)
    canonical = np.rint(nib.affines.apply_affine(np.linalg.inv(volume.affine), world)).astype(int)
    assert volume.voxels[tuple(canonical)] == voxels[index]
    assert (np.diag(volume.affine)[:3] > 0).all()


@pytest.mark.parametrize("name", AFFINES)
def test_stored_slice_numbers_find_their_canonical_slice(tmp_path: Path, name: str) -> None:
    """CLI --slices counts along the stored axis; flipped and permuted axes must not matter."""
    grid = SourceGrid(SHAPE, AFFINES[name])
    for plane in Plane:
        axis = grid.stored_axis(plane)
        for stored_index in range(SHAPE[axis]):
            marked = np.zeros(SHAPE, np.uint8)
            np.moveaxis(marked, axis, 0)[stored_index] = 1
            canonical = np.moveaxis(grid.to_canonical(marked), plane.axis, 0)
            assert canonical[grid.canonical_index(plane, stored_index)].all()
            assert canonical.sum() == marked.sum()


@pytest.mark.parametrize("stored_as", all_axis_orientations()[::5])
def test_label_map_of_the_same_grid_may_be_stored_otherwise(tmp_path: Path, stored_as: str) -> None:
    volume = load_volume(write_nifti(tmp_path / "image.nii", random_voxels(SHAPE), OBLIQUE["tilted"]))
    label_map = painted(volume.shape)
    save_label_map(label_map, volume, tmp_path / "mask.nii")
    mask = nib.load(tmp_path / "mask.nii")
    turn = nib.orientations.ornt_transform(
        nib.io_orientation(mask.affine), nib.orientations.axcodes2ornt(tuple(stored_as))
    )
    nib.save(mask.as_reoriented(turn), tmp_path / "turned.nii")
    assert np.array_equal(load_label_map(tmp_path / "turned.nii", volume), label_map)


@settings(max_examples=60, deadline=None)
@given(
    codes=st.sampled_from(all_axis_orientations()),
    angles=st.tuples(*[st.floats(-44, 44)] * 3),
    shape=st.tuples(*[st.integers(1, 6)] * 3),
    offset=st.tuples(*[st.floats(-500, 500)] * 3),
)
def test_grid_round_trip_property(codes, angles, shape, offset) -> None:
    affine = oblique_affine(codes, angles)
    affine[:3, 3] = offset
    grid = SourceGrid(shape, affine)
    stored = np.arange(np.prod(shape)).reshape(shape)
    canonical = grid.to_canonical(stored)
    assert np.array_equal(grid.from_canonical(canonical), stored)
    back = np.argwhere(canonical == stored[0, 0, 0])[0]
    np.testing.assert_allclose(
        nib.affines.apply_affine(grid.canonical_affine, back), affine[:3, 3], atol=1e-6
    )
    assert SourceGrid.from_dict(grid.to_dict()).to_dict() == grid.to_dict()


@pytest.mark.parametrize(
    ("highest", "dtype"), [(1, np.uint8), (255, np.uint8), (256, np.uint16), (65535, np.uint16)]
)
def test_smallest_unsigned_type(tmp_path: Path, highest: int, dtype: type) -> None:
    volume = load_volume(write_nifti(tmp_path / "image.nii", random_voxels(SHAPE)))
    label_map = np.zeros(volume.shape, np.int32)
    label_map[2, 2, 2] = highest
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    image = nib.load(tmp_path / "mask.nii.gz")
    assert image.get_data_dtype() == dtype
    assert np.asarray(image.dataobj).max() == highest
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("ending", [".nii", ".nrrd", ".mha"])
def test_type_and_compression_are_as_asked(tmp_path: Path, ending: str) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels((20, 20, 20)), OBLIQUE["tilted"]))
    label_map = np.zeros(volume.shape, np.uint8)
    label_map[3:9] = 5
    plain, packed = tmp_path / f"plain{ending}", tmp_path / f"packed{ending}"
    save_label_map(label_map, volume, plain, np.dtype(np.int32), compressed=False)
    save_label_map(label_map, volume, packed)
    assert sitk.ReadImage(str(plain)).GetPixelID() == sitk.sitkInt32
    assert plain.stat().st_size > 4 * label_map.size
    assert np.array_equal(load_label_map(plain, volume), label_map)
    assert np.array_equal(load_label_map(packed, volume), label_map)
    with pytest.raises(ImageFormatError, match="uint8 must hold integers up to its largest, got 256"):
        save_label_map(label_map.astype(np.uint16) + 251, volume, plain, np.dtype(np.uint8))


def test_a_volume_is_written_as_it_was_stored(tmp_path: Path) -> None:
    voxels = random_voxels(SHAPE)
    volume = load_volume(write_nifti(tmp_path / "scan.nii.gz", voxels, OBLIQUE["steep"]))
    save_volume(volume, tmp_path / "again.nii.gz")
    again = nib.load(tmp_path / "again.nii.gz")
    assert np.array_equal(np.asarray(again.dataobj), voxels)
    assert np.allclose(again.affine, OBLIQUE["steep"])
    assert load_volume(tmp_path / "again.nii.gz").content_hash == volume.content_hash


@pytest.mark.parametrize("unit", ["mm", "meter", "micron", "unknown"])
def test_spatial_unit_is_restored_and_understood(tmp_path: Path, unit: str) -> None:
    volume = load_volume(write_nifti(tmp_path / "image.nii", random_voxels(SHAPE), unit=unit))
    factor = {"meter": 1000.0, "micron": 0.001}.get(unit, 1.0)
    np.testing.assert_allclose(volume.spacing_mm, np.array([0.8, 1.2, 2.5]) * factor, rtol=1e-6)
    save_label_map(painted(volume.shape), volume, tmp_path / "mask.nii")
    assert nib.load(tmp_path / "mask.nii").header.get_xyzt_units()[0] == unit
    assert np.array_equal(load_label_map(tmp_path / "mask.nii", volume), painted(volume.shape))
    source, mask = (sitk.ReadImage(str(tmp_path / name)) for name in ("image.nii", "mask.nii"))
    np.testing.assert_allclose(mask.GetOrigin(), source.GetOrigin(), rtol=1e-6)
    np.testing.assert_allclose(mask.GetSpacing(), source.GetSpacing(), rtol=1e-6)


def test_scalar_map_is_float32_on_the_source_grid(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "image.nii", random_voxels(SHAPE), AFFINES["PIR"]))
    probability = np.linspace(0, 1, np.prod(volume.shape)).reshape(volume.shape)
    save_scalar_map(probability, volume, tmp_path / "p.nii.gz")
    image = nib.load(tmp_path / "p.nii.gz")
    assert image.get_data_dtype() == np.float32
    np.testing.assert_array_equal(
        volume.source.to_canonical(np.asarray(image.dataobj)), probability.astype(np.float32)
    )


def test_unlike_qform_and_sform_are_both_restored(tmp_path: Path) -> None:
    path = write_nifti(
        tmp_path / "image.nii", random_voxels(SHAPE), AFFINES["LPS"], qform_code=1, sform_code=2
    )
    image = nib.load(path)
    image.set_qform(OBLIQUE["tilted"], 1)
    nib.save(image, path)
    volume = load_volume(path)
    np.testing.assert_allclose(volume.source.affine, AFFINES["LPS"], atol=1e-5)
    save_label_map(painted(volume.shape), volume, tmp_path / "mask.nii")
    mask = nib.load(tmp_path / "mask.nii")
    np.testing.assert_allclose(mask.get_sform(), AFFINES["LPS"], atol=1e-5)
    np.testing.assert_allclose(mask.get_qform(), OBLIQUE["tilted"], atol=1e-4)


def test_image_without_orientation_stays_without(tmp_path: Path) -> None:
    """Both codes 0: nibabel and ITK invent different positions; the export must lie on the image in both."""
    path = write_nifti(tmp_path / "image.nii", random_voxels(SHAPE), qform_code=0, sform_code=0)
    volume = load_volume(path)
    assert volume.metadata["orientation"] == "unknown"
    save_label_map(painted(volume.shape), volume, tmp_path / "mask.nii")
    source, mask = nib.load(path), nib.load(tmp_path / "mask.nii")
    np.testing.assert_array_equal(mask.affine, source.affine)
    assert mask.header["sform_code"] == mask.header["qform_code"] == 0
    by_itk = [sitk.ReadImage(str(tmp_path / name)) for name in ("image.nii", "mask.nii")]
    assert by_itk[0].GetOrigin() == by_itk[1].GetOrigin()
    assert by_itk[0].GetDirection() == by_itk[1].GetDirection()
    sitk.WriteImage(by_itk[1], str(tmp_path / "through_itk.nrrd"))
    assert np.array_equal(load_label_map(tmp_path / "through_itk.nrrd", volume), painted(volume.shape))
    nib.save(nib.Nifti1Image(np.asarray(mask.dataobj), mask.affine), tmp_path / "through_nibabel.nii")
    assert np.array_equal(load_label_map(tmp_path / "through_nibabel.nii", volume), painted(volume.shape))
