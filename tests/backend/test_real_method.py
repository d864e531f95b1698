"""The worker with the real encoder and segmenter, on a small synthetic volume."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.config import Config
from backend.jobs.supervisor import Supervisor
from backend.services import Services
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import OVER, real_supervisor, stored_mask, wait_for

SIDE, DEPTH = 40, 16


@pytest.fixture
def supervisor(config: Config, services: Services, embeddings_folder: Path) -> Iterator[Supervisor]:
    with real_supervisor(config, services, embeddings_folder) as supervisor:
        yield supervisor


def cylinder(name: str, shift: int) -> tuple[Volume, np.ndarray]:
    """A bright, slowly moving cylinder in noise, and its label map."""
    x, y, z = np.indices((SIDE, SIDE, DEPTH))
    inside = (x - 14 - shift - z / 2) ** 2 + (y - 20) ** 2 < 8**2
    noise = np.random.default_rng(shift).normal(0, 20, inside.shape)
    voxels = np.where(inside, 200, 60) + noise
    return Volume(
        voxels.astype(np.int16), SourceGrid(inside.shape, np.diag([1.0, 1, 3, 1])), "MR", name
    ), inside


def dice(first: np.ndarray, second: np.ndarray) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))


@pytest.mark.slow
def test_paint_propagate_and_predict(
    services: Services, supervisor: Supervisor, project_id: str, label_value: int
) -> None:
    volume, inside = cylinder("first", 0)
    volume_id = services.volumes.add(OWNER, project_id, volume, "first.nii").id
    painted = (2, 8, 13)
    for index in painted:
        shown = to_display(take_slice(inside, Plane.AXIAL, index)) * np.uint8(label_value)
        services.annotations.save(OWNER, volume_id, "axial", index, shown.tobytes(), "painted", 0)
    run_id = services.runs.create(OWNER, volume_id, "propagate", settings={"fit": {"steps": 25}}).id
    run = wait_for(lambda: services.runs.get(OWNER, run_id), lambda run: run.state in OVER)
    assert (run.state, run.error) == ("done", None)
    assert len(run.loss) > 5
    label_map = stored_mask(services, run.mask_id).label_map
    assert dice(label_map == label_value, inside) > 0.7
    mask = services.masks.get(OWNER, run.mask_id)
    assert mask.has_confidence
    assert mask.next_slices
    assert {next_slice.plane for next_slice in mask.next_slices} == {"axial"}
    assert not {next_slice.slice_index for next_slice in mask.next_slices} & set(painted)
    for index in painted:
        assert np.array_equal(label_map[:, :, index] == label_value, inside[:, :, index])

    other, other_inside = cylinder("second", 5)
    other_id = services.volumes.add(OWNER, project_id, other, "second.nii").id
    run_id = services.runs.create(OWNER, other_id, "predict").id
    run = wait_for(lambda: services.runs.get(OWNER, run_id), lambda run: run.state in OVER)
    assert (run.state, run.error) == ("done", None)
    label_map = stored_mask(services, run.mask_id).label_map
    assert dice(label_map == label_value, other_inside) > 0.3
    assert "OpenVINO" in services.system.describe().encoder or "LiteMedSAM" in (
        services.system.describe().encoder
    )
