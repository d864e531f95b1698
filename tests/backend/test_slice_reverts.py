"""Turning many slices at once: none twice, computed while others can save, and nothing of theirs lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.errors import BusyError
from backend.records.origins import Origins
from backend.services import Services, slice_reverts
from backend.services.painted_slices import PackedSlice
from tests.backend.conftest import OWNER
from tests.backend.tiny import SHAPE, axial_bytes

ALL_BACK = [[index, 1, 0] for index in range(SHAPE[2])]


@pytest.fixture
def painted(services: Services, volume_id: str, label_value: int) -> str:
    """A volume whose axial slices are all painted once."""
    for index in range(SHAPE[2]):
        save(services, volume_id, index, axial_bytes(label_value), 0)
    return volume_id


def save(services: Services, volume_id: str, index: int, data: bytes, base: int) -> None:
    services.annotations.save(OWNER, volume_id, "axial", index, data, "painted", base)


def bytes_of(services: Services, volume_id: str, index: int) -> bytes:
    return services.annotations.get(OWNER, volume_id, "axial", index)[1]


def versions(services: Services, volume_id: str) -> list[int]:
    return [each.version for each in services.annotations.list_latest(OWNER, volume_id)]


def before_each_packing(monkeypatch: pytest.MonkeyPatch, happens: Callable[[int], None]) -> None:
    """Have something happen, on another thread, whenever a turned slice was computed and is packed."""
    packed = PackedSlice.of

    def pack(index: int, label_map: np.ndarray, origins: Origins) -> PackedSlice:
        monkeypatch.setattr(PackedSlice, "of", packed)
        thread = threading.Thread(target=happens, args=(index,))
        thread.start()
        thread.join()
        monkeypatch.setattr(PackedSlice, "of", pack)
        return packed(index, label_map, origins)

    monkeypatch.setattr(PackedSlice, "of", pack)


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        ([[3, 1, 0]] * 6000, "Each slice can be named once, and slice 3 is named twice."),
        ([[0, 1, 0], [3, 1, 0], [0, 0, 1]], "Each slice can be named once, and slice 0 is named twice."),
        ([[0, 1, 0], [4, 0, 0]], "The slice must be from 0 to 3 in the axial plane, got 4."),
    ],
)
def test_a_slice_is_named_once_and_is_one_of_the_planes(
    client: TestClient, services: Services, painted: str, slices: list[list[int]], message: str
) -> None:
    answer = client.post(f"/api/volumes/{painted}/annotations/axial/revert", json={"slices": slices})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)
    assert versions(services, painted) == [1] * 4


def test_others_save_while_slices_are_turned_and_keep_what_they_saved(
    services: Services, painted: str, label_value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = bytearray(axial_bytes(label_value))
    theirs[-1] = label_value
    saved: list[int] = []

    def paint_slice_0(index: int) -> None:
        if index == 2 and not saved:  # when slice 0 was computed
            saved.append(index)
            save(services, painted, 0, bytes(theirs), 1)

    before_each_packing(monkeypatch, paint_slice_0)
    turned = services.annotations.revert(OWNER, painted, "axial", ALL_BACK)
    assert saved == [2]
    assert [(each.slice_index, each.version) for each in turned] == [(0, 3), (1, 2), (2, 2), (3, 2)]
    assert bytes_of(services, painted, 0) == bytes(len(theirs) - 1) + bytes([label_value])
    assert not any(bytes_of(services, painted, 3))


def test_where_others_never_stop_nothing_is_turned(
    services: Services, painted: str, label_value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 1

    def paint_slice_0(index: int) -> None:
        nonlocal count
        if index == 0:
            data = bytearray(axial_bytes(label_value))
            data[10 + count] = label_value
            save(services, painted, 0, bytes(data), count)
            count += 1

    before_each_packing(monkeypatch, paint_slice_0)
    with pytest.raises(BusyError, match="so they were left as they are"):
        services.annotations.revert(OWNER, painted, "axial", ALL_BACK)
    assert count == 1 + slice_reverts.MAX_TRIES
    assert versions(services, painted) == [count, 1, 1, 1]


def test_a_label_deleted_while_slices_are_turned_does_not_come_back(
    services: Services, project_id: str, painted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.annotations.revert(OWNER, painted, "axial", ALL_BACK)
    (label,) = services.projects.get(OWNER, project_id).labels
    deleted: list[Any] = []

    def delete_label(index: int) -> None:
        if index == 3 and not deleted:  # it is on no latest version, so that no slice changes
            deleted.append(services.labels.delete(OWNER, label.id))

    before_each_packing(monkeypatch, delete_label)
    again = [[index, 2, 1] for index in range(SHAPE[2])]
    assert services.annotations.revert(OWNER, painted, "axial", again) == []
    assert len(deleted) == 1
    assert versions(services, painted) == [2] * 4
