"""A folder of unrelated pictures, as a person labels it; colours on screen."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import expect

from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.io.coco import decode_rle
from tests.e2e.strokes import dice
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

PAINTED = 3
COLOURFUL = """() => {
  const canvas = document.querySelector("[data-testid=pane-axial] .slice-canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) if (Math.abs(data[at] - data[at + 2]) > 40) return true;
  return false;
}"""

SAYS_SLICE = """() => {
  const seen = [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility());
  const said = seen.flatMap((each) => [
    ...["title", "aria-label", "placeholder"].map((name) => each.getAttribute(name) ?? ""),
    ...[...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map(({ data }) => data),
  ]);
  return [...new Set(said.filter((text) => /slice/i.test(text)))];
}"""


def hippocampus_pictures(data_dir: Path, folder: Path, count: int) -> dict[str, np.ndarray]:
    """The coronal slice with most hippocampus of some patients, each of its own size; masks by name."""
    folder.mkdir()
    masks = {}
    for image in sorted((data_dir / "hippocampus" / "images").iterdir())[:count]:
        scan = load_volume(image)
        labels = load_label_map(data_dir / "hippocampus" / "labels" / image.name, scan)
        index = int((labels > 0).sum((0, 2)).argmax())
        grey = to_display(take_slice(scan.voxels, Plane.CORONAL, index)).astype(np.float32)
        name = image.name.replace(".nii.gz", ".png")
        Image.fromarray(np.clip(grey * 255 / grey.max(), 0, 255).astype(np.uint8)).save(folder / name)
        masks[name] = to_display(take_slice(labels, Plane.CORONAL, index)) > 0
    return masks


def open_folder(workspace: Workspace, folder: Path) -> None:
    before = workspace.state["volumeId"]
    workspace.part("upload-folder-input").set_input_files(folder)
    workspace.page.wait_for_function(
        "before => window.fewshotSam.ready && window.fewshotSam.state.volumeId !== before",
        arg=before,
        timeout=OPEN_TIMEOUT_MS,
    )


def padded(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture's mask in its slice, canonical."""
    whole = np.zeros(size[::-1], bool)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    return whole[::-1, ::-1].T


def test_a_folder_of_pictures_is_labelled(workspace: Workspace, data_dir: Path, tmp_path: Path) -> None:
    masks = hippocampus_pictures(data_dir, tmp_path / "pictures", 6)
    workspace.new_project("Pictures")
    open_folder(workspace, tmp_path / "pictures")
    names = list(masks)
    expect(workspace.part("pane-axial")).to_contain_text(names[workspace.state["slice"]])
    for hidden in ("pane-coronal", "pane-sagittal", "pane-3d", "interpolate"):
        expect(workspace.part(hidden)).to_be_hidden()
    workspace.page.keyboard.press("m")
    assert workspace.state["mainPane"] == "axial"
    expect(workspace.part("guide")).to_contain_text("Paint a picture")
    assert workspace.page.evaluate(SAYS_SLICE) == []
    workspace.page.keyboard.press("?")
    expect(workspace.part("help")).to_contain_text("Next or previous picture")
    expect(workspace.part("help")).not_to_contain_text("slice", ignore_case=True)
    workspace.page.keyboard.press("Escape")

    value = workspace.add_label("Hippocampus")
    size = workspace.slice_size()
    for index in range(PAINTED):
        workspace.paint(index, padded(masks[names[index]], size), value)
    workspace.wait_saved()
    drawn = workspace.server_slices()
    for index in range(PAINTED):
        assert dice(drawn[index] == value, padded(masks[names[index]], size)) > 0.9
    workspace.start_propagation()
    workspace.wait_done()
    expect(workspace.part("label-item")).to_contain_text("px")
    workspace.page.keyboard.press("Shift+H")
    expect(workspace.part("version").first).to_be_visible()
    assert workspace.page.evaluate(SAYS_SLICE) == []
    workspace.page.keyboard.press("Escape")

    with zipfile.ZipFile(workspace.download("png", tmp_path)) as archive:
        found = {name: np.array(Image.open(archive.open(f"masks/{name}"))) > 0 for name in names}
    assert all(found[name].shape == masks[name].shape for name in names)
    others = names[PAINTED:]
    assert np.mean([dice(found[name], masks[name]) for name in others]) > 0.6
    coco = json.loads(workspace.download("coco", tmp_path).read_text(encoding="utf-8"))
    assert [each["file_name"] for each in coco["images"]] == names
    first = [each for each in coco["annotations"] if each["image_id"] == 1]
    united = np.logical_or.reduce([decode_rle(each["segmentation"]) for each in first])
    np.testing.assert_array_equal(united, found[names[0]])


@pytest.mark.thorough
@pytest.mark.viewport(1024, 768)
def test_colours_are_seen_and_no_paint_lies_beside_a_picture(workspace: Workspace, tmp_path: Path) -> None:
    stained = skimage.data.immunohistochemistry()
    folder = tmp_path / "stained"
    folder.mkdir()
    for number, (rows, columns) in enumerate([(180, 240), (240, 180)]):
        Image.fromarray(stained[:rows, 100 * number : 100 * number + columns]).save(
            folder / f"tile {number}.png"
        )
    workspace.new_project("Stained")
    open_folder(workspace, folder)
    workspace.go_to(0)
    value = workspace.add_label("Tissue")
    workspace.page.wait_for_function(COLOURFUL)
    everywhere = np.ones(workspace.slice_size(), bool)
    workspace.paint(0, everywhere, value)
    workspace.wait_saved()
    shown = to_display(workspace.server_slices()[0])
    assert (shown[:178, :238] == value).mean() > 0.98
    assert not shown[180:].any()


@pytest.mark.thorough
def test_each_tiff_of_many_pages_is_a_scan(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "stacks"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (2, 6, 24, 28)).astype(np.uint8)
    for name, pages in zip(("left.tif", "right.tif"), noise, strict=True):
        first, *others = (Image.fromarray(each) for each in pages)
        first.save(folder / name, save_all=True, append_images=others)
    workspace.new_project("stacks")
    workspace.part("upload-folder-input").set_input_files(folder)
    done = workspace.part("toast-success").filter(has_text="2 of 2 imported")
    expect(done).to_be_visible(timeout=OPEN_TIMEOUT_MS)
    expect(workspace.part("volume-item").locator(".volume-name")).to_have_text(["left", "right"])
    expect(workspace.part("volume-item").first).to_contain_text("28\u2009\u00d7\u200924\u2009\u00d7\u20096")
