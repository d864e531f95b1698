"""Slices that do not form a volume, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.errors import GeometryError, SeriesChoiceError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom


def test_missing_slices_are_counted_and_placed(tmp_path: Path) -> None:
    series = dicom_series(8)
    del series[5], series[2]
    with pytest.raises(GeometryError, match=r"2 slices are missing .*after slice 2 of 6, after slice 4 of 6"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_one_missing_slice(tmp_path: Path) -> None:
    series = dicom_series(6)
    del series[3]
    with pytest.raises(GeometryError, match=r"1 slice is missing .*after slice 3 of 5"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_duplicate_positions(tmp_path: Path) -> None:
    series = dicom_series(4) + dicom_series(2, seed=5)
    with pytest.raises(GeometryError, match="2 of 6 slices lie where another does"):
        load_volume(write_dicom(tmp_path / "ct", series))


@pytest.mark.parametrize("apart_mm", [0.002, 0.03, 0.09])
def test_time_points_at_almost_one_position_are_not_missing_slices(tmp_path: Path, apart_mm: float) -> None:
    """A table does not return exactly, and nothing in the files tells the two apart."""
    series = dicom_series(8) + dicom_series(8, seed=5)
    for index, dataset in enumerate(series[8:]):
        dataset.ImagePositionPatient = [-10.0, -20.0, 30.0 + 2.0 * index + apart_mm]
    with pytest.raises(
        GeometryError, match=r"8 of 16 slices lie where another does\. .* several time points"
    ):
        load_volume(write_dicom(tmp_path / "mr", series))


def test_scans_that_take_turns_are_not_missing_slices(tmp_path: Path) -> None:
    series = dicom_series(6) + dicom_series(6, seed=5)
    for index, dataset in enumerate(series[6:]):
        dataset.ImagePositionPatient = [-10.0, -20.0, 30.0 + 2.0 * index + 0.5]
    with pytest.raises(
        GeometryError, match=r"got gaps of 0\.5 to 1\.5 mm\. .* or two scans share one series"
    ):
        load_volume(write_dicom(tmp_path / "mr", series))


def test_many_missing_slices_are_not_time_points(tmp_path: Path) -> None:
    series = dicom_series(40)
    del series[5:34]
    with pytest.raises(GeometryError, match=r"29 slices are missing from the series \(after slice 5 of 11,"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_uneven_spacing(tmp_path: Path) -> None:
    series = dicom_series(5)
    series[2].ImagePositionPatient = [-10.0, -20.0, 30.0 + 2 * 2.0 + 0.6]
    with pytest.raises(GeometryError, match=r"evenly spaced, got gaps of 1\.4 to 2\.6 mm"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_positions_rounded_to_a_tenth_are_even_enough(tmp_path: Path) -> None:
    series = dicom_series(9, gap_mm=2.04)
    for dataset in series:
        dataset.ImagePositionPatient = [round(float(value), 1) for value in dataset.ImagePositionPatient]
    assert load_volume(write_dicom(tmp_path / "ct", series)).spacing_mm[2] == pytest.approx(2.0375)


def test_unequal_orientation(tmp_path: Path) -> None:
    series = dicom_series(4)
    series[3].ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 0.0, -1.0]
    folder = write_dicom(tmp_path / "ct", series)
    with pytest.raises(SeriesChoiceError, match=r"axial slices \(CT, 3 .*coronal slices \(CT, 1 "):
        load_volume(folder)


def test_tilted_gantry(tmp_path: Path) -> None:
    series = dicom_series(5)
    for index, dataset in enumerate(series):
        dataset.ImagePositionPatient = [-10.0, -20.0 + 0.5 * index, 30.0 + 2.0 * index]
    with pytest.raises(GeometryError, match=r"shift sideways by up to 2\.0 mm"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_different_sizes(tmp_path: Path) -> None:
    series = [*dicom_series(2), dicom_slice(np.zeros((6, 4)), (-10, -20, 34))]
    with pytest.raises(SeriesChoiceError, match=r"4x5 pixels \(CT, 2 slices.*4x6 pixels \(CT, 1 slice,"):
        load_volume(write_dicom(tmp_path / "ct", series))


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_slices_without_geometry(tmp_path: Path, keyword: str) -> None:
    series = dicom_series(3)
    delattr(series[1], keyword)
    with pytest.raises(GeometryError, match=f"must state its {keyword}"):
        load_volume(write_dicom(tmp_path / "ct", series))
