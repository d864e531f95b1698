"""What a run stores: uncertainty by slice, how the scan differs, and the method's report of each label."""

from __future__ import annotations

from typing import Any

import numpy as np

from backend.schemas.limits import CERTAIN, UNCERTAIN_BELOW
from fewshot_sam.data.planes import Plane
from fewshot_sam.evaluation.domain_shift import PROPOSED_SLICES, describe
from storage.models import RunRow, VolumeRow

WARNING_CHARACTERS = 500


def slice_uncertainty(confidence: np.ndarray) -> dict[str, list[float]]:
    """Plane to the expected number of wrong voxels on each of its slices, counting uncertain voxels only.

    Args:
        confidence: canonical (X, Y, Z) uint8, 255 is certain.
    """
    values = np.arange(256)
    weights = np.where(values < UNCERTAIN_BELOW, CERTAIN - values, 0).astype(np.uint8)[confidence]
    uncertainty = {}
    for plane in Plane:
        others = tuple(axis for axis in range(3) if axis != plane.axis)
        wrong = weights.sum(axis=others, dtype=np.uint64) / CERTAIN
        uncertainty[plane.value] = [round(float(each), 1) for each in wrong]
    return uncertainty


def next_slices(report: dict[str, Any], plane: str) -> list[dict[str, Any]] | None:
    """What the method suggests to paint next, of the plane it painted in; None where it does not say."""
    found = report.get("next_slices")
    if found is None:
        return None
    return [{"plane": plane, **_plain(each), "labels": each["labels"]} for each in found]


def named_sources(run: RunRow, volume: VolumeRow) -> list[dict[str, Any]]:
    """What a propagation learnt from, as its model keeps it: volume_id, name and painted slices, in order."""
    own = {"volume_id": volume.id, "name": volume.name, "annotation_versions": run.annotation_versions}
    return [
        {
            "volume_id": source["volume_id"],
            "name": source["name"],
            "slices": sorted(map(int, source["annotation_versions"])),
        }
        for source in (run.sources or [own])
    ]


def domain_shift(
    report: dict[str, Any], plane: str, modality: str, learnt_from: str | None
) -> dict[str, Any] | None:
    """How a scan differs from those its model was fitted on; None where it does not, or was not compared.

    Args:
        report: of the prediction.
        plane: that it was made in.
        modality: of the scan.
        learnt_from: modality of the scan that the model was fitted on; None if that is not known.
    """
    found = report.get("domain_shift")
    if found is None:
        return None
    unlike = (modality, learnt_from) if learnt_from and {modality, learnt_from} == {"CT", "MR"} else None
    sentence = describe(found["reasons"], found["distance"], found["usual_distance"], unlike)
    if sentence is None:
        return None
    worth = [each["slice_index"] for each in report.get("next_slices") or []]
    slices = sorted(found["slices"] or worth[:PROPOSED_SLICES])
    return {**found, "plane": plane, "slices": slices, "sentence": sentence}


def merged_report(labels: list[dict[str, Any]], report: dict[str, Any]) -> dict[str, Any]:
    """Per label value (as text): name, volume and what the method reports of the label.

    "expected_dice" (0..1 or None) and "warning" (a sentence or None) are there where the method can
    judge itself.
    """
    of_label, quality = report.get("labels", report), report.get("quality") or {}
    merged = {}
    for label in labels:
        merged[str(label["value"])] = {
            "name": label["name"],
            "volume_ml": label["volume_ml"],
            "voxels": label["voxels"],
            **_plain(_of_value(of_label, label["value"])),
            **_quality(_of_value(quality, label["value"])),
        }
    return merged


def _of_value(by_value: dict[Any, Any], value: int) -> dict[str, Any]:
    said = by_value.get(value, by_value.get(str(value)))
    return said if isinstance(said, dict) else {}


def _quality(said: dict[str, Any]) -> dict[str, Any]:
    if not said:
        return {}
    dice, warning = _plain(said).get("expected_dice"), said.get("warning")
    return {
        "expected_dice": min(1.0, max(0.0, float(dice))) if isinstance(dice, int | float) else None,
        "warning": str(warning)[:WARNING_CHARACTERS] if warning else None,
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Only what JSON can hold."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, str | bool | int | float):
            plain[str(name)] = value if not isinstance(value, float) or np.isfinite(value) else None
    return plain
