"""Slices that form no regular stack are told with figures, and resampled to one where that is asked for."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileDataset

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError, ImageFormatError, IrregularGridError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from fewshot_sam.io.labels import read_label_map
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.resampling import regular
from fewshot_sam.io.sandbox.reading import read_volume
from fewshot_sam.io.source import SourceImage
from tests.fewshot_sam.synthetic_files import (
    SPACING_MM,
    all_axis_orientations,
    axis_affine,
    dicom_series,
    oblique_affine,
    write_dicom,
    write_nifti,
)

SHAPE = (7, 8, 9)
SLOPES = np.array([7.0, -11.0, 5.0])


def field(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A linear function of the world position: linear interpolation keeps it."""
    positions = (
        np.einsum("ab,bijk->aijk", affine[:3, :3], np.indices(shape)) + affine[:3, 3, None, None, None]
    )
    return np.einsum("a,aijk->ijk", SLOPES, positions)


def assert_field(voxels: np.ndarray, affine: np.ndarray, tolerance: float, least: int) -> None:
    """So many voxels at least hold the field; all others are outside of the slices and hold one value."""
    expected = field(affine, voxels.shape)
    holds = np.abs(voxels - expected) <= tolerance
    assert holds.sum() >= least
    assert np.unique(voxels[~holds]).size <= 1


def at_right_angles(volume: Volume) -> bool:
    axes = volume.source.affine[:3, :3] / np.linalg.norm(volume.source.affine[:3, :3], axis=0)
    return bool(np.abs(axes.T @ axes - np.eye(3)).max() < 1e-6)


def sheared(affine: np.ndarray, axis: int, along: int, degrees: float) -> np.ndarray:
    """The affine with one of its axes leant towards another."""
    leant = affine.copy()
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    leant[:3, axis] += np.tan(np.radians(degrees)) * lengths[axis] * affine[:3, along] / lengths[along]
    return leant


def series_at(positions: np.ndarray, **tags: object) -> list[FileDataset]:
    """Axial slices whose pixels hold the field, at (K, 3) LPS positions."""
    series = dicom_series(len(positions), intercept=0, **tags)
    for dataset, position in zip(series, positions, strict=True):
        dataset.ImagePositionPatient = position.tolist()
        lps = np.diag([0.6, 0.8, 1.0, 1.0])
        lps[:3, 3] = position
        values = field(np.diag([-1, -1, 1, 1]) @ lps, (4, 5, 1))[:, :, 0].T
        dataset.PixelData = np.rint(values + 1000).astype(np.uint16).tobytes()
    return series


def places(count: int, *, gap: float = 2.0, lean: float = 0.0, drift: float = 0.0) -> np.ndarray:
    """(K, 3) LPS positions; ``lean`` in mm a mm, ``drift`` what a gap is wider than the one before."""
    depth = np.concatenate([[0], np.cumsum(gap + drift * np.arange(count - 1))])
    return np.column_stack([np.full(count, -10.0), -20 + lean * depth, 30 + depth])


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        (
            places(60, lean=np.tan(np.radians(0.5))),
            r"shift sideways by up to 1\.0 mm at the far end: the stack leans by 0\.50 degrees",
        ),
        (
            places(30, lean=0.4),
            r"shift sideways by up to 23\.2 mm at the far end: the stack leans by 21\.80 deg",
        ),
        (places(40, drift=0.005), r"spacing drifts from 2 to 2\.19 mm, which puts the far end 3\.8 mm off"),
        (places(30, drift=0.0015), r"drifts from 2 to 2\.04 mm, which puts the far end 0\.6 mm off"),
        (
            places(30, lean=0.4, drift=0.02),
            r"leans by 21\.80 degrees .*\. Slices .* spacing drifts from 2 to 2\.5",
        ),
    ],
)
def test_what_is_irregular_is_told_and_resampled(tmp_path: Path, positions: np.ndarray, said: str) -> None:
    folder = write_dicom(tmp_path / "ct", series_at(positions))
    with pytest.raises(IrregularGridError, match=said) as caught:
        load_volume(folder)
    told = "Up to 0.5 mm and 2 degrees are taken as regular. Resample the image to a regular grid to open it."
    assert str(caught.value).endswith(told)
    volume = load_volume(folder, resample=True)
    assert volume.voxels.dtype == np.int16
    assert volume.metadata["notes"].startswith(
        "Resampled to a regular grid by linear interpolation, because "
    )
    assert volume.metadata["notes"].endswith("Masks are on that grid, not on the slices of the file.")
    assert at_right_angles(volume)
    assert_field(volume.voxels - 1000.0, volume.affine, 1.01, least=3 * 4 * (len(positions) - 1))
    np.testing.assert_allclose(volume.spacing_mm[:2], (0.6, 0.8))


