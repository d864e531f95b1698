"""DICOM series: geometry, values, choice of series, and everything a folder from a PACS can hold."""

from __future__ import annotations

import copy
import json
import shutil
import zipfile
from pathlib import Path

import highdicom
import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, rotation, write_dicom


def zip_folder(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return target


def pixels_of(dataset: pydicom.Dataset) -> np.ndarray:
    return np.frombuffer(dataset.PixelData, np.uint16).reshape(dataset.Rows, dataset.Columns)


def test_values_and_positions(tmp_path: Path) -> None:
    series = dicom_series(4)
    volume = load_volume(write_dicom(tmp_path / "ct", series))
    assert (volume.modality, volume.voxels.dtype, volume.acquisition_plane) == ("CT", np.int16, Plane.AXIAL)
    np.testing.assert_allclose(volume.spacing_mm, (0.6, 0.8, 2.0))
    for number, dataset in enumerate(series):
        for row, column in [(0, 0), (4, 3), (2, 1)]:
            left, posterior, superior = np.add(dataset.ImagePositionPatient, (0.6 * column, 0.8 * row, 0))
            index = nib.affines.apply_affine(np.linalg.inv(volume.affine), (-left, -posterior, superior))
            np.testing.assert_allclose(index, np.rint(index), atol=1e-6)
            value = volume.voxels[tuple(np.rint(index).astype(int))]
            assert value == int(pixels_of(dataset)[row, column]) - 1024, number


def test_source_grid_is_that_of_dcm2niix(tmp_path: Path) -> None:
    """i along columns, j along rows but flipped, k ascending; RAS affine; codes 1."""
    volume = load_volume(write_dicom(tmp_path / "ct", dicom_series(3)))
    expected = [[-0.6, 0, 0, 10.0], [0, 0.8, 0, 20.0 - 4 * 0.8], [0, 0, 2.0, 30.0], [0, 0, 0, 1]]
    np.testing.assert_allclose(volume.source.affine, expected, atol=1e-9)
    assert (volume.source.shape, volume.source.sform_code, volume.source.qform_code) == ((4, 5, 3), 1, 1)


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (90, 0, 0), (0, 90, 0), (12, -30, 50), (0, 180, 0), (100, 15, -8)]
)
def test_any_orientation_keeps_world_positions(tmp_path: Path, angles: tuple[float, float, float]) -> None:
    turn = rotation(*angles)
    normal = np.cross(turn[:, 0], turn[:, 1])
    generator = np.random.default_rng(1)
    series = [
        dicom_slice(
            generator.integers(0, 3000, (5, 4)),
            tuple(np.array([3.0, -8.0, 5.0]) + normal * 1.5 * index),
            orientation=(*turn[:, 0], *turn[:, 1]),
        )
        for index in range(3)
    ]
    volume = load_volume(write_dicom(tmp_path / "ct", series))
    for dataset in series:
        position = np.array(dataset.ImagePositionPatient) + turn[:, 0] * 0.6 * 3 + turn[:, 1] * 0.8 * 2
        index = nib.affines.apply_affine(np.linalg.inv(volume.affine), position * (-1, -1, 1))
        value = volume.voxels[tuple(np.rint(index).astype(int))]
        assert value == int(pixels_of(dataset)[2, 3]) - 1024
    label_map = np.zeros(volume.shape, np.uint8)
    label_map[1, 1, 1] = 1
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    assert np.array_equal(load_label_map(tmp_path / "mask.nii.gz", volume), label_map)


def test_ct_series_lies_on_the_grid_of_its_labels(data_dir: Path) -> None:
    """20 JPEG 2000 files whose anonymiser emptied the UIDs; labels.nii.gz was made by others."""
    volume = load_volume(data_dir / "ct_dicom" / "series")
    labels = nib.load(data_dir / "ct_dicom" / "labels.nii.gz")
    assert volume.source.shape == labels.shape
    np.testing.assert_allclose(volume.source.affine, labels.affine, atol=1e-4)
    label_map = load_label_map(data_dir / "ct_dicom" / "labels.nii.gz", volume)
    names = json.loads((data_dir / "ct_dicom" / "labels.json").read_text())
    medians = {name: np.median(volume.voxels[label_map == int(code)]) for code, name in names.items()}
    assert 60 < medians["liver"] < 130
    assert 80 < medians["aorta"] < 250  # contrast agent was given
    assert medians["liver"] > medians["stomach"]


