"""A project's masks break off once whoever downloads them has lost the right to them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.audit_trail import read_trail
from backend.exports.base import ExportFile
from backend.schemas.enums import AccountRole
from backend.services import Services
from tests.backend.accounts_helpers import account_id, accounts_of, person
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE, tiny_volume
from ui.page import STATIC_DIR


@pytest.fixture
def project(hospital: Services, ada: TestClient) -> str:
    """Ada's, with three masks."""
    found = str(ada.post("/api/projects", json={"name": "Livers"}).json()["id"])
    for _ in range(3):
        volume = hospital.volumes.add(Asker(account_id(hospital, "Ada")), found, tiny_volume(), "tiny.nii").id
        store_mask(hospital, volume, np.ones(SHAPE, np.uint8))
    return found


def share(ada: TestClient, project: str) -> None:
    ada.put(f"/api/projects/{project}/members", json={"name": "Grace", "role": "reviewer"})


def unshare(services: Services, ada: TestClient, project: str) -> None:
    ada.delete(f"/api/projects/{project}/members/{account_id(services, 'Grace')}")


def after_the_first_volume(
    services: Services, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]
) -> list[str]:
    """Let something happen once a volume was exported; the ids of the masks that were."""
    exported, files = [], services.exports.files

    def files_then(asker: Asker, mask: str, names: Sequence[str]) -> tuple[list[ExportFile], list[str]]:
        found = files(asker, mask, names)
        exported.append(mask)
        if len(exported) == 1:
            happens()
        return found

    monkeypatch.setattr(services.exports, "files", files_then)
    return exported


@pytest.mark.parametrize("how", ["disabled", "logged out", "taken off", "no administrator"])
def test_it_breaks_off_and_the_audit_trail_says_so(
    hospital: Services, ada: TestClient, project: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    by_role = how == "no administrator"
    grace = person(hospital, STATIC_DIR, "Grace", AccountRole.ADMIN if by_role else AccountRole.ANNOTATOR)
    if not by_role:
        share(ada, project)
    accounts = accounts_of(hospital)
    losses: dict[str, Callable[[], object]] = {
        "disabled": lambda: accounts.set_disabled("Grace", True),
        "logged out": lambda: accounts.end_sessions("Grace"),
        "taken off": lambda: unshare(hospital, ada, project),
        "no administrator": lambda: accounts.set_role("Grace", AccountRole.ANNOTATOR),
    }
    exported = after_the_first_volume(hospital, monkeypatch, losses[how])
    answer = grace.get(f"/api/projects/{project}/masks")
    assert answer.content.startswith(b"PK")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(answer.content))
    assert len(exported) == 1
    last = list(read_trail(hospital.config.audit_file))[-1]
    assert (last.action, last.path) == ("export-ended", f"/api/projects/{project}/masks")
    assert last.account == account_id(hospital, "Grace")


def test_what_others_lose_ends_no_download(
    hospital: Services, ada: TestClient, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace = person(hospital, STATIC_DIR, "Grace")
    share(ada, project)
    happens = lambda: accounts_of(hospital).set_disabled("Grace", True)  # noqa: E731
    exported = after_the_first_volume(hospital, monkeypatch, happens)
    answer = ada.get(f"/api/projects/{project}/masks")
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert len(exported) == 3
    assert list(read_trail(hospital.config.audit_file))[-1].action == "export"
    assert grace.get(f"/api/projects/{project}").status_code == 401
