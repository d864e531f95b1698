"""Headers of DICOM files are kept beside a volume for exports, counted, and deleted with it; or not kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.config import Config
from backend.errors import DamagedDataError
from backend.queries.owners import contents_of
from backend.records.volumes import blobs_of, load_headers, reading_row
from backend.services import Services
from storage.models import ProjectRow, VolumeRow
from tests.backend.conftest import OWNER
from tests.backend.tiny import write_tiny_nifti
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom

PATIENT = "Zaphod^Beeblebrox"


def send(client: TestClient, project_id: str, paths: list[Path]) -> Any:
    files = [("files", (path.name, path.read_bytes())) for path in paths]
    answer = client.post(f"/api/projects/{project_id}/volumes?again=1", files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def series(tmp_path: Path) -> list[Path]:
    return sorted(write_dicom(tmp_path / "ct", dicom_series(3, PatientName=PATIENT)).iterdir())


@pytest.fixture
def row(client: TestClient, services: Services, project_id: str, series: list[Path]) -> VolumeRow:
    """Of a volume that came from DICOM."""
    return services.volumes.row(OWNER, send(client, project_id, series)["id"])


def key_of(row: VolumeRow) -> str:
    assert row.headers_blob is not None
    return row.headers_blob


def test_they_are_kept_of_dicom_alone(
    client: TestClient, services: Services, project_id: str, series: list[Path], tmp_path: Path
) -> None:
    scan = send(client, project_id, series)
    other = send(client, project_id, [write_tiny_nifti(tmp_path / "a.nii")])
    assert (scan["has_headers"], other["has_headers"]) == (True, False)
    headers = load_headers(services.volumes.row(OWNER, scan["id"]), services.blobs)
    assert headers is not None
    assert [str(file.PatientName) for file in headers.files] == [PATIENT] * 3
    assert load_headers(services.volumes.row(OWNER, other["id"]), services.blobs) is None


def test_no_answer_holds_them(client: TestClient, project_id: str, row: VolumeRow) -> None:
    for address in (f"volumes/{row.id}", f"projects/{project_id}", "projects"):
        assert "Zaphod" not in client.get(f"/api/{address}").text


def test_they_count_and_go_with_the_volume(
    client: TestClient, services: Services, project_id: str, row: VolumeRow
) -> None:
    key = key_of(row)
    assert key in blobs_of(row)
    with services.database.read() as session:
        assert key in contents_of(session, ProjectRow.id == project_id).blob_keys
    client.delete(f"/api/volumes/{row.id}")
    services.housekeeping.sort_out_leftovers()
    assert services.blobs.exists(key)
    client.delete(f"/api/deleted/{row.id}")
    assert not services.blobs.exists(key)


def test_a_reading_has_them_too(services: Services, row: VolumeRow) -> None:
    assert reading_row(row, "reading A").headers_blob == row.headers_blob


def test_a_project_without_names_keeps_none(
    client: TestClient, services: Services, project_id: str, series: list[Path]
) -> None:
    rules = {"keep_days": None, "deidentify": True}
    answer = client.put(f"/api/projects/{project_id}/rules", json=rules)
    assert answer.status_code == 200, answer.text
    assert not send(client, project_id, series)["has_headers"]
    with services.database.read() as session:
        assert session.scalars(select(VolumeRow.headers_blob)).all() == [None]


def test_what_was_lost_is_told_and_comes_back_with_the_files(
    client: TestClient, services: Services, project_id: str, row: VolumeRow, series: list[Path]
) -> None:
    services.blobs.path(key_of(row)).unlink()
    with pytest.raises(DamagedDataError, match=r"DICOM files is missing .* import the same files again"):
        load_headers(row, services.blobs)
    assert client.get(f"/api/volumes/{row.id}").json()["has_headers"]
    send(client, project_id, series)
    assert load_headers(row, services.blobs) is not None


def test_the_server_reads_none_of_them_when_a_scan_is_imported(config: Config, series: list[Path]) -> None:
    script = (
        "import shutil, sys\n"
        "from pathlib import Path\n"
        "from backend.config import Config\n"
        "from backend.services import build_services\n"
        "from tests.backend.data_folders import OWNER\n"
        "services = build_services(Config.for_home(Path(sys.argv[1])))\n"
        "project = services.projects.create(OWNER, 'p').id\n"
        "folder = services.volumes.new_upload_folder(OWNER, project)\n"
        "shutil.copytree(sys.argv[2], folder, dirs_exist_ok=True)\n"
        "volume = services.volumes.import_upload(OWNER, project, folder)\n"
        "print(volume.has_headers, 'fewshot_sam.io.dicom.source_headers' in sys.modules)\n"
        "services.close()\n"
    )
    command = [sys.executable, "-c", script, str(config.home), str(series[0].parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False"
