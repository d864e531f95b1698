"""Pixels as old scanners and archives write them: bits, lookup tables, and what is not said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ImplicitVRLittleEndian, JPEGLSLossless, RLELossless

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, pixels_of, write_dicom


@pytest.mark.parametrize("first", [-500, 65036])
def test_modality_lookup_table_of_signed_values_and_of_bytes(tmp_path: Path, first: int) -> None:
    table = np.random.default_rng(3).permutation(256).astype(np.uint8)
    stored = np.arange(20).reshape(5, 4).astype(np.int16) * 20 - 520
    lookup = Dataset()
    lookup.LUTDescriptor, lookup.LUTData = [256, first, 8], table.tobytes()
    lookup["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    lookup["LUTData"].VR = "OW"
    dataset = dicom_slice(stored.astype(np.uint16), (0, 0, 0), PixelRepresentation=1, modality="MR")
    dataset.ModalityLUTSequence = [lookup]
    del dataset.RescaleSlope, dataset.RescaleIntercept
    volume = load_volume(write_dicom(tmp_path / "mr", [dataset]))
    expected = table[np.clip(stored + 500, 0, 255)]
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels)[:, :, 0], expected.T[:, ::-1])


def test_modality_lookup_table_without_entries_changes_nothing(tmp_path: Path) -> None:
    series = dicom_series(3, ModalityLUTSequence=[Dataset()])
    plain = load_volume(write_dicom(tmp_path / "plain", dicom_series(3)))
    assert load_volume(write_dicom(tmp_path / "ct", series)).content_hash == plain.content_hash


@pytest.mark.parametrize(
    "left_out",
    [
        ["SamplesPerPixel"],
        ["PhotometricInterpretation"],
        ["PixelRepresentation"],
        ["BitsStored", "HighBit"],
        ["SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation", "BitsStored", "HighBit"],
    ],
)
def test_what_is_not_said_of_pixels_is_taken_for_the_usual(tmp_path: Path, left_out: list[str]) -> None:
    series = dicom_series(3)
    plain = load_volume(write_dicom(tmp_path / "plain", series))
    for dataset in series:
        for keyword in left_out:
            delattr(dataset, keyword)
    assert load_volume(write_dicom(tmp_path / "ct", series)).content_hash == plain.content_hash


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", [None, RLELossless, JPEGLSLossless])
def test_bits_above_those_stored_are_no_part_of_a_value(
    tmp_path: Path, syntax: UID | None, signed: bool
) -> None:
    """Old scanners keep overlays there."""
    generator = np.random.default_rng(0)
    values = generator.integers(-2048 if signed else 0, 2048, (16, 16))
    overlay = generator.integers(0, 16, values.shape) << 12
    dataset = dicom_slice(values & 0xFFF | overlay, (0, 0, 0), intercept=0)
    if syntax:
        dataset.compress(syntax)
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, int(signed)
    volume = load_volume(write_dicom(tmp_path / "ct", [dataset]))
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels)[:, :, 0], values.T[:, ::-1])


def test_values_beyond_32_bits(tmp_path: Path) -> None:
    series = dicom_series(2, intercept=-3_000_000_000, modality="PT")
    volume = load_volume(write_dicom(tmp_path / "pt", series))
    assert volume.voxels.max() == np.float32(pixels_of(series[0]).max() - 3e9)


def test_pixels_of_12_bits_side_by_side_are_named(tmp_path: Path) -> None:
    series = dicom_series(2, BitsAllocated=12, BitsStored=12, HighBit=11, PixelData=bytes(30))
    with pytest.raises(ImageFormatError, match="packs its pixels into 12 bits each"):
        load_volume(write_dicom(tmp_path / "ct", series))


def test_big_endian_pixels_of_old_ge_scanners(tmp_path: Path) -> None:
    series = dicom_series(3)
    plain = load_volume(write_dicom(tmp_path / "plain", series))
    (tmp_path / "ge").mkdir()
    for number, dataset in enumerate(series):
        dataset.PixelData = pixels_of(dataset).astype(">u2").tobytes()
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        dataset.save_as(tmp_path / "ge" / f"{number}", enforce_file_format=True)
    for path in (tmp_path / "ge").iterdir():  # both UIDs take the same bytes
        path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2\0", b"1.2.840.113619.5.2"))
    assert load_volume(tmp_path / "ge").content_hash == plain.content_hash
