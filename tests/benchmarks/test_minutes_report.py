"""The minutes benchmark's bookkeeping: rows that resume, and what RESULTS.md says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.minutes import __main__ as minutes
from benchmarks.minutes import store
from benchmarks.minutes.app_row import UnavailableError
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.report import section_text
from benchmarks.minutes.rows import KINDS, Kind
from benchmarks.minutes.store import MinutesStore, RowResult

MACHINE = "A CPU, 2 cores, avx512_bf16, encoder in bf16"
SLOW = "Another CPU, 2 cores, avx2, encoder in float32"


def result(kind: str, case: str, machine: str = MACHINE, **numbers: object) -> RowResult:
    return RowResult(f"{kind}-{case}", kind, case, "code", "2026-11-26", machine, 0.31, numbers)


def session(kind: str, case: str, reached_s: float | None, **numbers: object) -> RowResult:
    mask = {"at_s": 200.4, "draft": True, "slices": 3, "dice": 0.8712, "labels": {}}
    values = {
        "reached_s": reached_s, "reached_by_draft": False, "full_s": reached_s, "best": 0.8712,
        "best_s": 200.4,
        "hand_s": 150.0, "waiting_s": 50.0, "painted": [1, 2, 3, 4], "painted_when_reached": reached_s and 4,
        "masks": [mask], "slices": 120, "gflop": 4000,
    }  # fmt: skip
    return result(kind, case, **(values | numbers))


def waiting(case: str, draft_s: float | None, full_s: float, machine: str = MACHINE) -> RowResult:
    return result(
        "waiting3", case, machine, draft_s=draft_s, draft_dice=draft_s and 0.8, full_s=full_s, full_dice=0.9,
        slices_before=40, gflop_before=3000, slices=171, gflop=12161,
    )  # fmt: skip


def test_sessions_and_their_targets() -> None:
    text = section_text(
        [
            session("box", "ct_abdomen", 290.0),
            session("lasso", "ct_abdomen", None),
            session("morphological", "ct_abdomen", 640.0),
            session("random_walker", "ct_abdomen", 560.0),
            session("lasso", "mr_torso", 200.0, reached_by_draft=True, full_s=212.0),
        ]
    )
    assert "| ct_abdomen | Ours, boxes | 290 | 290 | 150 | 50 | 4 | 200, 3, 0.871 draft | 120, 4000 |" in text
    assert "| ct_abdomen | Ours, lasso | not: 0.871 at 200 | - |" in text
    assert "| mr_torso | Ours, lasso | 200 (draft) | 212 |" in text
    assert "ct_abdomen with boxes in 300 s: met." in text
    assert "ct_abdomen, ours, boxes: 0.52 of the best peer's time (target 0.5): **not met**." in text
    assert f"(1) {MACHINE}" in text and "(1) 2026-11-26, load 0.3" in text
    assert "`stroke_mm_per_s` 25" in text


def test_waiting_has_a_limit_that_depends_on_the_precision() -> None:
    text = section_text(
        [waiting("ct_abdomen", 4.2, 45.0), waiting("demo", 6.0, 45.0, SLOW), waiting("mr_torso", None, 9.5)]
    )
    assert (
        "| ct_abdomen | 3 painted slices | 4.2 (at most 5: met) | 0.800 | 45 (at most 30: **not met**) |"
        in text
    )
    assert "| demo | 3 painted slices | 6.0 (at most 5: **not met**) | 0.800 | 45 (at most 60: met) |" in text
    assert "| mr_torso | 3 painted slices | - | - | 9.5 | 0.900 | 40, 3000 | 171, 12161 |" in text


def test_commands_and_outlines() -> None:
    timed = {"first_s": 90.0, "second_s": 15.0, "ratio": 6.0, "first_stages": {"Encoding slices": 70.0}}
    text = section_text(
        [
            result("propagate", "ct_abdomen", **timed),
            result("fit", "hippocampus", **timed),
            result("outline", "ct_dicom", median_ms=120, p95_ms=180, boxes=12),
        ]
    )
    assert "| 90 | 15 | 6.0 (at most 4: **not met**) | Encoding slices 70 |" in text
    assert "| 90 (at most 120: met) | 15 | 6.0 |" in text
    assert "| ct_dicom | 120 (at most 150: met) | 180 | 12 |" in text
    assert section_text([]) == "## Minutes\n\nNothing measured yet."


def measure_toy(kind: str, case: str, hand: HandModel) -> dict[str, float]:
    if case == "missing":
        raise UnavailableError("the page has no such tool")
    if case == "broken":
        raise ValueError("broken")
    return {"median_ms": 1.0, "p95_ms": 2.0, "boxes": 3}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "minutes.json"
    monkeypatch.setattr(minutes, "MinutesStore", lambda: MinutesStore(path))
    monkeypatch.setattr(minutes, "RESULTS_FILE", tmp_path / "RESULTS.md")
    monkeypatch.setattr(store, "fingerprint", lambda: "code")
    kind = Kind("Box to outline", "outline", ("ct_abdomen", "broken", "missing", "ct_dicom"), measure_toy)
    monkeypatch.setitem(KINDS, "outline", kind)
    return path


def test_rows_are_kept_and_a_broken_one_does_not_stop_the_others(
    results: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = KINDS["outline"].cases
    args = minutes.parser().parse_args(["--rows", "outline"])
    kept = MinutesStore(results)
    assert [minutes.measure("outline", case, args, kept) for case in names] == [
        True,
        False,
        True,
        True,
    ]
    assert [each.case for each in kept] == ["ct_abdomen", "ct_dicom"]
    assert "left out, the page has no such tool" in caplog.text


def test_a_row_of_the_same_code_is_not_measured_again(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert minutes.main(["--rows", "outline", "--cases", "ct_dicom"]) == 0
    section = (results.parent / "RESULTS.md").read_text()
    assert "| ct_dicom | 1.0 (at most 150: met) | 2 | 3 |" in section
    counted: list[str] = []

    def count(kind: str, case: str, hand: HandModel) -> dict[str, float]:
        counted.append(case)
        return measure_toy(kind, case, hand)

    monkeypatch.setitem(KINDS, "outline", Kind("Box to outline", "outline", ("ct_dicom",), count))
    minutes.main(["--rows", "outline", "--cases", "ct_dicom"])
    assert counted == []
    monkeypatch.setattr(store, "fingerprint", lambda: "other code")
    minutes.main(["--rows", "outline", "--cases", "ct_dicom", "--keep"])
    assert counted == []
    minutes.main(["--rows", "outline", "--cases", "ct_dicom"])
    assert counted == ["ct_dicom"]


def test_a_result_says_where_it_was_measured(results: Path) -> None:
    minutes.main(["--rows", "outline", "--cases", "ct_dicom"])
    found = MinutesStore(results).load("outline", "ct_dicom")
    assert found is not None
    assert "cores" in found.machine and "encoder in" in found.machine
    assert len(found.date) == 10
    assert store.row_name("outline", "ct_dicom") == "outline-ct_dicom" == found.name
