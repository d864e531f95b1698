"""The private folder of a child: its own while it runs, and gone afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.sandbox import process
from fewshot_sam.io.sandbox.reading import read_volume
from tests.fewshot_sam.answering_child import LIMITS, read


def test_a_deep_tree_and_closed_folders_are_removed(answering: Callable[..., None], tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    answering(
        f"os.symlink({str(outside)!r}, 'link'); os.mkdir('closed'); os.chmod('closed', 0); "
        "[(os.mkdir('d'), os.chdir('d')) for _ in range(3000)]; os.mkfifo('pipe'); "
        f"os.symlink({str(outside)!r}, 'link')"
    )
    with pytest.raises(ImageFormatError, match=r"answer was not valid|temporary disk"):
        read()
    assert [path.name for path in outside.iterdir()] == ["kept"]


def test_the_private_folder_is_only_ours(
    answering: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering()
    home = tmp_path / "home" / "tmp"
    modes = []
    original = process.run_child

    def run_child(folder: Path, *arguments: Any) -> None:
        modes.append((folder.parent, folder.stat().st_mode & 0o777, home.stat().st_mode & 0o777))
        original(folder, *arguments)

    monkeypatch.setattr("fewshot_sam.io.sandbox.reading.run_child", run_child)
    with (
        pytest.raises(ImageFormatError, match="answer was not valid"),
        read_volume("image.nii", limits=LIMITS, temporary_folder=home),
    ):
        pass
    assert modes == [(home, 0o700, 0o700)]
    assert list(home.iterdir()) == []
