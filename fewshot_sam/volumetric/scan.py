"""One scan, or one picture, through a fitted model: scored slice by slice, then solved as a whole."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from fewshot_sam.data.prediction import Prediction
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window
from fewshot_sam.methods.base import MethodContext, ScoreTask
from fewshot_sam.methods.fitted_model import FittedModel
from fewshot_sam.settings import PredictSettings
from fewshot_sam.volumetric.base import Problem, SliceStack
from fewshot_sam.volumetric.finalise import finalise
from fewshot_sam.volumetric.registry import volumetric_steps
from fewshot_sam.volumetric.solve import Solution, solve_volume


class SolvedScan(NamedTuple):
    """A scan that was predicted, and how.

    Attributes:
        prediction: its report is empty.
        solution: None where each slice stands alone.
        window: that its slices were shown to the encoder in.
        scored_at: when its slices were scored, by ``time.monotonic()``.
    """

    prediction: Prediction
    solution: Solution | None
    stack: SliceStack
    window: Window
    scored_at: float


def solve_scan(
    model: FittedModel,
    volume: Volume,
    painted: dict[int, np.ndarray],
    guiding: dict[int, np.ndarray],
    settings: PredictSettings,
    context: MethodContext,
) -> SolvedScan:
    """Score the slices of a scan, solve it, and put what is painted over the result.

    Args:
        painted: slice index to (rows, columns) uint16 label map, display orientation.
        guiding: those of them that guide the others; see
            :func:`fewshot_sam.data.painted_case.known_painted`.

    Raises:
        OperationCancelled: from ``context.progress``.
    """
    window, dice = model.window or default_window(volume), model.fitted.cross_validated_dice
    task = ScoreTask(volume, model.plane, window, model.volumes, settings.batch_size, painted)
    scores = model.fitted.score_slices(task, context)  # encodes what is missing
    scored_at = time.monotonic()
    stack = SliceStack.of(volume, model.plane, window, guiding, model.codes)
    problem = Problem(stack, settings, dice, context.device, context.progress)
    steps = volumetric_steps(settings.steps)
    together = any(step.joins_slices for step in steps) and (
        stack.painted_codes or model.fitted.solves_without_paint
    )
    solution = solve_volume(scores, problem, steps) if together else None
    prediction = finalise(scores, solution, problem, steps, volume, model.plane, painted)
    return SolvedScan(prediction, solution, stack, window, scored_at)
