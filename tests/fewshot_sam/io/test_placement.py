"""A scan with two positions: label maps of either are taken; exports lie where readers put the scan."""

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
from fewshot_sam.errors import GeometryError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from fewshot_sam.io.placement import itk_affine
from fewshot_sam.io.sandbox.reading import read_label_slices, read_volume
from tests.fewshot_sam.synthetic_files import (
    SPACING_MM,
    all_axis_orientations,
    axis_affine,
    oblique_affine,
    random_voxels,
    write_nifti,
)

SHAPE = (5, 6, 7)
SFORM = oblique_affine("LPS", (7.0, -11.0, 4.0))
QFORM = oblique_affine("LPS", (12.0, -2.0, 9.0)) + np.outer([5, -3, 8, 0], [0, 0, 0, 1])
RAW_FIELDS = (
    "pixdim", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z", "qform_code",
    "sform_code", "srow_x", "srow_y", "srow_z", "xyzt_units",
)  # fmt: skip


def two_forms(
    path: Path, sform: np.ndarray, qform: np.ndarray, codes: tuple[int, int], array: np.ndarray | None = None
) -> Path:
    """A NIfTI file with both forms, the codes those of qform and sform."""
    image = nib.Nifti1Image(random_voxels(SHAPE) if array is None else array, None)
    image.header.set_xyzt_units("mm")
    image.set_qform(qform, codes[0])
    image.set_sform(sform, codes[1])
    nib.save(image, path)
    return path


