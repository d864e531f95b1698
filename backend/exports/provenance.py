"""How the labels of a mask came to be, slice by slice, as JSON beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.dicom_algorithm import DicomAlgorithm, dicom_algorithm
from backend.schemas.parts import OriginAnswer
from backend.schemas.provenance import MaskOriginAnswer
from fewshot_sam import __version__
from fewshot_sam.data.origins import PROVENANCE_FORMAT, PROVENANCE_SUFFIX, OriginKind


def export(mask: ExportedMask) -> ExportFile:
    """The provenance of a mask's labels; a label map is imported with such a file beside it."""
    return ExportFile(f"{mask.stem}{PROVENANCE_SUFFIX}", "application/json", provenance_json(mask))


def provenance_json(mask: ExportedMask) -> bytes:
    """UTF-8 JSON: what made the mask, each label in figures, and each label of the slices people did."""
    made_by, masks = _made_by(mask), mask.provenance.masks
    content = {
        "format": PROVENANCE_FORMAT,
        "version": 1,
        "program": f"Few-shot SAM {__version__}",
        "volume": mask.volume.name,
        "plane": mask.plane.value,
        "model": made_by.title if made_by else None,
        "masks": [each.model_dump(exclude={"mask_id"}) | {"id": each.mask_id} for each in masks],
        "labels": [_label_facts(mask, label) for label in mask.labels],
        "slices": _slices(mask),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def how_cell(mask: ExportedMask, value: int) -> str:
    """How a label's slices were made and by whom, in words, such as "painted 3 (Anna), predicted 20"."""
    people: dict[OriginKind, set[str]] = {}
    for origin in _origins(mask, value).values():
        people.setdefault(origin.kind, set()).add(_person(mask, origin) or "")
    parts = []
    for kind, count in kind_counts(mask, value).items():
        names = ", ".join(sorted(people.get(kind, set()) - {""}))
        parts.append(f"{kind.value} {count}" + (f" ({names})" if names else ""))
    return ", ".join(parts)


def kind_counts(mask: ExportedMask, value: int) -> dict[OriginKind, int]:
    """How many slices of the painted plane a label came onto in each way; the rest were predicted."""
    counts = Counter(origin.kind for origin in _origins(mask, value).values())
    other_axes = tuple(axis for axis in range(3) if axis != mask.plane.axis)
    holding = np.flatnonzero((mask.label_map == value).any(axis=other_axes)).tolist()
    counts[OriginKind.PREDICTED] += len(set(holding) - set(mask.reviewed))
    return {kind: counts[kind] for kind in OriginKind if counts[kind]}


def label_algorithm(mask: ExportedMask, counts: Mapping[OriginKind, int]) -> DicomAlgorithm:
    """How a label of the mask was made, as DICOM says it; ``counts`` are its :func:`kind_counts`."""
    made_by = _made_by(mask)
    return dicom_algorithm(counts, made_by.title if made_by else None)


def _label_facts(mask: ExportedMask, label: Mapping[str, Any]) -> dict[str, Any]:
    counts = kind_counts(mask, label["value"])
    return {
        "code": label["code"],
        "name": label["name"],
        "slices": {kind.value: count for kind, count in counts.items()},
        "algorithm": asdict(label_algorithm(mask, counts)),
    }


def _slices(mask: ExportedMask) -> list[dict[str, Any]]:
    codes = {str(label["value"]): label["code"] for label in mask.labels}
    return [
        {
            "slice_index": each.slice_index,
            "labels": [
                _label_on_slice(mask, codes[key], origin)
                for key, origin in each.labels.items()
                if key in codes
            ],
        }
        for each in mask.provenance.slices
    ]


def _label_on_slice(mask: ExportedMask, code: int, origin: OriginAnswer) -> dict[str, Any]:
    facts = origin.model_dump(mode="json", exclude_none=True) | {"code": code, "by": _person(mask, origin)}
    found = (each.title for each in mask.provenance.masks if each.mask_id == origin.mask)
    return facts | {"model": next(found, None)}


def _person(mask: ExportedMask, origin: OriginAnswer) -> str | None:
    return mask.provenance.person(origin.by)


def _origins(mask: ExportedMask, value: int) -> dict[int, OriginAnswer]:
    """Of a label, by the index of the slices that people did."""
    return {
        each.slice_index: each.labels[str(value)]
        for each in mask.provenance.slices
        if str(value) in each.labels
    }


def _made_by(mask: ExportedMask) -> MaskOriginAnswer | None:
    """What made the mask itself."""
    found = (each for each in mask.provenance.masks if each.mask_id == mask.answer.id)
    return next(found, None)
