"""The same slice twice: one is dropped, and that is said."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from fewshot_sam.errors import GeometryError, SeriesChoiceError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom


@pytest.mark.parametrize("anonymised", [False, True])
def test_copies_are_dropped(tmp_path: Path, anonymised: bool) -> None:
    series = dicom_series(4)
    for dataset in series if anonymised else ():
        dataset.SOPInstanceUID = ""
    folder = write_dicom(tmp_path / "ct", series)
    plain = load_volume(folder)
    assert "notes" not in plain.metadata
    write_dicom(folder / "again", copy.deepcopy(series[1:3]), start=50)
    found = load_volume(folder)
    assert found.content_hash == plain.content_hash
    assert found.metadata["notes"] == "2 files hold the same slices as others and were left out."


def test_one_copy(tmp_path: Path) -> None:
    series = dicom_series(3)
    folder = write_dicom(tmp_path / "ct", [*series, copy.deepcopy(series[0])])
    assert load_volume(folder).metadata["notes"].startswith("1 file holds the same slice as another one")


def test_another_slice_under_the_same_uid_is_no_copy(tmp_path: Path) -> None:
    series = dicom_series(3)
    other = copy.deepcopy(series[0])
    other.PixelData = bytes(len(other.PixelData))
    with pytest.raises(GeometryError, match="1 of 4 slices lie where another does"):
        load_volume(write_dicom(tmp_path / "ct", [*series, other]))


def test_copies_with_uids_of_their_own(tmp_path: Path) -> None:
    """Programs that anonymise or send a series twice give each file a new UID."""
    series = dicom_series(4)
    plain = load_volume(write_dicom(tmp_path / "plain", series))
    again = copy.deepcopy(series)
    for dataset in again:
        dataset.SOPInstanceUID = generate_uid()
    found = load_volume(write_dicom(tmp_path / "ct", [*series, *again]))
    assert found.content_hash == plain.content_hash
    assert found.metadata["notes"].startswith("4 files hold the same slices as others")


def test_equal_slices_of_two_time_points_are_no_copies(tmp_path: Path) -> None:
    series = dicom_series(3, TemporalPositionIdentifier=1)
    later = copy.deepcopy(series)
    for dataset in later:
        dataset.SOPInstanceUID, dataset.TemporalPositionIdentifier = generate_uid(), 2
    with pytest.raises(SeriesChoiceError, match="time point 1"):
        load_volume(write_dicom(tmp_path / "mr", [*series, *later]))


def test_equal_slices_at_two_places_are_no_copies(tmp_path: Path) -> None:
    series = dicom_series(3)
    for dataset in series:
        dataset.SOPInstanceUID, dataset.PixelData = "1.2.3", bytes(len(dataset.PixelData))
    assert load_volume(write_dicom(tmp_path / "ct", series)).shape == (4, 5, 3)
