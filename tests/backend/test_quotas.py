"""What an owner's files take on disk; requests at the same time get no more than one owner may have."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.asker import Asker, Right
from backend.config import Config
from backend.errors import QuotaError
from backend.schemas.enums import AccountRole, Stay
from backend.services import Services
from backend.services.quotas import Quotas, folder_bytes
from fewshot_sam.errors import SeriesChoiceError
from storage.models import UploadRow
from tests.backend.accounts_helpers import PASSWORD, accounts_of, services_with_logins
from tests.backend.tiny import tiny_volume
from tests.vanishing import delete_when_listed

DELETE_ONE = "Delete one for good first. What is deleted counts until it is deleted for good, under Deleted."


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """Two uploads of 10 and 20 bytes."""
    for name, size in (("first", 10), ("second", 20)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scan").write_bytes(bytes(size))
    return tmp_path


def test_files_count_with_all_below(uploads: Path) -> None:
    assert folder_bytes(uploads) == 30
    assert folder_bytes(uploads / "none") == 0


def test_an_upload_that_ends_while_it_is_counted_does_not_count(
    uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_when_listed(uploads / "second", monkeypatch)
    assert folder_bytes(uploads) == 10


AT_ONCE = 6
ADA = Asker("ada", role=AccountRole.ANNOTATOR)


@pytest.fixture
def small(config: Config) -> Iterator[Services]:
    """A server that lets one have 3 projects and 2 volumes."""
    services = services_with_logins(dataclasses.replace(config, max_projects=3, max_volumes=2))
    yield services
    services.close()


def outcomes(function: Callable[[int], object]) -> Counter[str]:
    """How calls ended that began at the same moment: "done", or what a QuotaError said."""
    barrier = threading.Barrier(AT_ONCE)

    def call(number: int) -> str:
        barrier.wait()
        try:
            function(number)
        except QuotaError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(call, range(AT_ONCE)))


def test_projects_made_at_once_stay_within_the_limit(small: Services) -> None:
    found = outcomes(lambda number: small.projects.create(ADA, f"p{number}"))
    assert found == {"done": 3, f"You can have at most 3 projects on this server. {DELETE_ONE}": 3}
    assert len(small.projects.list_all(ADA)) == 3


def offered_to_grace(small: Services, with_volume: bool) -> tuple[Asker, list[str]]:
    """A person, and AT_ONCE projects that others offer to that person."""
    accounts_of(small).add("Grace", AccountRole.ANNOTATOR, PASSWORD)
    offered = []
    for number in range(AT_ONCE):
        giver = Asker(f"giver{number}", Right.MANAGE, role=AccountRole.ANNOTATOR)
        project = small.projects.create(giver, "p").id
        if with_volume:
            small.volumes.add(giver, project, tiny_volume(), "v.nii")
        receiver, _ = small.members.offer(giver, project, "Grace", Stay.LEAVE)
        offered.append(project)
    return Asker(receiver, role=AccountRole.ANNOTATOR), offered


def test_projects_accepted_at_once_stay_within_the_limit(small: Services) -> None:
    grace, offered = offered_to_grace(small, with_volume=False)
    found = outcomes(lambda number: small.members.accept(grace, offered[number]))
    assert found == {"done": 3, f"You can have at most 3 projects on this server. {DELETE_ONE}": 3}
    assert (len(small.projects.list_all(grace)), len(small.members.offers(grace))) == (3, 3)


def test_volumes_accepted_at_once_stay_within_the_limit(small: Services) -> None:
    grace, offered = offered_to_grace(small, with_volume=True)
    found = outcomes(lambda number: small.members.accept(grace, offered[number]))
    assert found == {"done": 2, f"You can have at most 2 volumes on this server. {DELETE_ONE}": 4}


def test_volumes_added_at_once_stay_within_the_limit(small: Services) -> None:
    project = small.projects.create(ADA, "p").id
    found = outcomes(lambda number: small.volumes.add(ADA, project, tiny_volume(), f"v{number}.nii"))
    assert found == {"done": 2, f"You can have at most 2 volumes on this server. {DELETE_ONE}": 4}
    (kept, _) = small.projects.get(ADA, project).volumes
    assert (
        small.volumes.open(ADA, kept.id).voxels.shape == tiny_volume().voxels.shape
    )  # no refusal took the file


def test_an_upload_that_would_wait_is_refused_where_others_took_the_place(
    small: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = small.projects.create(ADA, "p").id
    folder = small.volumes.new_upload_folder(ADA, project)

    def ask(*_args: object, **_options: object) -> None:
        for number in range(2):
            small.volumes.add(ADA, project, tiny_volume(), f"v{number}.nii")
        raise SeriesChoiceError("Which series?", [])

    monkeypatch.setattr(small.volumes, "_import", ask)
    with pytest.raises(QuotaError, match="at most 2 volumes"):
        small.volumes.import_upload(ADA, project, folder)
    assert not folder.exists()
    with small.database.read() as session:
        assert session.query(UploadRow).count() == 0


def test_bytes_admitted_while_an_owner_is_counted_count_too(
    small: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas = Quotas(small.database, small.blobs, dataclasses.replace(small.config, max_owner_bytes=100))
    counted, all_count = quotas._count, threading.Barrier(AT_ONCE)

    def count_together(projects: object) -> int:
        all_count.wait()
        return counted(projects)  # type: ignore[arg-type]

    monkeypatch.setattr(quotas, "_count", count_together)
    found = outcomes(lambda number: quotas.require_bytes("ada", 40))
    assert found["done"] == 2
