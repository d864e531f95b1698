"""Pixels of DICOM files: values, transfer syntaxes, and damage."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, pixels_of, write_dicom


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
