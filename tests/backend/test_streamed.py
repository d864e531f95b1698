"""Files that are sent while they are made: how many at once, and that nothing of them is left."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.audit_trail import read_trail
from backend.errors import BusyError, NotFoundError, TooManyError
from backend.exports.training_set import TrainingChoice
from backend.http import streamed
from backend.http.streamed import Places, StreamedPieces, pieces
from backend.http.work import ApiWork
from backend.services import Services
from tests.backend.accounts_helpers import account_id
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume


def never() -> None:
    pytest.fail("the right to it was not lost")


def labelled_volumes(services: Services, project_id: str, count: int) -> None:
    label = services.labels.create(OWNER, project_id, "liver").model_dump()
    facts = {**label, "voxels": 1, "volume_ml": 1.0}
    for _ in range(count):
        volume = services.volumes.add(OWNER, project_id, tiny_volume(), "tiny.nii").id
        store_mask(services, volume, np.full(SHAPE, label["value"], np.uint8), [facts])


def test_places_are_counted_by_owner_and_together() -> None:
    places = Places("training sets", 2, 3)
    with places.hold("a"), places.hold("a"):
        with pytest.raises(TooManyError, match="At most 2 training sets"):
            places.check("a")
        with places.hold("b"), pytest.raises(BusyError, match="Others are downloading training sets"):
            places.check("c")
    places.check("a")


def test_a_file_waits_for_its_place_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "AGAIN_AFTER_S", 0.01)
    places = Places("files", 1, 1)

    def made() -> Generator[bytes]:
        yield from (b"a", b"b")

    async def read(file: StreamedPieces) -> bytes:
        return b"".join([piece async for piece in pieces(ApiWork(), "o", file, never)])

    async def both() -> list[bytes]:
        files = [StreamedPieces(made, lambda: places.hold("o")) for _ in range(2)]
        return await asyncio.gather(*map(read, files))

    assert asyncio.run(both()) == [b"ab", b"ab"]
    places.check("o")


def test_a_client_that_goes_away_leaves_nothing(services: Services, project_id: str) -> None:
    labelled_volumes(services, project_id, 1)
    sets, places = services.training_sets, Places("training sets", 1, 1)
    plan = sets.plan(OWNER, project_id, TrainingChoice("nnunet"))
    file = StreamedPieces(lambda: sets.pieces(plan, lambda: OWNER), lambda: places.hold("o"))
    folder: Path = services.config.temporary_folder

    async def begin() -> None:
        sent = pieces(ApiWork(), "o", file, never)
        await anext(sent)
        assert len(list(folder.iterdir())) == 1
        with pytest.raises(TooManyError):
            places.check("o")
        await sent.aclose()  # type: ignore[attr-defined]

    asyncio.run(begin())
    assert list(folder.iterdir()) == []
    places.check("o")


def test_a_training_set_breaks_off_with_the_right_to_it(services: Services, project_id: str) -> None:
    labelled_volumes(services, project_id, 2)
    asked, ended = [], []

    def asker_still() -> object:
        asked.append(1)
        if len(asked) > 1:
            raise NotFoundError("There is no such project.")
        return OWNER

    plan = services.training_sets.plan(OWNER, project_id, TrainingChoice("bids"))
    places = Places("training sets", 1, 1)
    make = lambda: services.training_sets.pieces(plan, asker_still)  # type: ignore[arg-type]  # noqa: E731
    file = StreamedPieces(make, lambda: places.hold("o"))

    async def read() -> bytes:
        return b"".join([each async for each in pieces(ApiWork(), "o", file, lambda: ended.append(1))])

    content = asyncio.run(read())
    assert content.startswith(b"PK") and b"cases.csv" not in content
    assert ended == [1]
    assert list(services.config.temporary_folder.iterdir()) == []


def test_it_is_in_the_audit_trail(hospital: Services, ada: TestClient) -> None:
    project = str(ada.post("/api/projects", json={"name": "Livers"}).json()["id"])
    path = f"/api/projects/{project}/training-set"
    assert ada.get(path).status_code == 409
    last = list(read_trail(hospital.config.audit_file))[-1]
    assert (last.action, last.path, last.status) == ("export", path, 409)
    assert last.account == account_id(hospital, "Ada")
