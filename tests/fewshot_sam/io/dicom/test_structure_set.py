"""RT structure sets: out, in again, and as dciodvfy judges them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map
from fewshot_sam.io.dicom.structure_set import structure_set
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.io.dicom.dciodvfy import assert_valid
from tests.fewshot_sam.io.dicom.segmentations import (
    SEGMENTS,
    numbered,
    painted,
    real_case,
    scan_of,
    write,
)
from tests.fewshot_sam.io.dicom.test_multiframe import enhanced
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, rotation, write_dicom


@pytest.mark.parametrize("angles", [(0, 0, 0), (90, 0, 0), (0, 90, 0), (12, -30, 50), (0, 180, 0)])
def test_comes_back_from_any_orientation(tmp_path: Path, angles: tuple[float, float, float]) -> None:
    turn = rotation(*angles)
    normal = np.cross(turn[:, 0], turn[:, 1])
    series = [
        dicom_slice(
            np.zeros((9, 8), np.uint16),
            tuple(np.array([3.0, -8.0, 5.0]) + normal * 1.5 * index),
            orientation=tuple(turn[:, :2].T.ravel()),
        )
        for index in (2, 0, 1, 3)
    ]
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume)
    path = write(structure_set(label_map, volume, headers, SEGMENTS), tmp_path / "rt.dcm")
    np.testing.assert_array_equal(load_label_map(path, volume), numbered(label_map))


def test_names_colours_and_what_is_referenced(tmp_path: Path) -> None:
    series = dicom_series(3, PatientName="Doe^J\u00f6rg", SpecificCharacterSet="ISO_IR 100")
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume)
    path = write(structure_set(label_map, volume, headers, SEGMENTS, author="Ada"), tmp_path / "rt.dcm")
    read = read_label_map([path], volume.source)
    assert [(label.name, label.color) for label in read.names.values()] == [
        ("Leber", "#e6194b"),
        ("Niere \u516c/rechts", "#3cb44b"),
    ]
    made = pydicom.dcmread(path)
    assert (str(made.PatientName), made.StudyInstanceUID, str(made.OperatorsName)) == (
        "Doe^J\u00f6rg",
        "1.2.3",
        "Ada",
    )
    study = made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    listed = study.RTReferencedSeriesSequence[0].ContourImageSequence
    assert [item.ReferencedSOPInstanceUID for item in listed] == [
        dataset.SOPInstanceUID for dataset in series
    ]
    for outline in made.ROIContourSequence:
        for contour in outline.ContourSequence:
            (image,) = contour.ContourImageSequence
            slice_of = {dataset.SOPInstanceUID: dataset.ImagePositionPatient[2] for dataset in series}
            assert {*contour.ContourData[2::3]} == {slice_of[image.ReferencedSOPInstanceUID]}
    kinds = [item.ROIGenerationAlgorithm for item in made.StructureSetROISequence]
    assert kinds == ["MANUAL", "AUTOMATIC"]
    code = made.RTROIObservationsSequence[1].RTROIIdentificationCodeSequence[0]
    assert (code.CodingSchemeDesignator, code.CodeValue) == ("SCT", "64033007")


def test_frames_of_an_enhanced_file_are_named_by_number(tmp_path: Path) -> None:
    (tmp_path / "ct").mkdir()
    enhanced(dicom_series(4)).save_as(tmp_path / "ct" / "all.dcm")
    volume, headers = scan_of(tmp_path / "ct")
    label_map = painted(volume)
    path = write(structure_set(label_map, volume, headers, SEGMENTS), tmp_path / "rt.dcm")
    np.testing.assert_array_equal(load_label_map(path, volume), numbered(label_map))
    outlines = pydicom.dcmread(path).ROIContourSequence
    assert {
        contour.ContourImageSequence[0].ReferencedFrameNumber
        for outline in outlines
        for contour in outline.ContourSequence
    } <= {1, 2, 3, 4}


def changed(path: Path, contours: dict[int, list[np.ndarray]], kind: str = "CLOSED_PLANAR") -> Path:
    """The structure set with other contours, (N, 3) in LPS by structure."""
    made = pydicom.dcmread(path)
    for outline in made.ROIContourSequence:
        template = outline.ContourSequence[0]
        items = []
        for points in contours.get(int(outline.ReferencedROINumber), []):
            item = pydicom.Dataset()
            item.ContourImageSequence = template.ContourImageSequence
            item.ContourGeometricType, item.NumberOfContourPoints = kind, len(points)
            item.ContourData = [f"{number:.6f}" for number in points.ravel()]
            items.append(item)
        outline.ContourSequence = items
    return write(made, path)


def square(low: float, high: float, z: float) -> np.ndarray:
    """A square from ``low`` to ``high`` pixels on the slice at ``z`` mm of :func:`dicom_series`."""
    corners = [(low, low), (low, high), (high, high), (high, low)]
    return np.array([(-10.0 + 0.6 * x, -20.0 + 0.8 * y, z) for x, y in corners])


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, object]:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    return write(structure_set(painted(volume), volume, headers, SEGMENTS), tmp_path / "rt.dcm"), volume


def test_of_structures_that_overlap_the_smaller_one_counts(case) -> None:
    path, volume = case
    changed(path, {1: [square(-0.5, 3.5, 32.0)], 2: [square(0.5, 2.5, 32.0)]})
    read = read_label_map([path], volume.source)
    found = volume.source.from_canonical(read.codes)[:, ::-1, 1].T
    wanted = np.ones((5, 4), int)
    wanted[4] = 0
    wanted[1:3, 1:3] = 2
    np.testing.assert_array_equal(found, wanted)
    assert "Structures of 'rt' overlap: 4 voxels are the smaller one's." in read.notes


def test_a_contour_within_another_is_a_hole(case) -> None:
    path, volume = case
    changed(path, {1: [square(-0.5, 3.5, 30.0), square(0.5, 1.5, 30.0)]})
    read = read_label_map([path], volume.source)
    found = volume.source.from_canonical(read.codes)[:, ::-1, 0].T
    assert (found[1, 1], int((found == 1).sum())) == (0, 15)
    assert "'Niere \u516c/rechts' enclose no area and were left out." in read.notes


def test_points_and_lines_are_no_areas(case) -> None:
    path, volume = case
    changed(path, {1: [square(0, 2, 30.0)], 2: [square(0, 2, 30.0)]}, kind="OPEN_PLANAR")
    with pytest.raises(ImageFormatError, match="must hold closed contours"):
        load_label_map(path, volume)


@pytest.mark.parametrize("z", [31.0, 33.1])
def test_contours_between_slices_are_refused(case, z: float) -> None:
    path, volume = case
    changed(path, {1: [square(0, 2, z)]})
    with pytest.raises(GeometryError, match="one lies between or across them"):
        load_label_map(path, volume)


def test_what_lies_above_the_scan_is_left_out(case) -> None:
    path, volume = case
    changed(path, {1: [square(-0.5, 1.5, 30.0), square(-0.5, 1.5, 60.0)]})
    assert int((load_label_map(path, volume) == 1).sum()) == 4


def test_an_empty_mask_is_refused(tmp_path: Path) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", dicom_series(3)))
    with pytest.raises(ImageFormatError, match="must hold at least one label"):
        structure_set(np.zeros(volume.shape, np.uint8), volume, headers, SEGMENTS)


def test_the_real_scan_is_valid_and_equal(data_dir: Path, tmp_path: Path) -> None:
    """As dciodvfy (Debian's dicom3tools) judges it: no error."""
    volume, headers, label_map, segments = real_case(data_dir)
    codes = [segment.code for segment in segments]
    path = write(structure_set(label_map, volume, headers, segments), tmp_path / "rt.dcm")
    np.testing.assert_array_equal(load_label_map(path, volume), np.searchsorted([0, *codes], label_map))
    assert_valid(path, "RTStructureSet")
