"""Owners take turns; each owner's own order is as before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.asker import Asker, Right
from backend.errors import ConflictError
from backend.jobs.records import JobRecords
from backend.jobs.turns import QUANTUM_S
from backend.jobs.watch import StopReason
from backend.schemas.enums import AccountRole, ProjectRole
from backend.services import Services
from backend.services.choices import Choices
from backend.services.runs import RunQueue
from storage.accounts import AccountRow, ProjectMemberRow
from storage.models import RunRow, VolumeRow, utc_now
from tests.backend.tiny import axial_bytes, tiny_volume


@pytest.fixture
def records(services: Services) -> JobRecords:
    return JobRecords(services.database, services.blobs, "w")


def volumes_of(services: Services, owner: str, count: int = 1) -> list[str]:
    """Painted volumes in one project of the owner's."""
    project = str(services.projects.create(Asker(owner), "p").id)
    value = services.labels.create(Asker(owner), project, "l").value
    found = []
    for number in range(count):
        volume = str(services.volumes.add(Asker(owner), project, tiny_volume(), f"{number}.nii").id)
        services.annotations.save(Asker(owner), volume, "axial", 1, axial_bytes(value), "painted", 0)
        found.append(volume)
    return found


def queue(services: Services, owner: str, volumes: list[str]) -> list[str]:
    return [str(services.runs.create(Asker(owner), volume, "propagate").id) for volume in volumes]


def do_all_runs(records: JobRecords) -> list[str]:
    """The order in which queued runs are taken, each ended at once."""
    order = []
    while run_id := records.claim_run():
        records.fail_run(run_id, "ended by the test")
        order.append(run_id)
    return order


def make_unlike(services: Services, volumes: list[str]) -> None:
    """As if their voxels differed, so that none is done with another."""
    with services.database.write() as session:
        for number, volume in enumerate(volumes):
            session.get_one(VolumeRow, volume).content_hash = f"{number:064}"


def take_encodings(records: JobRecords, count: int) -> list[str]:
    """The order in which encodings are taken, each giving way after its turn."""
    order = []
    for _ in range(count):
        volume_id = records.claim_encoding()
        assert volume_id is not None
        records.end_encoding(records.volume(volume_id), state="pending")
        order.append(volume_id)
    return order


def test_runs_of_one_owner_go_oldest_first(services: Services, records: JobRecords) -> None:
    runs = queue(services, "a", volumes_of(services, "a", 3))
    assert do_all_runs(records) == runs


def test_one_owners_many_runs_let_others_in_between(services: Services, records: JobRecords) -> None:
    first, second, third = queue(services, "a", volumes_of(services, "a", 3))
    (of_b,) = queue(services, "b", volumes_of(services, "b"))
    (of_c,) = queue(services, "c", volumes_of(services, "c"))
    assert do_all_runs(records) == [first, of_b, of_c, second, third]


def test_who_was_served_long_ago_goes_before_who_was_served_just_now(
    services: Services, records: JobRecords
) -> None:
    (first,) = queue(services, "a", volumes_of(services, "a"))
    do_all_runs(records)
    (of_b,) = queue(services, "b", volumes_of(services, "b"))
    do_all_runs(records)
    with services.database.write() as session:  # in case both were within the clock's step
        session.get_one(RunRow, first).started_at = utc_now() - timedelta(minutes=1)
    again_b = queue(services, "b", volumes_of(services, "b"))
    again_a = queue(services, "a", volumes_of(services, "a"))
    assert do_all_runs(records) == [*again_a, *again_b]
    assert of_b not in again_b


def test_encodings_of_one_owner_go_latest_first(services: Services, records: JobRecords) -> None:
    volumes = volumes_of(services, "a", 3)
    make_unlike(services, volumes)
    assert records.claim_encoding() == volumes[-1]


def test_owners_take_turns_with_their_encodings(services: Services, records: JobRecords) -> None:
    of_a, (of_b,), (of_c,) = (volumes_of(services, owner, n) for owner, n in (("a", 20), ("b", 1), ("c", 1)))
    make_unlike(services, [*of_a, of_b, of_c])
    turns = take_encodings(records, 6)
    assert set(turns[:3]) == {of_a[-1], of_b, of_c}
    assert turns[3:] == turns[:3]


