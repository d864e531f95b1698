"""Few-shot models on disk: safetensors with JSON metadata, never pickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from fewshot_sam.methods.tensor_file import MAX_BYTES, metadata_of, read_model


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
            save_file(tensors, draft, metadata_of(self.about))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> ModelFile:
        """Read a file of :meth:`save`.

        Raises:
            ModelError: if it is missing, too large, damaged or not a few-shot model.
        """
        arrays, about = read_model(path, MAX_BYTES)
        return cls({name: torch.from_numpy(array) for name, array in arrays.items()}, about)
