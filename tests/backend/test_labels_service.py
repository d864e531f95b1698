"""Labels and projects."""

from __future__ import annotations

from typing import Any

import pytest

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.queries.answers import label_answer
from backend.schemas.answers import LabelAnswer
from backend.schemas.requests import RestoredLabelBody
from backend.services import Services
from backend.services.labels import add_label
from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from storage.models import ProjectRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import axial_bytes

KIDNEY: dict[str, Any] = SegmentTerm(
    CodedTerm("SCT", "91723000", "Anatomical Structure"),
    CodedTerm("SCT", "64033007", "Kidney"),
    CodedTerm("SCT", "24028007", "Right"),
).to_dict()


def test_values_count_up_and_are_not_reused(services: Services, project_id: str) -> None:
    first = services.labels.create(OWNER, project_id, "liver")
    second = services.labels.create(OWNER, project_id, "spleen", color="#ABCDEF", code=52)
    assert (first.value, first.code, second.value, second.code) == (1, 1, 2, 52)
    assert second.color == "#abcdef"
    services.labels.delete(OWNER, second.id)
    assert services.labels.create(OWNER, project_id, "aorta").value == 3


def test_the_255th_label_is_the_last(services: Services, project_id: str) -> None:
    labels = [services.labels.create(OWNER, project_id, f"label {i}") for i in range(255)]
    with pytest.raises(InvalidRequestError, match="255 labels at most"):
        services.labels.create(OWNER, project_id, "one too many")
    services.labels.delete(OWNER, labels[6].id)
    with pytest.raises(InvalidRequestError, match="not needed for good"):
        services.labels.create(OWNER, project_id, "in its place")
    services.deleted.delete_for_good(OWNER, labels[6].id)
    assert services.labels.create(OWNER, project_id, "in its place").value == 7


def test_a_code_given_by_hand_is_skipped_when_values_reach_it(services: Services, project_id: str) -> None:
    services.labels.create(OWNER, project_id, "liver", code=2)
    assert services.labels.create(OWNER, project_id, "spleen").code == 1


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"name": "  "}, "name must not be empty"),
        ({"color": "red"}, "must look like #rrggbb"),
        ({"code": 0}, "from 1 to 65535"),
        ({"code": 65536}, "from 1 to 65535"),
        (
            {"term": {**KIDNEY, "type": {**KIDNEY["type"], "value": "9" * 17}}},
            "value .* of 1 to 16 characters",
        ),
        ({"term": {**KIDNEY, "modifier": {**KIDNEY["type"], "meaning": "a\\b"}}}, "hold no backslash"),
    ],
)
def test_bad_labels_are_refused(
    services: Services, project_id: str, change: dict[str, object], match: str
) -> None:
    label = services.labels.create(OWNER, project_id, "liver")
    with pytest.raises(InvalidRequestError, match=match):
        services.labels.change(OWNER, label.id, **change)  # type: ignore[arg-type]
    assert services.projects.get(OWNER, project_id).labels == [label]


def test_a_code_belongs_to_one_label(services: Services, project_id: str) -> None:
    services.labels.create(OWNER, project_id, "liver", code=5)
    spleen = services.labels.create(OWNER, project_id, "spleen")
    with pytest.raises(ConflictError, match="already belongs to the label 'liver'"):
        services.labels.change(OWNER, spleen.id, code=5)
    assert services.labels.change(OWNER, spleen.id, code=spleen.code, name="Milz").name == "Milz"


@pytest.mark.parametrize("name", ["liver", " LIVER ", "Liver\n"])
def test_a_name_belongs_to_one_label(services: Services, project_id: str, name: str) -> None:
    liver = services.labels.create(OWNER, project_id, "Liver")
    spleen = services.labels.create(OWNER, project_id, "spleen")
    with pytest.raises(ConflictError, match="must differ from the others of its project"):
        services.labels.create(OWNER, project_id, name)
    with pytest.raises(ConflictError, match="must differ from the others"):
        services.labels.change(OWNER, spleen.id, name=name)
    assert services.projects.get(OWNER, project_id).labels == [liver, spleen]
    assert services.labels.change(OWNER, liver.id, name=name).name == name.strip()
    other = services.projects.create(OWNER, "other").id
    assert services.labels.create(OWNER, other, name).value == 1


