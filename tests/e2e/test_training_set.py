"""A project as a training set, and its mask as surfaces, as the page offers them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import trimesh
from playwright.sync_api import expect

from tests.e2e.server import AppServer
from tests.e2e.test_smoke import store_uncertain_mask
from tests.e2e.workspace import Workspace


def test_a_training_set_is_chosen_and_downloaded(
    workspace: Workspace, server: AppServer, tmp_path: Path
) -> None:
    volume = workspace.api(f"volumes/{workspace.state['volumeId']}")
    labels = workspace.state["labels"]
    store_uncertain_mask(server, volume, labels)
    workspace.reload()
    workspace.part("project-select").click()
    workspace.part("training-set").click()
    dialog = workspace.part("training-dialog")
    expect(dialog).to_contain_text("1 scan with its current mask")
    workspace.part("layout-bids").check()
    with workspace.page.expect_download() as info:
        workspace.part("training-ok").click()
    expect(dialog).to_be_hidden()
    info.value.save_as(tmp_path / "set.zip")
    assert info.value.suggested_filename.endswith("-bids.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        assert archive.testzip() is None
        assert sum(name.endswith("_dseg.nii.gz") for name in archive.namelist()) == 1
    surfaces = trimesh.load_scene(workspace.download("glb", tmp_path))
    assert set(surfaces.geometry) <= {label["name"] for label in labels} and surfaces.geometry
