"""Scans from a real archive (Orthanc) and masks into it; who may, and what is noted of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from starlette.testclient import TestClient

from backend.archives.client import ArchiveClient
from backend.archives.settings import ArchiveSettings
from backend.audit_trail import read_trail
from backend.config import Config
from backend.schemas.enums import AccountRole
from backend.services import Services, build_services
from storage.models import MaskRow
from tests.backend.accounts_helpers import person, services_with_logins
from tests.backend.clients import make_client
from tests.backend.conftest import OWNER
from tests.backend.dicom_seg_helpers import mask_of, on_frames, read_seg
from tests.backend.orthanc import STUDY, Orthanc, running_orthanc
from tests.fewshot_sam.synthetic_files import dicom_series
from ui.page import STATIC_DIR

SERIES, TINY_SERIES = f"{STUDY}.1", f"{STUDY}.2"
FETCH = "a" * 32
LIVER, STOMACH = 5, 6
LABELS = [
    {"value": 1, "code": LIVER, "name": "liver", "color": "#ff0000"},
    {"value": 2, "code": STOMACH, "name": "stomach", "color": "#00ff00"},
]


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """An archive with one study: a tiny series."""
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        for file in dicom_series(4):
            running.put(file, TINY_SERIES)
        yield running


def with_archives(config: Config, *archives: ArchiveSettings) -> Config:
    return dataclasses.replace(config, archives=archives)


@pytest.fixture
def services(config: Config, orthanc: Orthanc) -> Iterator[Services]:
    services = build_services(with_archives(config, orthanc.archive()))
    yield services
    services.close()


def fetch(client: TestClient, project_id: str, series: str = TINY_SERIES, **others: object) -> Any:
    body = {"study_uid": STUDY, "series_uid": series, "fetch_id": FETCH, **others}
    return client.post(f"/api/projects/{project_id}/archives/main/volumes", json=body)


def store(client: TestClient, mask_id: str, export: str = "seg") -> Any:
    return client.post(f"/api/masks/{mask_id}/archives/main", json={"format": export})


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


def test_it_is_searched(client: TestClient) -> None:
    (listed,) = client.get("/api/system").json()["archives"]
    assert listed == {"id": "main", "name": "Test archive", "store": True}
    for wanted in (
        {},
        {"patient_id": "P1"},
        {"patient_name": "m\u00fcll"},
        {"patient_name": "M\u00fcller, A"},
        {"first_day": "2026-02-03", "last_day": "2026-02-03", "modality": "CT"},
    ):
        found = client.post("/api/archives/main/studies", json=wanted).json()
        assert [study["study_uid"] for study in found["studies"]] == [STUDY], wanted
    (study,) = found["studies"]
    assert (study["patient_name"], study["date"], study["modalities"]) == (
        "M\u00fcller, Ada",
        "2026-02-03",
        ["CT"],
    )
    for wanted in ({"patient_id": "P"}, {"modality": "MR"}, {"first_day": "2026-02-04"}):
        assert client.post("/api/archives/main/studies", json=wanted).json()["studies"] == []
    found = client.post("/api/archives/main/series", json={"study_uid": STUDY}).json()["series"]
    assert [each["instances"] for each in found if each["series_uid"] == TINY_SERIES] == [4]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("studies", {"patient_name": "a\\b"}),
        ("studies", {"patient_id": "\x00"}),
        ("studies", {"patient_id": "x" * 65}),
        ("studies", {"first_day": "2026"}),
        ("studies", {"modality": "ct"}),
        ("studies", {"url": "http://127.0.0.1"}),
        ("series", {"study_uid": "../instances"}),
        ("series", {"study_uid": "1.2?x=1"}),
        ("series", {}),
    ],
)
def test_a_search_that_is_none_is_refused(client: TestClient, path: str, body: dict[str, str]) -> None:
    assert client.post(f"/api/archives/main/{path}", json=body).status_code == 400


def test_a_scan_comes_as_one_that_is_uploaded(
    client: TestClient, services: Services, project_id: str
) -> None:
    answer = fetch(client, project_id)
    assert (answer.status_code, answer.json()["shape"]) == (201, [4, 5, 4])
    assert answer.json()["has_headers"]
    status, sentence = told(fetch(client, project_id))
    assert (status, "in the project already" in sentence) == (409, True)
    assert told(fetch(client, project_id, "1.2.3")) == (
        422, "Test archive has no such series any more. Search again.",
    )  # fmt: skip
    assert not list(services.config.uploads_folder.iterdir())
    assert client.get(f"/api/fetches/{FETCH}").json() == {"instances": 0, "bytes": 0}


def test_it_keeps_no_names_where_none_are_wanted(
    client: TestClient, services: Services, project_id: str
) -> None:
    rules = {"keep_days": None, "deidentify": True}
    assert client.put(f"/api/projects/{project_id}/rules", json=rules).status_code == 200
    volume = fetch(client, project_id).json()
    assert (volume["name"], volume["has_headers"]) == ("Scan 1", False)
    mask_id = mask_of(services, volume["id"], np.ones((4, 5, 4), np.uint8), LABELS[:1])
    status, sentence = told(store(client, mask_id))
    assert (status, "was imported without names" in sentence) == (422, True)


def test_a_mask_of_a_real_scan_goes_back(
    client: TestClient, services: Services, project_id: str, orthanc: Orthanc, data_dir: Path
) -> None:
    paths = sorted((data_dir / "ct_dicom" / "series").iterdir())
    read = sorted(map(pydicom.dcmread, paths), key=lambda file: float(file.ImagePositionPatient[2]))
    uids = [orthanc.put(file, SERIES) for file in read]
    volume = fetch(client, project_id, SERIES).json()
    codes = np.asarray(nib.as_closest_canonical(nib.load(data_dir / "ct_dicom" / "labels.nii.gz")).dataobj)
    mask = np.where(codes == LIVER, 1, np.where(codes == STOMACH, 2, 0)).astype(np.uint8)
    mask_id = mask_of(services, volume["id"], mask, LABELS)

    content = services.archives.mask_to_store(OWNER, "main", mask_id, "seg")
    before = orthanc.objects("SEG")
    assert services.archives.store("main", content) == STUDY
    (seg,) = set(orthanc.objects("SEG")) - set(before)
    assert seg == content  # every byte of it
    found = read_seg(seg).get_pixels_by_source_instance(
        uids, combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(found, on_frames(mask))


def test_what_is_sent_and_what_not(
    client: TestClient,
    services: Services,
    project_id: str,
    orthanc: Orthanc,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    volume = fetch(client, project_id).json()["id"]
    mask_id = mask_of(services, volume, np.ones((4, 5, 4), np.uint8), LABELS[:1])
    assert store(client, mask_id, "rtstruct").status_code == 204
    series = client.post("/api/archives/main/series", json={"study_uid": STUDY}).json()["series"]
    assert "RTSTRUCT" in {each["modality"] for each in series if not each["is_scan"]}
    before = orthanc.objects("SEG")
    assert store(client, mask_id, "nifti").status_code == 400
    with services.database.write() as session:
        session.get_one(MaskRow, mask_id).draft = True
    assert told(store(client, mask_id)) == (
        409, "A draft is not a run's result. Send the mask of a run that is done.",
    )  # fmt: skip
    with services.database.write() as session:
        session.get_one(MaskRow, mask_id).draft = False
    for archive, status, sentence in (
        (orthanc.archive(store=False), 403, "takes no masks from this server."),
        (orthanc.archive(password="wrong"), 422, "refuses the login of this server."),
    ):
        changed = dataclasses.replace(services, config=with_archives(services.config, archive))
        answer = told(store(make_client(changed, STATIC_DIR), mask_id))
        assert (answer[0], sentence in answer[1]) == (status, True)
    monkeypatch.setattr(ArchiveClient, "series", lambda *_: ([], False))
    status, sentence = told(store(client, mask_id))
    assert (status, "does not have the study that this is of" in sentence) == (422, True)
    assert orthanc.objects("SEG") == before


def test_who_may_and_what_is_noted(config: Config, orthanc: Orthanc) -> None:
    hospital = services_with_logins(with_archives(config, orthanc.archive()))
    ada = person(hospital, STATIC_DIR, "Ada")
    vera = person(hospital, STATIC_DIR, "Vera", AccountRole.REVIEWER)
    grace = person(hospital, STATIC_DIR, "Grace")
    project = ada.post("/api/projects", json={"name": "p"}).json()["id"]
    for name in ("Vera", "Grace"):
        ada.put(f"/api/projects/{project}/members", json={"name": name, "role": "reviewer"})
    volume = fetch(ada, project).json()["id"]
    mask_id = mask_of(hospital, volume, np.ones((4, 5, 4), np.uint8), LABELS[:1])
    assert ada.post("/api/archives/main/studies", json={"patient_name": "M\u00fcller"}).status_code == 200
    assert ada.post("/api/archives/main/series", json={"study_uid": STUDY}).status_code == 200
    assert store(ada, mask_id).status_code == 204
    assert vera.post("/api/archives/main/studies", json={}).status_code == 403
    for person_who_looks in (vera, grace):
        assert fetch(person_who_looks, project).status_code == 403
        assert store(person_who_looks, mask_id).status_code == 403
    ada.put(f"/api/projects/{project}/rules", json={"keep_days": None, "deidentify": True})
    assert fetch(ada, project, "1.2.3").status_code == 422
    trail = [entry for entry in read_trail(hospital.config.audit_file) if entry.action.startswith("archive-")]
    fetched, stored = f"/api/projects/{project}/archives/main/volumes", f"/api/masks/{mask_id}/archives/main"
    assert [(entry.action, entry.path, entry.status) for entry in trail] == [
        ("archive-fetch", f"{fetched}/{STUDY}/{TINY_SERIES}", 201),
        ("archive-search", "/api/archives/main/studies", 200),
        ("archive-search", f"/api/archives/main/series/{STUDY}", 200),
        ("archive-store", f"{stored}/{STUDY}", 204),
        ("archive-search", "/api/archives/main/studies", 403),
        *[("archive-fetch", fetched, 403), ("archive-store", stored, 403)] * 2,
        ("archive-fetch", fetched, 422),
    ]
    logged = hospital.config.log_file.read_text() if hospital.config.log_file.exists() else ""
    for text in (hospital.config.audit_file.read_text(), logged):
        assert not any(secret in text for secret in ("ller", "P1", "ssword"))
    hospital.close()
