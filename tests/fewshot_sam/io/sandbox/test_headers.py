"""The headers of DICOM files come from the child packed and bounded; the parent reads nothing in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.dicom.source_headers import MAX_PACKED_BYTES, SourceHeaders
from fewshot_sam.io.load import load_scan
from fewshot_sam.io.sandbox import protocol, tasks
from fewshot_sam.io.sandbox.reading import read_volume
from tests.fewshot_sam.answering_child import LIMITS, sound_answer, voxels_bytes
from tests.fewshot_sam.synthetic_files import dicom_series, random_voxels, write_dicom, write_nifti


def test_of_dicom_they_come_with_the_volume(tmp_path: Path) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(4, PatientName="Doe^Jane"))
    _, expected = load_scan(folder)
    with read_volume(folder, limits=LIMITS) as read:
        assert expected is not None and read.headers == expected.to_bytes()
        headers = SourceHeaders.from_bytes(read.headers)
    assert [str(file.PatientName) for file in headers.files] == ["Doe^Jane"] * 4
    with read_volume(write_nifti(tmp_path / "image.nii", random_voxels()), limits=LIMITS) as read:
        assert read.headers is None


def test_a_representation_tells_nothing_of_them(tmp_path: Path) -> None:
    with read_volume(write_dicom(tmp_path, dicom_series(2)), limits=LIMITS) as read:
        assert "headers" not in repr(read)


def answer_with_headers() -> bytes:
    answer: dict[str, Any] = sound_answer()
    answer["volume"]["headers"] = True
    return json.dumps(answer).encode()


@pytest.mark.parametrize(
    "script", ["", f"open('{protocol.HEADERS_FILE}', 'w').truncate({protocol.MAX_HEADERS_BYTES + 1})"]
)
def test_what_is_missing_or_too_large_is_no_answer(answering: Callable[..., None], script: str) -> None:
    answering(script, answer_json=answer_with_headers(), voxels_npy=voxels_bytes())
    with (
        pytest.raises(ImageFormatError, match="the reader's answer was not valid"),
        read_volume("image.dcm", limits=LIMITS),
    ):
        pass


def test_what_cannot_be_packed_refuses_no_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(SourceHeaders):
        def to_bytes(self) -> bytes:
            raise TypeError("an element that JSON does not take")

    class Large(SourceHeaders):
        def to_bytes(self) -> bytes:
            return b"0123456789"

    monkeypatch.setattr(protocol, "MAX_HEADERS_BYTES", 9)
    assert tasks._packed(Odd((), ())) is None
    assert tasks._packed(Large((), ())) is None


def test_child_and_reader_of_headers_have_one_bound() -> None:
    assert protocol.MAX_HEADERS_BYTES == MAX_PACKED_BYTES
