"""The review of a volume: what is refused when, what is frozen, and what is recorded."""

from __future__ import annotations

import pytest

from backend.asker import Asker
from backend.errors import ConflictError, InvalidRequestError, NotFoundError
from backend.schemas.enums import ReviewState, RunState, VolumeState
from backend.schemas.limits import MAX_LISTED
from backend.schemas.review import CommentBody
from backend.services import Services
from fewshot_sam.data.planes import Plane
from storage.errors import FrozenError
from storage.models import AnnotationRow, MaskRow, ModelRow, RunRow, VolumeRow, utc_now
from storage.reviews import ReviewStepRow
from tests.backend.conftest import OWNER, introduce_worker
from tests.backend.test_volume_list import predict
from tests.backend.tiny import axial_bytes, tiny_volume


def note(text: str = "The dome is missing.", voxel: tuple[int, ...] = (1, 2, 3)) -> CommentBody:
    return CommentBody(plane=Plane.AXIAL, voxel=list(voxel), text=text)


@pytest.fixture
def painted(services: Services, volume_id: str, label_value: int) -> str:
    """A volume with one painted slice."""
    introduce_worker(services)
    services.annotations.save(OWNER, volume_id, "axial", 1, axial_bytes(label_value), "painted", 0)
    return volume_id


@pytest.fixture
def accepted(services: Services, painted: str) -> str:
    services.reviews.mark_ready(OWNER, painted)
    services.reviews.accept(OWNER, painted)
    return painted


def test_a_volume_without_paint_is_not_ready(services: Services, volume_id: str) -> None:
    with pytest.raises(ConflictError, match="nothing to review yet"):
        services.reviews.mark_ready(OWNER, volume_id)


def test_the_state_follows_the_steps(services: Services, painted: str) -> None:
    reviews = services.reviews
    assert services.volumes.get(OWNER, painted).state == VolumeState.PAINTED
    assert reviews.mark_ready(OWNER, painted, "first reading").state == ReviewState.IN_REVIEW
    assert services.volumes.get(OWNER, painted).state == VolumeState.IN_REVIEW
    with pytest.raises(ConflictError, match="Pin a comment first"):
        reviews.send_back(OWNER, painted)
    comment = reviews.comment(OWNER, painted, note()).comments[0]
    with pytest.raises(ConflictError, match="1 comment is open"):
        reviews.accept(OWNER, painted)
    assert reviews.send_back(OWNER, painted).state == ReviewState.SENT_BACK
    volume = services.volumes.get(OWNER, painted)
    assert (volume.state, volume.review.state, volume.review.open_comments) == ("painted", "sent_back", 1)
    reviews.mark_ready(OWNER, painted)
    reviews.resolve(OWNER, painted, comment.id, True)
    review = reviews.accept(OWNER, painted)
    assert [each.step for each in review.steps] == ["accepted", "ready", "sent_back", "ready"]
    assert review.steps[0].same_person
    assert review.steps[-1].reason == "first reading"
    assert services.volumes.get(OWNER, painted).state == VolumeState.ACCEPTED
    with pytest.raises(InvalidRequestError, match="needs a reason"):
        reviews.reopen(OWNER, painted, " \n")
    assert reviews.reopen(OWNER, painted, "A label was added.").state is None
    assert services.volumes.get(OWNER, painted).state == VolumeState.PAINTED


def test_who_marked_it_ready_takes_it_back(services: Services, painted: str) -> None:
    services.reviews.mark_ready(OWNER, painted)
    with pytest.raises(ConflictError, match="already"):
        services.reviews.mark_ready(OWNER, painted)
    assert services.reviews.withdraw(OWNER, painted).state is None
    for step in (services.reviews.withdraw, services.reviews.accept, services.reviews.send_back):
        with pytest.raises(ConflictError, match="not in review"):
            step(OWNER, painted)


def test_a_volume_with_a_run_under_way_is_not_accepted(services: Services, painted: str) -> None:
    services.reviews.mark_ready(OWNER, painted)
    services.runs.create(OWNER, painted, "propagate")
    with pytest.raises(ConflictError, match="has not ended"):
        services.reviews.accept(OWNER, painted)


