"""A label map over slices that a person has painted or reviewed, and what is there after its import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from backend.schemas.enums import SliceState
from backend.services import Services
from fewshot_sam.data.planes import from_display, to_display
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, tiny_volume, write_tiny_nifti


def slice_of(*cells: tuple[int, int, int]) -> np.ndarray:
    """An axial slice in canonical order, (X, Y) uint8, with (x, y, value)."""
    labels = np.zeros(SHAPE[:2], np.uint8)
    for x, y, value in cells:
        labels[x, y] = value
    return labels


def save(services: Services, volume_id: str, index: int, labels: np.ndarray, state: SliceState) -> int:
    data = to_display(labels).tobytes()
    listed = services.annotations.list_latest(OWNER, volume_id)
    base = next((each.version for each in listed if each.slice_index == index), 0)
    return services.annotations.save(OWNER, volume_id, "axial", index, data, state, base).version


def on_server(services: Services, volume_id: str) -> dict[int, np.ndarray]:
    """The latest axial slices in canonical order."""
    found = {}
    for each in services.annotations.list_latest(OWNER, volume_id):
        _, data = services.annotations.get(OWNER, volume_id, "axial", each.slice_index)
        found[each.slice_index] = from_display(np.frombuffer(data, np.uint8).reshape(SHAPE[1], SHAPE[0]))
    return found


def states(services: Services, volume_id: str) -> dict[int, str]:
    return {each.slice_index: each.state for each in services.annotations.list_latest(OWNER, volume_id)}


def write_label_map(services: Services, project_id: str, volume_id: str, tmp_path: Path) -> Path:
    """Codes 1 and 2 on the slices 0 to 3 at (1, 1) and (2, 2), where slice 0 was never painted.

    Slice 1 is painted with code 1 at (1, 1) and (3, 3), slice 2 is reviewed and empty, 3 interpolated.
    """
    services.labels.create(OWNER, project_id, "liver")
    save(services, volume_id, 1, slice_of((1, 1, 1), (3, 3, 1)), SliceState.PAINTED)
    save(services, volume_id, 2, slice_of(), SliceState.EMPTY)
    save(services, volume_id, 3, slice_of((4, 4, 1)), SliceState.INTERPOLATED)
    canonical = np.zeros(SHAPE, np.uint8)
    canonical[1, 1], canonical[2, 2] = 1, 2
    stored = tiny_volume().source.from_canonical(canonical)
    return write_tiny_nifti(tmp_path / "labels.nii", stored)


def run(services: Services, volume_id: str, path: Path, **answers: Any) -> Any:
    return services.label_import.import_label_map(OWNER, volume_id, [path], "axial", **answers)
