"""The audit trail: what is recorded, by whom, without names; its bounds, and the program that prints it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from backend import audit, audit_trail
from backend.asker import Asker
from backend.audit_trail import AuditEntry, AuditTrail, read_trail
from backend.config import Config
from backend.http.addresses import audit_address
from backend.schemas.enums import AccountRole
from backend.services import Services
from tests.backend.accounts_helpers import accounts_of, log_in, person, stranger
from tests.backend.tiny import axial_bytes, tiny_volume
from ui.page import STATIC_DIR


def entries(services: Services) -> list[AuditEntry]:
    return list(read_trail(services.config.audit_file))


def test_who_did_what(hospital: Services) -> None:
    ada = person(hospital, STATIC_DIR, "Ada Lovelace")
    project = ada.post("/api/projects", json={"name": "DOE^JANE"}).json()["id"]
    owner = entries(hospital)[0].account
    assert owner is not None
    label = hospital.labels.create(Asker(owner), project, "liver").value
    volume = hospital.volumes.add(Asker(owner), project, tiny_volume(), "doe_jane.nii").id
    for index in (0, 1, 1):
        assert ada.get(f"/api/volumes/{volume}/slices/axial/{index}").status_code == 200
    place = f"/api/volumes/{volume}/annotations/axial/1"
    headers = {"X-Base-Version": "0", "X-State": "painted"}
    assert ada.put(place, content=axial_bytes(label), headers=headers).status_code == 200
    nothing = f"/api/masks/{'0' * 32}/download"
    ada.get(f"{nothing}?format=nifti")
    ada.get(f"/api/runs/{'0' * 32}")  # asking how far something is
    ada.delete("/api/session")
    assert [(each.action, each.path, each.status) for each in entries(hospital)] == [
        ("login", "/api/session", 201),
        ("change", "/api/projects", 201),
        ("read", f"/api/volumes/{volume}/slices", 200),
        ("change", place, 200),
        ("export", nothing, 404),
        ("logout", "/api/session", 204),
    ]
    assert {each.account for each in entries(hospital)} == {owner}
    assert len({each.session for each in entries(hospital)}) == 1
    text = hospital.config.audit_file.read_text().lower()
    assert not any(name in text for name in ("doe", "lovelace", "liver"))


def test_with_whom_a_project_was_shared(hospital: Services) -> None:
    ada, grace = (person(hospital, STATIC_DIR, name) for name in ("Ada", "Grace"))
    members = f"/api/projects/{ada.post('/api/projects', json={'name': 'n'}).json()['id']}/members"
    (shared,) = ada.put(members, json={"name": "Grace", "role": "reviewer"}).json()["members"]
    grace.delete(f"{members}/{shared['account_id']}")
    assert [(each.path, each.status) for each in entries(hospital) if each.action == "share"] == [
        (f"{members}/{shared['account_id']}/reviewer", 200),
        (f"{members}/{shared['account_id']}", 204),
    ]


@pytest.mark.parametrize(
    ("peer", "forwarded", "told"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "", "::1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9/32"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7/32"),
    ],
)
def test_where_a_request_came_from(config: Config, peer: str, forwarded: str, told: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "client": (peer, 50000), "headers": headers}
    assert audit_address(HTTPConnection(scope), config) == told


def test_logins_that_fail_and_invitations(hospital: Services) -> None:
    nobody = stranger(hospital, STATIC_DIR)
    token = accounts_of(hospital).add("Ada", AccountRole.ANNOTATOR)
    assert (log_in(nobody, "Ada"), log_in(nobody, "Grace")) == (401, 401)
    body = {"token": token, "password": "four words in a row"}
    assert nobody.post("/api/invitations", json=body).status_code == 201
    first, second, third = entries(hospital)
    assert (first.action, first.status, second.account) == ("login", 401, None)
    assert (third.action, third.status, third.account) == ("invitation", 201, first.account)
    assert first.account is not None


def test_the_trail_is_bounded_and_survives_half_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "MAX_FILE_BYTES", 2000)
    monkeypatch.setattr(audit_trail, "MAX_FILES", 3)
    trail = AuditTrail(tmp_path / "logs" / "audit.log")
    for number in range(100):
        trail.record("change", f"/api/labels/{number}", 200, "a")
    trail.close()
    files = sorted((tmp_path / "logs").iterdir())
    assert len(files) == 3
    assert sum(file.stat().st_size for file in files) <= 3 * 2000
    with (tmp_path / "logs" / "audit.log").open("a") as file:
        file.write('{"at": "2026-')
    found = [each.path for each in read_trail(tmp_path / "logs" / "audit.log")]
    assert found[-1] == "/api/labels/99"
    assert found == [f"/api/labels/{number}" for number in range(100 - len(found), 100)]


@pytest.mark.usefixtures("one_process")
def test_the_program_prints_names_and_a_part(
    hospital: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(hospital.config.home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    person(hospital, STATIC_DIR, "Ada Lovelace")
    assert audit.main([]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split("\t")[1:] == ["Ada Lovelace", "127.0.0.1", "login", "/api/session", "201"]
    assert datetime.fromisoformat(line.split("\t")[0]).tzinfo == UTC
    assert audit.main(["--since", "2999-01-01"]) == 0
    assert capsys.readouterr().out == ""
    assert audit.main(["--since", "yesterday"]) == 2
    assert "must be a date such as" in capsys.readouterr().err