def labels_on(shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    stored = np.zeros(shape, np.uint8)
    stored[1:3, 2, 3], stored[0, 0, 0], stored[-1, 0, 1] = 3, 1, 2
    return stored


def drawn_by_itk(scan: Path, path: Path, stored: np.ndarray) -> Path:
    """A label map that an ITK program makes of the scan."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(stored.T))
    image.CopyInformation(sitk.ReadImage(str(scan)))
    sitk.WriteImage(image, str(path))
    return path


def seen_by_itk(path: Path) -> np.ndarray:
    """(4, 4) voxel to LPS in mm."""
    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return affine


@pytest.mark.parametrize("codes", [(1, 1), (1, 2), (2, 1), (1, 4), (3, 3)])
@pytest.mark.parametrize("ending", ["nii.gz", "nrrd", "mha"])
def test_label_maps_drawn_by_either_kind_of_program(
    tmp_path: Path, codes: tuple[int, int], ending: str
) -> None:
    scan = two_forms(tmp_path / "scan.nii.gz", SFORM, QFORM, codes)
    volume, stored = load_volume(scan), labels_on()
    by_itk = drawn_by_itk(scan, tmp_path / f"itk.{ending}", stored)
    nib.save(nib.Nifti1Image(stored, nib.load(scan).affine), tmp_path / "nibabel.nii.gz")
    for path in (by_itk, tmp_path / "nibabel.nii.gz"):
        np.testing.assert_array_equal(volume.source.from_canonical(load_label_map(path, volume)), stored)


@pytest.mark.parametrize("codes", ["RAS", "PIL", "SRA"])
def test_a_label_map_of_the_qform_grid_may_be_stored_otherwise(tmp_path: Path, codes: str) -> None:
    volume = load_volume(two_forms(tmp_path / "scan.nii.gz", SFORM, QFORM, (1, 2)))
    image = nib.Nifti1Image(labels_on(), QFORM)
    turn = nib.orientations.ornt_transform(
        nib.io_orientation(QFORM), nib.orientations.axcodes2ornt(tuple(codes))
    )
    nib.save(image.as_reoriented(turn), tmp_path / "turned.nii.gz")
    found = load_label_map(tmp_path / "turned.nii.gz", volume)
    np.testing.assert_array_equal(volume.source.from_canonical(found), labels_on())


def test_a_third_place_is_another_grid(tmp_path: Path) -> None:
    volume = load_volume(two_forms(tmp_path / "scan.nii.gz", SFORM, QFORM, (1, 2)))
    third = QFORM + np.outer([0.6, 0, 0, 0], [0, 0, 0, 1])
    nib.save(nib.Nifti1Image(labels_on(), third), tmp_path / "labels.nii.gz")
    with pytest.raises(GeometryError, match=r"another scan.* image's grid, but their corners lie up to"):
        load_label_map(tmp_path / "labels.nii.gz", volume)


def mirrored(path: Path) -> Path:
    """A scan whose forms take up the same place, one the mirror image of the other."""
    ras = np.diag([1.0, 1.0, 1.0, 1.0])
    las = ras @ np.array([[-1, 0, 0, SHAPE[0] - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    return two_forms(path, ras, las, (1, 2))


def test_forms_that_mirror_each_other(tmp_path: Path) -> None:
    """The order of storage tells by which one a label map was drawn, unless that was changed."""
    scan = mirrored(tmp_path / "scan.nii.gz")
    volume, stored = load_volume(scan), labels_on()
    for path in (
        drawn_by_itk(scan, tmp_path / "itk.nii.gz", stored),
        two_forms(tmp_path / "other.nii.gz", volume.source.affine, volume.source.affine, (0, 2), stored),
    ):
        np.testing.assert_array_equal(volume.source.from_canonical(load_label_map(path, volume)), stored)
    turned = nib.Nifti1Image(stored, volume.source.affine).as_reoriented(np.array([[0, 1], [1, -1], [2, 1]]))
    nib.save(turned, tmp_path / "turned.nii.gz")
    with pytest.raises(
        GeometryError, match="fits the image in two ways, because the image's sform and qform"
    ):
        load_label_map(tmp_path / "turned.nii.gz", volume)


@pytest.mark.parametrize(
    ("shift_mm", "voxel_mm", "taken"), [(0.45, 1.0, True), (0.55, 1.0, False), (0.3, 0.3, False)]
)
def test_half_a_millimetre_and_three_quarters_of_a_voxel_are_the_same_place(
    tmp_path: Path, shift_mm: float, voxel_mm: float, taken: bool
) -> None:
    affine = np.diag([voxel_mm] * 3 + [1.0])
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels(SHAPE), affine))
    affine[0, 3] = shift_mm
    path = write_nifti(tmp_path / "labels.nii", labels_on(), affine)
    if taken:
        np.testing.assert_array_equal(load_label_map(path, volume), labels_on())
    else:
        with pytest.raises(GeometryError, match=f"corners lie up to {shift_mm:g} mm apart"):
            load_label_map(path, volume)


def test_both_forms_survive_the_child_and_storage(tmp_path: Path) -> None:
    scan = two_forms(tmp_path / "scan.nii.gz", SFORM, QFORM, (1, 2))
    by_itk = drawn_by_itk(scan, tmp_path / "itk.nii.gz", labels_on())
    grid = load_volume(scan).source
    with read_volume(scan, temporary_folder=tmp_path) as read:
        assert read.volume.source.to_dict() == grid.to_dict()
    with read_label_slices(by_itk, grid, Plane.AXIAL, temporary_folder=tmp_path) as slices:
        assert slices.codes() == (1, 2, 3)


def test_grids_stored_by_earlier_versions_open() -> None:
    old = SourceGrid(SHAPE, SFORM, qform_code=1, sform_code=2, qform_affine=QFORM).to_dict()
    del old["nifti_placement"]
    grid = SourceGrid.from_dict(old)
    assert grid.nifti_placement is None
    np.testing.assert_array_equal(itk_affine(grid), QFORM)


def check_exports(scan: Path, folder: Path) -> None:
    """Every reader sees each export where it sees the scan."""
    volume = load_volume(scan)
    for ending in ("nii", "nrrd", "mha"):
        save_label_map(volume.source.to_canonical(labels_on()), volume, folder / f"mask.{ending}")
        np.testing.assert_allclose(seen_by_itk(folder / f"mask.{ending}"), seen_by_itk(scan), atol=2e-6)
        found = load_label_map(folder / f"mask.{ending}", volume)
        np.testing.assert_array_equal(volume.source.from_canonical(found), labels_on())
    source, mask = nib.load(scan), nib.load(folder / "mask.nii")
    np.testing.assert_array_equal(mask.affine, source.affine)
    for field in RAW_FIELDS:
        np.testing.assert_array_equal(mask.header[field], source.header[field], field)


orientations = st.sampled_from(all_axis_orientations())
turns = st.tuples(*[st.floats(-40, 40)] * 3)
form_codes = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(any)


@settings(max_examples=40, deadline=None)
@given(axes=orientations, turn=turns, other_axes=orientations, other_turn=turns, codes=form_codes)
def test_exports_lie_where_their_reader_puts_the_scan(
    tmp_path_factory: pytest.TempPathFactory, axes, turn, other_axes, other_turn, codes
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    sform, qform = oblique_affine(axes, turn), oblique_affine(other_axes, other_turn)
    qform[:3, 3] += (20, -30, 40)
    check_exports(two_forms(folder / "scan.nii", sform, qform, codes), folder)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_exports_of_forms_that_differ_by_the_sign_of_an_axis(tmp_path: Path, axis: int) -> None:
    """ITK compares left singular vectors: it mostly takes such forms for the same."""
    for axes in all_axis_orientations():
        sform, mirror = axis_affine(axes), np.eye(4)
        mirror[axis, axis] = -1
        scan = two_forms(tmp_path / "scan.nii", sform, sform @ mirror, (1, 2))
        volume = load_volume(scan)
        save_label_map(volume.source.to_canonical(labels_on()), volume, tmp_path / "mask.nrrd")
        np.testing.assert_allclose(
            seen_by_itk(tmp_path / "mask.nrrd"), seen_by_itk(scan), atol=2e-6, err_msg=axes
        )


@pytest.mark.parametrize("codes", [(0, 0), (0, 2), (1, 2), (1, 1)])
def test_exports_of_a_scan_whose_voxel_sizes_are_stated_twice(tmp_path: Path, codes: tuple[int, int]) -> None:
    """ITK takes pixdim, nibabel the lengths of the sform's axes."""
    scan = write_nifti(
        tmp_path / "scan.nii", random_voxels(SHAPE), SFORM, qform_code=codes[0], sform_code=codes[1],
        voxel_sizes=(0.9, 1.3, 2.2),
    )  # fmt: skip
    check_exports(scan, tmp_path)


def test_exports_of_a_sform_that_is_not_quite_at_right_angles(tmp_path: Path) -> None:
    """Within half a millimetre we take it; ITK does not, and takes the qform."""
    sheared = SFORM.copy()
    sheared[:3, 2] += 0.003 * SPACING_MM[2] * SFORM[:3, 0] / SPACING_MM[0]
    check_exports(two_forms(tmp_path / "scan.nii", sheared, SFORM, (1, 1)), tmp_path)


def test_a_scan_that_itk_refuses_keeps_its_place(tmp_path: Path) -> None:
    sheared = axis_affine("RAS")
    sheared[0, 2] = 0.003 * SPACING_MM[2]
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels(SHAPE), sheared))
    with pytest.raises(RuntimeError, match="No orthonormal definition found"):
        sitk.ReadImage(str(tmp_path / "scan.nii"))
    save_label_map(volume.source.to_canonical(labels_on()), volume, tmp_path / "mask.nrrd")
    np.testing.assert_allclose(
        np.diag([-1, -1, 1, 1]) @ seen_by_itk(tmp_path / "mask.nrrd"), sheared, atol=1e-6
    )
