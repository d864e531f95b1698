"""Every format is read by the confined child as it is in this process."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import highdicom
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
from PIL import Image

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import presets
from fewshot_sam.errors import GeometryError, ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, load_volume_isolated
from fewshot_sam.io.dicom.segmentation import segmentation
from fewshot_sam.io.sandbox.reading import read_label_slices, read_volume
from tests.fewshot_sam.hostile_child import attempts_in_child
from tests.fewshot_sam.io.dicom.segmentations import SEGMENTS, painted, scan_of, write
from tests.fewshot_sam.synthetic_files import (
    dicom_series,
    dicom_slice,
    random_voxels,
    write_dicom,
    write_nifti,
)


def nifti(folder: Path) -> Path:
    return write_nifti(folder / "image.nii", random_voxels())


def compressed_nifti(folder: Path) -> Path:
    path = folder / "image.nii.gz"
    nib.save(nib.Nifti1Image(random_voxels().astype(np.float32) / 7, np.diag([2, 2, 3, 1.0])), path)
    return path


def itk(name: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        image = sitk.GetImageFromArray(random_voxels())
        image.SetSpacing((0.5, 1.5, 3.0))
        sitk.WriteImage(image, str(folder / name))
        return folder / name

    return write


def dicom_folder(folder: Path) -> Path:
    return write_dicom(folder / "ct", dicom_series(4))


def dicom_zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "ct.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in dicom_folder(folder).iterdir():
            archive.write(path, f"deep/{path.name}")
    return folder / "ct.zip"


def multiframe_dicom(folder: Path) -> Path:
    series = dicom_series(4)
    for dataset in series:
        dataset.AcquisitionNumber = 1
        dataset.PatientPosition = "HFS"
    highdicom.legacy.LegacyConvertedEnhancedCTImage(
        legacy_datasets=series,
        series_instance_uid="1.2.77",
        series_number=2,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
    ).save_as(folder / "all.dcm")
    return folder / "all.dcm"


def pictures(ending: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "stack").mkdir()
        for index in range(3):
            pixels = np.random.default_rng(index).integers(0, 250, (16, 24)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "stack" / f"slice{index}.{ending}")
        return folder / "stack"

    return write


FORMATS = {
    "nii": nifti,
    "nii.gz": compressed_nifti,
    "nrrd": itk("image.nrrd"),
    "nhdr": itk("image.nhdr"),
    "mha": itk("image.mha"),
    "mhd": itk("image.mhd"),
    "dicom": dicom_folder,
    "dicom zip": dicom_zip,
    "multi-frame dicom": multiframe_dicom,
    "png": pictures("png"),
    "jpeg": pictures("jpg"),
    "tiff": pictures("tif"),
}


def test_the_child_reads_a_dicom_segmentation(tmp_path: Path) -> None:
    volume, headers = scan_of(dicom_folder(tmp_path))
    label_map = painted(volume)
    path = write(segmentation(label_map, volume, headers, SEGMENTS), tmp_path / "seg.dcm")
    with read_label_slices([path], volume.source, Plane.AXIAL) as read:
        slices = dict(read)
        assert {code: name.name for code, name in read.names.items()} == {
            1: "Leber",
            2: "Niere \u516c/rechts",
        }
    found = load_label_map(path, volume)
    assert all((found[:, :, index] == codes).all() for index, codes in slices.items())
    assert len(slices) == volume.shape[2]


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_the_child_reads_what_this_process_reads(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path)
    assert_read_alike(path)


def test_a_detached_header_and_its_data_as_a_list(tmp_path: Path) -> None:
    itk("image.mhd")(tmp_path)
    assert_read_alike(sorted(tmp_path.iterdir()))


def test_names_have_no_control_characters(tmp_path: Path) -> None:
    """PostgreSQL stores no NUL, and names go into headers and file names."""
    dataset = dicom_slice(np.zeros((4, 4), np.uint16), (0, 0, 0))
    dataset.SeriesDescription = "Liver\0\x1b\u202e of a"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    assert load_volume_isolated(write_dicom(tmp_path / "series", [dataset])).name == "Liver    of a"


def test_jpeg_2000_of_a_real_scan(data_dir: Path) -> None:
    assert_read_alike(data_dir / "ct_dicom" / "series")


def test_every_decoder_loads_in_the_confined_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are loaded when the first file needs them, which is after the confinement."""
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    files = {
        "JPEG": folder / "SC_jpeg_no_color_transform.dcm",
        "JPEG lossless": folder / "SC_rgb_jpeg_gdcm.dcm",
        "JPEG-LS": folder / "MR_small_jpeg_ls_lossless.dcm",
        "JPEG 2000": folder / "693_J2KI.dcm",
        "RLE": folder / "MR_small_RLE.dcm",
    }
    attempts = {
        name: f"int(__import__('pydicom').dcmread({str(path)!r}).pixel_array.sum())"
        for name, path in files.items()
    }
    found = attempts_in_child(monkeypatch, list(files.values()), attempts)
    assert found == {
        name: ["worked", int(pydicom.dcmread(path).pixel_array.sum())] for name, path in files.items()
    }


@pytest.mark.parametrize("plane", list(Plane))
def test_slices_of_a_label_map_are_those_of_the_whole(tmp_path: Path, plane: Plane) -> None:
    volume = load_volume(nifti(tmp_path))
    stored = np.zeros(volume.shape, np.uint16)
    stored[1, 2, 3], stored[4, 0, 1] = 77, 60000
    path = write_nifti(tmp_path / "labels.nii", stored)
    expected = SparseAnnotations.from_label_map(load_label_map(path, volume), plane)
    with read_label_slices(path, volume.source, plane) as read:
        assert (read.indices, read.codes()) == (tuple(expected.slices), expected.codes)
        for index, codes in read:
            np.testing.assert_array_equal(codes, expected.slices[index])


def test_a_label_map_without_labels_has_no_slices(tmp_path: Path) -> None:
    volume = load_volume(nifti(tmp_path))
    path = write_nifti(tmp_path / "labels.nii", np.zeros(volume.shape, np.uint8))
    with read_label_slices(path, volume.source, Plane.AXIAL) as read:
        assert (read.indices, read.codes(), list(read)) == ((), (), [])


@pytest.mark.parametrize(
    ("stored", "error", "match"),
    [
        (np.ones((3, 3, 3), np.uint8), GeometryError, "must lie on the image's grid"),
        (random_voxels(), ImageFormatError, "must hold integers from 0 to 65535"),
    ],
)
def test_label_maps_that_do_not_fit(
    tmp_path: Path, stored: np.ndarray, error: type[Exception], match: str
) -> None:
    volume = load_volume(nifti(tmp_path))
    path = write_nifti(tmp_path / "labels.nii", stored)
    with (
        pytest.raises(error, match=match),
        read_label_slices(path, volume.source, Plane.AXIAL),
    ):
        pass


def assert_read_alike(paths: Path | list[Path]) -> None:
    here = load_volume(paths)
    with read_volume(paths) as read:
        there = read.volume
        assert there.source.to_dict() == here.source.to_dict()
        assert (there.modality, there.name, there.acquisition_plane, there.metadata) == (
            here.modality,
            here.name,
            here.acquisition_plane,
            here.metadata,
        )
        assert there.voxels.dtype == here.voxels.dtype
        np.testing.assert_array_equal(
            np.concatenate([block.copy() for block in read.blocks()]), here.voxels.ravel(order="F")
        )
        assert read.presets == presets(here)
        assert there.content_hash == here.content_hash
