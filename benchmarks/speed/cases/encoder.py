"""One slice through LiteMedSAM: OpenVINO as it is used, OpenVINO float32, eager torch, and the floor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.speed import rates, scans
from benchmarks.speed.case import Context, Numbers, SpeedCase
from benchmarks.speed.samples import median, number_text, repeat, with_unit
from benchmarks.speed.table import Row, at_least, at_most
from fewshot_sam.data.folders import cache_folder
from fewshot_sam.data.windowing import default_window, windowed_slice
from fewshot_sam.embeddings.encode import encode_slice
from fewshot_sam.embeddings.resize import Framing
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.lite_medsam import LiteMedSamEncoder, _build_image_encoder
from fewshot_sam.encoders.openvino_backend import OpenVinoNetwork, import_openvino

RUNS = 10


class OpenVinoF32(LiteMedSamEncoder):
    """LiteMedSAM through OpenVINO, in float32 whatever the processor has."""

    backend = "LiteMedSAM - OpenVINO f32 - CPU"

    def __init__(self) -> None:
        super().__init__("cpu")
        openvino = import_openvino()
        assert openvino is not None, "the part runs only where OpenVINO is"  # noqa: S101
        folder, key = cache_folder() / "openvino", self.identity
        self._f32 = OpenVinoNetwork(openvino, _build_image_encoder, self.input_size, "f32", folder, key)
        self.backend = OpenVinoF32.backend

    def encode(self, images: np.ndarray) -> np.ndarray:
        """See :class:`~fewshot_sam.encoders.base.Encoder`."""
        return self._f32(images)


def torch_part(context: Context) -> Numbers:
    """Eager float32, the reference of all others; also counts the network's arithmetic."""
    return _measure("torch", LiteMedSamEncoder("cpu", use_openvino=False), context) | {"gflop": slice_gflop()}


def default_part(context: Context) -> Numbers:
    """What the program runs on this machine's CPU."""
    started = time.perf_counter()
    encoder = LiteMedSamEncoder("cpu")
    encoder.encode(np.zeros((1, 3, encoder.input_size, encoder.input_size), np.float32))
    return {"first_s": time.perf_counter() - started} | _measure("default", encoder, context)


def openvino_f32_part(context: Context) -> Numbers:
    """OpenVINO with float32 products; no numbers where OpenVINO is missing."""
    return _measure("openvino_f32", OpenVinoF32(), context) if import_openvino() else {}


def rates_part(context: Context) -> Numbers:
    """GFLOP/s of matrix products."""
    return {"rates": rates.rate_numbers()}


def slice_gflop() -> float:
    """Multiplications and additions of LiteMedSAM's encoder on one slice, in 10^9."""
    network = _build_image_encoder()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, LiteMedSamEncoder.input_size, LiteMedSamEncoder.input_size))
    return counter.get_total_flops() / 1e9


def _measure(name: str, encoder: Encoder, context: Context) -> Numbers:
    """Seconds a slice, and the error against what the torch part left in the work folder."""
    slices = list(_real_slices(encoder))[:: 3 if context.quick else 1]
    embeddings = [encode_slice(image, framing, encoder) for image, framing in slices]
    np.savez(context.folder / f"{name}.npz", *embeddings)
    image, framing = slices[0]
    prepared = encoder.prepare(image, framing.input_size)[None]
    seconds = repeat(lambda: encoder.encode(prepared), 3 if context.quick else RUNS, warm_up=1)
    errors = relative_errors(context.folder / f"{name}.npz", context.folder / "torch.npz")
    return {"seconds": seconds, "backend": encoder.backend, "relative_errors": errors}


def _real_slices(encoder: Encoder) -> Iterator[tuple[np.ndarray, Framing]]:
    for scan in (scans.ct_dicom(), scans.ct_abdomen()):
        volume, window = scan.volume, default_window(scan.volume)
        framing = Framing.of(volume, scans.PLANE, encoder)
        for part in (0.25, 0.5, 0.75):
            index = int(part * volume.slice_count(scans.PLANE))
            yield windowed_slice(volume, scans.PLANE, index, window), framing


def relative_errors(found: Path, reference: Path) -> list[float]:
    """Of each slice |found - reference| / |reference|, Euclidean norms."""
    with np.load(found) as ours, np.load(reference) as theirs:
        return [
            float(np.linalg.norm(ours[key] - theirs[key]) / np.linalg.norm(theirs[key])) for key in theirs
        ]


def rows(parts: dict[str, Numbers]) -> list[Row]:
    """The table's rows."""
    eager, default, f32 = (parts[name] for name in ("torch", "default", "openvino_f32"))
    rate_of, gflop = parts["rates"]["rates"], eager["gflop"]
    found = [Row(f"matrix product, {name}", values, "GFLOP/s") for name, values in rate_of.items()]
    eager_text = f"eager torch float32 {with_unit(median(eager['seconds']), 's')}"
    found += _backend_rows(default, eager_text, median(eager["seconds"]), rate_of, gflop, judged=True)
    found.append(
        Row(
            "from nothing loaded to the first embedding",
            [default["first_s"]],
            "s",
            remark="converted network on disk, if this is not the first run ever",
        )
    )
    if f32:
        found += _backend_rows(f32, eager_text, median(eager["seconds"]), rate_of, gflop, judged=False)
    reached = gflop / median(eager["seconds"])
    found.append(
        Row("eager torch float32", eager["seconds"], "s", remark=f"{number_text(reached)} GFLOP/s reached")
    )
    return found


def _backend_rows(
    numbers: Numbers, eager_text: str, eager_s: float, rate_of: dict, gflop: float, judged: bool
) -> list[Row]:
    seconds, dtype = numbers["seconds"], "bf16" if "bf16" in numbers["backend"] else "f32"
    best = rates.best_rate(rate_of, dtype)
    floor_s = gflop / best
    reached = number_text(gflop / median(seconds))
    floor = f"floor {with_unit(floor_s, 's')}: {number_text(gflop)} GFLOP at {number_text(best)} GFLOP/s"
    return [
        Row(numbers["backend"], seconds, "s", eager_text, remark=f"{reached} GFLOP/s reached"),
        Row(
            "... faster than eager", [eager_s / median(seconds)], "x", target=at_least(6) if judged else None
        ),
        Row(
            "... multiple of the floor",
            [median(seconds) / floor_s],
            "x",
            floor,
            at_most(4) if judged else None,
            f"floor in {dtype}, the faster of torch and OpenVINO",
        ),
        Row(
            "... relative error of the embedding",
            [100 * each for each in numbers["relative_errors"]],
            "%",
            "eager torch float32",
            at_most(2) if judged else None,
            "n real slices of two scans",
        ),
    ]


CASE = SpeedCase(
    "encode_slice",
    "encode a slice",
    {
        "torch": torch_part,
        "default": default_part,
        "openvino_f32": openvino_f32_part,
        "rates": rates_part,
    },
    rows,
    quick=True,
)
