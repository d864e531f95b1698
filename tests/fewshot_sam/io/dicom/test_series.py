"""DICOM series: positions, choice of series, and everything a folder from a PACS can hold."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import ImageFormatError, SeriesChoiceError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, pixels_of, rotation, write_dicom


def zip_folder(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return target


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


@pytest.mark.parametrize(
    ("stated", "name"), [("AX T1\\T2", "AX T1/T2"), ("肝\u2028臓", "肝 臓"), ("  ", "ct"), ("", "ct")]
)
def test_descriptions_of_odd_characters(tmp_path: Path, stated: str, name: str) -> None:
    series = dicom_series(2, SpecificCharacterSet="ISO_IR 192", SeriesDescription=stated)
    assert load_volume(write_dicom(tmp_path / "ct", series)).name == name


def test_a_series_that_states_no_modality_is_told_by_its_voxels(tmp_path: Path) -> None:
    ct = write_dicom(tmp_path / "ct", dicom_series(3, modality="", intercept=-2000))
    assert load_volume(ct).modality == "CT"
    mr = write_dicom(tmp_path / "mr", dicom_series(3, modality="", intercept=0))
    assert load_volume(mr).modality == "MR"
