"""Reading an uploaded label map and the names that may come with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.volume import Volume

LabelFileReader = Callable[[list[Path], Volume], tuple[np.ndarray, dict[int, str]]]


def read_label_files(files: list[Path], volume: Volume) -> tuple[np.ndarray, dict[int, str]]:
    """A label map on the volume's grid and names by code from a JSON file beside it.

    Returns:
        the canonical uint16 (X, Y, Z) label map, and the names ({} without JSON).

    Raises:
        ImageFormatError: not one image and at most one JSON, or neither can be read.
        GeometryError: the label map lies on another grid.
    """
    from fewshot_sam import io  # loads readers of many formats; only needed here

    sidecars = [path for path in files if path.suffix.lower() == ".json"]
    images = [path for path in files if path not in sidecars]
    if len(images) != 1 or len(sidecars) > 1:
        raise ImageFormatError(
            "Choose one label map file, and at most one JSON file with the labels' names beside it."
        )
    names = _names(sidecars[0]) if sidecars else {}
    # First in a process with limits: a file that is made to crash a reader crashes that one.
    io.load_volume_isolated(images[0])
    return io.load_label_map(images[0], volume), names


def _names(path: Path) -> dict[int, str]:
    """Names by code from {"1": "liver"}, {"labels": ...} or [{"code": 1, "name": "liver"}]."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "labels" in content:
            content = content["labels"]
        if isinstance(content, list):
            return {int(entry.get("code", entry.get("value"))): str(entry["name"]) for entry in content}
        return {int(code): _name_of(entry) for code, entry in content.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ImageFormatError(
            'The JSON file must give names by code, such as {"1": "liver"}, but it does not.'
        ) from error


def _name_of(entry: Any) -> str:
    return str(entry["name"]) if isinstance(entry, dict) else str(entry)