@pytest.mark.parametrize(
    "positions",
    [
        places(60, lean=0.49 / 118),
        places(30, drift=0.001),
        places(30) + np.random.default_rng(0).uniform(-0.25, 0.25, (30, 3)),
        np.round(places(200, gap=2.04), 1),
        np.round(places(4, gap=2.04), 1),
    ],
    ids=["leans", "drifts", "jitters", "rounded", "few rounded"],
)
def test_half_a_millimetre_at_the_far_end_is_regular(tmp_path: Path, positions: np.ndarray) -> None:
    folder = write_dicom(tmp_path / "ct", series_at(positions))
    volume = load_volume(folder)
    assert "notes" not in volume.metadata
    assert load_volume(folder, resample=True).content_hash == volume.content_hash


def test_slices_of_a_tilted_gantry_stay_slices(tmp_path: Path) -> None:
    """A shift by whole voxels moves values and changes none."""
    positions = places(12)
    positions[:, 1] += 0.8 * np.arange(12)
    series = series_at(positions)
    volume = load_volume(write_dicom(tmp_path / "ct", series), resample=True)
    assert volume.shape == (4, 5 + 11, 12)
    stored = volume.source.from_canonical(volume.voxels)
    for k, dataset in enumerate(series):
        rows = np.frombuffer(dataset.PixelData, np.uint16).reshape(5, 4)
        np.testing.assert_array_equal(stored[:, 16 - 5 - k : 16 - k, k], rows[::-1].T)
    assert (stored == stored.min()).sum() >= 4 * 11 * 12


def test_missing_slices_are_not_resampled(tmp_path: Path) -> None:
    series = dicom_series(9)
    del series[4]
    for options in ({}, {"resample": True}):
        with pytest.raises(GeometryError, match=r"1 slice is missing from the series \(after slice 4 of 8"):
            load_volume(write_dicom(tmp_path / "ct", series), **options)


