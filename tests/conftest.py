"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the real labelled scans; absent means skip, but with CI=true it is a failure."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FEWSHOT_SAM_TEST_DATA", default))
    if not (folder / "ct_abdomen" / "image.nii.gz").exists():
        message = f"real scans not found in {folder}; set FEWSHOT_SAM_TEST_DATA to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
