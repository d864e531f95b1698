"""The server stores what a reader wrote without loading it, and parses no upload itself."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from sqlalchemy import inspect

from backend.records.volumes import store_volume, store_volume_file
from backend.services import Services
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from fewshot_sam.io.sandbox import process
from fewshot_sam.io.sandbox.reading import read_volume
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, write_tiny_nifti

VOXELS = {
    "CT": np.random.default_rng(0).integers(-1000, 900, (7, 5, 6)).astype(np.int16),
    "fractions": np.random.default_rng(1).random((7, 5, 6)).astype(np.float32) - 0.5,
    "MR": np.random.default_rng(2).integers(0, 900, (3, 2, 30)).astype(np.uint8),
    "one column": np.arange(9, dtype=np.int16).reshape(1, 1, 9),
    "one voxel": np.ones((1, 1, 1), np.int16),
    "zeros": np.zeros((4, 4, 4), np.float32),
}


@pytest.mark.parametrize("voxels", VOXELS.values(), ids=VOXELS)
def test_a_streamed_volume_is_stored_like_one_in_memory(
    services: Services, tmp_path: Path, voxels: np.ndarray
) -> None:
    """Row and blob, to the byte: caches are keyed by the hash, browsers read the blob."""
    path = write_tiny_nifti(tmp_path / "image.nii.gz", voxels)
    whole = store_volume(load_volume(path), services.blobs, "p", "image.nii.gz")
    with read_volume(path) as read:
        streamed = store_volume_file(read, services.blobs, "p", "image.nii.gz")
    assert values(streamed) == values(whole)
    assert len(services.blobs.keys()) == 1


def values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def test_many_blocks_are_one_volume(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fewshot_sam.io.sandbox.files.BLOCK_BYTES", 64)
    path = write_tiny_nifti(tmp_path / "image.nii", VOXELS["CT"])
    whole = store_volume(load_volume(path), services.blobs, "p", "image.nii")
    with read_volume(path) as read:
        assert len(list(read.blocks())) == 7
        streamed = store_volume_file(read, services.blobs, "p", "image.nii")
    assert values(streamed) == values(whole)


def test_a_few_kilobytes_of_zeros_do_not_make_the_server_large(services: Services, project_id: str) -> None:
    """400 KB that state 100 MB; numpy's memory is counted."""
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    nib.save(nib.Nifti1Image(np.zeros((512, 512, 200), np.int16), np.eye(4)), folder / "zeros.nii.gz")
    tracemalloc.start()
    try:
        services.volumes.import_upload(OWNER, project_id, folder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


def test_readers_work_in_the_data_folder_and_leave_nothing(
    services: Services, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    original = process.run_child

    def run_child(folder: Path, *arguments: Any) -> None:
        folders.append(folder.parent)
        original(folder, *arguments)

    monkeypatch.setattr("fewshot_sam.io.sandbox.reading.run_child", run_child)
    folder = services.volumes.new_upload_folder(OWNER, project_id)
    write_tiny_nifti(folder / "belly.nii")
    services.volumes.import_upload(OWNER, project_id, folder)
    temporary = services.config.temporary_folder
    assert folders == [temporary]
    assert list(temporary.iterdir()) == []
    assert temporary.stat().st_mode & 0o777 == 0o700


def test_a_voxel_that_is_no_number_stores_nothing(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny_nifti(tmp_path / "image.nii", VOXELS["fractions"])
    with read_volume(path) as read:
        monkeypatch.setattr("fewshot_sam.io.sandbox.reading.np.isfinite", lambda block: np.zeros(1, bool))
        with pytest.raises(ImageFormatError, match="a voxel is not a finite number"):
            store_volume_file(read, services.blobs, "p", "image.nii")
    assert services.blobs.keys() == []
    assert list((services.blobs.root / "incoming").iterdir()) == []


def test_an_import_of_labels_reads_nothing_in_the_server(
    services: Services, volume_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_here(*_: object, **__: object) -> None:
        raise AssertionError("the server must not parse an upload")

    for name in ("load.read_source", "load.load_volume", "labels.read_source", "labels.place_label_map"):
        monkeypatch.setattr(f"fewshot_sam.io.{name}", read_here)
    monkeypatch.setattr("nibabel.load", read_here)
    stored = np.zeros(SHAPE, np.uint16)
    stored[1, 2, 3] = 5
    path = tmp_path / "labels.nii"
    nib.save(nib.Nifti1Image(stored, services.volumes.open(OWNER, volume_id).source.affine), path)
    assert services.label_import.import_label_map(OWNER, volume_id, [path]).slices == [3]


def test_the_server_does_not_load_the_readers() -> None:
    script = (
        "import sys, backend.services; "
        "print([name for name in ('SimpleITK', 'highdicom', 'nrrd', 'fewshot_sam.io.load', "
        "'fewshot_sam.io.formats.nifti', 'fewshot_sam.io.dicom.series', "
        "'fewshot_sam.io.labels') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
