"""Sharing projects: by name and role, taken back, left, handed over, and what counts for whom."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.errors import NotFoundError, QuotaError
from backend.schemas.enums import AccountRole
from backend.services import Services
from fewshot_sam.errors import UserError
from storage.accounts import AccountRow, ProjectMemberRow
from storage.models import OwnerRow, RunRow, utc_now
from tests.backend.accounts_helpers import account_id, accounts_of, person, services_with_logins
from tests.backend.tiny import SHAPE, axial_bytes, tiny_nifti
from ui.page import STATIC_DIR

PAINT = {"X-Base-Version": "0", "X-State": "painted"}


@pytest.fixture
def hospital(config: Config) -> Iterator[Services]:
    services = services_with_logins(dataclasses.replace(config, max_projects=3, max_volumes=2))
    yield services
    services.close()


@pytest.fixture
def ada(hospital: Services) -> TestClient:
    return person(hospital, STATIC_DIR, "Ada Lovelace")


@pytest.fixture
def grace(hospital: Services) -> TestClient:
    return person(hospital, STATIC_DIR, "Grace")


@pytest.fixture
def project(ada: TestClient) -> str:
    return str(ada.post("/api/projects", json={"name": "Livers"}).json()["id"])


def put(client: TestClient, project: str, name: str, role: str) -> Any:
    return client.put(f"/api/projects/{project}/members", json={"name": name, "role": role})


def upload(client: TestClient, project: str) -> Any:
    return client.post(f"/api/projects/{project}/volumes?again=1", files={"files": ("a.nii", tiny_nifti())})


def sentence(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


def test_a_project_is_shared_by_name_and_says_whose_it_is(
    ada: TestClient, grace: TestClient, project: str
) -> None:
    own = grace.post("/api/projects", json={"name": "Own"}).json()
    assert (own["access"], own["owner_name"]) == ("owner", None)
    members = put(ada, project, "GRACE", "reviewer").json()
    assert members["owner_name"] == "Ada Lovelace"
    assert [(each["name"], each["role"]) for each in members["members"]] == [("Grace", "reviewer")]
    listed = grace.get("/api/projects").json()
    assert [(each["name"], each["access"], each["owner_name"]) for each in listed] == [
        ("Own", "owner", None),
        ("Livers", "reviewer", "Ada Lovelace"),
    ]
    assert grace.get(f"/api/projects/{project}/members").json() == members
    put(ada, project, "Grace", "annotator")
    assert grace.get(f"/api/projects/{project}").json()["access"] == "annotator"


def test_what_may_only_be_looked_at_names_who_can_change_that(
    ada: TestClient, grace: TestClient, project: str
) -> None:
    put(ada, project, "Grace", "reviewer")
    answer = grace.post(f"/api/projects/{project}/labels", json={"name": "liver"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "ask Ada Lovelace, whose it is, to let you paint" in sentence(answer)
    put(ada, project, "Grace", "annotator")
    assert "Ask Ada Lovelace to do it" in sentence(grace.delete(f"/api/projects/{project}"))


def test_a_project_taken_back_or_left_is_gone_at_once(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    put(ada, project, "Grace", "annotator")
    address = f"/api/projects/{project}/members/{account_id(hospital, 'Grace')}"
    assert grace.get(f"/api/projects/{project}").status_code == 200
    assert ada.delete(address).status_code == 204
    assert (grace.get(f"/api/projects/{project}").status_code, grace.get("/api/projects").json()) == (404, [])
    assert ada.delete(address).status_code == 404
    put(ada, project, "Grace", "reviewer")
    assert grace.delete(address).status_code == 204  # a reviewer may leave
    assert ada.get(f"/api/projects/{project}/members").json()["members"] == []


@pytest.mark.parametrize(
    ("name", "role", "told"),
    [
        ("Nobody", "reviewer", "Nobody here is called 'Nobody'"),
        ("Ada Lovelace", "reviewer", "This project is Ada Lovelace's own"),
        ("Vera", "annotator", "Vera is a reviewer here, who changes nothing"),
        ("Gone", "reviewer", "The account of Gone is disabled"),
    ],
)
def test_who_cannot_be_shared_with_is_told(
    hospital: Services, ada: TestClient, project: str, name: str, role: str, told: str
) -> None:
    accounts_of(hospital).add("Vera", AccountRole.REVIEWER)
    accounts_of(hospital).add("Gone", AccountRole.ANNOTATOR)
    accounts_of(hospital).set_disabled("Gone", True)
    answer = put(ada, project, name, role)
    assert answer.status_code in (409, 422)
    assert told in sentence(answer)


def test_names_of_accounts_cannot_be_tried_without_end(ada: TestClient, project: str) -> None:
    found = [put(ada, project, f"n{number}", "reviewer").status_code for number in range(31)]
    assert (found[0], found[-1]) == (422, 429)


def test_what_a_member_adds_counts_for_the_owner(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    put(ada, project, "Grace", "annotator")
    first = upload(grace, project).json()["id"]
    assert upload(ada, project).status_code == 201
    refused = upload(grace, project)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "quota")
    assert "The owner of this project can have at most 2 volumes" in sentence(refused)
    own = grace.post("/api/projects", json={"name": "Own"}).json()["id"]
    assert upload(grace, own).status_code == 201
    hospital.quotas._used[account_id(hospital, "Ada Lovelace")] = (0.0, 1)
    assert grace.delete(f"/api/volumes/{first}").status_code == 204
    assert grace.delete(f"/api/deleted/{first}").status_code == 204
    assert account_id(hospital, "Ada Lovelace") not in hospital.quotas._used
    assert upload(grace, project).status_code == 201


def test_painting_in_a_shared_project_keeps_its_owners_work_and_names_who_painted(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    put(ada, project, "Grace", "annotator")
    volume = upload(ada, project).json()["id"]
    value = grace.post(f"/api/projects/{project}/labels", json={"name": "liver"}).json()["value"]
    owner = account_id(hospital, "Ada Lovelace")
    with hospital.database.write() as session:
        session.get_one(OwnerRow, owner).last_seen_at = utc_now() - timedelta(days=90)
    path = f"/api/volumes/{volume}/annotations/axial/1"
    saved = grace.put(path, content=axial_bytes(value), headers=PAINT)
    assert saved.json()["author"] == account_id(hospital, "Grace")
    with hospital.database.read() as session:
        seen_at = session.get_one(OwnerRow, owner).last_seen_at
    assert seen_at is not None
    assert utc_now() - seen_at < timedelta(days=1)
    run = grace.post(f"/api/volumes/{volume}/runs", json={"kind": "propagate"}).json()["id"]
    with hospital.database.read() as session:
        assert session.get_one(RunRow, run).asked_by == account_id(hospital, "Grace")


def test_what_two_people_paint_on_one_slice_is_merged(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    put(ada, project, "Grace", "annotator")
    volume = upload(ada, project).json()["id"]
    value = ada.post(f"/api/projects/{project}/labels", json={"name": "liver"}).json()["value"]
    cells = SHAPE[0] * SHAPE[1]
    first, last = (bytes(value if at == where else 0 for at in range(cells)) for where in (0, cells - 1))
    path = f"/api/volumes/{volume}/annotations/axial/1"
    assert not ada.put(path, content=first, headers=PAINT).json()["merged"]
    merged = grace.put(path, content=last, headers=PAINT).json()
    assert (merged["merged"], merged["conflicting_cells"], merged["version"]) == (True, 0, 3)
    assert ada.get(path).content == bytes(a | b for a, b in zip(first, last, strict=True))
    authors = [each["author"] for each in ada.get(f"{path}/versions").json()]
    assert authors == [account_id(hospital, name) for name in ("Grace", "Grace", "Ada Lovelace")]


def test_memberships_go_with_project_and_account(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    put(ada, project, "Grace", "annotator")
    accounts_of(hospital).add("Mary", AccountRole.ANNOTATOR)
    put(ada, project, "Mary", "annotator")
    with hospital.database.write() as session:
        session.delete(session.get_one(AccountRow, account_id(hospital, "Mary")))
    assert [each["name"] for each in ada.get(f"/api/projects/{project}/members").json()["members"]] == [
        "Grace"
    ]
    ada.delete(f"/api/projects/{project}")
    ada.delete(f"/api/deleted/{project}")
    with hospital.database.read() as session:
        assert session.query(ProjectMemberRow).count() == 0


def test_projects_of_who_leaves_are_handed_over(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    accounts = accounts_of(hospital)
    ada.post("/api/projects", json={"name": "Hips"})
    assert accounts.hand_over("ada lovelace", "grace") == 2
    assert [each["name"] for each in grace.get("/api/projects").json()] == ["Livers", "Hips"]
    assert ada.get("/api/projects").json() == []
    with pytest.raises(NotFoundError, match="There is no account called 'Nobody'"):
        accounts.hand_over("Nobody", "Grace")
    with pytest.raises(UserError, match="Nobody here is called 'Nobody'"):
        accounts.hand_over("Grace", "Nobody")
    with pytest.raises(UserError, match="the same account's"):
        accounts.hand_over("Grace", "GRACE")


def test_a_whole_project_must_fit_where_it_is_handed_to(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    own = grace.post("/api/projects", json={"name": "Own"}).json()["id"]
    assert upload(grace, own).status_code == upload(ada, project).status_code == 201
    receiver = account_id(hospital, "Grace")
    with hospital.database.read() as session:
        hospital.quotas.require_room(session, receiver, project, "Grace")
    upload(ada, project)
    with (
        hospital.database.read() as session,
        pytest.raises(QuotaError, match="Grace can have at most 2 volumes"),
    ):
        hospital.quotas.require_room(session, receiver, project, "Grace")


def test_nothing_is_shared_where_nobody_logs_in(client: TestClient, project_id: str) -> None:
    assert client.get(f"/api/projects/{project_id}/members").json() == {
        "owner_name": None,
        "members": [],
        "offer": None,
    }
    for answer in (
        put(client, project_id, "Grace", "reviewer"),
        client.post(f"/api/projects/{project_id}/owner", json={"name": "Grace"}),
    ):
        assert (answer.status_code, "without --auth" in sentence(answer)) == (404, True)
