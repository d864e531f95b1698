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

ANSWERED = ("ready", "empty", "failed", "idle")
"""States of outline-status that are no longer about to change; idle after a box too small to be one."""
TIMEOUT_MS = 60_000
AIMING_SHARE = 1 / 3
"""Of the time for a box: before the button goes down."""
DRAG_STEPS = 20


@dataclass
class BoxDesk(AppDesk):
    """The same page; a label that a slice does not show is boxed, one that it shows is mended by lasso.

    Attributes:
        boxes: Dice of each label that was boxed on a slice, before anything was mended.
    """

    boxes: list[float] = field(default_factory=list)

    @staticmethod
    def missing(workspace: Workspace) -> str:
        """Why there can be no row: empty if the page has the tool."""
        return "" if workspace.part("tool-box").count() else "the page has no Box tool (tool-box)"

    def facts(self) -> dict[str, object]:
        """How many labels were boxed on a slice, and how good their outlines were."""
        return {"boxes": len(self.boxes), "box_dice": [round(float(each), 3) for each in self.boxes]}

    def _use_boxes(self, index: int, wanted: np.ndarray) -> list[Stroke]:
        """Box what is not shown; left to draw is what came out poor, or was shown and is wrong."""
        shown = self.shown(index)
        blank = [code for code in self.scan.codes if (wanted == code).any() and not (shown == code).any()]
        if not blank:
            return self.strokes(index, wanted)
        self.use("box", self.choose_box)
        boxed = {code for code in blank if self._box_pieces(code, wanted == code)}
        found = self.shown(index)
        scores = {code: dice(found == code, wanted == code) for code in boxed}
        self.boxes += scores.values()
        if found.any():
            self.painted.add(index)
        good = {code for code, score in scores.items() if score >= self.hand.min_box_dice}
        return [stroke for stroke in self.strokes(index, wanted) if stroke.code not in good]

    def afresh_s(self, wanted: np.ndarray) -> float:
        """By boxes, if none of them has to be mended."""
        hand, spacing_mm = self.hand, self.scan.spacing_mm
        boxes = [len(pieces(wanted == code, spacing_mm, hand.visible_mm2)) for code in self.scan.codes]
        return sum(boxes) * (hand.box_s + hand.press_s) + hand.press_s * np.count_nonzero(boxes)

    def choose_box(self) -> None:
        """X, once the server has said that it can outline."""
        self.page.wait_for_function(
            "!document.querySelector('[data-testid=tool-box]').disabled", timeout=TIMEOUT_MS
        )
        self.page.keyboard.press("x")

    def _box_pieces(self, code: int, mask: np.ndarray) -> bool:
        """Box each large piece of a (A, B) bool mask; whether there is one."""
        large = pieces(mask, self.scan.spacing_mm, self.hand.visible_mm2)
        if large and code != self.chosen:
            self.choose(code)
        for piece in large:
            self._box(piece)
        return bool(large)

    def _box(self, piece: np.ndarray) -> None:
        """Drag a box around a (A, B) bool piece, wait for its outline, take it."""
        if self._status() != "idle":  # a box from a slice nearby is offered, or will be in a moment
            self.press("giving up", partial(self.page.keyboard.press, "Escape"))
        self.clock.spend("boxing", self.hand.box_s, partial(self._drag, piece, self.hand.box_s))
        self.wait_for_outline()
        if (state := self._status()) != "idle":
            key = "Enter" if state == "ready" else "Escape"
            self.press("taking", partial(self.page.keyboard.press, key))

    def _drag(self, piece: np.ndarray, seconds: float) -> None:
        """From corner to corner, each half a voxel outside, off by the hand's tremor."""
        first, last = self.corners(piece)
        mouse = self.page.mouse
        mouse.move(*first)
        time.sleep(AIMING_SHARE * seconds)
        mouse.down()
        began, pause_s = time.monotonic(), (1 - AIMING_SHARE) * seconds / DRAG_STEPS
        for step in range(1, DRAG_STEPS + 1):
            time.sleep(max(0.0, step * pause_s - (time.monotonic() - began)))
            x, y = (a + (b - a) * step / DRAG_STEPS for a, b in zip(first, last, strict=True))
            mouse.move(x, y)
        mouse.up()

    def corners(self, piece: np.ndarray) -> list[tuple[float, float]]:
        """Where on the page a box around a (A, B) bool piece begins and ends."""
        i, j = np.nonzero(piece)
        corners = np.array([[i.min() - 0.5, j.min() - 0.5], [i.max() + 0.5, j.max() + 0.5]])
        tremor = self.rng.standard_normal(corners.shape) * self.hand.tremor_mm
        limit = self.hand.max_error_voxels
        off = np.clip(tremor / np.asarray(self.scan.spacing_mm), -limit, limit)
        return client_places(self.page, (corners + off).tolist())

    def wait_for_outline(self) -> None:
        """Until the page shows what it made of the box.

        Raises:
            RuntimeError: if that takes over a minute.
        """
        deadline = time.monotonic() + TIMEOUT_MS / 1000
        while self.page.evaluate("fewshotSam.state.outlining") or self._status() not in ANSWERED:
            if time.monotonic() > deadline:
                raise RuntimeError(f"No outline came of the box; the page says {self._status()!r}.")
            time.sleep(0.02)

    def _status(self) -> str:
        return self.workspace.part("outline-status").get_attribute("data-state") or ""


def pieces(mask: np.ndarray, spacing_mm: tuple[float, float], min_mm2: float) -> list[np.ndarray]:
    """The pieces of an (A, B) bool mask, largest first, without those too small to box."""
    numbers, count = components(mask)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    return [numbers == n + 1 for n in order if sizes[n] * spacing_mm[0] * spacing_mm[1] >= min_mm2]
