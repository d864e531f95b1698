"""Some of the hostile names everywhere; ``make torture`` takes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture import hostile_names, names, office
from benchmarks.torture.hostile_names import FORMULAS, SCRIPTS, TRAVERSALS

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


def test_there_are_as_many_as_promised() -> None:
    assert len(set(TRAVERSALS)) == 50
    assert len(set(SCRIPTS)) == 20
    assert len(set(FORMULAS)) == 25


def test_nothing_escapes_and_no_formula_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every_tenth = hostile_names.TRAVERSALS[::10]
    monkeypatch.setattr(names, "TRAVERSALS", every_tenth)
    found = names.try_names(tmp_path, count=len(every_tenth) + 3, seed=0)
    assert found.faults == []


def test_a_formula_in_libreoffice_would_be_noticed(tmp_path: Path) -> None:
    program = office.find_office()
    if program is None:
        pytest.skip("LibreOffice is not installed")
    live = b'"code","label"\r\n1,"=HYPERLINK(""http://x.example"",""x"")"\r\n'
    found = office.live_in_office(
        program, [office.CONTROL, live, b'"code"\r\n"\'=1+1"\r\n'], tmp_path / "office"
    )
    assert {line.split(" at ")[0] for line in found} == {"table-0", "table-1"}
