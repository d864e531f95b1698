"""Few-shot models on disk: safetensors with JSON metadata, never pickled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from fewshot_sam.errors import ModelError

FORMAT = "fewshot-sam-1"
MAX_BYTES = 1024**3
"""Far over the largest network that can be fitted; the whole file is read into memory."""


@dataclass(frozen=True)
class ModelFile:
    """What is in a model's file.

    Attributes:
        state: the decoder's state dict, float32.
        about: JSON metadata: plane, codes, encoder name and identity, window, settings.
    """

    state: dict[str, torch.Tensor]
    about: dict[str, Any]

    def save(self, path: Path) -> None:
        """Write to ``path`` whole or not at all."""
        draft = path.with_name(f".{path.name}.part")
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.state.items()}
        try:
            save_file(tensors, draft, {"format": FORMAT, "about": json.dumps(self.about)})
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> ModelFile:
        """Read a file of :meth:`save`.

        Raises:
            ModelError: if it is missing, too large, damaged or not a few-shot model.
        """
        if not path.is_file():
            raise ModelError(f"The few-shot model {path} does not exist.")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise ModelError(f"A few-shot model must be at most {MAX_BYTES} bytes, {path.name} has {size}.")
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                metadata = file.metadata() or {}
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no iterator
        except (SafetensorError, OSError) as error:
            raise ModelError(f"{path.name} is not a safetensors file, or it is damaged.") from error
        if metadata.get("format") != FORMAT:
            raise ModelError(
                f"{path.name} must be a few-shot model of format {FORMAT}, got {metadata.get('format')!r}."
            )
        return cls(state, _parse_about(metadata.get("about", ""), path.name))


def _parse_about(text: str, name: str) -> dict[str, Any]:
    try:
        about = json.loads(text)
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise ModelError(f"The description of the model in {name} must be a JSON object; it is damaged.")
    return about
