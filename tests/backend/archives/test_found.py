"""What archives answer to a search, whatever they put into it."""

from __future__ import annotations

from typing import Any

import pytest

from backend.archives.client import Wanted, wanted_of
from backend.archives.found import found_series, found_study


def answer(**tags: Any) -> dict[str, Any]:
    return {name[1:]: {"Value": [value]} for name, value in tags.items()}


def test_a_study_is_read() -> None:
    found = found_study(
        answer(
            t0020000D="1.2.3", t00100020="P1", t00100010={"Alphabetic": "M\u00fcller^Ada^^Dr."},
            t00080020="20260203", t00081030="Abdomen\n\u202e", t00080061="CT", t00201206="3",
            t00201208=120,
        )
    )  # fmt: skip
    assert found is not None
    assert found.model_dump() == {
        "study_uid": "1.2.3", "patient_id": "P1", "patient_name": "M\u00fcller, Ada, Dr.",
        "date": "2026-02-03", "description": "Abdomen", "modalities": ["CT"], "series": 3, "instances": 120,
    }  # fmt: skip


@pytest.mark.parametrize(("modality", "is_scan"), [("MR", True), ("SEG", False), ("", True)])
def test_a_series_is_read(modality: str, is_scan: bool) -> None:
    found = found_series(answer(t0020000E="1.2", t00080060=modality, t00400244="20260203"))
    assert found is not None
    assert (found.modality, found.is_scan, found.date, found.instances) == (
        modality,
        is_scan,
        "2026-02-03",
        None,
    )


@pytest.mark.parametrize(
    "value",
    [None, [], "x", 3, {}, {"0020000D": 3}, {"0020000D": {"Value": 3}}, answer(t0020000D="../1"),
     answer(t0020000D="1" * 65), answer(t0020000D={"a": 1})],
)  # fmt: skip
def test_what_names_no_study_is_left_out(value: Any) -> None:
    assert found_study(value) is None
    assert found_series(value) is None


@pytest.mark.parametrize(
    "odd", [None, [], {}, {"Alphabetic": []}, -1, True, "x" * 10_000, 10**30, "20261399"]
)
def test_odd_values_are_nothing(odd: Any) -> None:
    tags = ("t00100020", "t00100010", "t00080020", "t00081030", "t00080061", "t00201206", "t00201208")
    found = found_study(answer(t0020000D="1.2", **dict.fromkeys(tags, odd)))
    assert found is not None
    assert (found.date, found.series, found.instances) == ("", None, None)
    assert len(found.patient_name) <= 200


def test_what_a_person_types_becomes_what_dicom_matches() -> None:
    assert wanted_of(" P1 ", "M\u00fcller, Ada", "2026-01-02", None, "CT") == Wanted(
        "P1", "M\u00fcller^Ada*", "20260102-", "CT"
    )
    assert wanted_of("", "*da", None, "2026-01-02", "") == Wanted("", "*da", "-20260102")
    assert Wanted("P1", "M\u00fcller^Ada*").in_ascii() == Wanted("P1", "M*ller*Ada*")
    assert Wanted().filters() == {}
