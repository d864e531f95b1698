"""On a GPU: slices a second in bf16 batches, beside what the GPU multiplies; 6 labels end to end."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from segment_anything.build_sam import sam_model_registry
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.speed import scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.cases.method import ours, save_six_labels, stages_text
from benchmarks.speed.rates import CUDA_SIZE, torch_matmul_gflops
from benchmarks.speed.samples import median, number_text, repeat
from benchmarks.speed.table import Row, at_least, at_most
from fewshot_sam.embeddings.cache import EmbeddingCache
from fewshot_sam.embeddings.encode import encode_volume
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder, _build_image_encoder
from fewshot_sam.encoders.torch_backend import TorchNetwork

LITE_BATCH, VIT_BATCH, RUNS = 64, 8, 10
VIT_SIZE = 1024
DEVICE = "cuda"


def rates_part(context: Context) -> Numbers:
    """GFLOP/s of 8192x8192 products."""
    return {
        "bf16": torch_matmul_gflops(torch.bfloat16, DEVICE, CUDA_SIZE),
        "f32": torch_matmul_gflops(torch.float32, DEVICE, CUDA_SIZE),
    }


def lite_part(context: Context) -> Numbers:
    """LiteMedSAM: the network alone, with transfers as the encoder makes them, and a whole volume."""
    encoder = LiteMedSamEncoder(DEVICE)
    images = np.random.default_rng(0).random((LITE_BATCH, 3, 256, 256), np.float32)
    scan = scans.ct_abdomen()
    with tempfile.TemporaryDirectory(dir=context.work) as folder:
        encoder.encode(images[:1])
        started = time.perf_counter()
        encode_volume(scan.volume, scans.PLANE, encoder, EmbeddingCache(Path(folder)))
        volume_rate = scan.volume.slice_count(scans.PLANE) / (time.perf_counter() - started)
    return _network_numbers(_build_image_encoder(), 256, LITE_BATCH) | {
        "encode": slices_per_s(lambda: encoder.encode(images), LITE_BATCH),
        "volume": [volume_rate],
    }


def vit_part(context: Context) -> Numbers:
    """SAM's ViT-B at 1024x1024 with random weights, which cost the same as trained ones."""
    network = sam_model_registry["vit_b"]().image_encoder
    images = np.random.default_rng(0).random((VIT_BATCH, 3, VIT_SIZE, VIT_SIZE), np.float32)
    numbers = _network_numbers(network, VIT_SIZE, VIT_BATCH)
    wrapped = TorchNetwork(network, torch.device(DEVICE))
    return numbers | {"encode": slices_per_s(lambda: wrapped(images), VIT_BATCH)}


def six_labels_part(context: Context) -> Numbers:
    """The button on the GPU."""
    return ours(context, DEVICE) | {"peak_gpu_mb": torch.cuda.max_memory_allocated() / 1e6}


def _network_numbers(network: torch.nn.Module, size: int, batch: int, device: str = DEVICE) -> Numbers:
    """Slices a second of the network alone, images already on the device, and GFLOP a slice."""
    network = network.eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, size, size))
    network, images = network.to(device), torch.rand(batch, 3, size, size, device=device)

    @torch.inference_mode()
    def forward() -> None:
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            network(images)
        if device != "cpu":
            torch.cuda.synchronize()

    return {"network": slices_per_s(forward, batch), "gflop": counter.get_total_flops() / 1e9, "batch": batch}


def slices_per_s(call: Callable[[], object], batch: int) -> list[float]:
    """Of each run, the first few left out."""
    return [batch / seconds for seconds in repeat(call, RUNS, warm_up=3)]


def rows(parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows."""
    bf16, label = parts["rates"]["bf16"], parts["ours"]
    found = [
        Row("matrix product, bf16", bf16, "GFLOP/s"),
        Row("matrix product, f32", parts["rates"]["f32"], "GFLOP/s"),
    ]
    for name, title, limit in (("lite", "LiteMedSAM", 1500), ("vit_b", "ViT-B at 1024x1024", 150)):
        numbers = parts[name]
        ceiling = 1000 * median(bf16) / numbers["gflop"] / 1000
        rate = f"at the matrix rate {number_text(ceiling)} slices/s"
        found += [
            Row(
                f"{title}, bf16, batches of {numbers['batch']}",
                numbers["network"],
                "slices/s",
                rate,
                at_least(limit),
                "images already on the GPU",
            ),
            Row("... share of the matrix rate", [100 * median(numbers["network"]) / ceiling], "%"),
            Row("... from and to the computer's memory", numbers["encode"], "slices/s", rate),
        ]
        with contextlib.suppress(KeyError):
            found.append(Row("... a volume into the cache", numbers["volume"], "slices/s", "112 slices"))
    memory = f"peak {number_text(label['peak_gpu_mb'])} MB on the GPU"
    return [
        *found,
        Row("6 labels, ct_abdomen", label["seconds"], "s", memory, at_most(2), stages_text(label)),
    ]


CASE = SpeedCase(
    "cuda",
    "on a GPU",
    {
        "rates": rates_part,
        "lite": lite_part,
        "vit_b": vit_part,
        "scan": save_six_labels,
        "ours": six_labels_part,
    },
    rows,
    cuda=True,
)