def test_labels_that_have_one_name_already_can_be_changed(services: Services, project_id: str) -> None:
    """Earlier versions allowed them, and so do label maps that are imported."""
    with services.database.write() as session:
        project = session.get_one(ProjectRow, project_id)
        first, second = (label_answer(add_label(session, project, "liver")) for _ in range(2))
    assert services.labels.change(OWNER, second.id, name="liver", color="#123456").color == "#123456"
    assert services.labels.change(OWNER, second.id, name="Liver").name == "Liver"
    assert services.labels.change(OWNER, first.id, name="left liver").name == "left liver"
    services.labels.delete(OWNER, second.id)
    services.labels.create(OWNER, project_id, "Liver")
    assert services.labels.restore(OWNER, project_id, restored(second)).name == "liver"


def test_a_painted_label_is_deleted_only_with_its_paint(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver = services.labels.create(OWNER, project_id, "liver")
    spleen = services.labels.create(OWNER, project_id, "spleen")
    both = bytes([liver.value, spleen.value]) + bytes(28)
    services.annotations.save(OWNER, volume_id, "axial", 0, both, "painted", 0)
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(liver.value), "painted", 0)
    with pytest.raises(ConflictError, match="painted on 2 slice"):
        services.labels.delete(OWNER, liver.id)
    services.labels.delete(OWNER, liver.id, force=True)
    kept, erased = services.annotations.list_latest(OWNER, volume_id)
    assert (kept.state, kept.values, kept.version) == ("painted", [spleen.value], 2)
    assert (erased.state, erased.values) == ("cleared", [])
    assert services.annotations.get(OWNER, volume_id, "axial", 0, version=1)[1] == both


def restored(label: LabelAnswer, with_paint: bool = True) -> RestoredLabelBody:
    return RestoredLabelBody(**label.model_dump(exclude={"id"}), with_paint=with_paint)


