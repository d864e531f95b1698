"""Enhanced DICOM: many frames in one file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest

from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
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
    with pytest.raises(GeometryError, match=r"1 slice is missing from the series \(after slice 2 of 4"):
        load_volume(tmp_path / "all.dcm")


def in_groups(dataset: pydicom.FileDataset) -> pydicom.FileDataset:
    """A slice as enhanced objects state it: its elements in functional groups, though it is one frame."""
    groups = {
        "PlanePositionSequence": ("ImagePositionPatient",),
        "PlaneOrientationSequence": ("ImageOrientationPatient",),
        "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
        "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept", "RescaleType"),
    }
    group = pydicom.Dataset()
    for sequence, keywords in groups.items():
        inside = pydicom.Dataset()
        for keyword in keywords:
            setattr(inside, keyword, dataset[keyword].value)
            delattr(dataset, keyword)
        setattr(group, sequence, [inside])
    dataset.NumberOfFrames = 1
    dataset.PerFrameFunctionalGroupsSequence = [group]
    return dataset


def test_enhanced_files_of_one_frame_each(tmp_path: Path) -> None:
    plain = load_volume(write_dicom(tmp_path / "ct", dicom_series(4)))
    folder = write_dicom(tmp_path / "enhanced", [in_groups(dataset) for dataset in dicom_series(4)])
    found = load_volume(folder)
    np.testing.assert_allclose(found.source.affine, plain.source.affine, atol=1e-9)
    assert found.content_hash == plain.content_hash


def test_one_volume_in_several_multiframe_files(tmp_path: Path) -> None:
    series = dicom_series(7)
    plain = load_volume(write_dicom(tmp_path / "ct", series))
    folder = tmp_path / "enhanced"
    folder.mkdir()
    for number, part in enumerate((series[4:], series[:4])):
        file = enhanced(part)
        file.InstanceNumber = number + 1
        file.save_as(folder / f"{number}.dcm")
    assert load_volume(folder).content_hash == plain.content_hash


def test_two_echoes_in_a_multiframe_file(tmp_path: Path) -> None:
    series = [*dicom_series(3, EchoTime=5.0), *dicom_series(3, seed=1, EchoTime=9.0)]
    enhanced(series).save_as(tmp_path / "all.dcm")
    with pytest.raises(SeriesChoiceError, match=r"2 volumes, choose one: .*echo time 5 ms.*echo time 9 ms"):
        load_volume(tmp_path / "all.dcm")
    second = load_volume(write_dicom(tmp_path / "second", series[3:]))
    assert load_volume(tmp_path / "all.dcm", series_uid="1.2.77#2").content_hash == second.content_hash


def test_rescale_that_differs_from_frame_to_frame(tmp_path: Path) -> None:
    series = dicom_series(3, modality="PT")
    series[1].RescaleSlope = 0.25
    plain = load_volume(write_dicom(tmp_path / "pt", series))
    folder = write_dicom(tmp_path / "enhanced", [in_groups(dataset) for dataset in series])
    assert load_volume(folder).content_hash == plain.content_hash


def test_multiframe_without_positions(tmp_path: Path) -> None:
    capture = dicom_slice(np.zeros((5, 4)), (0, 0, 0), NumberOfFrames=3)
    capture.PixelData = b"\0" * (5 * 4 * 2 * 3)
    write_dicom(tmp_path / "us", [capture])
    with pytest.raises(ImageFormatError, match="multi-frame DICOM file of a kind this program does not read"):
        load_volume(tmp_path / "us")


def test_diffusion_directions_in_a_multiframe_file(tmp_path: Path) -> None:
    parts = [dicom_series(3, seed=seed) for seed in range(3)]
    file = enhanced([dataset for part in parts for dataset in part])
    directions = [None, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)]
    seen: Counter[str] = Counter()
    for frame in file.PerFrameFunctionalGroupsSequence:
        place = str(frame.PlanePositionSequence[0].ImagePositionPatient)
        diffusion, direction = pydicom.Dataset(), directions[seen[place]]
        seen[place] += 1
        diffusion.DiffusionBValue = 1000.0 if direction else 0.0
        if direction:
            gradient = pydicom.Dataset()
            gradient.DiffusionGradientOrientation = list(direction)
            diffusion.DiffusionGradientDirectionSequence = [gradient]
        frame.MRDiffusionSequence = [diffusion]
    file.save_as(tmp_path / "all.dcm")
    with pytest.raises(
        SeriesChoiceError, match=r"b-value 0 s/mm2 .*b-value 1000 s/mm2, diffusion direction"
    ) as caught:
        load_volume(tmp_path / "all.dcm")
    assert [choice.slices for choice in caught.value.choices] == [3, 3, 3]
    last = load_volume(write_dicom(tmp_path / "last", parts[1]))
    chosen = next(c for c in caught.value.choices if c.description.endswith("direction 1, 0, 0"))
    assert load_volume(tmp_path / "all.dcm", series_uid=chosen.series_uid).content_hash == last.content_hash


def repeated(path: Path, order: list[int], *, dimensions: bool) -> Path:
    """Two volumes of three slices in one file, of which nothing but ``dimensions`` says which is which.

    ``order`` is that of the frames: 0, 1, 2 are the first volume's, 3, 4, 5 the second's.
    """
    file = enhanced([dataset for seed in range(2) for dataset in dicom_series(3, seed=seed)])
    by_slice = [0, 2, 4, 1, 3, 5]  # the file holds both volumes of a slice, then those of the next one
    groups = [file.PerFrameFunctionalGroupsSequence[k] for k in by_slice]
    pixels = np.frombuffer(file.PixelData, np.uint16).reshape(6, -1)[by_slice]
    for number, group in enumerate(groups):
        del group.FrameContentSequence, group.UnassignedPerFrameConvertedAttributesSequence
        if dimensions:
            content = pydicom.Dataset()
            content.DimensionIndexValues = [1, number % 3 + 1, number // 3 + 1]
            group.FrameContentSequence = [content]
    file.PerFrameFunctionalGroupsSequence = [groups[k] for k in order]
    file.PixelData = pixels[order].tobytes()
    file.save_as(path)
    return path


@pytest.mark.parametrize(("order", "dimensions"), [([0, 1, 2, 3, 4, 5], False), ([4, 2, 1, 3, 0, 5], True)])
def test_repetitions_in_a_multiframe_file(tmp_path: Path, order: list[int], dimensions: bool) -> None:
    """Frames may be stored in any order where their dimensions say which volume they are of."""
    path = repeated(tmp_path / "all.dcm", order, dimensions=dimensions)
    for seed in range(2):
        alone = load_volume(write_dicom(tmp_path / str(seed), dicom_series(3, seed=seed)))
        assert load_volume(path, series_uid=f"1.2.77#{seed + 1}").content_hash == alone.content_hash


def test_frames_of_repetitions_that_nothing_orders(tmp_path: Path) -> None:
    path = repeated(tmp_path / "all.dcm", [4, 2, 1, 3, 0, 5], dimensions=False)
    with pytest.raises(GeometryError, match="3 of 6 slices lie where another does"):
        load_volume(path)


def test_an_enhanced_file_whose_one_frame_shares_all(tmp_path: Path) -> None:
    dataset = in_groups(dicom_series(1)[0])
    dataset.SharedFunctionalGroupsSequence = dataset.PerFrameFunctionalGroupsSequence
    del dataset.PerFrameFunctionalGroupsSequence
    plain = load_volume(write_dicom(tmp_path / "ct", dicom_series(1)))
    found = load_volume(write_dicom(tmp_path / "enhanced", [dataset]))
    np.testing.assert_allclose(found.source.affine, plain.source.affine, atol=1e-9)
    assert found.content_hash == plain.content_hash


def test_what_a_private_macro_repeats_does_not_count(tmp_path: Path) -> None:
    plain = load_volume(write_dicom(tmp_path / "ct", dicom_series(3)))
    files = [in_groups(dataset) for dataset in dicom_series(3)]
    for file in files:
        inside = pydicom.Dataset()
        inside.ImagePositionPatient, inside.RescaleSlope, inside.EchoTime = [1.0, 2.0, 3.0], 7, 5
        block = file.PerFrameFunctionalGroupsSequence[0].private_block(
            0x2005, "Philips MR Imaging DD 005", create=True
        )
        block.add_new(0x0F, "SQ", [inside])
    found = load_volume(write_dicom(tmp_path / "enhanced", files))
    np.testing.assert_allclose(found.source.affine, plain.source.affine, atol=1e-9)
    assert found.content_hash == plain.content_hash
