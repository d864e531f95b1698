"""Pixels of DICOM files: values, transfer syntaxes, and damage."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    MPEG2MPML,
    UID,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, pixels_of, write_dicom


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
    with pytest.raises(ImageFormatError, match=r"truncated or damaged|DICOM data without an image"):
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


def bare(dataset: FileDataset, implicit: bool, little: bool = True) -> bytes:
    """The elements alone: no preamble, no file meta information."""
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = implicit, little
    dataset = copy.deepcopy(dataset)
    if not little:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    elements = Dataset()
    for element in dataset:
        elements.add(element)
    write_dataset(buffer, elements)
    return buffer.getvalue()


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_files_without_preamble_and_meta_information(tmp_path: Path, implicit: bool, little: bool) -> None:
    series = dicom_series(3)
    plain = load_volume(write_dicom(tmp_path / "ct", series))
    (tmp_path / "bare").mkdir()
    for number, dataset in enumerate(series):
        (tmp_path / "bare" / f"IM{number}").write_bytes(bare(dataset, implicit, little))
    assert load_volume(tmp_path / "bare").content_hash == plain.content_hash


@pytest.mark.parametrize("keep", ["meta", "preamble"])
def test_files_with_half_of_what_stands_in_front(tmp_path: Path, keep: str) -> None:
    """Meta information without a preamble before it, and a preamble with nothing behind it."""
    series = dicom_series(3)
    folder = write_dicom(tmp_path / "ct", series)
    plain = load_volume(folder)
    for path, dataset in zip(sorted(folder.iterdir()), sorted_by_name(series), strict=True):
        content = path.read_bytes()
        path.write_bytes(content[132:] if keep == "meta" else content[:132] + bare(dataset, implicit=True))
    assert load_volume(folder).content_hash == plain.content_hash


def sorted_by_name(series: list[FileDataset]) -> list[FileDataset]:
    """As :func:`write_dicom` names them."""
    return [dataset for _, dataset in sorted((i * 7919 % 100003, d) for i, d in enumerate(series))]


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_files_that_do_not_state_their_transfer_syntax(tmp_path: Path, syntax: UID | None) -> None:
    pixels = np.random.default_rng(0).integers(0, 3000, (3, 64, 64))
    series = [dicom_slice(pixels[k], (0, 0, 2.0 * k)) for k in range(3)]
    plain = load_volume(write_dicom(tmp_path / "ct", series))
    for dataset in series:
        if syntax:
            dataset.compress(syntax)
    folder = write_dicom(tmp_path / "unstated", series)
    for path in folder.iterdir():
        path.write_bytes(without_meta_element(path.read_bytes(), b"\x02\x00\x10\x00UI"))
    assert load_volume(folder).content_hash == plain.content_hash


def without_meta_element(content: bytes, start: bytes) -> bytes:
    """A file without one short element of its meta information, whose group length is mended."""
    at = content.index(start)
    length = 8 + int.from_bytes(content[at + 6 : at + 8], "little")
    group = int.from_bytes(content[140:144], "little") - length
    return content[:140] + group.to_bytes(4, "little") + content[144:at] + content[at + length :]


def test_a_compression_nobody_here_reads_is_named(tmp_path: Path) -> None:
    series = dicom_series(2)
    for dataset in series:
        dataset.compress(RLELossless)
        dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    with pytest.raises(ImageFormatError, match=r"are stored as 'MPEG2 Main Profile.*does not read"):
        load_volume(write_dicom(tmp_path / "ct", series))


@pytest.mark.parametrize(
    ("slope", "intercept", "applied"),
    [
        ("", "", (1, 0)),
        (None, None, (1, 0)),
        (None, -1000, (1, -1000)),
        (2, None, (2, 0)),
        ("", -1000, (1, -1000)),
        (0, -1000, (1, -1000)),
        ([2, 3], [5, 6], (2, 5)),
    ],
)
def test_rescale_that_is_empty_or_half_there(
    tmp_path: Path, slope: object, intercept: object, applied: tuple[float, float]
) -> None:
    series = dicom_series(3, WindowCenter="", WindowWidth="")
    for dataset in series:
        for keyword, value in (("RescaleSlope", slope), ("RescaleIntercept", intercept)):
            if value is None:
                delattr(dataset, keyword)
            else:
                dataset[keyword] = DataElement(keyword, "DS", value)
    volume = load_volume(write_dicom(tmp_path / "ct", series))
    expected = pixels_of(series[0]).astype(int) * applied[0] + applied[1]
    np.testing.assert_array_equal(volume.source.from_canonical(volume.voxels)[:, :, 0], expected.T[:, ::-1])


def test_modality_lookup_table(tmp_path: Path) -> None:
    table = np.random.default_rng(3).permutation(3000).astype(np.uint16)
    series = dicom_series(2, modality="MR")
    for dataset in series:
        lookup = Dataset()
        lookup.LUTDescriptor, lookup.ModalityLUTType, lookup.LUTData = [3000, 0, 16], "US", table.tobytes()
        lookup["LUTData"].VR = "OW"
        dataset.ModalityLUTSequence = [lookup]
        del dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType
    volume = load_volume(write_dicom(tmp_path / "mr", series))
    np.testing.assert_array_equal(
        volume.source.from_canonical(volume.voxels)[:, :, 1], table[pixels_of(series[1])].T[:, ::-1]
    )
    for dataset in series:
        dataset.ModalityLUTSequence = []
    assert load_volume(write_dicom(tmp_path / "empty", series)).voxels.max() == pixels_of(series[0]).max()


def test_palette_colour_is_refused(tmp_path: Path) -> None:
    series = dicom_series(3, PhotometricInterpretation="PALETTE COLOR")
    with pytest.raises(ImageFormatError, match=r"got colour \(PALETTE COLOR\)"):
        load_volume(write_dicom(tmp_path / "ct", series))
