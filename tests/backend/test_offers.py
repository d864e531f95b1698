"""Giving a project away: offered, taken back, accepted or declined, and what ends an offer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from backend.audit_trail import read_trail
from backend.config import Config
from backend.schemas.enums import AccountRole
from backend.services import Services
from storage.accounts import AccountRow, ProjectOfferRow
from tests.backend.accounts_helpers import account_id, accounts_of, person, services_with_logins
from tests.backend.tiny import tiny_nifti
from ui.page import STATIC_DIR


@pytest.fixture
def hospital(config: Config) -> Iterator[Services]:
    services = services_with_logins(dataclasses.replace(config, max_projects=3, max_volumes=2))
    yield services
    services.close()


@pytest.fixture
def grace(hospital: Services) -> TestClient:
    return person(hospital, STATIC_DIR, "Grace")


@pytest.fixture
def project(ada: TestClient) -> str:
    return str(ada.post("/api/projects", json={"name": "Livers"}).json()["id"])


def offer(client: TestClient, project: str, name: str = "Grace", **stay: str) -> Any:
    return client.post(f"/api/projects/{project}/owner", json={"name": name, **stay})


def answer(client: TestClient, project: str, word: str = "accept") -> Any:
    return client.post(f"/api/projects/{project}/owner/{word}")


def sentence(found: Any) -> str:
    return str(found.json()["error"]["message"])


def offers(client: TestClient) -> list[tuple[str, str]]:
    return [(each["project_name"], each["owner_name"]) for each in client.get("/api/offers").json()]


def test_a_project_stays_its_owners_until_the_other_accepts(
    ada: TestClient, grace: TestClient, project: str
) -> None:
    told = offer(ada, project, "GRACE").json()
    assert (told["owner_name"], told["members"]) == ("Ada", [])
    assert (told["offer"]["name"], told["offer"]["stay"]) == ("Grace", "paint")
    assert ada.get(f"/api/projects/{project}").json()["access"] == "owner"
    assert grace.get(f"/api/projects/{project}").status_code == 404
    assert (grace.get("/api/projects").json(), offers(grace), offers(ada)) == ([], [("Livers", "Ada")], [])
    assert answer(grace, project).status_code == 204
    assert grace.get(f"/api/projects/{project}").json()["access"] == "owner"
    members = grace.get(f"/api/projects/{project}/members").json()
    assert (members["owner_name"], members["offer"], offers(grace)) == ("Grace", None, [])
    assert answer(grace, project).status_code == 404


@pytest.mark.parametrize(("stay", "access"), [("paint", "annotator"), ("look", "reviewer"), ("leave", None)])
def test_the_giver_chooses_what_to_keep_of_it(
    ada: TestClient, grace: TestClient, project: str, stay: str, access: str | None
) -> None:
    ada.put(f"/api/projects/{project}/members", json={"name": "Grace", "role": "reviewer"})
    offer(ada, project, stay=stay)
    answer(grace, project)
    assert ada.get(f"/api/projects/{project}").json().get("access") == access
    left = [each["name"] for each in grace.get(f"/api/projects/{project}/members").json()["members"]]
    assert left == (["Ada"] if access else [])


def test_one_offer_at_a_time_which_can_be_taken_back(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    accounts_of(hospital).add("Mary", AccountRole.ANNOTATOR)
    offer(ada, project)
    assert "is offered to Grace. Take that offer back first" in sentence(offer(ada, project, "Mary"))
    assert ada.delete(f"/api/projects/{project}/owner").json()["offer"] is None
    assert (offers(grace), answer(grace, project).status_code) == ([], 404)
    assert ada.delete(f"/api/projects/{project}/owner").status_code == 404
    assert offer(ada, project, "Mary").json()["offer"]["name"] == "Mary"


def test_what_is_declined_stays_where_it_is(ada: TestClient, grace: TestClient, project: str) -> None:
    offer(ada, project)
    assert answer(ada, project, "decline").status_code == 404  # it is not offered to Ada
    assert answer(grace, project, "decline").status_code == 204
    assert ada.get(f"/api/projects/{project}/members").json()["offer"] is None
    assert ada.get(f"/api/projects/{project}").json()["access"] == "owner"


def test_only_the_owner_offers_and_only_to_who_can_own(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    accounts_of(hospital).add("Vera", AccountRole.REVIEWER)
    assert "can own no project" in sentence(offer(ada, project, "Vera"))
    assert "This project is Ada's own" in sentence(offer(ada, project, "Ada"))
    assert "Nobody here is called 'Nobody'" in sentence(offer(ada, project, "Nobody"))
    ada.put(f"/api/projects/{project}/members", json={"name": "Grace", "role": "annotator"})
    assert offer(grace, project).status_code == 403
    assert grace.delete(f"/api/projects/{project}/owner").status_code == 403


def test_a_project_must_fit_where_it_is_accepted(ada: TestClient, grace: TestClient, project: str) -> None:
    made = [grace.post("/api/projects", json={"name": f"{number}"}).json()["id"] for number in range(3)]
    assert offer(ada, project).status_code == 200  # how much the other has is not told
    refused = answer(grace, project)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "quota")
    assert "You can have at most 3 projects on this server. Delete one for good first." in sentence(refused)
    grace.delete(f"/api/projects/{made[0]}")
    grace.delete(f"/api/deleted/{made[0]}")
    for client, where in ((grace, made[1]), (ada, project), (ada, project)):
        client.post(f"/api/projects/{where}/volumes?again=1", files={"files": ("a.nii", tiny_nifti())})
    assert "You can have at most 2 volumes on this server." in sentence(answer(grace, project))
    assert offers(grace) == [("Livers", "Ada")]  # it can be accepted once there is room
    grace.delete(f"/api/projects/{made[1]}")
    grace.delete(f"/api/deleted/{made[1]}")
    assert answer(grace, project).status_code == 204


def test_who_has_used_up_the_space_takes_no_project(config: Config) -> None:
    services = services_with_logins(dataclasses.replace(config, max_owner_bytes=10_000))
    ada, grace = (person(services, STATIC_DIR, name) for name in ("Ada", "Grace"))
    project = str(ada.post("/api/projects", json={"name": "Livers"}).json()["id"])
    ada.post(f"/api/projects/{project}/volumes", files={"files": ("a.nii", tiny_nifti())})
    offer(ada, project)
    services.quotas.require_bytes(account_id(services, "Grace"), 9_990)
    refused = answer(grace, project)
    services.close()
    assert "You can keep at most" in sentence(refused)


def test_an_offer_ends_with_the_account_the_project_and_the_administrators_hand_over(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    accounts = accounts_of(hospital)
    accounts.add("Mary", AccountRole.ANNOTATOR)
    offer(ada, project, "Mary")
    accounts.set_disabled("Mary", True)
    assert ada.get(f"/api/projects/{project}/members").json()["offer"] is None
    accounts.set_disabled("Mary", False)
    offer(ada, project, "Mary")
    with hospital.database.write() as session:
        session.delete(session.get_one(AccountRow, account_id(hospital, "Mary")))
    assert ada.get(f"/api/projects/{project}/members").json()["offer"] is None
    offer(ada, project)
    accounts.add("Root", AccountRole.ADMIN)
    assert accounts.hand_over("Ada", "Root") == 1
    assert (offers(grace), answer(grace, project).status_code) == ([], 404)
    another = str(ada.post("/api/projects", json={"name": "Hips"}).json()["id"])
    offer(ada, another)
    ada.delete(f"/api/projects/{another}")
    with hospital.database.read() as session:
        assert session.query(ProjectOfferRow).count() == 0


def test_the_trail_has_what_became_of_offers(
    hospital: Services, ada: TestClient, grace: TestClient, project: str
) -> None:
    offer(ada, project, stay="look")
    ada.delete(f"/api/projects/{project}/owner")
    offer(ada, project)
    answer(grace, project, "decline")
    offer(ada, project)
    answer(grace, project)
    owner, receiver = (account_id(hospital, name) for name in ("Ada", "Grace"))
    path = f"/api/projects/{project}/owner"
    trail = read_trail(hospital.config.audit_file)
    assert [(each.account, each.action, each.path) for each in trail if "/owner" in each.path] == [
        (owner, "offer", f"{path}/{receiver}/look"),
        (owner, "take-back", path),
        (owner, "offer", f"{path}/{receiver}/paint"),
        (receiver, "decline", f"{path}/decline"),
        (owner, "offer", f"{path}/{receiver}/paint"),
        (receiver, "accept", f"{path}/accept"),
    ]
