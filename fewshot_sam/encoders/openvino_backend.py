"""Running an encoder network with OpenVINO on the CPU."""

from __future__ import annotations

import importlib
import sys
import tempfile
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch


def import_openvino() -> ModuleType | None:
    """The openvino module with its usage reporting switched off, or None where it cannot be imported.

    Importing openvino reports to a server by default. This program handles patient data and sends
    nothing, so the reporting package is hidden: openvino then uses its own silent stand-in.
    """
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    except ImportError:
        return None


def inference_precision(openvino: ModuleType) -> str:
    """ "bf16" where the processor multiplies bfloat16 in hardware, else "f32"."""
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in capabilities else "f32"


MAX_COMPILED = 4
"""Shapes kept compiled, each about 150 MB: a volume has three, one a plane."""


class OpenVinoNetwork:
    """A network of images of any shape that it accepts, compiled for the CPU once a shape.

    A network compiled for every shape at once takes half as long again for each image.

    Args:
        openvino: the module of :func:`import_openvino`.
        build: makes the torch network; called only when no converted copy is in ``folder``.
        example_size: height and width of an image to follow the network's operations with.
        precision: "bf16" or "f32".
        folder: keeps the converted network and the compiled code between runs.
        key: names the weights; a copy of other weights is never read.
    """

    def __init__(
        self,
        openvino: ModuleType,
        build: Callable[[], torch.nn.Module],
        example_size: tuple[int, int],
        precision: str,
        folder: Path,
        key: str,
    ) -> None:
        self._openvino = openvino
        self._core = openvino.Core()
        self._path = folder / f"{key}-{openvino.__version__.split('-')[0]}.xml"
        if not self._path.exists():
            self._convert(build(), example_size)
        self._config = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "CACHE_DIR": str(folder / "compiled"),
        }
        self._compiled: OrderedDict[tuple[int, ...], Any] = OrderedDict()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 to (B, C, h, w) float32, one image at a time."""
        compiled = self._compiled_for(images.shape[1:])
        return np.concatenate([compiled(image[None])[0] for image in images]).astype(np.float32)

    def _compiled_for(self, shape: tuple[int, ...]) -> Any:
        """The network for images of (3, H, W); the shapes used last are kept."""
        if shape not in self._compiled:
            model = self._core.read_model(self._path)
            model.reshape([1, *shape])
            self._compiled[shape] = self._core.compile_model(model, "CPU", self._config)
            if len(self._compiled) > MAX_COMPILED:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(shape)
        return self._compiled[shape]

    def _convert(self, network: torch.nn.Module, example_size: tuple[int, int]) -> None:
        """Convert from torch, and keep the result; two processes may do so at once."""
        path = self._path
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            model = self._openvino.convert_model(
                network, example_input=torch.zeros(1, 3, *example_size), input=[(1, 3, -1, -1)]
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            draft = Path(scratch) / path.name
            self._openvino.save_model(model, draft, compress_to_fp16=False)
            # The weights go first: a reader looks for the .xml and must find the .bin beside it.
            draft.with_suffix(".bin").replace(path.with_suffix(".bin"))
            draft.replace(path)
