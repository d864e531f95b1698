"""Saving a label that somebody drew in another program: as painted slices, each a new version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.asker import Asker
from backend.errors import InvalidRequestError, NotFoundError
from backend.schemas.answers import ImportAnswer
from backend.schemas.enums import PaintChoice
from backend.schemas.limits import MAX_CODE, MAX_NAME_LENGTH
from backend.services.label_import import LabelImport
from backend.services.monai_label.results import SEGMENTATION
from backend.services.monai_label.words import Tag, parse_tag
from fewshot_sam.io.sandbox.limits import no_check
from storage.models import VolumeRow

MAX_SEGMENTS = 1000
_NAMES_FILE = "label-names.json"


def save_label(
    label_import: LabelImport,
    asker: Asker,
    volume: VolumeRow,
    files: Sequence[Path],
    tag: str,
    params: Mapping[str, Any],
    check: Callable[[], None] = no_check,
) -> ImportAnswer:
    """Paint the slices of a volume that a label map holds labels on.

    Slices that were painted before become as in the label map, unless "paint" of the parameters says "keep"
    or "merge"; their earlier versions stay. "label_info" tells the names of the values that the program
    counted its segments with; without it, or without names in the file, values are codes.

    Args:
        volume: see :meth:`backend.services.monai_label.images.Images.find`.
        files: the label map; a file with names is put beside it.
        tag: only a person's label can be saved.
        check: called now and then; what it raises ends the import, of which nothing is kept.

    Raises:
        NotFoundError: another tag.
        InvalidRequestError: parameters that are none, or not one file.
        UserError: see :meth:`backend.services.label_import.LabelImport.import_label_map`.
    """
    if parse_tag(tag) is not Tag.FINAL:
        raise NotFoundError(
            f"Labels are saved under the tag {Tag.FINAL}; what is {tag} is made by runs here."
        )
    if len(files) != 1:
        raise InvalidRequestError(f"A label must be saved as one file, got {len(files)}.")
    names = [] if files[0].name.lower().endswith(SEGMENTATION) else _segments(params.get("label_info"))
    paint = str(params.get("paint") or PaintChoice.REPLACE)
    chosen = list(files)
    if names:
        beside = files[0].with_name(_NAMES_FILE)
        beside.write_text(json.dumps(names), encoding="utf-8")
        chosen.append(beside)
    by_name = bool(names) or files[0].name.lower().endswith(SEGMENTATION)
    return label_import.import_label_map(
        asker, volume.id, chosen, volume.plane, paint=paint, by_name=by_name, check=check
    )


def _segments(info: Any) -> list[dict[str, Any]]:
    """Code and name of each segment that a program names, as :mod:`fewshot_sam.io.label_names` reads them."""
    if info is None:
        return []
    if not isinstance(info, list) or len(info) > MAX_SEGMENTS:
        raise InvalidRequestError(f"label_info must be a list of at most {MAX_SEGMENTS} segments.")
    return [_segment(each) for each in info]


def _segment(info: Any) -> dict[str, Any]:
    name, code = (info.get("name"), info.get("idx")) if isinstance(info, dict) else (None, None)
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidRequestError(f"Each name in label_info must have 1 to {MAX_NAME_LENGTH} characters.")
    if not isinstance(code, int) or isinstance(code, bool) or not 1 <= code <= MAX_CODE:
        raise InvalidRequestError(f"Each idx in label_info must be a whole number from 1 to {MAX_CODE}.")
    return {"code": code, "name": name}
