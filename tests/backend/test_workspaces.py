"""Workspaces of visitors: made by the first write only, shared demo, quotas, expiry."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.config import Config
from backend.errors import QuotaError, TooManyError
from backend.http.addresses import client_network
from backend.jobs.records import JobRecords
from backend.queries.owners import LOCAL_OWNER
from backend.services import Services, build_services, workspaces
from backend.services.workspaces import NEW_AT_ONCE, NEW_OF_ONE_NETWORK_AT_ONCE
from fewshot_sam.io.demo import demo_volume
from storage.models import AnnotationRow, OwnerRow, ProjectRow, UploadRow, VolumeRow, utc_now
from tests.backend.clients import make_client
from tests.backend.tiny import axial_bytes, tiny_volume, write_tiny_nifti

MakeServices = Callable[..., Services]


@pytest.fixture
def services_with(config: Config) -> Iterator[MakeServices]:
    opened: list[Services] = []

    def make(**changes: object) -> Services:
        chosen = {"multi_user": True, **changes}
        opened.append(build_services(dataclasses.replace(config, **chosen)))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for services in opened:
        services.close()


@pytest.fixture(autouse=True)
def small_demo(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A tiny demo; counts how often its file is read."""
    reads: list[int] = []

    def read():  # type: ignore[no-untyped-def]
        reads.append(1)
        return tiny_volume("Head MR (demo)")

    monkeypatch.setattr("fewshot_sam.io.demo.demo_volume", read)
    return reads


def count(services: Services, table: type) -> int:
    with services.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def visitor_of(services: Services, folder: Path) -> TestClient:
    return make_client(services, folder)


def test_reading_makes_nothing(services_with: MakeServices, tmp_path: Path) -> None:
    services = services_with()
    for _ in range(20):
        visitor = visitor_of(services, tmp_path)
        assert visitor.get("/api/projects").json() == []
        assert visitor.get("/api/system").status_code == 200
    assert [count(services, table) for table in (OwnerRow, ProjectRow, VolumeRow)] == [0, 0, 0]


def test_the_first_write_makes_the_workspace_once(services_with: MakeServices, tmp_path: Path) -> None:
    services = services_with()
    visitor = visitor_of(services, tmp_path)
    (demo,) = visitor.post("/api/workspace", json={}).json()
    assert visitor.post("/api/workspace").json() == [demo]
    assert visitor.delete(f"/api/projects/{demo['id']}").status_code == 204
    assert visitor.post("/api/workspace").json() == []
    other = visitor_of(services, tmp_path)
    assert other.post("/api/projects", json={"name": "first"}).status_code == 201
    assert [each["name"] for each in other.post("/api/workspace").json()] == ["first", "Demo: head MR"]


def test_copies_of_the_demo_cost_rows_only(services_with: MakeServices, small_demo: list[int]) -> None:
    services = services_with()
    for owner in "abcde":
        services.workspaces.open(Asker(owner))
    assert len(small_demo) == 1
    assert len(services.blobs.keys()) == 1
    for owner in "abcde":
        (project,) = services.projects.list_all(Asker(owner))
        services.projects.delete(Asker(owner), project.id)
        services.deleted.delete_for_good(Asker(owner), project.id)
    assert services.blobs.keys() == []
    services.workspaces.open(Asker("f"))  # the voxels went with the last copy
    assert (len(small_demo), len(services.blobs.keys())) == (2, 1)


def test_the_demo_is_encoded_once(services_with: MakeServices) -> None:
    services = services_with()
    records = JobRecords(services.database, services.blobs, "worker")
    for owner in "abc":
        services.workspaces.open(Asker(owner))
    claimed = records.claim_encoding()
    assert claimed is not None
    records.finish_encoding(records.volume(claimed))
    assert records.claim_encoding() is None
    services.workspaces.open(Asker("d"))
    assert records.claim_encoding() is None
    with services.database.read() as session:
        states = session.execute(select(VolumeRow.encoding_state, VolumeRow.encoding_done)).all()
        assert [state for state, _ in states] == ["done"] * 4


