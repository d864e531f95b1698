"""Running an encoder network with OpenVINO on the CPU."""

from __future__ import annotations

import importlib
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

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


class OpenVinoNetwork:
    """A network of one fixed (1, 3, S, S) input, compiled for the CPU.

    Args:
        openvino: the module of :func:`import_openvino`.
        build: makes the torch network; called only when no converted copy is in ``folder``.
        input_size: S.
        precision: "bf16" or "f32".
        folder: keeps the converted network and the compiled code between runs.
        key: names the weights; a copy of other weights is never read.
    """

    def __init__(
        self,
        openvino: ModuleType,
        build: Callable[[], torch.nn.Module],
        input_size: int,
        precision: str,
        folder: Path,
        key: str,
    ) -> None:
        self._openvino = openvino
        core = openvino.Core()
        path = folder / f"{key}-{openvino.__version__.split('-')[0]}.xml"
        model = core.read_model(path) if path.exists() else self._convert(build(), input_size, path)
        config = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "CACHE_DIR": str(folder / "compiled"),
        }
        self._compiled = core.compile_model(model, "CPU", config)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """(B, 3, S, S) float32 to (B, C, h, w) float32, one image at a time."""
        return np.concatenate([self._compiled(image[None])[0] for image in images]).astype(np.float32)

    def _convert(self, network: torch.nn.Module, input_size: int, path: Path) -> object:
        """Convert from torch, and keep the result at ``path``; two processes may do so at once."""
        example = torch.zeros(1, 3, input_size, input_size)
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            model = self._openvino.convert_model(
                network, example_input=example, input=[(1, 3, input_size, input_size)]
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            draft = Path(scratch) / path.name
            self._openvino.save_model(model, draft, compress_to_fp16=False)
            # The weights go first: a reader looks for the .xml and must find the .bin beside it.
            draft.with_suffix(".bin").replace(path.with_suffix(".bin"))
            draft.replace(path)
        return model
