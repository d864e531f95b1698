"""Pictures of what comes after the first mask: many volumes, review, readers, numbers, pictures, models.

Works on 12 of the hippocampi (Medical Segmentation Decathlon, CC-BY-SA 4.0) as the end-to-end tests do, with
the references as the hand; the colour picture is scikit-image's stained section.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect
from skimage.color import rgb2hed

from fewshot_sam.data.planes import Plane
from tests.e2e.journey import Journey
from tests.e2e.workspace import Workspace

Photograph = Callable[[Page, str], None]

SCANS, PAINTED, SLICES = 12, 3, 2
TILE = 128
PATIENCE_MS = 120_000


def hippocampi(workspace: Workspace, data: Path, scratch: Path, photograph: Photograph) -> None:
    """One project, from a folder of scans to what a reviewer, a second reader and a report make of it."""
    images = scratch / "hippocampi"
    images.mkdir()
    for path in sorted((data / "images").glob("*.nii.gz"))[:SCANS]:
        shutil.copy(path, images)
    journey = Journey(
        workspace, images, data / "labels", {1: "Anterior", 2: "Posterior"}, Plane.SAGITTAL, "Hippocampi"
    )
    journey.import_folder()
    journey.open_volume(journey.names[0])
    journey.choose_plane()
    for name in journey.names[:PAINTED]:
        journey.paint(name, SLICES)
    history(workspace, photograph)
    journey.learn()
    journey.predict_rest()
    certain = journey.least_certain(SCANS, leaving_out=set(journey.names[:PAINTED]))
    journey.open_volume(certain[0])
    photograph(workspace.page, "many-volumes")
    provenance(workspace, photograph)
    models(workspace, photograph)
    numbers(workspace, journey.references / f"{certain[0]}.nii.gz", scratch, photograph)
    review(workspace, photograph)
    readers(workspace, journey, journey.names[1], photograph)


def history(workspace: Workspace, photograph: Photograph) -> None:
    """Versions of the slice on screen: painted, and mended once."""
    workspace.part("tool-brush").click()
    columns, rows = workspace.slice_size()
    workspace.draw([(columns / 2, rows / 2), (columns / 2 + 2, rows / 2)])
    workspace.wait_saved()
    workspace.page.keyboard.press("Shift+H")
    expect(workspace.part("slice-history").get_by_test_id("version").first).to_be_visible()
    photograph(workspace.page, "slice-history")
    workspace.page.keyboard.press("Escape")
    workspace.part("undo").click()
    workspace.wait_saved()


def provenance(workspace: Workspace, photograph: Photograph) -> None:
    """The menu that shows slices by where they come from."""
    workspace.part("origin-filter").click()
    photograph(workspace.page, "provenance")
    workspace.page.keyboard.press("Escape")


def models(workspace: Workspace, photograph: Photograph) -> None:
    """What is in the file of a model."""
    workspace.part("save-model").click()
    expect(workspace.part("save-model-dialog")).to_be_visible()
    photograph(workspace.page, "save-model")
    workspace.page.keyboard.press("Escape")


def numbers(workspace: Workspace, reference: Path, scratch: Path, photograph: Photograph) -> None:
    """A mask against an imported reference, and the report of its volume."""
    workspace.part("add-volume").click()
    with workspace.page.expect_file_chooser() as chosen:
        workspace.part("import-reference").click()
    chosen.value.set_files(reference)
    expect(workspace.part("toast-success").filter(has_text="imported")).to_be_visible(timeout=PATIENCE_MS)
    workspace.part("compare-reference").click()
    expect(workspace.part("scores").locator("tbody tr").first).to_be_visible(timeout=PATIENCE_MS)
    workspace.page.keyboard.press("j")
    photograph(workspace.page, "scores")
    workspace.page.keyboard.press("Escape")
    report = workspace.page.context.new_page()
    report.goto(workspace.download("report", scratch).as_uri())
    photograph(report, "report")
    report.close()


def review(workspace: Workspace, photograph: Photograph) -> None:
    """A volume that is looked through, with a comment pinned to a place."""
    workspace.part("review-ready").click()
    expect(workspace.part("review")).to_have_attribute("data-state", "in_review")
    workspace.page.keyboard.press("j")
    for checked in range(2):
        expect(workspace.part("review-progress")).to_contain_text(f"{checked} of")
        expect(workspace.part("review-check")).to_be_enabled()
        workspace.page.keyboard.press("Enter")
    expect(workspace.part("review-progress")).to_contain_text("2 of")
    workspace.page.keyboard.press("Shift+N")
    box = workspace.part("editor-canvas").bounding_box() or {"x": 0, "y": 0, "width": 2, "height": 2}
    workspace.page.mouse.click(box["x"] + 0.45 * box["width"], box["y"] + 0.45 * box["height"])
    workspace.part("text-input").fill("The head goes on to here.")
    workspace.part("text-ok").click()
    workspace.part("comment-go").click()
    photograph(workspace.page, "review")


def readers(workspace: Workspace, journey: Journey, name: str, photograph: Photograph) -> None:
    """One person reads a painted volume once more, blind; then both readings side by side."""
    journey.open_volume(name)
    before = workspace.state["volumeId"]
    row = workspace.part("volume-item").filter(has_text=name)
    row.get_by_test_id("volume-menu").click()
    workspace.part("volume-read").click()
    workspace.part("confirm").click()
    workspace.page.wait_for_function(
        "id => window.fewshotSam.ready && window.fewshotSam.state.volumeId !== id", arg=before
    )
    reference = np.roll(journey.reference(name), 2, axis=1)  # another hand
    journey.outline(reference, SLICES)
    workspace.wait_saved()
    workspace.part("reading-finish").click()
    workspace.part("confirm").click()  # slices were neither painted nor predicted
    expect(workspace.part("pair-facts")).to_be_visible(timeout=PATIENCE_MS)
    workspace.part("readings-compare").click()
    workspace.part("comparison-beside").click()
    expect(workspace.part("pane-beside")).to_be_visible()
    photograph(workspace.page, "readers")
    workspace.page.keyboard.press("Escape")


def pictures(workspace: Workspace, scratch: Path, photograph: Photograph) -> None:
    """Tiles of a stained section, in colour; two are painted, the others predicted."""
    section = skimage.data.immunohistochemistry()
    brown = rgb2hed(section)[..., 2] > 0.045
    folder = scratch / "stained"
    folder.mkdir()
    tiles = [(slice(r, r + TILE), slice(c, c + TILE)) for r in (0, TILE) for c in (0, TILE, 2 * TILE)]
    for number, at in enumerate(tiles):
        Image.fromarray(section[at]).save(folder / f"tile {number + 1}.png")
    workspace.new_project("Stained tissue")
    before = workspace.state["volumeId"]
    workspace.part("upload-folder-input").set_input_files(folder)
    workspace.page.wait_for_function(
        "before => window.fewshotSam.ready && window.fewshotSam.state.volumeId !== before", arg=before
    )
    value = workspace.add_label("Tissue")
    for index in (0, 2):
        workspace.paint(index, _canonical(brown[tiles[index]]), value)
    workspace.wait_saved()
    workspace.start_propagation()
    workspace.wait_done()
    workspace.go_to(4)
    photograph(workspace.page, "pictures")


def _canonical(mask: np.ndarray) -> np.ndarray:
    """A picture's mask (rows, columns) in its slice's canonical axes."""
    return mask[::-1, ::-1].T
