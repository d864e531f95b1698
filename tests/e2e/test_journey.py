"""The whole way on a few real hippocampi; ``python -m benchmarks.journey`` goes it with all forty of them."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fewshot_sam.data.planes import Plane
from tests.e2e.journey import Journey
from tests.e2e.server import AppServer
from tests.e2e.workspace import OPEN_TIMEOUT_MS, RUN_TIMEOUT_MS, Workspace

PAINTED, SLICES, OTHERS, REVIEWED = 2, 2, 2, 1
PREDICTED = PAINTED - 1 + OTHERS  # all but the one that the model was learnt on


@pytest.fixture
def journey(workspace: Workspace, data_dir: Path, tmp_path: Path) -> Journey:
    """Four scans in a folder, and what their hippocampi look like."""
    images = tmp_path / "hippocampi"
    images.mkdir()
    for path in sorted((data_dir / "hippocampus" / "images").iterdir())[: PAINTED + OTHERS]:
        shutil.copy(path, images)
    references = data_dir / "hippocampus" / "labels"
    return Journey(workspace, images, references, {1: "Anterior", 2: "Posterior"}, Plane.SAGITTAL)


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_from_a_folder_of_scans_to_reviewed_masks(
    journey: Journey, server: AppServer, tmp_path: Path
) -> None:
    journey.import_folder()
    painted = journey.names[:PAINTED]
    journey.open_volume(painted[0])
    journey.choose_plane()
    for name in painted:
        journey.paint(name, SLICES)
    learn_from_both(journey)
    predict_through_a_cancel_and_a_restart(journey.workspace, server)
    for name in go_through_the_least_certain(journey, leaving_out=painted):
        assert journey.review(name).looked_at > 0
    row = journey.workspace.part("volume-item").filter(has_text="Accepted")
    expect(row).to_have_count(REVIEWED)
    expect_all_there(journey, journey.download(tmp_path))


def learn_from_both(journey: Journey) -> None:
    """What a propagation will learn from is said before and after, and the model says it too."""
    workspace = journey.workspace
    reason = workspace.part("propagate-reason")
    expect(reason).to_contain_text("From 2 painted slices and 1 other volume", timeout=OPEN_TIMEOUT_MS)
    workspace.part("run-settings").click()
    expect(workspace.part("sources-all")).to_have_attribute("aria-checked", "true")
    workspace.page.keyboard.press("Escape")
    journey.learn()
    expect(reason).to_contain_text("from 2 painted slices and 1 other volume")
    (model,) = workspace.api(f"projects/{project_id(workspace)}/models")
    assert [len(source["slices"]) for source in model["sources"]] == [SLICES, SLICES]


def project_id(workspace: Workspace) -> str:
    """The project on screen."""
    return str(workspace.api(f"volumes/{workspace.state['volumeId']}")["project_id"])


def expect_batch(workspace: Workspace, state: str, text: str) -> None:
    """Wait until the line of the batch says so."""
    expect(workspace.part("batch")).to_have_attribute("data-state", state, timeout=RUN_TIMEOUT_MS)
    expect(workspace.part("batch-text")).to_contain_text(text, timeout=RUN_TIMEOUT_MS)


def predict_through_a_cancel_and_a_restart(workspace: Workspace, server: AppServer) -> None:
    """What is done stays done, and the rest goes on where it stopped."""
    workspace.part("project-select").click()
    workspace.part("predict-all").click()
    expect(workspace.part("batch-choice")).to_have_count(PAINTED + OTHERS)
    expect(workspace.part("batch-start")).to_have_text(f"Predict {PREDICTED} volumes")
    workspace.part("batch-start").click()
    expect_batch(workspace, "running", f"1 of {PREDICTED}")
    workspace.part("batch-cancel").click()
    expect_batch(workspace, "cancelled", "Stopped at")
    workspace.part("batch-resume").click()
    expect_batch(workspace, "running", f"2 of {PREDICTED}")
    server.stop()
    server.start()
    expect_batch(workspace, "done", f"Predicted {PREDICTED} of {PREDICTED}")


def go_through_the_least_certain(journey: Journey, leaving_out: list[str]) -> list[str]:
    """*Next least certain* opens one after the other; names of the first that are no source."""
    workspace = journey.workspace
    volumes = workspace.api(f"projects/{project_id(workspace)}")["volumes"]
    order = sorted(volumes, key=lambda each: each["mean_confidence"])
    journey.open_volume(order[0]["name"])
    for expected in order[1:3]:
        workspace.part("least-certain").click()
        workspace.page.wait_for_function("id => window.fewshotSam.state.volumeId === id", arg=expected["id"])
    return [each["name"] for each in order if each["name"] not in leaving_out][:REVIEWED]


def expect_all_there(journey: Journey, masks: Path) -> None:
    """Every scan's mask is in the zip, and close to the reference."""
    with zipfile.ZipFile(masks) as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("volumes.csv").decode("utf-8-sig"))))
    assert [line["state"] for line in lines].count("accepted") == REVIEWED
    assert [line["note"] for line in lines] == [""] * len(journey.names)
    scores = journey.scores(masks)
    assert min(scores.values()) > 0.5, scores
    assert sum(scores.values()) / len(scores) > 0.7, scores
