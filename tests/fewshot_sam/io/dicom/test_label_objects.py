"""The registry of DICOM objects that hold labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.io import load_label_map
from fewshot_sam.io.dicom import label_objects
from fewshot_sam.io.dicom.frames import DicomFile
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.source import SourceImage
from tests.fewshot_sam.io.dicom.segmentations import scan_of, write
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom


def read_first_slice(
    file: DicomFile, target: SourceGrid, name: str, limits: ReadLimits, overlap: Overlap | None = None
) -> SourceImage:
    """A toy: its description is a label on the first slice."""
    codes = np.zeros(target.shape, np.uint16)
    codes[:, :, 0] = 1
    return SourceImage(codes, target, name, label_names={1: LabelName(file.header.SeriesDescription)})


def test_an_object_is_one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(label_objects.READERS, "KO", f"{__name__}:read_first_slice")
    series = dicom_series(3)
    volume, _ = scan_of(write_dicom(tmp_path / "ct", series))
    selection = pydicom.dcmread(tmp_path / "ct" / "000000.dcm")
    for keyword in ("Rows", "Columns", "PixelData"):
        delattr(selection, keyword)
    selection.Modality = "KO"
    path = write(selection, tmp_path / "ko.dcm")
    assert label_objects.states_no_grid(path, ReadLimits())
    codes = load_label_map(path, volume)
    assert (codes[:, :, 0] == 1).all() and not codes[:, :, 1:].any()


def test_a_scan_states_its_grid(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3))
    assert not any(label_objects.states_no_grid(path, ReadLimits()) for path in folder.iterdir())
