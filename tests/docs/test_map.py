"""CONTRIBUTING.md's map of the code against the code: every folder is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.conftest import PACKAGES, ROOT, read


def folders() -> list[Path]:
    """Every package of the program, and every folder of the page's modules."""
    packages = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    modules = {path.parent for path in (ROOT / "ui" / "static").rglob("*.js")}
    return sorted(folder for folder in packages | modules if folder.name != "versions")


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_the_map_names_every_folder(folder: Path) -> None:
    """By its path or the last part of it: `io/sandbox/`, or `sandbox/` in a list of what io/ holds."""
    assert re.search(rf"(?<!\w){re.escape(folder.name)}/", read("CONTRIBUTING.md"))
