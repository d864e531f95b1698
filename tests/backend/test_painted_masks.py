"""What is painted becomes the volume's mask by itself, over the one that was there, and leaves as files."""

from __future__ import annotations

import gzip
import json

import nibabel as nib
import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.errors import ConflictError, NotFoundError
from backend.services import Services
from fewshot_sam.errors import AnnotationError
from storage import arrays
from storage.models import MaskRow, RunRow
from tests.backend.conftest import introduce_worker
from tests.backend.data_folders import OWNER
from tests.backend.test_current_mask import add_masks
from tests.backend.tiny import SHAPE, axial_bytes


def voxels(services: Services, mask_id: str) -> np.ndarray:
    with services.database.read() as session:
        key = session.get_one(MaskRow, mask_id).blob
    return arrays.load_mask(services.blobs, key, SHAPE)


def test_without_a_mask_all_else_is_background(services: Services, volume_id: str, label_value: int) -> None:
    services.annotations.save(OWNER, volume_id, "axial", 2, axial_bytes(label_value), "painted", 0)
    services.annotations.save(OWNER, volume_id, "axial", 3, axial_bytes(0), "empty", 0)
    mask = services.painted_masks.take(OWNER, volume_id)
    found = voxels(services, mask.id)
    assert (found == label_value).sum() == 2
    assert found[:, :, 2].any()
    assert [(label.value, label.voxels) for label in mask.labels] == [(label_value, 2)]
    assert (mask.draft, mask.edited_since, mask.choice.method) == (False, False, "painted")
    volume = services.volumes.get(OWNER, volume_id)
    assert (volume.mask_id, volume.mask_count, volume.state) == (mask.id, 1, "painted")
    (run,) = services.runs.of_volume(OWNER, volume_id)
    assert (run.kind, run.state, run.slices, run.source_count) == ("take", "done", 2, 0)


def test_what_was_predicted_stays_beside_what_is_painted(
    services: Services, project_id: str, volume_id: str, label_value: int
) -> None:
    (before,) = add_masks(services, volume_id, label_value, 1)  # 1 everywhere, painted on slice 1
    other = services.labels.create(OWNER, project_id, "Other").value
    services.annotations.save(OWNER, volume_id, "axial", 2, axial_bytes(other), "painted", 0)
    services.annotations.save(OWNER, volume_id, "axial", 3, axial_bytes(0), "empty", 0)
    assert services.masks.get(OWNER, before).edited_since is True
    mask = services.painted_masks.take(OWNER, volume_id)
    found = voxels(services, mask.id)
    assert (found[:, :, 0] == 1).all()
    assert (found[:, :, 2] == other).sum() == 2
    assert not found[:, :, 3].any()
    assert (voxels(services, before) == 1).all()  # the earlier mask is as it was
    assert mask.previous is not None
    assert mask.previous.mask_id == before
    with services.database.read() as session:
        runs = {row.id: row for row in session.query(RunRow)}
        old, new = (runs[session.get_one(MaskRow, each).run_id] for each in (before, mask.id))
    assert (new.settings, new.encoder, new.model_id) == (old.settings, old.encoder, old.model_id)


def test_it_is_refused_without_paint_during_a_run_and_to_strangers(
    services: Services, volume_id: str, label_value: int
) -> None:
    with pytest.raises(AnnotationError, match="Nothing is painted on axial slices"):
        services.painted_masks.take(OWNER, volume_id)
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(label_value), "painted", 0)
    with pytest.raises(AnnotationError, match="Nothing is painted on coronal slices"):
        services.painted_masks.take(OWNER, volume_id, "coronal")
    with pytest.raises(NotFoundError):
        services.painted_masks.take(OWNER, "0" * 32)
    introduce_worker(services)
    run = services.runs.create(OWNER, volume_id, "propagate")
    with pytest.raises(ConflictError, match="has not ended"):
        services.painted_masks.take(OWNER, volume_id)
    services.runs.cancel(OWNER, run.id)
    assert services.painted_masks.take(OWNER, volume_id).labels[0].voxels == 2


def test_it_leaves_as_files_with_its_provenance(
    client: TestClient, services: Services, volume_id: str, label_value: int
) -> None:
    services.annotations.save(OWNER, volume_id, "axial", 2, axial_bytes(label_value), "painted", 0)
    mask = client.post(f"/api/volumes/{volume_id}/masks").json()
    nifti = client.get(f"/api/masks/{mask['id']}/download?format=nifti").content
    stored = np.asarray(nib.Nifti1Image.from_bytes(gzip.decompress(nifti)).dataobj)
    assert np.count_nonzero(stored) == 2
    told = json.loads(client.get(f"/api/masks/{mask['id']}/download?format=provenance").content)
    assert "painted" in json.dumps(told)
    report = client.get(f"/api/masks/{mask['id']}/download?format=report")
    assert report.status_code == 200
    kinds = client.post(f"/api/volumes/{volume_id}/runs", json={"kind": "take"})
    assert (kinds.status_code, "must be of kind propagate or predict" in kinds.text) == (400, True)
