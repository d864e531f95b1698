"""One results file a suite: what is saved, in which order, and what a failed write leaves."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from benchmarks.suite_file import FOLDER, SuiteFile

SUITES = {"accuracy", "claims", "cross_patient", "domain_shift", "learning_curve", "minutes", "speed"}


def test_results_are_saved_by_name(tmp_path: Path) -> None:
    results = SuiteFile(tmp_path / "new" / "suite.json")
    assert results.all() == {} and results.load("a") is None
    results.save("b", {"dice": 0.1234567890123456, "assd_mm": None})
    results.save("a", {"painted": [3]})
    assert results.load("b") == {"dice": 0.1234567890123456, "assd_mm": None}
    assert list(results.all()) == ["a", "b"]


def test_saving_again_changes_the_results_own_lines_only(tmp_path: Path) -> None:
    results = SuiteFile(tmp_path / "suite.json")
    for name in ("c", "a", "b"):
        results.save(name, {"seed": 0, "dice": 0.5})
    before = results.path.read_text().splitlines()
    results.save("b", {"seed": 0, "dice": 0.75})
    after = results.path.read_text().splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [('  "dice": 0.5', '  "dice": 0.75')]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = SuiteFile(tmp_path / "suite.json")
    results.save("a", {"seed": 0})

    def fail(self: Path, text: str) -> int:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="No space left"):
        results.save("a", {"seed": 1})
    assert results.load("a") == {"seed": 0}


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    def save(letter: str) -> None:
        results = SuiteFile(tmp_path / "suite.json")
        for number in range(20):
            results.save(f"{letter}{number}", {"seed": number})

    writers = [threading.Thread(target=save, args=(letter,)) for letter in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(SuiteFile(tmp_path / "suite.json").all()) == 40


def test_stored_results_are_in_the_form_that_saving_gives_them() -> None:
    stored = {path.stem: path for path in FOLDER.glob("*.json")}
    assert stored.keys() <= SUITES
    assert [path for path in FOLDER.iterdir() if path.is_dir()] == []
    for path in stored.values():
        text = path.read_text()
        assert text == json.dumps(dict(sorted(json.loads(text).items())), indent=1) + "\n"
