"""How far the work on each volume of a project is, read in a fixed number of questions."""

from __future__ import annotations

import pytest

from backend.services import Services
from storage.models import LabelRow, MaskRow, RunRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import paint
from tests.backend.test_save_queries import statements
from tests.backend.tiny import tiny_volume

ALL_OF_A_LIST = 14  # whatever the number of volumes


def predict(services: Services, volume_id: str, draft: bool = False, **report: object) -> str:
    """A run with a mask of two labels, half of whose 20 voxels are expected to be wrong."""
    with services.database.write() as session:
        run = RunRow(
            volume_id=volume_id,
            kind="propagate",
            plane="axial",
            settings={},
            annotation_versions={},
            labels=[],
            report=report,
        )
        session.add(run)
        session.flush()
        mask = MaskRow(
            volume_id=volume_id,
            run_id=run.id,
            shape=[1, 1, 1],
            blob="b",
            draft=draft,
            labels=[{"value": 1, "voxels": 15}, {"value": 2, "voxels": 5}],
            mean_confidence=0.5,
        )
        session.add(mask)
        session.flush()
        return mask.id


def test_the_state_of_a_volume_is_computed_from_what_is_stored(
    services: Services, volume_id: str, label_value: int
) -> None:
    def facts() -> tuple:
        volume = services.volumes.get(OWNER, volume_id)
        worst = volume.worst_label
        return volume.state, worst and (worst.name, worst.expected_dice), volume.mean_confidence

    assert facts() == ("new", None, None)
    paint(services, volume_id, label_value)
    assert facts() == ("painted", None, None)
    predict(services, volume_id, draft=True)
    assert facts() == ("painted", None, 0.5)
    name = services.projects.get(OWNER, services.volumes.row(OWNER, volume_id).project_id).labels[0].name
    report = {str(label_value): {"expected_dice": 0.7}, "99": {"expected_dice": 0.1}}
    predict(services, volume_id, **report)
    assert facts() == ("predicted", (name, 0.7), 0.5), "a label that was deleted is not the worst"


def test_the_worst_label_is_that_of_the_lowest_expected_dice(
    services: Services, volume_id: str, label_value: int
) -> None:
    with services.database.write() as session:
        project_id = session.get_one(VolumeRow, volume_id).project_id
        session.add(LabelRow(project_id=project_id, value=9, code=9, name="tail", color="#ff0000"))
    predict(services, volume_id, **{str(label_value): {"expected_dice": None}, "9": {"expected_dice": 0.4}})
    worst = services.volumes.get(OWNER, volume_id).worst_label
    assert worst is not None
    assert (worst.name, worst.expected_dice) == ("tail", 0.4)


@pytest.mark.parametrize("count", [2, 100])
def test_a_list_asks_each_question_once_for_all_volumes(
    services: Services, project_id: str, label_value: int, count: int
) -> None:
    first = services.volumes.add(OWNER, project_id, tiny_volume("0"), "0.nii").id
    with services.database.write() as session:
        row = session.get_one(VolumeRow, first)
        columns = {key: getattr(row, key) for key in vars(row) if not key.startswith("_") and key != "id"}
        session.add_all(VolumeRow(**{**columns, "name": str(n)}) for n in range(1, count))
    volumes = [volume.id for volume in services.projects.get(OWNER, project_id).volumes]
    for volume_id in volumes:
        predict(services, volume_id, **{str(label_value): {"expected_dice": 0.8}})
    paint(services, volumes[-1], label_value)
    with statements(services) as found:
        answer = services.projects.get(OWNER, project_id)
    assert [volume.state for volume in answer.volumes] == ["predicted"] * count
    assert len(found) == ALL_OF_A_LIST, found
