"""What a DICOM segmentation says of how a segment was made."""

from __future__ import annotations

import pytest

from backend.exports.dicom_algorithm import MAX_NAME_LENGTH, dicom_algorithm
from fewshot_sam.data.origins import OriginKind


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({OriginKind.PAINTED}, "MANUAL"),
        ({OriginKind.PREDICTED}, "AUTOMATIC"),
        (set(), "AUTOMATIC"),
        ({OriginKind.PAINTED, OriginKind.PREDICTED}, "SEMIAUTOMATIC"),
        *(({kind}, "SEMIAUTOMATIC") for kind in OriginKind if kind not in ("painted", "predicted")),
    ],
)
def test_the_type_follows_from_the_kinds(kinds: set[OriginKind], expected: str) -> None:
    found = dicom_algorithm(kinds, "triplanar")
    assert found.type == expected
    assert (found.name is None) == (expected == "MANUAL")


def test_the_name_fits_a_long_string() -> None:
    found = dicom_algorithm({OriginKind.PREDICTED}, "m" * 200)
    assert found.name is not None and len(found.name) <= MAX_NAME_LENGTH
    assert found.name.startswith("Few-shot SAM ")
