"""Labels of accepted volumes: what was signed stays what is exported, whatever becomes of labels."""

from __future__ import annotations

import numpy as np
import pytest

from backend.schemas.answers import LabelAnswer
from backend.schemas.requests import RestoredLabelBody
from backend.services import Services
from storage import arrays
from storage.errors import FrozenError
from storage.models import MaskRow, RunRow
from tests.backend.conftest import OWNER, introduce_worker
from tests.backend.test_volume_list import predict
from tests.backend.tiny import axial_bytes, tiny_volume


def deleted_body(label: LabelAnswer) -> RestoredLabelBody:
    return RestoredLabelBody(**label.model_dump(exclude={"id"}), with_paint=True)


def accept(services: Services, volume_id: str) -> None:
    with services.database.write() as session:
        for run in session.query(RunRow):
            run.state = "done"
    services.reviews.mark_ready(OWNER, volume_id)
    services.reviews.accept(OWNER, volume_id)


def values_on(services: Services, volume_id: str) -> dict[int, list[int]]:
    latest = services.annotations.list_latest(OWNER, volume_id)
    return {row.slice_index: row.values for row in latest}


@pytest.fixture
def two_volumes(services: Services, project_id: str, volume_id: str) -> tuple[str, str]:
    """Two volumes with a slice of liver and one of spleen each."""
    introduce_worker(services)
    for name in ("liver", "spleen"):
        services.labels.create(OWNER, project_id, name)
    other = services.volumes.add(OWNER, project_id, tiny_volume("other"), "other.nii").id
    for each in (volume_id, other):
        services.annotations.save(OWNER, each, "axial", 0, axial_bytes(2), "painted", 0)
        services.annotations.save(OWNER, each, "axial", 1, axial_bytes(1), "painted", 0)
    return volume_id, other


@pytest.mark.parametrize("way", ["the bin", "undo"])
def test_a_label_comes_back_everywhere_but_on_frozen_volumes(
    services: Services, project_id: str, two_volumes: tuple[str, str], way: str
) -> None:
    frozen, other = two_volumes
    liver = services.projects.get(OWNER, project_id).labels[0]
    services.labels.delete(OWNER, liver.id, force=True)
    accept(services, frozen)
    if way == "undo":
        left_out = services.labels.restore(OWNER, project_id, deleted_body(liver)).left_out
    else:
        left_out = services.deleted.restore(OWNER, liver.id).left_out
    assert left_out == ["tiny"]
    assert values_on(services, other) == {0: [2], 1: [1]}
    assert values_on(services, frozen) == {0: [2], 1: []}
    assert services.reviews.record(OWNER, frozen)["still_as_signed"] is True


def masked(services: Services, volume_id: str) -> str:
    """The id of a mask that holds the values 1 and 2, of a run that is done."""
    label_map = np.zeros((6, 5, 4), np.uint8)
    label_map[1:3], label_map[3:5] = 1, 2
    mask_id = predict(services, volume_id)
    with services.database.write() as session:
        mask = session.get_one(MaskRow, mask_id)
        mask.shape, mask.blob = [6, 5, 4], arrays.put_mask(services.blobs, label_map)
        mask.labels = [
            {"value": value, "code": value, "name": name, "color": "#112233", "voxels": 40, "volume_ml": 1.0}
            for value, name in ((1, "liver"), (2, "spleen"))
        ]
    return mask_id


def exported(services: Services, mask_id: str) -> tuple[set[int], bytes]:
    """The values in the exported label map, and the names exported beside it."""
    mask = services.masks.for_export(OWNER, mask_id, services.config.temporary_folder)
    return set(np.unique(mask.label_map).tolist()), services.exports.export(OWNER, mask_id, "names").content


def test_a_label_that_comes_back_changes_no_signed_mask(
    services: Services, project_id: str, two_volumes: tuple[str, str]
) -> None:
    frozen, other = two_volumes
    masks = {each: masked(services, each) for each in two_volumes}
    liver = services.projects.get(OWNER, project_id).labels[0]
    services.labels.delete(OWNER, liver.id, force=True)
    accept(services, frozen)
    signed = exported(services, masks[frozen])
    assert signed[0] == {0, 2}
    services.deleted.restore(OWNER, liver.id)
    assert exported(services, masks[frozen]) == signed
    assert [label.value for label in services.masks.get(OWNER, masks[frozen]).labels] == [2]
    assert services.reviews.record(OWNER, frozen)["still_as_signed"] is True
    assert exported(services, masks[other])[0] == {0, 1, 2}
    services.reviews.reopen(OWNER, frozen, "The liver is back.")
    assert exported(services, masks[frozen])[0] == {0, 1, 2}


def test_code_and_name_of_a_signed_label_stay(
    services: Services, project_id: str, two_volumes: tuple[str, str]
) -> None:
    liver = services.projects.get(OWNER, project_id).labels[0]
    accept(services, two_volumes[0])
    with pytest.raises(FrozenError, match=r"'liver' is on 'tiny', which was accepted .* or keep its code\."):
        services.labels.change(OWNER, liver.id, code=77)
    accept(services, two_volumes[1])
    with pytest.raises(FrozenError, match=r"'liver' is on 'tiny', 'other', which were .* keep its name\."):
        services.labels.change(OWNER, liver.id, name="Leber", color="#000000")
    assert services.projects.get(OWNER, project_id).labels[0] == liver
    assert services.labels.change(OWNER, liver.id, color="#000000", code=liver.code).color == "#000000"
    spare = services.labels.create(OWNER, project_id, "spare")
    assert services.labels.change(OWNER, spare.id, name="other", code=77).code == 77
    assert all(services.reviews.record(OWNER, each)["still_as_signed"] for each in two_volumes)
