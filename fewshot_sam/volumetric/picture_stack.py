"""A stack of unrelated pictures, taken apart for methods and put together again.

A method sees each picture as a scan of one slice, and a painted one as one more volume that it is fitted on.
So cross-validation leaves whole pictures out, padding is never seen, and nothing passes from one picture to
the next: neither interpolation nor components nor the random walker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fewshot_sam.data.painted_case import PaintedCase
from fewshot_sam.data.pictures import place_of, single_picture
from fewshot_sam.data.planes import Plane, from_display
from fewshot_sam.data.prediction import CERTAIN, Prediction
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import AnnotationError, ModelError
from fewshot_sam.evaluation.next_slice import ExpectedErrors, suggest_slices
from fewshot_sam.evaluation.quality import picture_quality
from fewshot_sam.progress import Progress, Stage
from fewshot_sam.settings import PredictSettings

if TYPE_CHECKING:
    from fewshot_sam.volumetric.solve import Solution

MIN_COMPONENT_FRACTION = 0.01
"""Of the largest of its label on a picture, which may hold many things of one kind, large and small."""
MAX_CELLS = 1_000_000
"""Cells that one picture is solved at."""


def learnt_cases(cases: Sequence[PaintedCase], method: str) -> list[PaintedCase]:
    """The cases that a method is fitted on: of a stack each painted picture, else the case itself.

    Raises:
        AnnotationError: pictures are painted in another plane than their own.
        ModelError: the method only fills in between slices.
    """
    found: list[PaintedCase] = []
    for case in cases:
        if not case.volume.pictures:
            found.append(case)
            continue
        require_own_plane(case.plane)
        if method == "draft":
            raise ModelError(
                "The draft fills in between painted slices, and pictures have nothing between them. "
                "Choose a method that learns."
            )
        for index, image in sorted(case.display.items()):
            display = {0: inside(case.volume, index, image)}
            found.append(PaintedCase(single_picture(case.volume, index), case.plane, display))
    return found


def require_own_plane(plane: Plane) -> None:
    """Raise AnnotationError unless it is the plane of pictures."""
    if plane != Plane.AXIAL:
        raise AnnotationError(f"Pictures are painted as axial slices, but the {plane} plane is asked for.")


def inside(stack: Volume, index: int, image: np.ndarray) -> np.ndarray:
    """The part of a padded (rows, columns) uint16 label map that lies on the picture; a copy."""
    return np.ascontiguousarray(stack.pictures[index].inside(image))


def picture_settings(settings: PredictSettings) -> PredictSettings:
    """Settings as they hold for one picture."""
    return replace(
        settings,
        min_component_fraction=min(settings.min_component_fraction, MIN_COMPONENT_FRACTION),
        max_cells=min(settings.max_cells, MAX_CELLS),
    )


Solve = Callable[[Volume, Progress], "tuple[Prediction, Solution | None]"]
"""Predicts one picture on which nothing is painted."""


@dataclass(frozen=True, eq=False)
class PicturePredictor:
    """Predicts the pictures of a stack one by one.

    Attributes:
        stack: the pictures.
        codes: labels that the model knows.
        cross_validated_dice: of the model, by code.
        solve: of one picture.
    """

    stack: Volume
    codes: tuple[int, ...]
    cross_validated_dice: Mapping[int, float | None]
    solve: Solve

    def predict(
        self, painted: Mapping[int, np.ndarray], probabilities: bool, progress: Progress
    ) -> Prediction:
        """Painted pictures come out as painted, all others as they are predicted.

        Args:
            painted: by index: (rows, columns) uint16 label maps, display orientation, padded.
            probabilities: also keep each label's.
            progress: told of ``Stage.SCORE`` and ``Stage.SOLVE``.
        """
        shape, count = self.stack.shape, len(self.stack.pictures)
        maps = {code: np.zeros(shape, np.float16) for code in self.codes} if probabilities else None
        label_map, confidence = np.zeros(shape, np.uint16), np.full(shape, CERTAIN, np.uint8)
        found = Prediction(label_map, maps, confidence=confidence)
        errors: ExpectedErrors | None = None
        for index in range(count):
            if index in painted:
                self._put_painted(found, index, inside(self.stack, index, painted[index]))
            else:
                tell = _share(progress, index, count)
                alone, solution = self.solve(single_picture(self.stack, index), tell)
                self._put(found, index, alone)
                errors = self._with_errors(errors, index, solution)
        progress(Stage.SOLVE, 1.0)
        found.report.update(self._report(found, painted, errors))
        return found

    def _put(self, found: Prediction, index: int, alone: Prediction) -> None:
        at = place_of(self.stack.pictures, index, self.stack.shape)
        found.label_map[at] = alone.label_map
        if found.confidence is not None and alone.confidence is not None:
            found.confidence[at] = alone.confidence
        for code, whole in (found.probabilities or {}).items():
            whole[at] = (alone.probabilities or {})[code]

    def _put_painted(self, found: Prediction, index: int, image: np.ndarray) -> None:
        at = place_of(self.stack.pictures, index, self.stack.shape)
        found.label_map[at] = from_display(image)[:, :, None]
        for code, whole in (found.probabilities or {}).items():
            whole[at] = from_display(image == code)[:, :, None]

    def _report(
        self, found: Prediction, painted: Mapping[int, np.ndarray], errors: ExpectedErrors | None
    ) -> dict[str, Any]:
        pixels = {code: int(np.count_nonzero(found.label_map == code)) for code in self.codes}
        report: dict[str, Any] = {"pixels": {str(code): count for code, count in pixels.items()}}
        if painted:
            report["quality"] = picture_quality(self.cross_validated_dice, painted, found.label_map)
        if errors is not None:
            suggested = suggest_slices(errors, painted, float("inf"))
            report["next_slices"] = [each.to_json() for each in suggested]
        return report

    def _with_errors(
        self, errors: ExpectedErrors | None, index: int, solution: Solution | None
    ) -> ExpectedErrors | None:
        """Those of one more picture added; None as long as no picture tells of any."""
        if solution is None:
            return errors
        more = ExpectedErrors.of(solution.probabilities, index, len(self.stack.pictures), self.codes)
        if errors is None:
            return more
        labelled, wrong = errors.labelled + more.labelled, errors.wrong + more.wrong
        return ExpectedErrors(self.codes, labelled, wrong, errors.between + more.between)


def _share(progress: Progress, index: int, count: int) -> Progress:
    """Progress of one picture as a part of scoring them all."""

    def tell(stage: Stage, fraction: float, **_: object) -> None:
        half = {Stage.SCORE: 0.5 * fraction, Stage.SOLVE: 0.5 + 0.5 * fraction}.get(stage, 0.0)
        progress(Stage.SCORE, (index + half) / count)

    return tell
