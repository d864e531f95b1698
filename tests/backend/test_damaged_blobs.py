"""Flipped bits and missing files in the blob folder: told with a sentence, never used."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.blobs import ServedBlobs, describe_damage
from backend.errors import DamagedDataError
from backend.services import Services, build_services
from fewshot_sam.errors import UserError
from storage.blobs import BlobStore
from storage.errors import DamagedBlobError, MissingBlobError
from storage.models import MaskRow, ModelRow, VolumeRow
from tests.backend.clients import make_client
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def remove(path: Path) -> None:
    path.unlink()


DAMAGE = [(flip_a_bit, "damaged"), (cut, "damaged"), (remove, "missing")]


@pytest.fixture
def mask_id(services: Services, volume_id: str) -> str:
    """A mask with a confidence, as a run stores it."""
    return store_mask(services, volume_id, np.ones(SHAPE, np.uint8), confidence=np.full(SHAPE, 7, np.uint8))


def restarted(services: Services, tmp_path: Path) -> TestClient:
    """A client of a server that has not read any blob yet."""
    return make_client(build_services(services.config), tmp_path)


@pytest.mark.parametrize(("damage", "state"), DAMAGE)
def test_voxels(
    services: Services, volume_id: str, tmp_path: Path, damage: Callable[[Path], None], state: str
) -> None:
    damage(services.blobs.path(services.volumes.row(OWNER, volume_id).voxel_blob))
    client = restarted(services, tmp_path)
    for address in ("voxels", "slices/axial/1", "preview.nii"):
        answer = client.get(f"/api/volumes/{volume_id}/{address}")
        assert answer.status_code >= 400
        message = answer.json()["error"]["message"]
        assert f"The stored voxels of this volume are {state}" in message
        assert "import the same scan again" in message
        assert "python -m fewshot_sam check" in message


@pytest.mark.parametrize(("damage", "state"), DAMAGE)
def test_masks_and_confidence(
    services: Services, mask_id: str, tmp_path: Path, damage: Callable[[Path], None], state: str
) -> None:
    with services.database.read() as session:
        mask = session.get_one(MaskRow, mask_id)
        keys = [mask.blob, mask.confidence_blob or ""]
    for key in keys:
        damage(services.blobs.path(key))
    client = restarted(services, tmp_path)
    for address in (
        "voxels",
        "confidence",
        "download?format=nifti",
        "download?format=confidence",
        "meshes/1",
    ):
        answer = client.get(f"/api/masks/{mask_id}/{address}")
        assert answer.status_code >= 400, address
        assert f"The stored mask is {state}" in answer.json()["error"]["message"], address


def test_what_is_whole_is_served(services: Services, volume_id: str, mask_id: str, tmp_path: Path) -> None:
    client = restarted(services, tmp_path)
    voxels = client.get(f"/api/volumes/{volume_id}/voxels").content
    assert voxels == tiny_volume().voxels.tobytes(order="F")
    assert client.get(f"/api/masks/{mask_id}/voxels").content in (b"\x01" * 120, gzip.compress(b"\x01" * 120))


def test_importing_the_scan_again_gives_a_volume_its_voxels_back(
    services: Services, project_id: str, volume_id: str
) -> None:
    services.blobs.path(services.volumes.row(OWNER, volume_id).voxel_blob).unlink()
    with pytest.raises(DamagedDataError, match="are missing"):
        services.volumes.open(OWNER, volume_id)
    services.volumes.add(OWNER, project_id, tiny_volume(), "again.nii")
    assert np.array_equal(services.volumes.open(OWNER, volume_id).voxels, tiny_volume().voxels)


def test_a_damaged_model_is_a_users_error_in_the_worker(tmp_path: Path) -> None:
    key = BlobStore(tmp_path).put("safetensors", lambda file: file.write(b"weights"))
    blobs = ServedBlobs(tmp_path)
    flip_a_bit(blobs.path(key))
    with pytest.raises(UserError, match=r"The stored few-shot model is damaged .*propagate again"):
        blobs.verified_path(key)


def test_a_blob_of_an_unknown_kind_has_a_sentence_too() -> None:
    assert "A stored file is missing" in describe_damage(MissingBlobError("x", "0" * 64 + ".bin"))
    assert "A stored file is damaged" in describe_damage(DamagedBlobError("x", "0" * 64 + ".bin"))


def test_rows_are_left_as_they_are(services: Services, volume_id: str, tmp_path: Path) -> None:
    remove(services.blobs.path(services.volumes.row(OWNER, volume_id).voxel_blob))
    restarted(services, tmp_path).get(f"/api/volumes/{volume_id}/voxels")
    with services.database.read() as session:
        assert session.get(VolumeRow, volume_id) is not None
        assert session.query(ModelRow).count() == 0
