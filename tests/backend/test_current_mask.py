"""An earlier run's mask is made the one that its volume has, until another one is."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from backend.errors import ConflictError
from backend.queries.masks import newest_masks
from backend.services import Services
from storage import arrays
from storage.models import MaskRow, RunRow, utc_now
from tests.backend.conftest import introduce_worker
from tests.backend.data_folders import OWNER
from tests.backend.tiny import axial_bytes


def add_masks(services: Services, volume_id: str, value: int, count: int) -> list[str]:
    """Ids of masks of finished runs, the oldest first, a minute after each other."""
    introduce_worker(services)
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(value), "painted", 0)
    key = arrays.put_mask(services.blobs, np.ones((6, 5, 4), np.uint8))
    ids = []
    for number in range(count):
        run_id = services.runs.create(OWNER, volume_id, "propagate").id
        with services.database.write() as session:
            session.get_one(RunRow, run_id).state = "done"
            made = utc_now() - timedelta(minutes=count - number)
            mask = MaskRow(
                volume_id=volume_id, run_id=run_id, shape=[6, 5, 4], labels=[], blob=key, created_at=made
            )
            session.add(mask)
            session.flush()
            ids.append(mask.id)
    return ids


def test_what_was_made_current_last_is_the_mask_of_the_volume(
    services: Services, volume_id: str, label_value: int
) -> None:
    first, second, third = add_masks(services, volume_id, label_value, 3)
    assert services.volumes.get(OWNER, volume_id).mask_id == third
    assert services.masks.make_current(OWNER, first).id == first
    assert services.volumes.get(OWNER, volume_id).mask_id == first
    services.masks.make_current(OWNER, second)
    assert services.volumes.get(OWNER, volume_id).mask_id == second
    services.masks.make_current(OWNER, third)
    with services.database.read() as session:
        assert newest_masks(session, [volume_id])[volume_id].id == third
        chosen = session.get_one(MaskRow, first)
    assert (chosen.made_current_by, chosen.made_current_at is not None) == (OWNER.id, True)
    assert services.volumes.get(OWNER, volume_id).mask_count == 3


def test_a_run_that_ends_later_is_the_current_one(
    services: Services, volume_id: str, label_value: int
) -> None:
    first, _ = add_masks(services, volume_id, label_value, 2)
    services.masks.make_current(OWNER, first)
    with services.database.write() as session:
        run_id = session.get_one(MaskRow, first).run_id
        later = MaskRow(volume_id=volume_id, run_id=run_id, shape=[6, 5, 4], labels=[], blob="x.bin")
        session.add(later)
        session.flush()
        later_id = later.id
    assert services.volumes.get(OWNER, volume_id).mask_id == later_id


def test_a_draft_is_not_made_current(services: Services, volume_id: str, label_value: int) -> None:
    (mask_id,) = add_masks(services, volume_id, label_value, 1)
    with services.database.write() as session:
        session.get_one(MaskRow, mask_id).draft = True
    with pytest.raises(ConflictError, match="draft"):
        services.masks.make_current(OWNER, mask_id)


def test_a_mask_says_that_slices_changed_since(services: Services, volume_id: str, label_value: int) -> None:
    (mask_id,) = add_masks(services, volume_id, label_value, 1)
    assert services.masks.get(OWNER, mask_id).edited_since is False
    services.annotations.save(OWNER, volume_id, "axial", 2, axial_bytes(label_value), "painted", 0)
    assert services.masks.get(OWNER, mask_id).edited_since is True