def test_zip_folder_and_file_list_read_alike(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "ct_dicom" / "series"
    files = sorted(folder.iterdir())
    from_folder = load_volume(folder)
    assert load_volume(files[::-1]).content_hash == from_folder.content_hash
    assert load_volume(zip_folder(folder, tmp_path / "ct.zip")).content_hash == from_folder.content_hash


def test_subfolders_and_other_files(tmp_path: Path) -> None:
    series = dicom_series(4)
    folder = tmp_path / "disc"
    write_dicom(folder / "IMAGES" / "A", series[:2])
    write_dicom(folder / "IMAGES" / "B", series[2:], start=3)
    (folder / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 20)
    (folder / ".DS_Store").write_bytes(b"Bud1")
    (folder / "README.txt").write_text("viewer")
    report = dicom_slice(np.zeros((1, 1)), (0, 0, 0), series_uid="1.2.9", modality="SR")
    for keyword in ("Rows", "Columns", "PixelData"):
        delattr(report, keyword)
    write_dicom(folder / "SR", [report])
    assert load_volume(folder).shape == (4, 5, 4)
    assert load_volume(zip_folder(folder, tmp_path / "disc.zip")).shape == (4, 5, 4)


def test_two_series_ask_for_a_choice(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "pacs", dicom_series(3, series_uid="1.2.5"))
    write_dicom(folder / "scout", dicom_series(1, series_uid="1.2.6", modality="MR"), start=50)
    archive = zip_folder(folder, tmp_path / "pacs.zip")
    for path in (folder, archive):
        with pytest.raises(SeriesChoiceError, match="hold 2 series, choose one: Series 5") as caught:
            load_volume(path)
        found = [(c.series_uid, c.description, c.modality, c.slices) for c in caught.value.choices]
        assert found == [("1.2.5", "Series 5", "CT", 3), ("1.2.6", "Series 6", "MR", 1)]
        assert load_volume(path, series_uid="1.2.5").shape == (4, 5, 3)
    with pytest.raises(SeriesChoiceError, match=r"Series 9\.9 is not among the files"):
        load_volume(folder, series_uid="9.9")


def test_hundreds_of_series_are_not_all_listed(tmp_path: Path) -> None:
    series = [dicom_series(1, series_uid=f"1.2.{number}")[0] for number in range(60)]
    for dataset in series:
        dataset["SeriesDescription"] = pydicom.DataElement("SeriesDescription", "UT", "x" * 5000)
    with pytest.raises(
        SeriesChoiceError, match=r"hold 60 series, choose one: x{100} \(.*; and 10 more"
    ) as caught:
        load_volume(write_dicom(tmp_path / "pacs", series))
    assert len(caught.value.choices) == 60


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
    with pytest.raises(GeometryError, match=r"must have one orientation, but .* of 4 differ"):
        load_volume(folder)


def test_tilted_gantry(tmp_path: Path) -> None:
    series = dicom_series(5)
    for index, dataset in enumerate(series):
        dataset.ImagePositionPatient = [-10.0, -20.0 + 0.5 * index, 30.0 + 2.0 * index]
    with pytest.raises(GeometryError, match=r"shift sideways by up to 2\.0 mm"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_different_sizes(tmp_path: Path) -> None:
    series = [*dicom_series(2), dicom_slice(np.zeros((6, 4)), (-10, -20, 34))]
    with pytest.raises(GeometryError, match=r"one size and pixel spacing, got 5x4, 6x4 pixels"):
        load_volume(write_dicom(tmp_path / "ct", series))


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_slices_without_geometry(tmp_path: Path, keyword: str) -> None:
    series = dicom_series(3)
    delattr(series[1], keyword)
    with pytest.raises(GeometryError, match=f"must state its {keyword}"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_colour_is_refused(tmp_path: Path) -> None:
    series = dicom_series(3, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    with pytest.raises(ImageFormatError, match="greyscale images, got colour"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_fractional_rescale_becomes_float32(tmp_path: Path) -> None:
    series = dicom_series(3, slope=0.25, intercept=1.5, modality="PT")
    volume = load_volume(write_dicom(tmp_path / "pt", series))
    assert (volume.voxels.dtype, volume.modality) == (np.float32, "OT")
    np.testing.assert_array_equal(
        volume.source.from_canonical(volume.voxels)[:, :, 0], (pixels_of(series[0]) * 0.25 + 1.5).T[:, ::-1]
    )


def test_rescale_may_differ_from_slice_to_slice(tmp_path: Path) -> None:
    series = dicom_series(3)
    series[1].RescaleSlope, series[1].RescaleIntercept = 2, 7
    stored = load_volume(write_dicom(tmp_path / "ct", series)).source
    volume = load_volume(tmp_path / "ct")
    np.testing.assert_array_equal(
        stored.from_canonical(volume.voxels)[:, :, 1], (pixels_of(series[1]).astype(int) * 2 + 7).T[:, ::-1]
    )


def test_run_length_and_deflated_transfer_syntax(tmp_path: Path) -> None:
    series = dicom_series(3)
    plain = load_volume(write_dicom(tmp_path / "plain", series))
    packed = copy.deepcopy(series)
    for dataset in packed:
        dataset.compress(RLELossless)
    assert load_volume(write_dicom(tmp_path / "rle", packed)).content_hash == plain.content_hash
    for dataset in series:
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    assert load_volume(write_dicom(tmp_path / "deflated", series)).content_hash == plain.content_hash


@pytest.mark.parametrize("cut", [1, 20, 39])
def test_pixels_that_end_early(tmp_path: Path, cut: int) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3))
    victim = sorted(folder.iterdir())[1]
    victim.write_bytes(victim.read_bytes()[:-cut])
    with pytest.raises(ImageFormatError, match=f"'{victim.name}' is truncated or damaged"):
        load_volume(folder)


def test_compressed_pixels_that_end_early(data_dir: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(data_dir / "ct_dicom" / "series", tmp_path / "ct"))
    victim = sorted(folder.iterdir())[3]
    victim.chmod(0o600)
    victim.write_bytes(victim.read_bytes()[:-4000])
    with pytest.raises(ImageFormatError, match="is truncated or damaged"):
        load_volume(folder)


def test_header_length_past_the_end_of_the_file(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(1))
    victim = next(folder.iterdir())
    content = victim.read_bytes()
    at = content.index(b"\x08\x00\x3e\x10LO")  # Series Description
    victim.write_bytes(content[: at + 6] + b"\xf0\xff" + content[at + 8 :])
    with pytest.raises(ImageFormatError, match=r"truncated or damaged|no image this program reads"):
        load_volume(folder)


@pytest.mark.parametrize(
    ("found", "put"), [(b"-1024.0", b"-1\x7f24.0"), (b"\x28\x00\x52\x10DS", b"\x28\x00\x52\x10D\x18")]
)
def test_impossible_header_values(tmp_path: Path, found: bytes, put: bytes) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(1))
    victim = next(folder.iterdir())
    content = victim.read_bytes()
    assert found in content
    victim.write_bytes(content.replace(found, put))
    with pytest.raises(ImageFormatError, match="is damaged: its header holds impossible values"):
        load_volume(folder)


def test_zip_and_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("no image")
    with pytest.raises(ImageFormatError, match="'notes' holds no image this program reads"):
        load_volume(tmp_path / "notes")
    archive = zip_folder(tmp_path / "notes", tmp_path / "notes.zip")
    with pytest.raises(ImageFormatError, match="'notes' holds no image this program reads"):
        load_volume(archive)


def test_single_slice_is_a_volume_of_one(tmp_path: Path) -> None:
    volume = load_volume(write_dicom(tmp_path / "ct", dicom_series(1)))
    assert volume.shape == (4, 5, 1)
    assert volume.spacing_mm[2] == 2.0


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