def test_what_is_accepted_is_frozen_for_every_service(
    services: Services, accepted: str, project_id: str, label_value: int
) -> None:
    label = services.projects.get(OWNER, project_id).labels[0]
    refused = [
        lambda: services.annotations.save(OWNER, accepted, "axial", 2, axial_bytes(1), "painted", 0),
        lambda: services.annotations.save(OWNER, accepted, "axial", 1, b"", "cleared", 1),
        lambda: services.annotations.revert(OWNER, accepted, "axial", [[1, 1, 0]]),
        lambda: services.runs.create(OWNER, accepted, "propagate"),
        lambda: services.painted_masks.take(OWNER, accepted),
        lambda: services.volumes.delete(OWNER, accepted),
        lambda: services.labels.delete(OWNER, label.id, force=True),
    ]
    for change in refused:
        with pytest.raises(FrozenError, match="frozen"):
            change()
    with pytest.raises(ConflictError, match="holds what was accepted"):
        services.projects.delete(OWNER, project_id)
    with services.database.read() as session:
        assert session.query(AnnotationRow).count() == 1
        assert session.get(VolumeRow, accepted) is not None
    assert services.volumes.change(OWNER, accepted, name="renamed").name == "renamed"
    services.reviews.reopen(OWNER, accepted, "again")
    assert services.annotations.save(OWNER, accepted, "axial", 2, axial_bytes(1), "painted", 0).version == 1
    services.projects.delete(OWNER, project_id)


def test_a_row_that_any_service_adds_is_refused(services: Services, accepted: str) -> None:
    with pytest.raises(FrozenError, match="was accepted"):
        predict(services, accepted)
    with services.database.read() as session:
        assert session.query(MaskRow).count() == 0


def test_a_label_that_only_the_signed_mask_holds_stays(
    services: Services, painted: str, project_id: str
) -> None:
    second, third = (services.labels.create(OWNER, project_id, name) for name in ("second", "third"))
    predicted(services, painted)  # its mask holds the values 1 and 2
    services.reviews.mark_ready(OWNER, painted)
    services.reviews.accept(OWNER, painted)
    with pytest.raises(FrozenError, match=r"'second' is on"):
        services.labels.delete(OWNER, second.id)
    services.labels.delete(OWNER, third.id)


def test_a_batch_leaves_accepted_volumes_out(services: Services, painted: str, project_id: str) -> None:
    other = services.volumes.add(OWNER, project_id, tiny_volume("other"), "other.nii").id
    with services.database.write() as session:
        session.add(ModelRow(project_id=project_id, plane="axial", encoder="e", labels=[], blob="b"))
    services.reviews.mark_ready(OWNER, painted)
    services.reviews.accept(OWNER, painted)
    with pytest.raises(FrozenError):
        services.batches.create(OWNER, project_id, volume_ids=[painted])
    batch = services.batches.create(OWNER, project_id)
    assert [each.volume_id for each in batch.volumes] == [other]


def test_what_was_signed_is_recorded_and_compared(services: Services, accepted: str) -> None:
    record = services.reviews.record(OWNER, accepted)
    assert record["signed"]["versions"] == {"axial": {"1": 1}}
    assert record["signed"]["mask_id"] is None
    assert [label["value"] for label in record["signed"]["labels"]] == [1]
    assert record["steps"][0]["signed_hash"] == record["signed"]["hash"]
    assert record["still_as_signed"] is True
    with services.database.engine.begin() as connection:  # past every service
        connection.exec_driver_sql("UPDATE annotation SET data = x'00'")
    assert services.reviews.record(OWNER, accepted)["still_as_signed"] is False
    services.reviews.reopen(OWNER, accepted, "again")
    assert services.reviews.record(OWNER, accepted)["still_as_signed"] is None


def test_the_record_holds_every_step(services: Services, painted: str) -> None:
    with services.database.write() as session:
        for _ in range(MAX_LISTED + 5):
            session.add(ReviewStepRow(volume_id=painted, step="ready", author=OWNER.id))
    assert len(services.reviews.get(OWNER, painted).steps) == MAX_LISTED
    assert len(services.reviews.record(OWNER, painted)["steps"]) == MAX_LISTED + 5


def test_the_least_certain_slices_come_first_and_not_side_by_side(services: Services, painted: str) -> None:
    mask = predict(services, painted)
    assert [each.slice_index for each in services.reviews.get(OWNER, painted).slices] == [0, 1, 2, 3]
    with services.database.write() as session:
        session.get_one(MaskRow, mask).slice_uncertainty = {"axial": [1.0, 8.0, 9.0, 0.0]}
    slices = services.reviews.get(OWNER, painted).slices
    assert [(each.slice_index, each.uncertainty) for each in slices] == [(2, 9.0), (0, 1.0)]


