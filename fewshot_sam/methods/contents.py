"""What the numbers in a model's file are, and what they tell of the scans. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import numpy as np

from fewshot_sam.errors import ModelError
from fewshot_sam.methods.registry import METHODS

VECTORS = "slice_vectors."
"""Before a volume's content hash: the names of its vectors among a file's tensors."""


@dataclass(frozen=True)
class Contents:
    """The numbers of a model. None is a voxel; all are learnt or averaged from the encoder's answers.

    Attributes:
        weights: numbers of the network.
        averages: vectors that began as averages of the encoder's answers under painted labels.
        slice_vectors: averages of the encoder's answers on whole painted slices.
        vector_length: numbers of one such vector; 0 where there is none.
    """

    weights: int
    averages: int
    slice_vectors: int
    vector_length: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """For people who decide whether to share it."""
        parts = [f"{self.weights} weights of a network"]
        if self.averages:
            parts.append(f"{self.averages} average vectors of painted places")
        if self.slice_vectors:
            parts.append(f"{self.slice_vectors} average vectors of painted slices")
        return ", ".join(parts)


def contents_of(method: str, shapes: Mapping[str, tuple[int, ...]]) -> Contents:
    """Those of a file with tensors of these shapes, by name."""
    averaging = METHODS[method].averages if method in METHODS else ()
    averaged = [shapes[name] for name in averaging if shapes.get(name)]
    slices = [shape for name, shape in shapes.items() if name.startswith(VECTORS) and shape]
    lengths = [shape[-1] for shape in averaged + slices]
    total = sum(prod(shape) for shape in shapes.values())
    return Contents(
        weights=total - sum(prod(shape) for shape in averaged + slices),
        averages=sum(prod(shape[:-1]) for shape in averaged),
        slice_vectors=sum(prod(shape[:-1]) for shape in slices),
        vector_length=max(lengths, default=0),
    )


def require_finite(tensors: Mapping[str, np.ndarray], name: str) -> None:
    """Check the numbers of a file.

    Args:
        tensors: by name, floats of any shape and dtype.
        name: of the file, for the error.

    Raises:
        ModelError: one of them is NaN or infinite.
    """
    for key, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise ModelError(f"{name} is damaged: {key[:80]!r} holds values that are no finite numbers.")
