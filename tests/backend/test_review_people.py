"""Reviews over HTTP by people of each role: who may do what, what is refused, what the audit says."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.schemas.enums import AccountRole
from backend.schemas.limits import MAX_COMMENT_LENGTH
from backend.services import Services
from tests.backend.accounts_helpers import person
from tests.backend.conftest import introduce_worker
from tests.backend.tiny import axial_bytes, tiny_nifti
from ui.page import STATIC_DIR

NOTE = {"plane": "axial", "voxel": [1, 2, 3], "text": "The dome is missing."}


@pytest.fixture
def hospital(hospital: Services) -> Services:
    introduce_worker(hospital)
    return hospital


def test_a_reviewer_reviews_and_does_not_paint(hospital: Services) -> None:
    ada, grace = person(hospital, STATIC_DIR, "Ada"), person(hospital, STATIC_DIR, "Grace")
    vera = person(hospital, STATIC_DIR, "Vera", AccountRole.REVIEWER)
    project, volume = shared(ada, {"Grace": "reviewer", "Vera": "reviewer"})
    address = f"/api/volumes/{volume}"
    paint = {"content": axial_bytes(1), "headers": {"X-Base-Version": "0", "X-State": "painted"}}
    assert ada.put(f"{address}/annotations/axial/1", **paint).status_code == 200
    for who in (grace, vera):
        assert who.post(f"{address}/review/ready").status_code == 403
        assert who.put(f"{address}/annotations/axial/2", **paint).status_code == 403
    assert ada.post(f"{address}/review/ready").status_code == 200
    checked = grace.put(f"{address}/review/slices/axial/1").json()["slices"][0]
    assert checked["checked_by_name"] == "Grace"
    commented = vera.post(f"{address}/comments", json=NOTE)
    assert commented.status_code == 201, commented.text
    assert commented.json()["comments"][0]["author_name"] == "Vera"
    assert grace.post(f"{address}/review/send-back").json()["state"] == "sent_back"
    listed = ada.get(f"/api/projects/{project}").json()["volumes"][0]["review"]
    assert (listed["state"], listed["by_name"], listed["open_comments"]) == ("sent_back", "Grace", 1)


def test_sign_off_names_who_and_refuses_with_its_own_error(hospital: Services) -> None:
    ada, grace = person(hospital, STATIC_DIR, "Ada"), person(hospital, STATIC_DIR, "Grace")
    _, volume = shared(ada, {"Grace": "reviewer"})
    address = f"/api/volumes/{volume}"
    paint = {"content": axial_bytes(1), "headers": {"X-Base-Version": "0", "X-State": "painted"}}
    ada.put(f"{address}/annotations/axial/1", **paint)
    ada.post(f"{address}/review/ready")
    step = grace.post(f"{address}/review/accept").json()["steps"][0]
    assert (step["author_name"], step["same_person"]) == ("Grace", False)
    refused = ada.put(f"{address}/annotations/axial/2", **paint)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "frozen")
    files = {"files": ("a.nii", tiny_nifti())}
    assert ada.post(f"{address}/annotations/import", files=files).status_code in (409, 422)
    assert ada.delete(address).json()["error"]["code"] == "frozen"
    record = grace.get(f"{address}/review/record")
    assert record.headers["content-disposition"].startswith("attachment")
    assert record.json()["still_as_signed"] is True
    assert grace.post(f"{address}/review/reopen", json={"reason": ""}).status_code == 400
    assert grace.post(f"{address}/review/reopen", json={"reason": "A lesion."}).status_code == 200
    actions = hospital.config.audit_file.read_text()
    assert all(f'"review-{step}"' in actions for step in ("ready", "accept", "reopen"))


def test_an_administrator_from_outside_reviews_nothing(hospital: Services) -> None:
    ada, root = person(hospital, STATIC_DIR, "Ada"), person(hospital, STATIC_DIR, "Root", AccountRole.ADMIN)
    _, volume = shared(ada, {})
    refused = root.post(f"/api/volumes/{volume}/comments", json=NOTE)
    assert refused.status_code == 403
    assert "administrator only looks" in refused.json()["error"]["message"]
    assert root.get(f"/api/volumes/{volume}/review").status_code == 200


def test_a_text_that_is_too_long_is_refused(hospital: Services) -> None:
    ada = person(hospital, STATIC_DIR, "Ada")
    _, volume = shared(ada, {})
    long = {**NOTE, "text": "x" * (MAX_COMMENT_LENGTH + 1)}
    assert ada.post(f"/api/volumes/{volume}/comments", json=long).status_code == 400


def shared(ada: TestClient, members: dict[str, str]) -> tuple[str, str]:
    """A project of Ada's with a label and a volume, shared with others; the ids of both."""
    project: Any = ada.post("/api/projects", json={"name": "Livers"}).json()["id"]
    ada.post(f"/api/projects/{project}/labels", json={"name": "liver"})
    files = {"files": ("a.nii", tiny_nifti())}
    volume: Any = ada.post(f"/api/projects/{project}/volumes", files=files).json()["id"]
    for name, role in members.items():
        ada.put(f"/api/projects/{project}/members", json={"name": name, "role": role})
    return project, volume