def test_an_encoding_gives_way_to_another_owner_after_a_while(
    services: Services, records: JobRecords
) -> None:
    (of_b,) = volumes_of(services, "b")
    (of_a,) = volumes_of(services, "a")
    make_unlike(services, [of_a, of_b])
    assert records.claim_encoding() == of_a
    claimed = records.volume(of_a)
    assert records.encoding_should_stop(claimed, QUANTUM_S - 1) is None
    assert records.encoding_should_stop(claimed, QUANTUM_S) is StopReason.PREEMPTED
    services.volumes.delete(Asker("b"), of_b)
    assert records.encoding_should_stop(claimed, QUANTUM_S) is None


def test_an_encoding_gives_way_at_once_to_the_owners_newer_wish_and_to_a_run(
    services: Services, records: JobRecords
) -> None:
    older, newer = volumes_of(services, "a", 2)
    make_unlike(services, [older, newer])
    assert records.claim_encoding() == newer
    assert records.encoding_should_stop(records.volume(newer), 0.0) is None
    services.volumes.change(Asker("a"), older, first_slice=0)
    assert records.encoding_should_stop(records.volume(newer), 0.0) is StopReason.PREEMPTED
    services.volumes.delete(Asker("a"), older)
    assert records.encoding_should_stop(records.volume(newer), 0.0) is None
    queue(services, "b", volumes_of(services, "b"))
    assert records.encoding_should_stop(records.volume(newer), 0.0) is StopReason.PREEMPTED


def test_an_encoding_does_not_give_way_to_a_copy_of_its_scan(services: Services, records: JobRecords) -> None:
    volumes_of(services, "b")
    volumes_of(services, "a")
    claimed = records.claim_encoding()
    assert claimed is not None
    assert records.encoding_should_stop(records.volume(claimed), QUANTUM_S) is None


def test_copies_of_one_scan_are_encoded_once(services: Services, records: JobRecords) -> None:
    (of_a,), (of_b,), (of_c,) = (volumes_of(services, owner) for owner in "abc")
    services.volumes.change(Asker("c"), of_c, plane="sagittal")
    done = records.claim_encoding()
    assert done == of_c
    records.finish_encoding(records.volume(of_c))
    waiting = records.claim_encoding()
    assert waiting in (of_a, of_b)
    records.finish_encoding(records.volume(str(waiting)))
    with services.database.read() as session:
        rows = session.execute(select(VolumeRow.encoding_state, VolumeRow.encoding_done)).all()
    assert sorted(tuple(row) for row in rows) == [("done", 4), ("done", 4), ("done", 6)]
    assert records.claim_encoding() is None


def test_an_owner_can_have_so_many_runs_waiting(services: Services) -> None:
    runs = RunQueue(services.database, services.jobs.notify, Choices(services.config), max_queued=2)
    first, second, third = volumes_of(services, "a", 3)
    waiting = str(runs.create(Asker("a"), first, "propagate").id)
    runs.create(Asker("a"), second, "propagate")
    with pytest.raises(ConflictError, match=r"At most 2 of your runs can wait on this server\. Wait for one"):
        runs.create(Asker("a"), third, "propagate")
    runs.create(Asker("b"), volumes_of(services, "b")[0], "propagate")
    runs.cancel(Asker("a"), waiting)
    assert runs.create(Asker("a"), third, "propagate").state == "queued"


def test_in_a_project_that_is_shared_runs_count_for_who_asked(
    services: Services, records: JobRecords
) -> None:
    first, second, third, fourth = volumes_of(services, "a", 4)
    with services.database.write() as session:
        project = session.get_one(VolumeRow, first).project_id
        session.add(AccountRow(id="b", name="b", name_key="b", role=AccountRole.ANNOTATOR))
        session.flush()
        session.add(ProjectMemberRow(project_id=project, account_id="b", role=ProjectRole.ANNOTATOR))
    runs = RunQueue(services.database, services.jobs.notify, Choices(services.config), max_queued=2)
    member = Asker("b", role=AccountRole.ANNOTATOR).wanting(Right.WRITE)
    of_a = [str(runs.create(Asker("a"), volume, "propagate").id) for volume in (first, second)]
    of_b = [str(runs.create(member, third, "propagate").id)]
    with pytest.raises(ConflictError, match="At most 2 of your runs can wait"):
        runs.create(Asker("a"), fourth, "propagate")
    of_b.append(str(runs.create(member, fourth, "propagate").id))
    assert do_all_runs(records) == [of_a[0], of_b[0], of_a[1], of_b[1]]
