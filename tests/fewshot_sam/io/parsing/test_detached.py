"""The data file of a header: one plain file in its folder, on every platform."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.parsing.detached import open_beside


@pytest.fixture(params=["relative to the folder", "by path"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With openat and O_NOFOLLOW, and without them as on Windows."""
    if request.param == "by path":
        monkeypatch.setattr("os.supports_dir_fd", set())
        monkeypatch.delattr("os.O_NOFOLLOW")


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    "name", ["voxels.raw", "my voxels 1.raw", "Schädel.raw", "LISTED.raw", "~a.raw", "a..b"]
)
def test_a_file_beside_the_header(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"voxels")
    with open_beside(tmp_path / "image.mhd", name) as file:
        assert file.read() == b"voxels"


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "missing.raw", "../secret.raw", "./voxels.raw", "sub/voxels.raw", "sub", "link.raw",
     "dangling.raw", "pipe.raw", "voxels.raw ", "\tvoxels.raw", "voxels\0.raw", "a\\b.raw", "C:voxels.raw",
     "voxels%d.raw", "LIST", "list", "LIST 3", "List x.raw", '"voxels.raw"', "x" * 300, "a\udcff.raw"],
)  # fmt: skip
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "upload"
    (folder / "sub").mkdir(parents=True)
    secret = tmp_path / "secret.raw"
    for path in (
        secret,
        folder / "voxels.raw",
        folder / "sub" / "voxels.raw",
        folder / "LIST",
        folder / "list",
    ):
        path.write_bytes(b"secret")
    (folder / "link.raw").symlink_to(secret)
    (folder / "dangling.raw").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.raw")
    with pytest.raises(ImageFormatError, match=r"The voxels of 'image\.mhd' must be in one file beside it"):
        open_beside(folder / "image.mhd", name)


def open_descriptors() -> int:
    """0 where the system does not say."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "voxels.raw").write_bytes(b"voxels")
    before = open_descriptors()
    for _ in range(5):
        open_beside(tmp_path / "image.mhd", "voxels.raw").close()
        with pytest.raises(ImageFormatError, match="must be in one file beside it"):
            open_beside(tmp_path / "image.mhd", "sub")
    assert open_descriptors() == before
