"""Folders that others delete while they are listed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest


def delete_when_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete the folder at the moment its files are asked for."""
    scandir = os.scandir

    def deleting(asked: Any) -> Any:
        if asked == os.fspath(folder):
            shutil.rmtree(folder)
        return scandir(asked)

    monkeypatch.setattr(os, "scandir", deleting)
