"""DICOM segmentations that are written: what highdicom, dciodvfy and this program read in them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless

from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.dicom.source_headers import SourceHeaders
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.io.dicom.dciodvfy import assert_valid
from tests.fewshot_sam.io.dicom.segmentations import (
    KIDNEY,
    KINDS,
    SEGMENTS,
    numbered,
    painted,
    real_case,
    scan_of,
    write,
)
from tests.fewshot_sam.io.dicom.test_multiframe import enhanced, in_groups
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, rotation, write_dicom


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("angles", [(0, 0, 0), (90, 0, 0), (0, 90, 0), (12, -30, 50), (0, 180, 0)])
def test_comes_back_from_any_orientation(
    tmp_path: Path, angles: tuple[float, float, float], kind: SegmentationKind
) -> None:
    turn = rotation(*angles)
    series = [
        dicom_slice(
            np.zeros((5, 4), np.uint16),
            tuple(np.array([3.0, -8.0, 5.0]) + np.cross(turn[:, 0], turn[:, 1]) * 1.5 * index),
            orientation=tuple(turn[:, :2].T.ravel()),
        )
        for index in (2, 0, 1, 3)
    ]
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume)
    path = write(segmentation(label_map, volume, headers, SEGMENTS, kind), tmp_path / "seg.dcm")
    np.testing.assert_array_equal(load_label_map(path, volume), numbered(label_map, kind))


def test_frames_of_bits_that_begin_within_a_byte(tmp_path: Path) -> None:
    """30 pixels a frame: pydicom 3.0 loses some of the fourth, of which ours and highdicom's were refused."""
    series = [dicom_slice(np.zeros((6, 5), np.uint16), (0.0, 0.0, 2.0 * index)) for index in range(7)]
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume)
    path = write(segmentation(label_map, volume, headers, SEGMENTS), tmp_path / "seg.dcm")
    np.testing.assert_array_equal(load_label_map(path, volume), numbered(label_map))


@pytest.mark.parametrize("kind", KINDS)
def test_highdicom_finds_each_voxel_on_its_source_instance(tmp_path: Path, kind: SegmentationKind) -> None:
    series = dicom_series(4)
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume)
    label_map[:, :, 1] = 0
    seg = hd.seg.segread(write(segmentation(label_map, volume, headers, SEGMENTS, kind), tmp_path / "s.dcm"))
    uids = [dataset.SOPInstanceUID for dataset in series]
    pixels = seg.get_pixels_by_source_instance(
        uids, combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(pixels, numbered(volume.source.from_canonical(label_map)[:, ::-1].T, kind))
    assert {uid for _, _, uid in seg.get_source_image_uids()} == set(uids)


def test_what_is_said_of_segments_comes_back(tmp_path: Path) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    made = segmentation(painted(volume), volume, headers, SEGMENTS)
    read = read_label_map([write(made, tmp_path / "seg.dcm")], volume.source)
    assert [(name.name, name.color, name.term) for name in read.names.values()] == [
        ("Leber", "#e6194b", None),
        ("Niere \u516c/rechts", "#3cb44b", KIDNEY),
    ]
    first, second = hd.seg.segread(tmp_path / "seg.dcm").SegmentSequence
    assert (first.SegmentAlgorithmType, "SegmentAlgorithmName" in first) == ("MANUAL", False)
    assert (second.SegmentAlgorithmType, second.SegmentAlgorithmName) == (
        "AUTOMATIC",
        "Few-shot SAM 1 (model)",
    )


def test_patient_and_study_are_the_scans(tmp_path: Path) -> None:
    said = {
        "PatientName": "Doe^J\u00f6rg",
        "PatientID": "7",
        "StudyID": "S",
        "SpecificCharacterSet": "ISO_IR 100",
    }
    said |= {"PatientBirthDate": "19700101", "SeriesNumber": 4, "StudyDate": "20200101"}
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3, **said)))
    packed = SourceHeaders.from_bytes(headers.to_bytes())
    write(
        segmentation(painted(volume), volume, packed, SEGMENTS, author="Ada ^ Lovelace"), tmp_path / "seg.dcm"
    )
    seg = pydicom.dcmread(tmp_path / "seg.dcm")
    assert {
        keyword: seg[keyword].value
        for keyword in said
        if keyword not in ("SeriesNumber", "SpecificCharacterSet")
    } == {
        keyword: value
        for keyword, value in said.items()
        if keyword not in ("SeriesNumber", "SpecificCharacterSet")
    }
    assert (seg.StudyInstanceUID, seg.FrameOfReferenceUID) == ("1.2.3", "1.2.3.9")
    assert (seg.SeriesInstanceUID != "1.2.3.4", seg.SeriesNumber) == (True, 104)
    assert (str(seg.ContentCreatorName), seg.Modality) == ("Ada Lovelace", "SEG")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("frames", ["one file", "a file each"])
def test_enhanced_files(tmp_path: Path, frames: str, kind: SegmentationKind) -> None:
    series = dicom_series(4)
    if frames == "a file each":
        write_dicom(tmp_path / "ct", [in_groups(dataset) for dataset in series])
    else:
        (tmp_path / "ct").mkdir()
        enhanced(series).save_as(tmp_path / "ct" / "all.dcm")
    volume, headers = scan_of(tmp_path / "ct")
    label_map = painted(volume)
    path = write(segmentation(label_map, volume, headers, SEGMENTS, kind), tmp_path / "seg.dcm")
    np.testing.assert_array_equal(load_label_map(path, volume), numbered(label_map, kind))
    assert {uid for _, _, uid in hd.seg.segread(path).get_source_image_uids()} == {
        file.SOPInstanceUID for file in headers.files
    }