def test_new_workspaces_are_limited(
    services_with: MakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspaces, "NEW_PER_MINUTE", 0)  # however long the requests below take
    services = services_with()
    for i in range(NEW_AT_ONCE):
        services.workspaces.admit(f"visitor {i}")
    with pytest.raises(TooManyError, match="Wait a minute"):
        services.workspaces.admit("one more")
    services.workspaces.admit("visitor 1")
    for path, body in (("/api/workspace", {}), ("/api/projects", {"name": "x"})):
        answer = visitor_of(services, tmp_path).post(path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many")
        assert int(answer.headers["retry-after"]) > 0
    assert count(services, ProjectRow) == 0


def test_projects_volumes_and_bytes_have_quotas(services_with: MakeServices, tmp_path: Path) -> None:
    services = services_with(max_projects=2, max_volumes=1, max_owner_bytes=100_000)
    visitor = visitor_of(services, tmp_path)
    first, second = (visitor.post("/api/projects", json={"name": name}).json()["id"] for name in "ab")
    refused = visitor.post("/api/projects", json={"name": "c"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "quota")
    assert "at most 2 projects" in refused.text
    path = write_tiny_nifti(tmp_path / "v.nii")
    files = {"files": (path.name, path.read_bytes())}
    large = visitor.post(f"/api/projects/{first}/volumes", files={"files": ("a", bytes(100_001))})
    assert (large.status_code, "used up" in large.text) == (409, True)
    assert visitor.post(f"/api/projects/{first}/volumes", files=files).status_code == 201
    again = visitor.post(f"/api/projects/{second}/volumes", files=files)
    assert (again.status_code, "at most 1 volumes" in again.text) == (409, True)


def test_versions_of_slices_count(services_with: MakeServices) -> None:
    services = services_with(max_owner_bytes=10_000)
    project = services.projects.create(Asker("a"), "p").id
    volume = services.volumes.add(Asker("a"), project, tiny_volume(), "v.nii").id
    label = services.labels.create(Asker("a"), project, "liver").value
    services.quotas.require_bytes("a", 5000)
    for version in range(20):
        data = axial_bytes(label if version % 2 else 0)
        services.annotations.save(Asker("a"), volume, "axial", 0, data, "painted", version)
    with services.database.write() as session:
        for row in session.scalars(select(AnnotationRow)):
            row.data = bytes(600)
    services.quotas.forget("a")
    with pytest.raises(QuotaError, match="used up"):
        services.quotas.require_bytes("a", 1)
    services.projects.delete(Asker("a"), project)
    with pytest.raises(QuotaError, match="until it is deleted for good"):
        services.quotas.require_bytes("a", 1)
    services.deleted.delete_for_good(Asker("a"), project)
    services.quotas.require_bytes("a", 1)


def test_waiting_uploads_count_as_volumes(services_with: MakeServices) -> None:
    services = services_with(max_volumes=1)
    project = services.projects.create(Asker("a"), "p").id
    services.quotas.require_volume("a", 0)
    with services.database.write() as session:
        session.add(UploadRow(project_id=project, choices=[]))
    with pytest.raises(QuotaError, match="at most 1 volumes"):
        services.quotas.require_volume("a", 0)


def test_one_user_has_no_quotas(services: Services) -> None:
    services.quotas.require_bytes(LOCAL_OWNER, 10**15)
    services.quotas.require_volume(LOCAL_OWNER, 10**15)
    for i in range(60):
        services.projects.create(Asker(LOCAL_OWNER), f"p{i}")


def test_untouched_demos_expire_and_painted_ones_stay(services_with: MakeServices) -> None:
    services = services_with()
    for owner in ("looked", "painted", "uploaded"):
        services.workspaces.open(Asker(owner))
    painted = services.projects.get(Asker("painted"), services.projects.list_all(Asker("painted"))[0].id)
    volume, label = painted.volumes[0].id, painted.labels[0].value
    services.annotations.save(Asker("painted"), volume, "axial", 0, axial_bytes(label), "painted", 0)
    own = services.projects.create(Asker("uploaded"), "mine").id
    services.volumes.add(Asker("uploaded"), own, tiny_volume(), "mine.nii")
    assert services.workspaces.expire(utc_now() + timedelta(hours=23)) == 0
    assert services.workspaces.expire(utc_now() + timedelta(days=400)) == 1
    assert not services.workspaces.exists("looked")
    assert services.projects.list_all(Asker("looked")) == []
    assert services.annotations.get(Asker("painted"), volume, "axial", 0)[1] == axial_bytes(label)
    assert len(services.projects.list_all(Asker("uploaded"))) == 2


def test_with_keep_days_all_expire_when_nobody_writes(services_with: MakeServices) -> None:
    services = services_with(keep_days=30)
    services.workspaces.open(Asker("a"))
    project = services.projects.list_all(Asker("a"))[0].id
    volume = services.projects.get(Asker("a"), project).volumes[0].id
    services.annotations.save(Asker("a"), volume, "axial", 0, axial_bytes(1), "painted", 0)
    assert services.workspaces.expire(utc_now() + timedelta(days=29)) == 0
    assert services.workspaces.expire(utc_now() + timedelta(days=31)) == 1
    assert services.blobs.keys() == []


def test_a_single_users_work_never_expires(services_with: MakeServices) -> None:
    services = services_with(multi_user=False, keep_days=1)
    services.workspaces.open(Asker(LOCAL_OWNER))
    assert services.workspaces.expire(utc_now() + timedelta(days=1000)) == 0
    services.close()
    shared = services_with(multi_user=True, keep_days=1)
    assert shared.workspaces.expire(utc_now() + timedelta(days=1000)) == 0
    assert len(shared.projects.list_all(Asker(LOCAL_OWNER))) == 1


def test_activity_is_noted_once_a_day_and_by_writes_only(services_with: MakeServices, tmp_path: Path) -> None:
    services = services_with()
    visitor = visitor_of(services, tmp_path)
    project = visitor.post("/api/workspace").json()[0]["id"]
    long_ago = utc_now() - timedelta(days=9)
    with services.database.write() as session:
        (owner,) = session.scalars(select(OwnerRow))
        owner.last_seen_at = long_ago

    def last_seen():  # type: ignore[no-untyped-def]
        with services.database.read() as session:
            return session.scalar(select(OwnerRow.last_seen_at))

    visitor.get(f"/api/projects/{project}")
    assert last_seen() == long_ago
    visitor.patch(f"/api/projects/{project}", json={"name": "x"})
    noted = last_seen()
    assert noted > long_ago
    visitor.patch(f"/api/projects/{project}", json={"name": "y"})
    assert last_seen() == noted


def test_the_real_demo_fits_a_visitors_quota() -> None:
    assert demo_volume().voxels.nbytes < 100 * 1024**2


def test_one_network_does_not_use_up_what_newcomers_have(
    services_with: MakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate = "backend.services.workspaces.NEW_OF_ONE_NETWORK_PER_MINUTE"
    monkeypatch.setattr(rate, 1e-3)  # a slow machine takes half a minute for this
    services = services_with()

    def newcomer(forwarded: str) -> int:
        client = make_client(services, tmp_path)
        return client.post("/api/workspace", json={}, headers={"X-Forwarded-For": forwarded}).status_code

    # What the client writes itself comes first; what the proxy in front adds, last.
    flood = [newcomer(f"93.184.216.{n}, 8.8.8.8, 10.0.0.1") for n in range(NEW_OF_ONE_NETWORK_AT_ONCE + 5)]
    assert flood == [200] * NEW_OF_ONE_NETWORK_AT_ONCE + [429] * 5
    assert newcomer("9.9.9.9") == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("127.0.0.1", None, None),
        ("10.1.2.3", "", None),
        ("10.1.2.3", "nonsense, 10.9.9.9", None),
        ("10.1.2.3", "1.1.1.1, 8.8.8.8", "8.8.8.8/32"),
        ("8.8.4.4", "1.1.1.1", "8.8.4.4/32"),
        ("2001:4860:4860::8888", None, "2001:4860:4860::/64"),
        ("testclient", "8.8.8.8", "8.8.8.8/32"),
    ],
)
def test_a_network_is_told_by_who_is_nearest(peer: str, forwarded: str | None, network: str | None) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope = {"type": "http", "headers": headers, "client": (peer, 1)}
    assert client_network(HTTPConnection(scope)) == network


def test_many_workspaces_expire_over_several_rounds(
    services_with: MakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.services.workspaces.MAX_EXPIRED_AT_ONCE", 2)
    services = services_with()
    for owner in "abcde":
        services.workspaces.admit(owner)
    later = utc_now() + timedelta(days=2)
    assert [services.workspaces.expire(later) for _ in range(4)] == [2, 2, 1, 0]
