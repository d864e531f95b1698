"""Scans of DICOM in the app, masks of theirs, and what a DICOM segmentation of one holds."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
from starlette.testclient import TestClient

from backend.services import Services
from storage.models import MaskRow, RunRow
from tests.backend.job_helpers import store_mask
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom

SHAPE = (4, 5, 4)
"""Canonical, of :func:`send_tiny_series`."""


def send_files(client: TestClient, project_id: str, paths: list[Path]) -> str:
    """Import a scan; the volume's id."""
    files = [("files", (path.name, path.read_bytes())) for path in paths]
    answer = client.post(f"/api/projects/{project_id}/volumes?again=1", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def send_tiny_series(client: TestClient, project_id: str, folder: Path, **tags: object) -> str:
    """Import four small slices of DICOM; the volume's id."""
    return send_files(
        client, project_id, sorted(write_dicom(folder / "series", dicom_series(4, **tags)).iterdir())
    )


def mask_of(
    services: Services,
    volume_id: str,
    label_map: np.ndarray,
    labels: list[dict[str, Any]],
    versions: dict[str, int] | None = None,
) -> str:
    """Store canonical uint8 label values as a run's mask that started from these versions; its id."""
    counted = [
        {**label, "voxels": int((label_map == label["value"]).sum()), "volume_ml": 0.0} for label in labels
    ]
    mask_id = store_mask(services, volume_id, label_map, counted)
    with services.database.write() as session:
        run = session.get_one(RunRow, session.get_one(MaskRow, mask_id).run_id)
        run.annotation_versions = versions or {}
    return mask_id


def download(client: TestClient, mask_id: str, kind: str = "seg") -> bytes:
    answer = client.get(f"/api/masks/{mask_id}/download", params={"format": kind})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/dicom"
    return answer.content


def read_seg(content: bytes) -> highdicom.seg.Segmentation:
    return highdicom.seg.segread(io.BytesIO(content))


def instances(folder: Path) -> list[pydicom.FileDataset]:
    """The files of a series from feet to head."""
    read = [pydicom.dcmread(path, stop_before_pixels=True) for path in folder.iterdir()]
    return sorted(read, key=lambda each: float(each.ImagePositionPatient[2]))


def on_frames(canonical: np.ndarray) -> np.ndarray:
    """(frames, rows, columns) of axial slices whose columns run to the left and rows to the back."""
    return canonical[::-1, ::-1].transpose(2, 1, 0)
