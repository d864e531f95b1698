"""A worker process whose method is a toy: no networks, and behaviours to test what surrounds it.

The behaviour is read from the file ``behaviour`` in the data folder: "", "slow" (stops when cancelled),
"unresponsive" (does not), "die" (kill -9 of itself while learning), "user error", "bug", "greedy" (takes
much memory), "disk full" (when the model is saved), "pause" (stops itself, as SIGSTOP does, while learning),
"slow encoding", "no prompts", or of outlines "outline bug", "outline dies once" and "outline dies".
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backend.choices import DEFAULT_CHOICE, RunChoice
from backend.config import Config
from backend.jobs.toolbox import Toolbox
from backend.jobs.worker import main
from backend.outlines.messages import Question
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window
from fewshot_sam.embeddings.painted_region import NOTHING_PAINTED, PaintedRegion
from fewshot_sam.errors import ModelError
from fewshot_sam.progress import Progress, Stage

GREEDY_BYTES = 1024**3
DIFFERS = {"distance": 0.2, "usual_distance": 0.02, "reasons": ["looks", "unsure"], "slices": [1, 3]}
"""What is said of every volume that a toy did not learn from."""


@dataclass(frozen=True, eq=False)
class ToyPrediction:
    """What a toy predicts, as :class:`fewshot_sam.segmenter.Prediction`, whose module imports torch."""

    label_map: np.ndarray
    report: dict[str, Any]
    confidence: np.ndarray | None = None

    @property
    def mean_confidence(self) -> float | None:
        """Of the voxels that hold a label, as the real one."""
        labelled = self.label_map != 0
        if self.confidence is None or not labelled.any():
            return None
        return float(self.confidence[labelled].mean()) / 255.0


@dataclass(frozen=True)
class ToySegmenter:
    """What is used of :class:`fewshot_sam.FewShotSegmenter`, learning by remembering."""

    plane: Plane
    codes: tuple[int, ...]
    _toolbox: FakeToolbox
    _warm: bool = False

    def predict(
        self,
        volume: Volume,
        annotations: SparseAnnotations | None,
        progress: Progress,
        allow_unknown: bool = False,
    ) -> ToyPrediction:
        label_map = np.zeros(volume.shape, np.uint8)
        known = annotations is not None and set(annotations.codes) <= set(self.codes)
        assert known or annotations is None or allow_unknown
        for index in range(volume.slice_count(self.plane)):
            if annotations is None or not known:
                take_slice(label_map, self.plane, index)[...] = self.codes[0]
                continue
            nearest = min(annotations.slices, key=lambda painted: abs(painted - index))
            take_slice(label_map, self.plane, index)[...] = annotations.slices[nearest]
        for index, painted in annotations.slices.items() if annotations else ():
            take_slice(label_map, self.plane, index)[...] = painted
        report = {code: {"cross_validated_dice": np.float32(0.5), "warm": self._warm} for code in self.codes}
        if annotations is None or not known:
            return ToyPrediction(label_map, {"labels": report, "domain_shift": DIFFERS})
        # Confidence falls with the distance from a painted slice; label 2 is reported as not learnt.
        confidence = np.full(volume.shape, 255, np.uint8)
        for index in range(volume.slice_count(self.plane)):
            apart = min(abs(painted - index) for painted in annotations.slices)
            take_slice(confidence, self.plane, index)[...] = 255 - min(255, 51 * apart)
        quality = {
            str(code): {"expected_dice": np.float32(0.75), "warning": None}
            if code == 1
            else {"expected_dice": None, "warning": "Not learnt. Paint it on another slice."}
            for code in self.codes
        }
        return ToyPrediction(label_map, {"labels": report, "quality": quality}, confidence)

    def save(self, path: Path) -> None:
        if self._toolbox.behaviour == "disk full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        path.write_bytes(bytes(self.codes))


class FakeToolbox(Toolbox):
    """Encodes by touching files, learns by remembering, predicts by copying the nearest painted slice."""

    def __init__(self, config: Config) -> None:
        self._home = config.home
        self._slice_s = 0.02

    @property
    def behaviour(self) -> str:
        path = self._home / "behaviour"
        return path.read_text() if path.exists() else ""

    def encoder_identity(self, choice: RunChoice) -> str:
        return "toy"

    def is_configured(self, name: str | None) -> bool:
        return True

    def describe(self) -> dict[str, str]:
        return {"encoder": "Toy - NumPy - CPU", "device": "cpu"}

    def encode(
        self,
        volume: Volume,
        plane: Plane,
        progress: Progress,
        first_slice: int | None = None,
        slices: list[int] | None = None,
        painted: PaintedRegion = NOTHING_PAINTED,
        choice: RunChoice = DEFAULT_CHOICE,
        whole: bool = True,
    ) -> None:
        if slices is None and not whole:
            slices = list(painted.slices)
        wanted = list(range(volume.slice_count(plane))) if slices is None else slices
        wanted.sort(key=lambda index: abs(index - (first_slice or 0)))
        for count, index in enumerate(wanted, 1):
            if not self._marker(volume, plane, index).exists():
                time.sleep(0.5 if self.behaviour == "slow encoding" else self._slice_s)
                self._marker(volume, plane, index).touch()
                with (self._home / "order").open("a") as file:
                    file.write(f"{volume.name}:{plane.value}:{index}\n")
            progress(Stage.ENCODE, count / len(wanted), done=count, total=len(wanted), slices_per_s=50.0)

    def encoded_slices(
        self,
        volume: Volume,
        plane: Plane,
        painted: PaintedRegion = NOTHING_PAINTED,
        choice: RunChoice = DEFAULT_CHOICE,
        whole: bool = True,
    ) -> tuple[int, int]:
        wanted = range(volume.slice_count(plane)) if whole else painted.slices
        return sum(self._marker(volume, plane, index).exists() for index in wanted), len(wanted)

    def prompt_kinds(self) -> tuple[str, ...]:
        return () if self.behaviour == "no prompts" else ("box",)

    def outline(self, volume: Volume, window: Window, question: Question) -> np.ndarray:
        """The cells of the box."""
        print("what a library prints is no answer")  # noqa: T201
        if self.behaviour == "outline bug":
            raise ZeroDivisionError("secret detail")
        if self.behaviour.startswith("outline dies"):
            if self.behaviour.endswith("once"):
                (self._home / "behaviour").write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
        mask = np.zeros(to_display(take_slice(volume.voxels, question.plane, question.index)).shape, bool)
        left, top, right, bottom = map(int, question.box or (0, 0, 0, 0))
        mask[top:bottom, left:right] = True
        return mask

    def draft(self, volume: Volume, annotations: SparseAnnotations, progress: Progress) -> ToyPrediction:
        if self.behaviour == "no draft":
            raise RuntimeError("the draft went wrong")
        drafting = ToySegmenter(annotations.plane, tuple(sorted(annotations.codes)), self)
        return drafting.predict(volume, annotations, progress)

    def fit(
        self,
        cases: Sequence[tuple[Volume, SparseAnnotations]],
        settings: dict[str, Any],
        warm_start: ToySegmenter | None,
        progress: Progress,
        choice: RunChoice,
    ) -> ToySegmenter:
        behaviour = self.behaviour
        if behaviour == "user error":
            raise ModelError("The painted slices are too similar. Paint others.")
        if behaviour == "bug":
            raise ZeroDivisionError("secret detail")
        if behaviour == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour == "unresponsive":
            time.sleep(600)
        if behaviour == "greedy":
            held = b"x" * GREEDY_BYTES
            time.sleep(600)
            del held
        if behaviour == "pause":
            os.kill(os.getpid(), signal.SIGSTOP)
        for step in range(200 if behaviour == "slow" else 5):
            time.sleep(0.05)
            progress(Stage.FIT, (step + 1) / 200, loss=1.0 / (step + 1), step=step + 1)
        with (self._home / "fits").open("a") as file:
            file.write(" ".join(volume.name for volume, _ in cases) + "\n")
        codes = sorted({code for _, annotations in cases for code in annotations.codes})
        return ToySegmenter(cases[0][1].plane, tuple(codes), self, warm_start is not None)

    def load(self, path: Path, choice: RunChoice) -> ToySegmenter:
        return ToySegmenter(Plane.AXIAL, tuple(path.read_bytes()), self)

    def forget(self) -> None:
        """As if no slice had been encoded."""
        shutil.rmtree(self._home / "toy", ignore_errors=True)

    def _marker(self, volume: Volume, plane: Plane, index: int) -> Path:
        folder = self._home / "toy" / f"{volume.content_hash}-{plane.value}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / str(index)


if __name__ == "__main__":
    main(FakeToolbox)