def test_a_slice_is_checked_once_a_round(services: Services, painted: str) -> None:
    reviews = services.reviews
    with pytest.raises(ConflictError, match="not in review"):
        reviews.check_slice(OWNER, painted, "axial", 1)
    reviews.mark_ready(OWNER, painted)
    for _ in range(2):
        slices = reviews.check_slice(OWNER, painted, "axial", 1).slices
    reviews.check_slice(OWNER, painted, "coronal", 0)
    assert [(each.slice_index, each.checked_by) for each in slices] == [(1, "local")]
    assert reviews.check_slice(OWNER, painted, "axial", 1, False).slices[0].checked_by is None
    with pytest.raises(InvalidRequestError, match="from 0 to 3"):
        reviews.check_slice(OWNER, painted, "axial", 4)
    reviews.check_slice(OWNER, painted, "axial", 1)
    reviews.withdraw(OWNER, painted)
    assert reviews.mark_ready(OWNER, painted).slices[0].checked_by is None


def test_comments_are_plain_text_inside_the_volume(
    services: Services, painted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = services.reviews
    comment = reviews.comment(OWNER, painted, note(" <b>one</b>\x00\n two \u202e ")).comments[0]
    assert (comment.text, comment.voxel, comment.slice_index) == ("<b>one</b>\n two", (1, 2, 3), 3)
    with pytest.raises(InvalidRequestError, match="must not be empty"):
        reviews.comment(OWNER, painted, note(" \n "))
    with pytest.raises(InvalidRequestError, match="must be inside"):
        reviews.comment(OWNER, painted, note(voxel=(1, 2, 4)))
    replied = reviews.reply(OWNER, painted, comment.id, "Mended.").comments[0]
    assert [each.text for each in replied.replies] == ["Mended."]
    with pytest.raises(NotFoundError, match="comment does not exist"):
        reviews.reply(OWNER, painted, replied.replies[0].id, "A reply to a reply.")
    assert reviews.resolve(OWNER, painted, comment.id, True).comments[0].resolved_by == "local"
    assert reviews.resolve(OWNER, painted, comment.id, False).comments[0].resolved_by is None
    monkeypatch.setattr("backend.services.review.MAX_COMMENTS", 2)
    with pytest.raises(ConflictError, match="at most"):
        reviews.comment(OWNER, painted, note())


def test_a_comment_of_another_volume_is_not_found(services: Services, painted: str, project_id: str) -> None:
    other = services.volumes.add(OWNER, project_id, tiny_volume("other"), "other.nii").id
    comment = services.reviews.comment(OWNER, painted, note()).comments[0]
    with pytest.raises(NotFoundError):
        services.reviews.resolve(OWNER, other, comment.id, True)
    with pytest.raises(NotFoundError):
        services.reviews.get(Asker("somebody else"), painted)


def predicted(services: Services, volume_id: str) -> str:
    """The id of a mask whose run is done."""
    mask_id = predict(services, volume_id)
    with services.database.write() as session:
        for run in session.query(RunRow):
            run.state = RunState.DONE
    return mask_id


def test_what_changed_since_it_was_checked_is_to_be_checked_again(
    services: Services, painted: str, label_value: int
) -> None:
    reviews = services.reviews
    reviews.mark_ready(OWNER, painted)
    (checked,) = reviews.check_slice(OWNER, painted, "axial", 1).slices
    assert checked.checked_by == OWNER.id
    mended = bytes(29) + bytes([label_value])
    services.annotations.save(OWNER, painted, "axial", 1, mended, "painted", 1)
    assert [each.checked_by for each in reviews.get(OWNER, painted).slices] == [None]
    assert [each.checked_by for each in reviews.check_slice(OWNER, painted, "axial", 1).slices] == [OWNER.id]


def test_what_is_signed_is_the_mask_that_was_made_current(services: Services, painted: str) -> None:
    first, second = predicted(services, painted), predicted(services, painted)

    def make_current(mask_id: str) -> None:
        with services.database.write() as session:
            session.get_one(MaskRow, mask_id).made_current_at = utc_now()

    make_current(first)
    services.reviews.mark_ready(OWNER, painted)
    services.reviews.accept(OWNER, painted)
    assert services.reviews.record(OWNER, painted)["signed"]["mask_id"] == first != second
    with pytest.raises(FrozenError, match="frozen"):
        make_current(second)


def test_a_label_of_an_earlier_acceptance_may_go(
    services: Services, painted: str, project_id: str, label_value: int
) -> None:
    other = services.labels.create(OWNER, project_id, "other")
    services.annotations.save(OWNER, painted, "axial", 2, axial_bytes(other.value), "painted", 0)
    for reason in ("", "again"):
        services.reviews.mark_ready(OWNER, painted, reason)
        services.reviews.accept(OWNER, painted)
        if not reason:
            services.reviews.reopen(OWNER, painted, "The other label was wrong.")
            services.labels.delete(OWNER, other.id, force=True)
    services.deleted.delete_for_good(OWNER, other.id)
    assert services.deleted.of_project(OWNER, project_id) == []
