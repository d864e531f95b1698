"""Uploads that ask for bytes of other uploads, the database or the environment: none comes back."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.config import Config
from backend.services import Services
from tests.fewshot_sam.header_tricks import CANARY, HeaderTrick, all_tricks, returns_canary

TOKEN = "planted-token-0123456789abcdef"
TRICKS = [trick for trick in all_tricks() if trick.over_http]


@pytest.fixture
def canary(config: Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of another upload; the server's environment holds a token."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    path = config.uploads_folder / "another" / "voxels.raw"
    path.parent.mkdir(parents=True)
    path.write_bytes(CANARY)
    path.with_name("voxels.raw.gz").write_bytes(gzip.compress(CANARY))
    return path


def send(client: TestClient, project_id: str, files: list[Path]) -> tuple[int, str, np.ndarray | None]:
    """Status, answer, and the voxels if the upload was taken."""
    parts = [("files", (path.name, path.read_bytes())) for path in files]
    # Several tricks are the same scan in another wrapping.
    answer = client.post(f"/api/projects/{project_id}/volumes?again=1", files=parts)
    if answer.status_code == 409 and answer.json()["error"]["code"] == "series_choice":
        error = answer.json()["error"]
        for choice in error["choices"]:  # one may be refused and the next one not
            chosen = {"series_uid": choice["series_uid"], "again": True}
            answer = client.post(f"/api/uploads/{error['upload_id']}", json=chosen)
            if answer.status_code == 201:
                break
    if answer.status_code != 201:
        return answer.status_code, answer.text, None
    volume = answer.json()
    content = client.get(f"/api/volumes/{volume['id']}/voxels").content
    client.delete(f"/api/volumes/{volume['id']}")
    return 201, answer.text, np.frombuffer(content, volume["dtype"]).reshape(volume["shape"], order="F")


def test_no_upload_returns_a_canary(
    client: TestClient, services: Services, config: Config, project_id: str, canary: Path, tmp_path: Path
) -> None:
    assert len(TRICKS) >= 40
    database = (config.home / "fewshot-sam.sqlite3").read_bytes()[:16]
    secrets = (CANARY, TOKEN.encode(), database, Path("/etc/hostname").read_bytes() + b"\n" * 8)

    def attempt(numbered: tuple[int, HeaderTrick]) -> tuple[str, int, str, np.ndarray | None]:
        number, trick = numbered
        folder = tmp_path / "sent" / str(number)
        folder.mkdir(parents=True)
        return trick.id, *send(client, project_id, trick.write(folder, canary))

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attempt, enumerate(TRICKS)))
    for name, status, text, voxels in answers:
        assert status in (201, 400, 413, 422), f"{name}: {status} {text[:200]}"
        assert "Traceback" not in text
        assert TOKEN not in text
        for secret in secrets:
            assert voxels is None or not returns_canary(voxels, secret), name
    assert sum(status != 201 for _, status, _, _ in answers) >= 40
    assert list(config.temporary_folder.iterdir()) == []
