"""The week after the first mask, on the page: import a folder, paint, predict the rest, review, download.

Each method is one stretch of that way by mouse and keys, as docs/many_volumes.md and docs/review.md teach it.
A reference stands for the eyes of the person: what is outlined, and which slices are mended.
"""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import Locator, expect

from fewshot_sam.data.planes import Plane, take_slice
from tests.e2e.scans import canonical_labels
from tests.e2e.strokes import dice
from tests.e2e.workspace import OPEN_TIMEOUT_MS, Workspace

IMPORT_TIMEOUT_MS = 600_000
BATCH_TIMEOUT_MS = 1_800_000
POOR_DICE = 0.7
MENDED = 2
"""Before a volume is reviewed, so many slices at most on which a label is worse than that are mended."""


@dataclass(frozen=True)
class Reviewed:
    """What a review of one volume took."""

    looked_at: int
    mended: int


class Journey:
    """One project, worked through on one page.

    Args:
        images: folder of scans, NIfTI.
        references: folder of their label maps, under the same names.
        labels: names by the references' codes, in ascending order.
        plane: to paint in.
        project: its name.
    """

    def __init__(
        self,
        workspace: Workspace,
        images: Path,
        references: Path,
        labels: dict[int, str],
        plane: Plane,
        project: str = "Journey",
    ) -> None:
        self.workspace = workspace
        self.page = workspace.page
        self.images = images
        self.names = sorted(path.name.partition(".")[0] for path in images.iterdir())
        self.labels = labels
        self.plane = plane
        self.references = references
        self._project = project
        self._values: dict[int, int] = {}

    def reference(self, name: str) -> np.ndarray:
        """Canonical (X, Y, Z) codes of a scan."""
        return canonical_labels(self.references / f"{name}.nii.gz")

    def import_folder(self) -> None:
        """Make a project with its labels, drop the folder, wait until all scans are volumes."""
        self.workspace.new_project(self._project)
        self.workspace.drop(self.images)
        ended = self.workspace.part("imports-clear")
        expect(self.workspace.part("volume-item")).to_have_count(len(self.names), timeout=IMPORT_TIMEOUT_MS)
        ended.click()
        self.workspace.wait_ready()
        for code, label in self.labels.items():
            self._values[code] = self.workspace.add_label(label)

    def open_volume(self, name: str) -> None:
        """Click a volume of the list."""
        row = self._row(name)
        row.get_by_test_id("volume-open").click()
        expect(row.get_by_test_id("volume-open")).to_have_attribute("aria-current", "true")
        self.workspace.wait_ready()

    def _row(self, name: str) -> Locator:
        return self.workspace.part("volume-item").filter(has_text=name)

    def choose_plane(self) -> None:
        """Make the plane's view large and paint in it; the other volumes follow."""
        if self.workspace.state["plane"] != self.plane.value:
            self.workspace.part(f"expand-{self.plane.value}").click()
            self.workspace.part("paint-here").click()
        self.page.wait_for_function("plane => fewshotSam.state.plane === plane", arg=self.plane.value)
        self.workspace.wait_ready()

    def paint(self, name: str, slices: int) -> None:
        """Outline all labels on slices evenly inside the structure's extent."""
        self.open_volume(name)
        assert self.workspace.state["plane"] == self.plane.value
        self.outline(self.reference(name), slices)
        self.workspace.wait_saved()

    def outline(self, reference: np.ndarray, slices: int) -> None:
        """All labels of canonical (X, Y, Z) codes, on slices evenly inside their extent."""
        held = np.flatnonzero((reference > 0).any(axis=self._other_axes()))
        for index in np.linspace(held[0], held[-1], slices + 2)[1:-1].round().astype(int):
            self._outline(reference, int(index))

    def _other_axes(self) -> tuple[int, ...]:
        return tuple(axis for axis in range(3) if axis != self.plane.axis)

    def _outline(self, reference: np.ndarray, index: int) -> None:
        drawn = take_slice(reference, self.plane, index)
        for code, value in self._values.items():
            if (drawn == code).any():
                self.workspace.paint(index, drawn == code, value)

    def learn(self) -> None:
        """Propagate from everything that is painted."""
        self.workspace.part("propagate").click()
        self.workspace.wait_done()

    def predict_rest(self) -> None:
        """*Predict all*, and wait until no volume is left."""
        self.workspace.part("project-select").click()
        self.workspace.part("predict-all").click()
        self.workspace.part("batch-start").click()
        line = self.workspace.part("batch")
        expect(line).to_have_attribute("data-state", "running", timeout=OPEN_TIMEOUT_MS)
        expect(line).to_have_attribute("data-state", "done", timeout=BATCH_TIMEOUT_MS)

    def least_certain(self, count: int, leaving_out: set[str]) -> list[str]:
        """Names of the volumes at the top of the list when sorted so, without these."""
        self.workspace.part("volume-filter").click()
        self.workspace.part("volume-order-confidence").click()
        self.page.keyboard.press("Escape")
        names = self.workspace.part("volume-item").locator(".volume-name").all_inner_texts()
        return [name for name in names if name not in leaving_out][:count]

    def review(self, name: str) -> Reviewed:
        """Mark ready, go through the least certain slices, mend poor ones, run again, accept."""
        self.open_volume(name)
        reference = self.reference(name)
        poor = self._poor_slices(name, reference)
        for index in poor:
            self._mend(reference, index)
        if poor:
            self.workspace.wait_saved()
            self.learn()
        self.workspace.part("review-ready").click()
        expect(self.workspace.part("review")).to_have_attribute("data-state", "in_review")
        count = len(self._to_check())
        self.page.keyboard.press("j")
        for checked in range(count):
            expect(self.workspace.part("review-progress")).to_contain_text(f"{checked} of {count}")
            expect(self.workspace.part("review-check")).to_be_enabled()
            self.page.keyboard.press("Enter")
        expect(self.workspace.part("review-progress")).to_contain_text(f"{count} of {count}")
        self.workspace.part("review-accept").click()
        expect(self.workspace.part("review")).to_have_attribute("data-state", "accepted")
        return Reviewed(count, len(poor))

    def _to_check(self) -> list[int]:
        volume = self.workspace.state["volumeId"]
        slices = self.workspace.api(f"volumes/{volume}/review")["slices"]
        return [each["slice_index"] for each in slices]

    def _poor_slices(self, name: str, reference: np.ndarray) -> list[int]:
        """Of the slices that are looked at in a review, the first two that are found badly."""
        mask = self._mask()
        found = np.zeros_like(reference)
        for code, value in self._values.items():
            found[mask == value] = code
        return [index for index in self._to_check() if self._is_poor(found, reference, index)][:MENDED]

    def _is_poor(self, found: np.ndarray, reference: np.ndarray, index: int) -> bool:
        of_both = [take_slice(each, self.plane, index) for each in (found, reference)]
        return any(dice(*(each == code for each in of_both)) < POOR_DICE for code in self._values)

    def _mask(self) -> np.ndarray:
        """The mask on screen, canonical (X, Y, Z) label values."""
        volume = self.workspace.api(f"volumes/{self.workspace.state['volumeId']}")
        answer = self.page.request.get(f"{self.workspace.url}/api/masks/{volume['mask_id']}/voxels")
        return np.frombuffer(answer.body(), np.uint8).reshape(volume["shape"], order="F")

    def _mend(self, reference: np.ndarray, index: int) -> None:
        """Paint a slice from nothing; where the reference has nothing on it, say so."""
        self.workspace.go_to(index)
        if not take_slice(reference, self.plane, index).any():
            self.workspace.part("mark-empty").click()
            return
        if self.workspace.part("start-afresh").is_visible():
            self.workspace.part("start-afresh").click()
        self._outline(reference, index)

    def download(self, folder: Path) -> Path:
        """*Masks of all volumes* of the project's menu."""
        self.workspace.part("project-select").click()
        with self.page.expect_download(timeout=IMPORT_TIMEOUT_MS) as info:
            self.workspace.part("project-masks").click()
        target = folder / info.value.suggested_filename
        info.value.save_as(target)
        return target

    def scores(self, masks: Path) -> dict[str, float]:
        """Mean Dice of the labels by scan, of downloaded masks against the references, on the stored grid."""
        found = {}
        with zipfile.ZipFile(masks) as archive:
            for name in self.names:
                image = nib.Nifti1Image.from_bytes(gzip.decompress(archive.read(f"{name}-mask.nii.gz")))
                wanted = nib.load(self.references / f"{name}.nii.gz")
                assert np.allclose(image.affine, wanted.affine)
                mask, drawn = (np.asarray(each.dataobj) for each in (image, wanted))
                found[name] = float(np.mean([dice(mask == code, drawn == code) for code in self.labels]))
        return found
