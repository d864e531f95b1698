"""DICOM files that are no scan, or one that this program does not take apart: said by what they are."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import SegmentationStorage

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom


@pytest.mark.parametrize(
    ("modality", "words"),
    [
        ("SEG", r"a segmentation \(SEG\).*Then import this as its label map"),
        ("RTSTRUCT", r"a structure set \(RTSTRUCT\).*Then import this as its label map"),
        (
            "RTDOSE",
            r"a dose distribution \(RTDOSE\), which belongs to a scan but is none\. Open .*itself\.$",
        ),
        ("RTPLAN", r"a treatment plan \(RTPLAN\)"),
        ("SR", r"a report \(SR\)"),
        ("PR", r"a presentation state \(PR\)"),
    ],
)
def test_what_belongs_to_a_scan_is_named(tmp_path: Path, modality: str, words: str) -> None:
    folder = write_dicom(tmp_path / "given", [dicom_slice(np.zeros((5, 4)), (0, 0, 0), modality=modality)])
    with pytest.raises(ImageFormatError, match=f"'given' holds {words}"):
        load_volume(folder)


def test_several_kinds_are_named_together(tmp_path: Path) -> None:
    files = [dicom_slice(np.zeros((5, 4)), (0, 0, 0), modality=modality) for modality in ("SR", "SEG", "SR")]
    with pytest.raises(ImageFormatError, match=r"holds a report \(SR\) and a segmentation \(SEG\), which"):
        load_volume(write_dicom(tmp_path / "given", files))


def test_they_are_passed_over_beside_a_scan(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3))
    write_dicom(folder / "seg", [dicom_slice(np.zeros((5, 4)), (0, 0, 0), modality="SEG")], start=50)
    assert load_volume(folder).shape == (4, 5, 3)


def test_a_segmentation_that_states_another_modality(tmp_path: Path) -> None:
    file = dicom_slice(np.zeros((5, 4)), (0, 0, 0), modality="OT", SOPClassUID=SegmentationStorage)
    with pytest.raises(ImageFormatError, match=r"holds a segmentation \(SEG\), which belongs to a scan"):
        load_volume(write_dicom(tmp_path / "given", [file]))


def csa_header(tiles: str) -> bytes:
    """Siemens' own header with one entry, as syngo writes it; "" where it states no number of tiles."""
    text = tiles.encode() + b"\0"
    item = struct.pack("<4i", len(text), len(text), 77, len(text)) + text.ljust(-(-len(text) // 4) * 4, b"\0")
    entry = b"NumberOfImagesInMosaic".ljust(64, b"\0") + struct.pack(
        "<i4s3i", 1, b"US", 6, 6 if tiles else 0, 77
    )
    return b"SV10\4\3\2\1" + struct.pack("<2i", 1, 77) + entry + (item if tiles else b"")


def test_a_siemens_header_without_tiles_is_no_mosaic(tmp_path: Path) -> None:
    series = dicom_series(3, modality="MR")
    for dataset in series:
        block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
        block.add_new(0x10, "OB", csa_header(""))
    assert load_volume(write_dicom(tmp_path / "mr", series)).shape == (4, 5, 3)


@pytest.mark.parametrize("by", ["image type", "private element", "header of its own"])
def test_a_mosaic_is_refused(tmp_path: Path, by: str) -> None:
    series = dicom_series(2, modality="MR")
    for dataset in series:
        if by == "image type":
            dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
        elif by == "header of its own":
            block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
            block.add_new(0x10, "OB", csa_header("9"))
        else:
            dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 9)
    with pytest.raises(ImageFormatError, match="is a Siemens mosaic: all slices of a volume side by side"):
        load_volume(write_dicom(tmp_path / "mr", series))
