"""Endpoints of Gradio's own API, for gradio_client, "Use via API" and agents: commands of the command line.

Types of parameters and answers are read from the functions' signatures as they stand, so annotations are not
postponed here.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import gradio as gr
from gradio import FileData

from backend.calls.calls import Calls
from backend.calls.requests import FAILED
from fewshot_sam.errors import UserError
from fewshot_sam.evaluation.tolerance import TOLERANCE_MM
from fewshot_sam.methods.registry import DEFAULT_METHOD

MAX_WAITING = 16
"""Calls that wait for the one that is carried out; others are told that the queue is full."""
Plane = Literal["axial", "coronal", "sagittal"]
Modality = Literal["CT", "MR", "OT"]
Overlap = Literal["first", "last"]
T = TypeVar("T")
logger = logging.getLogger(__name__)


def add_calls(calls: Calls) -> None:
    """Add the endpoints to the page that is being built; one call is carried out at a time."""
    endpoints = (_propagate(calls), _predict(calls), _evaluate(calls))
    for endpoint in endpoints:
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=1, concurrency_id="calls")


def _propagate(calls: Calls) -> Callable[..., Any]:
    def propagate(
        image: FileData,
        annotations: FileData,
        request: gr.Request,
        plane: Plane | None = None,
        slices: list[int] | None = None,
        window: list[float] | None = None,
        method: str = DEFAULT_METHOD,
        modality: Modality | None = None,
        series: str | None = None,
        seed: int = 0,
        resample: bool = False,
        resample_labels: bool = False,
        overlap: Overlap | None = None,
        save_model: bool = False,
    ) -> tuple[FileData, FileData | None, dict[str, Any]]:
        """Fill a scan's labels in from a few painted slices: mask (NIfTI), model if save_model, report.

        image is one file (NIfTI, NRRD, MetaImage, or a zip of DICOM), annotations a label map of it with
        some slices painted.
        """
        options = {
            **{"plane": plane, "slices": slices or [], "window": window, "method": method},
            **{"modality": modality, "series": series, "seed": seed, "resample": resample},
            **{"resample_labels": resample_labels, "overlap": overlap, "save_model": save_model},
        }
        sent = {"image": _path(image), "annotations": _path(annotations)}
        mask, model, report = _told(lambda: calls.propagate(_owner(request), sent, options))
        return _file(mask), _file(model) if model else None, report

    return propagate


def _predict(calls: Calls) -> Callable[..., Any]:
    def predict(
        image: FileData,
        model: FileData,
        request: gr.Request,
        modality: Modality | None = None,
        series: str | None = None,
        seed: int = 0,
        resample: bool = False,
    ) -> tuple[FileData, dict[str, Any]]:
        """Label a scan with a few-shot model, nothing painted on it: the mask as NIfTI, and a report.

        model is a .safetensors file of propagate, of the page or of the command line.
        """
        options = {"modality": modality, "series": series, "seed": seed, "resample": resample}
        sent = {"image": _path(image), "model": _path(model)}
        mask, report = _told(lambda: calls.predict(_owner(request), sent, options))
        return _file(mask), report

    return predict


def _evaluate(calls: Calls) -> Callable[..., Any]:
    def evaluate(
        mask: FileData,
        reference: FileData,
        request: gr.Request,
        labels: list[int] | None = None,
        exclude_slices: list[int] | None = None,
        plane: Plane | None = None,
        tolerance_mm: float = TOLERANCE_MM,
        resample_labels: bool = False,
        overlap: Overlap | None = None,
    ) -> dict[str, Any]:
        """Score a mask against a reference, two label maps of one scan.

        For each label dice, iou, surface_dice, assd_mm, hd95_mm, both volumes in mL; their mean over labels.
        """
        options = {
            **{"labels": labels, "exclude_slices": exclude_slices or [], "plane": plane},
            **{"tolerance_mm": tolerance_mm, "resample_labels": resample_labels, "overlap": overlap},
        }
        sent = {"mask": _path(mask), "reference": _path(reference)}
        return _told(lambda: calls.evaluate(_owner(request), sent, options))

    return evaluate


def _path(file: object) -> object:
    """What a client sent in a file's place; Gradio gives it as it came."""
    return file.get("path") if isinstance(file, Mapping) else None


def _file(path: str) -> Any:
    """A file as Gradio's clients download it."""
    return {"path": path, "orig_name": path.rpartition("/")[2], "meta": {"_type": "gradio.FileData"}}


def _owner(request: gr.Request) -> str:
    return str(request.request.state.owner)  # type: ignore[union-attr]


def _told(work: Callable[[], T]) -> T:
    """What ``work`` returns; a user's error reaches the client as its sentence."""
    try:
        return work()
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        logger.exception("a call failed")
        raise gr.Error(FAILED, print_exception=False) from error
