"""A model leaves a project as a file, begins another one, and labels a hippocampus there."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.methods.shared_model import SharedModel
from tests.e2e.scans import canonical_labels
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, RUN_TIMEOUT_MS, Workspace

HEADERS = {"X-Fewshot-Sam": "1"}
BYTES = "application/octet-stream"


@pytest.fixture
def images(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "hippocampus" / "images").iterdir())[:2]


def post(page: Page, server: AppServer, path: str, **given: Any) -> dict[str, Any]:
    answer = page.request.post(f"{server.url}/api/{path}", headers=HEADERS, **given)
    assert answer.ok, answer.text()
    return dict(answer.json())


def upload(page: Page, server: AppServer, project: str, image: Path) -> str:
    file = {"name": image.name, "mimeType": BYTES, "buffer": image.read_bytes()}
    volume = str(post(page, server, f"projects/{project}/volumes", multipart={"files": file})["id"])
    page.request.patch(f"{server.url}/api/volumes/{volume}", headers=HEADERS, data={"plane": "sagittal"})
    return volume


def painted_project(page: Page, server: AppServer, image: Path) -> None:
    """A project of one hippocampus, painted on two sagittal slices."""
    project = str(post(page, server, "projects", data={"name": "Canary project"})["id"])
    post(page, server, f"projects/{project}/labels", data={"name": "Nothing"})
    label = {"name": "Hippocampus", "code": 17}
    value = int(post(page, server, f"projects/{project}/labels", data=label)["value"])
    volume = upload(page, server, project, image)
    labels = canonical_labels(image.parents[1] / "labels" / image.name) > 0
    held = np.flatnonzero(labels.any(axis=(1, 2)))
    for index in np.linspace(held[0], held[-1], 4)[1:3].round().astype(int):
        shown = to_display(take_slice(labels, Plane.SAGITTAL, int(index)))
        answer = page.request.put(
            f"{server.url}/api/volumes/{volume}/annotations/sagittal/{index}",
            headers={**HEADERS, "X-Base-Version": "0", "X-State": "painted", "Content-Type": BYTES},
            data=(shown * np.uint8(value)).astype(np.uint8).tobytes(),
        )
        assert answer.ok, answer.text()


def saved_model(page: Page, workspace: Workspace, folder: Path) -> Path:
    """The file that the dialog gives."""
    workspace.part("save-model").click()
    dialog = workspace.part("save-model-dialog")
    expect(dialog).to_contain_text("Hippocampus")
    expect(dialog).to_contain_text("code 17, Dice")
    expect(dialog).to_contain_text("2 painted slices of 1 scan")
    expect(dialog).to_contain_text("average vectors of painted slices")
    workspace.part("model-title").fill("Hippocampus, T1")
    workspace.part("model-licence").fill("CC-BY-4.0")
    workspace.part("model-note").fill("Two slices of one patient")
    with page.expect_download() as download:
        workspace.part("save-model-ok").click()
    assert download.value.suggested_filename == "Hippocampus_T1.fewshot.safetensors"
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.thorough
def test_a_model_goes_from_one_project_into_another(
    page: Page, server: AppServer, images: list[Path], tmp_path: Path
) -> None:
    painted_project(page, server, images[0])
    workspace = Workspace(page, server.url)
    workspace.open()
    workspace.part("project-select").click()
    workspace.part("project-item").filter(has_text="Canary project").click()
    workspace.wait_ready()
    workspace.part("propagate").click()
    workspace.wait_done()
    path = saved_model(page, workspace, tmp_path)
    content = path.read_bytes()
    for name in (b"Canary", images[0].name.encode(), images[0].stem.encode()):
        assert name not in content
    assert [label.name for label in SharedModel.read(path).about.card.labels] == ["Hippocampus"]

    workspace.part("project-select").click()
    with page.expect_file_chooser() as chooser:
        workspace.part("new-project-from-model").click()
    chooser.value.set_files(path)
    expect(workspace.part("prompt-input")).to_have_value("Hippocampus_T1")
    workspace.part("prompt-ok").click()
    dialog = workspace.part("use-model-dialog")
    expect(dialog).to_contain_text("licence CC-BY-4.0")
    expect(dialog).to_contain_text("Two slices of one patient")
    expect(dialog).to_contain_text("is added")
    expect(dialog).to_contain_text(hashlib.sha256(content).hexdigest())
    workspace.part("use-model-ok").click()
    expect(workspace.part("label-item")).to_have_count(1, timeout=OPEN_TIMEOUT_MS)

    project = next(each for each in workspace.api("projects") if each["name"] == "Hippocampus_T1")
    volume = upload(page, server, project["id"], images[1])
    page.reload()
    workspace.wait_ready()
    workspace.part("predict-main").click()
    workspace.wait_done()
    expect(workspace.part("propagate-reason")).to_contain_text(
        f"with Hippocampus, T1 ({hashlib.sha256(content).hexdigest()[:8]}, CC-BY-4.0)", timeout=RUN_TIMEOUT_MS
    )
    expect(workspace.part("label-volume").first).to_contain_text("mL")
    (mask,) = workspace.api(f"volumes/{volume}/provenance")["masks"]
    assert mask["model_file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert mask["model_file"]["licence"] == "CC-BY-4.0"
