"""What is written of the way of many scans."""

from __future__ import annotations

from benchmarks.journey import Outcome, section_text
from tests.e2e.journey import Reviewed


def test_the_scans_are_told_apart_by_what_was_done_with_them() -> None:
    names = [f"scan_{n}" for n in range(8)]
    outcome = Outcome(
        seconds={"import": 12.3, "learn": 70.0},
        before=dict.fromkeys(names, 0.7),
        after={name: 0.9 if name in ("scan_3", "scan_4") else 0.7 for name in names},
        reviewed={"scan_3": Reviewed(10, 2), "scan_4": Reviewed(9, 1)},
    )
    text = section_text(outcome, load=0.5)
    assert "| import | 12 |" in text
    assert "19 slices were looked at in the review; 3 of them" in text
    assert "| all scans that nothing was painted on | 6 | 0.700 | 0.767 | 0.700 |" in text
    assert "| ... of them reviewed, the least certain | 2 | 0.700 | 0.900 | 0.900 |" in text
    assert "| ... of them not reviewed | 4 | 0.700 | 0.700 | 0.700 |" in text
    assert "| scans with 2 painted slices | 2 | 0.700 | 0.700 | 0.700 |" in text