def test_a_deleted_label_comes_back_with_the_paint_that_went_with_it(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver = services.labels.create(OWNER, project_id, "liver", color="#123456", code=9)
    spleen = services.labels.create(OWNER, project_id, "spleen")
    save = services.annotations.save
    both = bytes([liver.value, liver.value, spleen.value]) + bytes(27)
    save(OWNER, volume_id, "axial", 0, both, "painted", 0)
    save(OWNER, volume_id, "axial", 1, axial_bytes(liver.value), "interpolated", 0)
    save(OWNER, volume_id, "coronal", 2, axial_bytes(liver.value, 4, 6), "painted", 0)
    save(OWNER, volume_id, "axial", 2, axial_bytes(liver.value), "painted", 0)
    save(OWNER, volume_id, "axial", 2, axial_bytes(0), "cleared", 1)  # erased by hand, before
    services.labels.delete(OWNER, liver.id, force=True)
    save(OWNER, volume_id, "axial", 0, bytes([spleen.value, 0, spleen.value]) + bytes(27), "painted", 2)
    back = services.labels.restore(OWNER, project_id, restored(liver))
    assert back.model_dump(exclude={"id", "left_out"}) == liver.model_dump(exclude={"id"})
    latest = {(row.plane, row.slice_index): row for row in services.annotations.list_latest(OWNER, volume_id)}
    assert {key: (row.state, row.values) for key, row in latest.items()} == {
        ("axial", 0): ("painted", [1, 2]), ("axial", 1): ("interpolated", [1]), ("axial", 2): ("cleared", []),
        ("coronal", 2): ("painted", [1]),
    }  # fmt: skip
    painted = services.annotations.get(OWNER, volume_id, "axial", 0)[1]
    assert painted == bytes([spleen.value, liver.value, spleen.value]) + bytes(27)


def test_a_label_that_is_back_already_gets_the_paint_that_its_deletion_erased(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver = services.labels.create(OWNER, project_id, "liver")
    save = services.annotations.save
    save(OWNER, volume_id, "axial", 0, bytes([1, 1]) + bytes(28), "painted", 0)
    save(OWNER, volume_id, "axial", 1, axial_bytes(1), "painted", 0)
    services.labels.delete(OWNER, liver.id, force=True)
    back = services.labels.restore(OWNER, project_id, restored(liver, with_paint=False))
    services.labels.change(OWNER, back.id, name="Leber")
    spleen = services.labels.create(OWNER, project_id, "spleen")
    save(OWNER, volume_id, "axial", 0, bytes([0, spleen.value, 1]) + bytes(27), "painted", 2)
    save(OWNER, volume_id, "axial", 2, axial_bytes(1), "painted", 0)
    save(OWNER, volume_id, "axial", 2, axial_bytes(0), "cleared", 1)  # taken back by hand
    assert services.labels.restore(OWNER, project_id, restored(liver)).name == "Leber"
    latest = {row.slice_index: row.values for row in services.annotations.list_latest(OWNER, volume_id)}
    assert latest == {0: [1, spleen.value], 1: [1], 2: []}
    painted = services.annotations.get(OWNER, volume_id, "axial", 0)[1]
    assert painted == bytes([1, spleen.value, 1]) + bytes(27)


def test_a_label_that_is_back_before_its_stroke_is_saved_gets_its_paint(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver = services.labels.create(OWNER, project_id, "liver")
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(1), "painted", 0)
    services.labels.delete(OWNER, liver.id, force=True)
    services.labels.restore(OWNER, project_id, restored(liver, with_paint=False))
    services.labels.restore(OWNER, project_id, restored(liver))
    assert [row.values for row in services.annotations.list_latest(OWNER, volume_id)] == [[1]]


def test_a_label_that_was_painted_nowhere_comes_back_alone(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver = services.labels.create(OWNER, project_id, "liver")
    services.annotations.save(OWNER, volume_id, "axial", 0, axial_bytes(liver.value), "painted", 0)
    services.annotations.save(OWNER, volume_id, "axial", 0, axial_bytes(0), "cleared", 1)
    services.labels.delete(OWNER, liver.id)
    services.labels.restore(OWNER, project_id, restored(liver, with_paint=False))
    assert services.annotations.list_latest(OWNER, volume_id)[0].state == "cleared"


def test_a_label_is_not_restored_over_another(services: Services, project_id: str) -> None:
    liver = services.labels.create(OWNER, project_id, "liver")
    with pytest.raises(ConflictError, match="value 1 belongs to another label"):
        services.labels.restore(OWNER, project_id, restored(liver, with_paint=False))
    services.labels.delete(OWNER, liver.id)
    services.labels.create(OWNER, project_id, "spleen", code=liver.code)
    with pytest.raises(ConflictError, match="already belongs to the label 'spleen'"):
        services.labels.restore(OWNER, project_id, restored(liver))
    with pytest.raises(NotFoundError, match="does not exist"):
        services.labels.restore(Asker("other"), project_id, restored(liver))


def test_names_are_cleaned(services: Services) -> None:
    assert services.projects.create(OWNER, " a\n\x00b  c ").name == "a b c"
    assert len(services.projects.create(OWNER, "x" * 500).name) == 200


def test_projects_belong_to_their_owner(services: Services, project_id: str) -> None:
    for call in (
        lambda: services.projects.get(Asker("other"), project_id),
        lambda: services.projects.rename(Asker("other"), project_id, "mine"),
        lambda: services.projects.delete(Asker("other"), project_id),
        lambda: services.labels.create(Asker("other"), project_id, "l"),
        lambda: services.runs.models(Asker("other"), project_id),
    ):
        with pytest.raises(NotFoundError, match="does not exist"):
            call()
    assert services.projects.list_all(Asker("other")) == []
    assert [project.id for project in services.projects.list_all(OWNER)] == [project_id]


def test_what_was_erased_by_hand_since_its_deletion_stays_erased(
    services: Services, project_id: str, volume_id: str
) -> None:
    liver, _ = (services.labels.create(OWNER, project_id, name) for name in ("liver", "spleen"))
    save, rest = services.annotations.save, bytes(27)
    for index in range(3):
        save(OWNER, volume_id, "axial", index, bytes([1, 1, 2]) + rest, "painted", 0)
    services.labels.delete(OWNER, liver.id, force=True)
    save(OWNER, volume_id, "axial", 0, bytes([2, 0, 2]) + rest, "painted", 2)
    save(OWNER, volume_id, "axial", 0, bytes([0, 0, 2]) + rest, "painted", 3)  # as before: undone
    save(OWNER, volume_id, "axial", 1, bytes([2, 0, 2]) + rest, "painted", 2)
    save(OWNER, volume_id, "axial", 1, bytes([0, 0, 0, 2]) + rest[1:], "painted", 3)
    save(OWNER, volume_id, "axial", 2, bytes(30), "cleared", 2)
    services.labels.restore(OWNER, project_id, restored(liver))
    painted = [services.annotations.get(OWNER, volume_id, "axial", index)[1][:4] for index in range(3)]
    assert painted == [bytes([1, 1, 2, 0]), bytes([0, 1, 0, 2]), bytes(4)]
