"""A child that answers what a test wants."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fewshot_sam.io.sandbox import process


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes the child one that writes these files, and does what a Python script says.

    Nothing of its folder may be left afterwards.
    """

    def prepare(script: str = "", **files: bytes) -> None:
        prepared = tmp_path / "prepared"
        prepared.mkdir()
        for name, content in files.items():
            (prepared / name.replace("_", ".")).write_bytes(content)
        whole = (
            f"import os, shutil, sys; shutil.copytree({str(prepared)!r}, '.', dirs_exist_ok=True); {script}"
        )
        monkeypatch.setattr(process, "command", lambda folder: [sys.executable, "-c", whole])

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    yield prepare
    assert list((tmp_path / "temporary").iterdir()) == []