def test_a_resampled_volume_goes_back_onto_the_slices_of_its_files(tmp_path: Path) -> None:
    """Each pixel has the label of the voxel that it lies in, where the gantry was tilted."""
    series = [
        dicom_slice(np.zeros((6, 5), np.uint16), (0.0, 0.8 * index, 2.0 * index), spacing=(0.8, 0.6))
        for index in range(4)
    ]
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series), resample=True)
    assert volume.shape[1] > 6
    label_map = painted(volume)
    seg = segmentation(label_map, volume, headers, SEGMENTS, SegmentationKind.LABEL_MAP)
    pixels = hd.seg.Segmentation.from_dataset(seg).get_pixels_by_source_instance(
        [dataset.SOPInstanceUID for dataset in series],
        combine_segments=True,
        assert_missing_frames_are_empty=True,
    )
    to_voxel = np.linalg.inv(volume.affine)
    for number, dataset in enumerate(series):
        for row, column in np.ndindex(6, 5):
            left, posterior, superior = np.add(dataset.ImagePositionPatient, (0.6 * column, 0.8 * row, 0))
            voxel = np.rint((to_voxel @ [-left, -posterior, superior, 1])[:3]).astype(int)
            assert pixels[number, row, column] == label_map[tuple(voxel)]


@pytest.mark.parametrize(
    ("kind", "compress", "syntax"),
    [
        (SegmentationKind.BINARY, None, ExplicitVRLittleEndian),
        (SegmentationKind.BINARY, True, DeflatedExplicitVRLittleEndian),
        (SegmentationKind.LABEL_MAP, None, RLELossless),
    ],
)
def test_compressed(tmp_path: Path, kind: SegmentationKind, compress: bool | None, syntax: str) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    label_map = painted(volume)
    path = write(
        segmentation(label_map, volume, headers, SEGMENTS, kind, compress=compress), tmp_path / "seg.dcm"
    )
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(load_label_map(path, volume), numbered(label_map, kind))


def test_uids_that_an_anonymiser_took_are_made_the_same_each_time(tmp_path: Path) -> None:
    series = dicom_series(3, StudyInstanceUID="", SeriesInstanceUID="", SOPInstanceUID="", SOPClassUID="")
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    first, second = (segmentation(painted(volume), volume, headers, SEGMENTS) for _ in range(2))
    assert first.StudyInstanceUID == second.StudyInstanceUID != ""
    referenced = first.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    stated = {dataset.file_meta.MediaStorageSOPInstanceUID for dataset in series}
    assert {item.ReferencedSOPInstanceUID for item in referenced} == stated


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda volume, codes: codes * 0, ImageFormatError, "must hold at least one label"),
        (lambda volume, codes: codes + 9, ImageFormatError, "must have a name"),
    ],
)
def test_masks_that_cannot_be_written(
    tmp_path: Path, change: Callable[[Volume, np.ndarray], np.ndarray], error: type[Exception], words: str
) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    with pytest.raises(error, match=words):
        segmentation(change(volume, painted(volume)), volume, headers, SEGMENTS)


def test_the_files_of_another_scan_are_refused(tmp_path: Path) -> None:
    volume, _ = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    far = [dicom_slice(np.zeros((5, 4), np.uint16), (900.0, 0.0, 2.0 * index)) for index in range(2)]
    _, headers = scan_of(write_dicom(tmp_path / "far", far))
    with pytest.raises(GeometryError, match="Give the files of the same scan"):
        segmentation(painted(volume), volume, headers, SEGMENTS)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS))
def test_any_label_map_comes_back(
    tmp_path_factory: pytest.TempPathFactory, seed: int, kind: SegmentationKind
) -> None:
    folder = tmp_path_factory.mktemp("seg")
    generator = np.random.default_rng(seed)
    volume, headers = scan_of(write_dicom(folder / "ct", dicom_series(int(generator.integers(1, 6)))))
    label_map = generator.choice(np.array([0, 2, 5], np.uint16), volume.shape, p=[0.9, 0.05, 0.05])
    label_map[0, 0, 0] = 2
    before = label_map.copy()
    path = write(segmentation(label_map, volume, headers, SEGMENTS, kind), folder / "seg.dcm")
    np.testing.assert_array_equal(label_map, before)
    np.testing.assert_array_equal(load_label_map(path, load_volume(folder / "ct")), numbered(label_map, kind))


def test_headers_that_were_changed_are_refused() -> None:
    for packed in (b"", b"x", zlib.compress(b"[]"), zlib.compress(b'{"files": [], "places": [[0, 0]]}')):
        with pytest.raises(ImageFormatError, match="Import the scan again"):
            SourceHeaders.from_bytes(packed)


def test_the_real_scan_is_valid_and_equal_bit_for_bit(data_dir: Path, tmp_path: Path) -> None:
    """As highdicom reads it, and as dciodvfy (Debian's dicom3tools) judges it: no error."""
    volume, headers, label_map, segments = real_case(data_dir)
    codes = [segment.code for segment in segments]
    path = write(segmentation(label_map, volume, headers, segments), tmp_path / "seg.dcm")
    read = hd.seg.segread(path).get_volume(combine_segments=True, allow_missing_positions=True)
    found = read.get_geometry()
    assert found.spacing == pytest.approx((2.0, 0.9765625, 0.9765625))
    np.testing.assert_array_equal(load_label_map(path, volume), np.searchsorted([0, *codes], label_map))
    assert_valid(path, "Segmentation")
