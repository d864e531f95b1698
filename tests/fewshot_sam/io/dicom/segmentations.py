"""Segmentations of synthetic scans, for the tests of writing and of reading them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.data.volume import Volume
from fewshot_sam.io import load_label_map
from fewshot_sam.io.dicom.segmentation import SegmentationKind
from fewshot_sam.io.dicom.segments import Segment
from fewshot_sam.io.dicom.source_headers import SourceHeaders
from fewshot_sam.io.load import load_scan

STRUCTURE = CodedTerm("SCT", "91723000", "Anatomical structure")
KIDNEY = SegmentTerm(STRUCTURE, CodedTerm("SCT", "64033007", "Kidney"), CodedTerm("SCT", "24028007", "Right"))
SEGMENTS = [
    Segment(2, "Leber", "#e6194b", None, "MANUAL", None),
    Segment(5, "Niere \u516c\\rechts", "#3cb44b", KIDNEY, "AUTOMATIC", "Few-shot SAM 1 (model)"),
]
KINDS = list(SegmentationKind)


def scan_of(folder: Path, resample: bool = False) -> tuple[Volume, SourceHeaders]:
    """The scan in a folder of DICOM files, and their headers."""
    volume, headers = load_scan(folder, resample=resample)
    assert headers is not None
    return volume, headers


def painted(volume: Volume, seed: int = 3, codes: Sequence[int] = (0, 0, 2, 5)) -> np.ndarray:
    """Codes at random places."""
    return np.random.default_rng(seed).choice(np.array(codes, np.uint16), volume.shape)


def write(made: Dataset, path: Path) -> Path:
    """The file of a data set."""
    made.save_as(path, enforce_file_format=True)
    return path


def numbered(label_map: np.ndarray, kind: SegmentationKind = SegmentationKind.BINARY) -> np.ndarray:
    """Codes as the file numbers them."""
    return (
        label_map
        if kind is SegmentationKind.LABEL_MAP
        else np.select([label_map == 2, label_map == 5], [1, 2])
    )


def real_case(data_dir: Path) -> tuple[Volume, SourceHeaders, np.ndarray, list[Segment]]:
    """The CT of DICOM files with its 31 structures, and a segment for each."""
    volume, headers = scan_of(data_dir / "ct_dicom" / "series")
    label_map = load_label_map(data_dir / "ct_dicom" / "labels.nii.gz", volume)
    codes = np.unique(label_map)[1:].tolist()
    return (
        volume,
        headers,
        label_map,
        [Segment(code, f"Structure {code}", "#4363d8", KIDNEY) for code in codes],
    )
