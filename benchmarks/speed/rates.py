"""What the machine multiplies: the floor every network's time is held against."""

from __future__ import annotations

import time

import numpy as np
import torch

from benchmarks.speed.samples import median
from fewshot_sam.encoders.openvino_backend import import_openvino

SIZE = 2048
CUDA_SIZE = 8192
_SECONDS = 1.0


def torch_matmul_gflops(dtype: torch.dtype, device: str = "cpu", size: int = SIZE) -> list[float]:
    """GFLOP/s of square matrix products through torch, of each of about a second's runs."""
    a, b = (torch.randn(size, size).to(device, dtype) for _ in range(2))
    out = torch.empty_like(a)

    def multiply() -> None:
        torch.mm(a, b, out=out)
        if device != "cpu":
            torch.cuda.synchronize()

    return _gflops(multiply, size)


def openvino_matmul_gflops(precision: str, size: int = SIZE) -> list[float] | None:
    """The same through OpenVINO with "f32" or "bf16" products; None where OpenVINO is missing.

    The second matrix is a constant, as a network's weights are, so it is laid out once.
    """
    openvino = import_openvino()
    if openvino is None:
        return None
    from openvino import opset13 as operations

    weights = np.random.default_rng(0).standard_normal((size, size)).astype(np.float32)
    given = operations.parameter([size, size], np.float32)
    model = openvino.Model([operations.matmul(given, weights, False, False)], [given])
    config = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(model, "CPU", config).create_infer_request()
    request.set_input_tensor(openvino.Tensor(weights))
    return _gflops(request.infer, size)


def openvino_precisions() -> list[str]:
    """What OpenVINO multiplies in hardware here: "f32", and "bf16" where the processor has it."""
    openvino = import_openvino()
    if openvino is None:
        return []
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ["f32", *(["bf16"] if "BF16" in capabilities else [])]


def rate_numbers() -> dict[str, list[float]]:
    """GFLOP/s of each run, by dtype and library, such as "bf16 openvino"; what is not there is left out."""
    found = {
        "f32 torch": torch_matmul_gflops(torch.float32),
        "bf16 torch": torch_matmul_gflops(torch.bfloat16),
    }
    for precision in openvino_precisions():
        rate = openvino_matmul_gflops(precision)
        if rate is not None:
            found[f"{precision} openvino"] = rate
    return found


def best_rate(rates: dict[str, list[float]], dtype: str) -> float:
    """The highest median rate of any library in "f32" or "bf16", GFLOP/s: the machine's own."""
    return max(median(values) for name, values in rates.items() if name.startswith(f"{dtype} "))


def _gflops(multiply, size: int) -> list[float]:
    multiply()
    found: list[float] = []
    started = time.perf_counter()
    while len(found) < 5 or (time.perf_counter() - started < _SECONDS and len(found) < 200):
        begin = time.perf_counter()
        multiply()
        found.append(2 * size**3 / (time.perf_counter() - begin) / 1e9)
    return found
