"""dciodvfy of Debian's dicom3tools, which judges DICOM files by the standard."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def assert_valid(path: Path, kind: str) -> None:
    """The file is of that kind of object, and has no error."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy was not found: `make programs` installs it from the Debian package dicom3tools")
    said = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=120).stderr
    assert "Error" not in said and said.splitlines()[-1] == kind, said
