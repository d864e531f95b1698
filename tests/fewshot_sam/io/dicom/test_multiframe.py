"""Enhanced DICOM: many frames in one file."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest

from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom


def enhanced(series: list[pydicom.FileDataset]) -> pydicom.Dataset:
    """The series as one multi-frame file."""
    for dataset in series:
        dataset.AcquisitionNumber = 1
        dataset.PatientPosition = "HFS"
    return highdicom.legacy.LegacyConvertedEnhancedCTImage(
        legacy_datasets=series,
        series_instance_uid="1.2.77",
        series_number=2,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
    )


def test_multiframe_file_reads_like_its_slices(tmp_path: Path) -> None:
    series = dicom_series(4)
    (tmp_path / "enhanced").mkdir()
    enhanced(series).save_as(tmp_path / "enhanced" / "all.dcm")
    one, many = load_volume(tmp_path / "enhanced"), load_volume(write_dicom(tmp_path / "ct", series))
    np.testing.assert_allclose(one.source.affine, many.source.affine, atol=1e-9)
    assert one.content_hash == many.content_hash
    assert (one.modality, one.acquisition_plane) == ("CT", Plane.AXIAL)


def test_multiframe_with_a_missing_slice(tmp_path: Path) -> None:
    series = dicom_series(5)
    del series[2]
    enhanced(series).save_as(tmp_path / "all.dcm")
    with pytest.raises(GeometryError, match="must form one evenly spaced volume, but do not"):
        load_volume(tmp_path / "all.dcm")


def test_multiframe_without_positions(tmp_path: Path) -> None:
    capture = dicom_slice(np.zeros((5, 4)), (0, 0, 0), NumberOfFrames=3)
    capture.PixelData = b"\0" * (5 * 4 * 2 * 3)
    write_dicom(tmp_path / "us", [capture])
    with pytest.raises(ImageFormatError, match="multi-frame DICOM file of a kind this program does not read"):
        load_volume(tmp_path / "us")
