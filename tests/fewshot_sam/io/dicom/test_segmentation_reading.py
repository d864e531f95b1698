"""DICOM segmentations of other programs as label maps."""

from __future__ import annotations

from pathlib import Path

import highdicom as hd
import numpy as np
import pytest

from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.errors import GeometryError, ImageFormatError, OverlapError
from fewshot_sam.io import load_label_map
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.dicom.segments import described
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.io.dicom.segmentations import (
    SEGMENTS,
    painted,
    scan_of,
    write,
)
from tests.fewshot_sam.io.dicom.test_series import zip_folder
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom


def test_segments_that_overlap_are_refused_by_their_names(tmp_path: Path) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    made = segmentation(painted(volume), volume, headers, SEGMENTS)
    made.PixelData = b"\xff" * len(made.PixelData)
    with pytest.raises(ImageFormatError, match=r"must not overlap, but 'Leber' and 'Niere .*' do"):
        load_label_map(write(made, tmp_path / "seg.dcm"), volume)


@pytest.mark.parametrize("overlap", Overlap)
def test_which_of_segments_that_overlap_counts_can_be_said(tmp_path: Path, overlap: Overlap) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    made = segmentation(painted(volume), volume, headers, SEGMENTS)
    made.PixelData = b"\xff" * len(made.PixelData)
    path = write(made, tmp_path / "seg.dcm")
    with pytest.raises(OverlapError):
        read_label_map([path], volume.source)
    read = read_label_map([path], volume.source, overlap=overlap)
    frames = [
        (int(item.SegmentIdentificationSequence[0].ReferencedSegmentNumber), index)
        for item in made.PerFrameFunctionalGroupsSequence
        for index in [tuple(item.PlanePositionSequence[0].ImagePositionPatient)]
    ]
    numbers = [number for number, _ in frames]
    assert set(np.unique(read.codes)) - {0} <= {min(numbers), *numbers}
    by_slice: dict[tuple, list[int]] = {}
    for number, position in frames:
        by_slice.setdefault(position, []).append(number)
    chosen = min if overlap is Overlap.FIRST else max
    wanted = sorted(chosen(held) for held in by_slice.values())
    found = [codes.max() for codes in np.moveaxis(read.codes, 2, 0) if codes.any()]
    assert sorted(found) == wanted
    shared = sum(len(held) > 1 for held in by_slice.values()) * made.Rows * made.Columns
    which = "earlier" if overlap is Overlap.FIRST else "later"
    assert f"overlap: {shared} voxels are the {which} one's" in read.notes


def test_shares_of_pixels_count_from_one_half(tmp_path: Path) -> None:
    series = dicom_series(2)
    volume, _ = scan_of(write_dicom(tmp_path / "ct", series))
    shares = np.random.default_rng(5).random((2, 5, 4))
    made = hd.seg.Segmentation(
        source_images=series,
        pixel_array=shares,
        segmentation_type="FRACTIONAL",
        segment_descriptions=[described(SEGMENTS[0], 1)],
        series_instance_uid=hd.UID(),
        series_number=2,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="m",
        manufacturer_model_name="m",
        software_versions="1",
        device_serial_number="1",
    )
    read = read_label_map([write(made, tmp_path / "seg.dcm")], volume.source)
    stored = volume.source.from_canonical(read.codes)[:, ::-1].T
    clear = np.abs(shares - 0.5) > 1 / 255
    np.testing.assert_array_equal(stored[clear], (shares >= 0.5)[clear])
    assert "one half" in read.notes


def test_frames_of_some_slices_and_beyond_the_scan(tmp_path: Path) -> None:
    """A segmentation of the whole series, on a volume of a part of it that begins a slice later."""
    series = dicom_series(5)
    whole, headers = scan_of(write_dicom(tmp_path / "ct", series))
    part, _ = scan_of(write_dicom(tmp_path / "part", series[1:4]))
    label_map = painted(whole)
    path = write(
        segmentation(label_map, whole, headers, SEGMENTS, SegmentationKind.LABEL_MAP), tmp_path / "s.dcm"
    )
    read = read_label_map([path], part.source)
    np.testing.assert_array_equal(read.codes, label_map[:, :, 1:4])
    outside = np.count_nonzero(label_map[:, :, [0, 4]])
    assert f"{outside} labelled pixels of 's' lie outside of the scan and were left out." in read.notes


def test_pixels_between_the_voxels_are_refused(tmp_path: Path) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    path = write(segmentation(painted(volume), volume, headers, SEGMENTS), tmp_path / "seg.dcm")
    shifted = [
        dicom_slice(np.zeros((5, 4), np.uint16), (-9.7, -20.0, 30.0 + 2 * index)) for index in range(3)
    ]
    other, _ = scan_of(write_dicom(tmp_path / "other", shifted))
    with pytest.raises(GeometryError, match=r"they lie between them: their pixels are 0.8 x 0.6 mm wide"):
        load_label_map(path, other)


def test_the_one_segmentation_of_a_study_in_a_zip(tmp_path: Path) -> None:
    series = dicom_series(3)
    folder = write_dicom(tmp_path / "study", series)
    volume, headers = scan_of(folder)
    label_map = painted(volume)
    made = segmentation(label_map, volume, headers, SEGMENTS, SegmentationKind.LABEL_MAP)
    write(made, folder / "seg.dcm")
    np.testing.assert_array_equal(
        load_label_map(zip_folder(folder, tmp_path / "study.zip"), volume), label_map
    )
    write(made, folder / "again.dcm")
    with pytest.raises(ImageFormatError, match=r"One segmentation must be given, got 2: 'again.dcm'"):
        load_label_map(folder, volume)


def test_a_scan_alone_is_no_label_map(tmp_path: Path) -> None:
    """Values of a CT are no codes, with or without a segmentation in mind."""
    volume, _ = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    with pytest.raises(ImageFormatError, match="must hold integers from 0"):
        load_label_map(tmp_path / "ct", volume)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_half_a_file_is_damaged(tmp_path: Path, cut: float) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    path = write(segmentation(painted(volume), volume, headers, SEGMENTS), tmp_path / "seg.dcm")
    path.write_bytes(path.read_bytes()[: int(cut * path.stat().st_size)])
    with pytest.raises(ImageFormatError):
        load_label_map(path, volume)
