"""Tests of fewshot_sam.data.terms."""

from __future__ import annotations

import pytest

from fewshot_sam.data.terms import CodedTerm, SegmentTerm

STRUCTURE = CodedTerm("SCT", "91723000", "Anatomical structure")
KIDNEY = CodedTerm("SCT", "64033007", "Kidney")
RIGHT = CodedTerm("SCT", "24028007", "Right")


@pytest.mark.parametrize("term", [SegmentTerm(STRUCTURE, KIDNEY), SegmentTerm(STRUCTURE, KIDNEY, RIGHT)])
def test_comes_back_from_json_values(term: SegmentTerm) -> None:
    assert SegmentTerm.from_dict(term.to_dict()) == term


def test_words_name_the_side() -> None:
    assert SegmentTerm(STRUCTURE, KIDNEY, RIGHT).words == "Kidney, right"
    assert SegmentTerm(STRUCTURE, KIDNEY).words == "Kidney"


@pytest.mark.parametrize(
    "stated",
    [
        ("", "1", "x"),
        ("SCT", " ", "x"),
        ("SCT", "1" * 17, "x"),
        ("SCT", "1", "x" * 65),
        ("SCT", "1\\2", "x"),
        ("SCT", "1", "x\n"),
    ],
)
def test_what_dicom_cannot_hold_is_no_term(stated: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="coded term must"):
        CodedTerm(*stated)


@pytest.mark.parametrize("stated", [{}, {"category": {}, "type": {}}, {"category": 1, "type": 2}])
def test_other_json_is_no_term(stated: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        SegmentTerm.from_dict(stated)
