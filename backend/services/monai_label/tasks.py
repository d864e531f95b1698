"""A run that fits the model, as a task of MONAI Label and as the statistics of its trainer."""

from __future__ import annotations

from datetime import datetime
from statistics import mean
from typing import Any

from backend.schemas.answers import RunAnswer
from backend.schemas.enums import UNFINISHED, RunState
from backend.services.monai_label.words import MODEL

EPOCHS = 100
"""Programs show progress as epochs of so many: ours is a share."""
_STATES = {
    RunState.QUEUED: "RUNNING",  # what is not running is taken for done
    RunState.RUNNING: "RUNNING",
    RunState.DONE: "DONE",
    RunState.FAILED: "ERROR",
    RunState.CANCELLED: "STOPPED",
}


def task_of(run: RunAnswer) -> dict[str, Any]:
    """A run as a task of MONAI Label."""
    state = "STOPPED" if run.cancel_requested and run.state in UNFINISHED else _STATES[run.state]
    said = run.error or run.stage or run.state
    return {
        "id": run.id,
        "status": state,
        "request": {"model": MODEL},
        "start_ts": _moment(run.started_at or run.created_at),
        "end_ts": None if run.finished_at is None else _moment(run.finished_at),
        "details": [said],
        "result": said,
    }


def statistics_of(run: RunAnswer) -> dict[str, Any]:
    """How far a fit is, and what it says of its own accuracy: the mean Dice that it expects of its labels."""
    scores = [
        label.get("expected_dice") or label.get("cross_validated_dice") for label in run.report.values()
    ]
    known = [score for score in scores if score is not None]
    done = run.state not in UNFINISHED
    return {
        "epoch": EPOCHS if done else max(1, round(EPOCHS * run.fraction)),
        "total_epochs": EPOCHS,
        **({"total_time": run.elapsed_s} if done else {}),
        **({"best_metric": round(mean(known), 4)} if known else {}),
    }


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
