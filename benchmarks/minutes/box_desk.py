"""The app with its Box tool: a box around each structure, the lasso where what comes of it is poor."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy.ndimage import label as components

from benchmarks.minutes.app_desk import AppDesk, client_places
from benchmarks.minutes.strokes import Stroke
from tests.e2e.strokes import dice
from tests.e2e.workspace import Workspace

OUTLINE_TIMEOUT_MS = 30_000


@dataclass
class BoxDesk(AppDesk):
    """The same page; a label that a slice does not show is boxed, one that it shows is mended by lasso.

    Attributes:
        boxes: Dice of each outline that a box gave, before anything was mended.
    """

    boxes: list[float] = field(default_factory=list)

    @staticmethod
    def missing(workspace: Workspace) -> str:
        """Why there can be no row: empty if the page has the tool."""
        return "" if workspace.part("tool-box").count() else "the page has no Box tool (tool-box)"

    def _use_boxes(self, index: int, wanted: np.ndarray) -> list[Stroke]:
        """Box what is not shown; left to draw is what came out poor, or was shown and is wrong."""
        shown = self.shown(index)
        blank = [code for code in self.scan.codes if (wanted == code).any() and not (shown == code).any()]
        if not blank:
            return self.strokes(index, wanted)
        self.press("box tool", partial(self.page.keyboard.press, "x"))
        for code in blank:
            self.choose(code)
            for piece in pieces(wanted == code, self.scan.spacing_mm, self.hand.visible_mm2):
                self._box(piece)
        found = self.shown(index)
        scores = {code: dice(found == code, wanted == code) for code in blank}
        self.boxes += scores.values()
        if found.any():
            self.painted.add(index)
        good = {code for code, score in scores.items() if score >= self.hand.min_box_dice}
        return [stroke for stroke in self.strokes(index, wanted) if stroke.code not in good]

    def _box(self, piece: np.ndarray) -> None:
        """Drag a box around a (A, B) bool piece, wait for its outline, take it."""
        self.clock.spend("boxing", self.hand.box_s, partial(self._drag, piece))
        self._wait_for_outline()
        self.press("taking", partial(self.page.keyboard.press, "Enter"))

    def _drag(self, piece: np.ndarray) -> None:
        """From corner to corner, each half a voxel outside, off by the hand's tremor."""
        i, j = np.nonzero(piece)
        corners = np.array([[i.min() - 0.5, j.min() - 0.5], [i.max() + 0.5, j.max() + 0.5]])
        tremor = (
            self.rng.standard_normal(corners.shape) * self.hand.tremor_mm / np.asarray(self.scan.spacing_mm)
        )
        limit = self.hand.max_error_voxels
        first, last = client_places(self.page, (corners + np.clip(tremor, -limit, limit)).tolist())
        self.page.mouse.move(*first)
        self.page.mouse.down()
        self.page.mouse.move(*last, steps=10)
        self.page.mouse.up()

    def time_outline(self, piece: np.ndarray) -> float:
        """Milliseconds from the end of a box around an (A, B) bool piece to its outline, which is given "
        "up then."""
        self._drag(piece)
        began = time.perf_counter()
        self._wait_for_outline()
        seconds = time.perf_counter() - began
        self.page.keyboard.press("Escape")
        return 1000 * seconds

    def _wait_for_outline(self) -> None:
        """Until the page shows what it made of the box."""
        self.page.wait_for_function("fewshotSam.state.outline?.ready", timeout=OUTLINE_TIMEOUT_MS)


def pieces(mask: np.ndarray, spacing_mm: tuple[float, float], min_mm2: float) -> list[np.ndarray]:
    """The pieces of an (A, B) bool mask, largest first, without those too small to box; at least one."""
    numbers, count = components(mask)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    large = [n for n in order if sizes[n] * spacing_mm[0] * spacing_mm[1] >= min_mm2]
    return [numbers == n + 1 for n in large or order[:1]]
