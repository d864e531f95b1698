"""Model files, read without torch: safetensors with JSON metadata. Nothing is unpickled or believed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from fewshot_sam.errors import ModelError

FORMAT = "fewshot-sam-1"
MAX_BYTES = 1024**3
"""Far over the largest network that can be fitted; the whole file is read into memory."""
MAX_HEADER_BYTES = 8 * 1024**2
"""Names, shapes and the description; that of a model of 255 labels and 1000 volumes has 0.3 MB."""
_LENGTH_BYTES = 8


def metadata_of(about: dict[str, Any]) -> dict[str, str]:
    """The metadata of a file with this description."""
    return {"format": FORMAT, "about": json.dumps(about)}


def read_model(path: Path, max_bytes: int = MAX_BYTES) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tensors of a model's file by name, of any shape and each of a float type, and its description.

    Raises:
        ModelError: it is missing, too large, damaged, no few-shot model, or one of a later version.
    """
    tensors, metadata = _read_tensors(path, max_bytes)
    stated = metadata.get("format")
    if stated != FORMAT:
        if re.fullmatch(r"fewshot-sam-[0-9]{1,9}", stated or ""):
            raise ModelError(
                f"{path.name} was made by a later version of this program ({stated}). Update to use it."
            )
        shown = None if stated is None else stated[:80]
        raise ModelError(f"{path.name} must be a few-shot model of format {FORMAT}, got {shown!r}.")
    return tensors, _parse_about(metadata.get("about", ""), path.name)


def _parse_about(text: str, name: str) -> dict[str, Any]:
    try:
        about = json.loads(text)
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise ModelError(f"The description of the model in {name} must be a JSON object; it is damaged.")
    return about


def _read_tensors(path: Path, max_bytes: int) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    if not path.is_file():
        raise ModelError(f"The few-shot model {path} does not exist.")
    size = path.stat().st_size
    if size > max_bytes:
        raise ModelError(f"A few-shot model must be at most {max_bytes} bytes, {path.name} has {size}.")
    _require_header(path, size)
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            tensors = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - no iterator
    except (SafetensorError, OSError, TypeError, AttributeError) as error:  # the last two: types NumPy lacks
        raise _damaged(path) from error
    for name, tensor in tensors.items():
        if tensor.dtype.kind != "f":
            raise ModelError(
                f"{path.name} is damaged: the numbers of {name[:80]!r} must be floats, got {tensor.dtype}."
            )
    return tensors, metadata


def _require_header(path: Path, size: int) -> None:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if not 0 < length <= size - _LENGTH_BYTES:
        raise _damaged(path)
    if length > MAX_HEADER_BYTES:
        raise ModelError(
            f"The description in {path.name} must have at most {MAX_HEADER_BYTES} bytes, got {length}: it is "
            "damaged or no few-shot model."
        )


def _damaged(path: Path) -> ModelError:
    return ModelError(f"{path.name} is not a safetensors file, or it is damaged.")
