"""A scan of a real archive (Orthanc), searched and opened on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.backend.orthanc import PASSWORD, STUDY, USER, running_orthanc
from tests.e2e.conftest import running_app
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace
from tests.fewshot_sam.synthetic_files import dicom_series


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Iterator[AppServer]:
    """The app beside an archive that holds one small series."""
    folder = tmp_path_factory.mktemp("archives")
    named = folder / "archives.toml"
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as orthanc:
        for file in dicom_series(4, SeriesDescription="Body 3.0"):
            orthanc.put(file, f"{STUDY}.1")
        named.write_text(
            f'[archives.main]\nname = "Test archive"\nurl = "{orthanc.address}/dicom-web"\n'
            f'user = "{USER}"\npassword_env = "PACS_PASSWORD"\nstore = true\n'
        )
        environment = {"FEWSHOT_SAM_ARCHIVES": str(named), "PACS_PASSWORD": PASSWORD}
        with running_app(folder, embeddings_folder, **environment) as server:
            yield server


def test_a_series_is_found_and_opened(page: Page, hospital: AppServer, tmp_path: Path) -> None:
    workspace = Workspace(page, hospital.url)
    workspace.open()
    workspace.part("add-volume").click()
    workspace.part("from-archive").click()
    expect(workspace.part("archive-patient-name")).to_be_focused()
    workspace.part("archive-patient-name").fill("M\u00fcller, A")
    page.keyboard.press("Enter")
    expect(workspace.part("archive-study")).to_contain_text("M\u00fcller, Ada, P1")
    page.screenshot(path=tmp_path / "studies.png")
    workspace.part("archive-study").click()
    expect(workspace.part("archive-series")).to_contain_text("Body 3.0")
    page.screenshot(path=tmp_path / "series.png")
    workspace.part("archive-series").click()
    expect(workspace.part("archives-dialog")).to_have_count(0)
    opened = workspace.part("volume-open").filter(has_text="Body 3.0")
    expect(opened).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    expect(workspace.part("project-select")).to_contain_text("Body 3.0")  # of its own, for the demo was open