def test_what_leans_by_more_than_45_degrees_is_no_stack(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", series_at(places(8, lean=1.2)))
    with pytest.raises(GeometryError, match=r"leans by 50\.19 degrees .* is no stack of slices"):
        load_volume(folder, resample=True)


def test_the_regular_grid_keeps_to_the_limits(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", series_at(places(30, lean=0.9)))
    with pytest.raises(
        ImageFormatError, match="must have at most 60 voxels along each axis, got 4 x 71 x 30"
    ):
        load_volume(folder, resample=True, limits=ReadLimits(max_slices=60))


@pytest.mark.parametrize(("axis", "along"), [(2, 0), (2, 1), (0, 1), (1, 0), (0, 2)])
@pytest.mark.parametrize("ending", ["nii", "nrrd", "mha"])
def test_sheared_files(tmp_path: Path, axis: int, along: int, ending: str) -> None:
    affine = sheared(oblique_affine("LPS", (7.0, -11.0, 4.0)), axis, along, 9.0)
    path = tmp_path / f"scan.{ending}"
    voxels = field(affine, SHAPE).astype(np.float32)
    if ending == "nii":
        write_nifti(path, voxels, affine)
    else:
        image, axes = (
            sitk.GetImageFromArray(np.ascontiguousarray(voxels.T)),
            np.diag([-1, -1, 1]) @ affine[:3, :3],
        )
        image.SetSpacing(np.linalg.norm(axes, axis=0).tolist())
        image.SetDirection((axes / np.linalg.norm(axes, axis=0)).ravel().tolist())
        image.SetOrigin((np.diag([-1, -1, 1]) @ affine[:3, 3]).tolist())
        sitk.WriteImage(image, str(path))
    with pytest.raises(
        IrregularGridError, match=r"two of them are at 81\.0 degrees .* shifts the far end by "
    ):
        load_volume(path)
    volume = load_volume(path, resample=True)
    assert at_right_angles(volume)
    assert_field(volume.voxels, volume.affine, 0.05, least=6 * 7 * 8)
    label_map = np.asfortranarray((volume.voxels > np.median(volume.voxels)).astype(np.uint8))
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    np.testing.assert_array_equal(load_label_map(tmp_path / "mask.nii.gz", volume), label_map)
    mask = nib.load(tmp_path / "mask.nii.gz")
    np.testing.assert_allclose(mask.affine, volume.source.affine, atol=1e-5)


def test_a_shear_is_measured_at_the_far_end(tmp_path: Path) -> None:
    """The same angle: half a millimetre in 100 slices, 5 micrometres in 2."""
    affine = sheared(axis_affine("RAS"), 2, 0, 0.3)
    with pytest.raises(IrregularGridError, match=r"at 89\.70 degrees .* shifts the far end by 1\.3 mm"):
        load_volume(write_nifti(tmp_path / "long.nii", np.zeros((3, 3, 100), np.int16), affine))
    short = load_volume(write_nifti(tmp_path / "short.nii", np.zeros((3, 3, 30), np.int16), affine))
    np.testing.assert_allclose(short.source.affine, affine, atol=1e-6)
    steep = write_nifti(tmp_path / "steep.nii", np.zeros((3, 3, 2), np.int16), sheared(affine, 2, 0, 9.0))
    with pytest.raises(IrregularGridError, match=r"at 80\.\d degrees"):
        load_volume(steep)


def test_a_label_map_of_the_sheared_grid_follows_the_scan(tmp_path: Path) -> None:
    affine = sheared(axis_affine("LPS"), 2, 1, 12.0)
    painted = np.zeros((16, 16, 9), np.uint8)
    painted[4:10, 5:11, 2], painted[6:9, 6:12, 6] = 1, 2
    scan = write_nifti(tmp_path / "scan.nii", painted.astype(np.int16) * 500, affine)
    labels = write_nifti(tmp_path / "labels.nii", painted, affine)
    volume = load_volume(scan, resample=True)
    label_map = load_label_map(labels, volume)
    stored = volume.source.from_canonical(label_map)
    assert np.flatnonzero(stored.any(axis=(0, 1))).tolist() == [2, 6]
    assert [(stored == code).sum() for code in (1, 2)] == [(painted == code).sum() for code in (1, 2)]
    told = read_label_map([labels], volume.source)
    np.testing.assert_array_equal(told.codes, label_map)
    assert "two of its axes are at 78.0 degrees (4.3 mm at the far end). It was put on the" in told.notes
    inside = volume.voxels[label_map == 1]
    assert np.median(inside) == 500
    assert inside.min() >= 200
    turned = nib.Nifti1Image(painted, sheared(axis_affine("LPS"), 2, 1, -12.0))
    nib.save(turned, tmp_path / "other.nii")
    with pytest.raises(GeometryError, match="must lie on the image's grid"):
        load_label_map(tmp_path / "other.nii", volume)


def test_a_sheared_label_map_of_a_regular_scan_is_told_by_its_shear(tmp_path: Path) -> None:
    affine, painted = axis_affine("LPS"), np.ones((16, 16, 9), np.uint8)
    volume = load_volume(write_nifti(tmp_path / "scan.nii", painted.astype(np.int16), affine))
    labels = write_nifti(tmp_path / "labels.nii", painted, sheared(affine, 2, 1, 12.0))
    said = (
        r"but 'labels' is on a sheared or uneven grid: two of its axes are at 78\.0 degrees \(4\.3 mm at the "
        r"far end\)\. Resample the label map to the image, with the nearest label for each voxel\."
    )
    for read in (lambda: load_label_map(labels, volume), lambda: read_label_map([labels], volume.source)):
        with pytest.raises(GeometryError, match=said):
            read()


def test_the_child_resamples(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", series_at(places(30, lean=0.4, drift=0.02)))
    here = load_volume(folder, resample=True)
    with read_volume(folder, resample=True, temporary_folder=tmp_path) as read:
        assert read.volume.content_hash == here.content_hash
        assert read.volume.metadata == here.metadata
    with (
        pytest.raises(IrregularGridError, match="leans by 21"),
        read_volume(folder, temporary_folder=tmp_path),
    ):
        pass


@settings(max_examples=40, deadline=None)
@given(
    axes=st.sampled_from(all_axis_orientations()),
    turn=st.tuples(*[st.floats(-40, 40)] * 3),
    lean=st.tuples(*[st.floats(-0.6, 0.6)] * 2),
    gaps=st.lists(st.floats(1.6, 2.4), min_size=5, max_size=12),
)
def test_any_stack_becomes_regular(axes, turn, lean, gaps) -> None:
    """Whatever leans and is uneven, each voxel of the regular grid holds what is at its place."""
    depths = np.concatenate([[0], np.cumsum(gaps)])
    shape = (6, 5, len(depths))
    affine = oblique_affine(axes, turn)
    directions = affine[:3, :3] / SPACING_MM
    positions = (
        affine[:3, 3] + np.outer(depths, directions[:, 2]) + np.outer(depths, directions[:, :2] @ lean)
    )
    affine[:3, 2] = directions[:, 2] * np.mean(gaps)
    in_plane = field(affine, (*shape[:2], 1)) - affine[:3, 3] @ SLOPES
    image = SourceImage(
        in_plane + positions @ SLOPES, SourceGrid(shape, affine), "scan", slice_positions=positions
    )
    before = image.array.copy()
    source = regular(image, ReadLimits())
    np.testing.assert_array_equal(image.array, before)
    volume = source.to_volume()
    assert source is image or source.slice_positions is None
    assert at_right_angles(volume)
    made_even = "gaps" in source.metadata.get("notes", "") or "spacing" in source.metadata.get("notes", "")
    tolerance = 0.02 if made_even else 0.5 * float(np.linalg.norm(SLOPES))  # what counts as regular stays
    assert_field(source.array, source.grid.affine, tolerance, least=5 * 4 * 4)
    nearest = np.linalg.inv(source.grid.affine) @ [*positions[0], 1.0]
    np.testing.assert_allclose(nearest, np.rint(nearest), atol=0.01)  # the first slice stays as it is
