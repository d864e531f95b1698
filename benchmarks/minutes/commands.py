"""First commands on an empty cache against the same once more, each in a process and a data folder of "
"its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import protocol
from benchmarks.minutes import cases
from benchmarks.minutes.hand import HandModel
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.folders import data_home
from fewshot_sam.data.planes import Plane, take_slice
from fewshot_sam.data.volume import Volume
from fewshot_sam.io import load_label_map, load_volume, save_label_map

ROOT = Path(__file__).resolve().parents[2]
PROPAGATED_SLICES = 5
FITTED_PATIENTS, FITTED_SLICES = 10, 2


def measure(kind: str, case: str, hand: HandModel) -> dict[str, Any]:
    """The numbers of "propagate" or "fit": wall seconds of the first and the second process."""
    data_home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="minutes-", dir=data_home()) as scratch:
        folder = Path(scratch)
        arguments = _propagate(case, folder) if kind == "propagate" else _fit(folder)
        first, second = (_timed(kind, arguments, folder) for _ in range(2))
    return {
        "first_s": round(first[0], 1),
        "second_s": round(second[0], 1),
        "ratio": round(first[0] / second[0], 2),
        "first_stages": first[1],
        "second_stages": second[1],
    }


def _timed(command: str, arguments: list[str], folder: Path) -> tuple[float, dict[str, float]]:
    """Wall seconds of ``python -m fewshot_sam``, and of its stages as it reports them."""
    report = folder / "report.json"
    environment = {**os.environ, "FEWSHOT_SAM_HOME": str(folder / "home")}
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "fewshot_sam", command, *arguments, "--json", str(report)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    seconds = time.monotonic() - began
    stages = json.loads(report.read_text())["stages_s"]
    return seconds, {name: round(float(value), 1) for name, value in stages.items()}


def _propagate(case: str, folder: Path) -> list[str]:
    scan = cases.load(case)
    annotations = protocol.painted_annotations(scan.reference, scan.case.plane, PROPAGATED_SLICES)
    painted = _save(scan.volume, annotations, folder / "painted.nii.gz")
    image = protocol.data_folder() / scan.case.image
    return [str(image), "--annotations", str(painted), "--output", str(folder / "mask.nii.gz")]


def _fit(folder: Path) -> list[str]:
    """The crops of the first patients by name, as across patients."""
    source = protocol.data_folder() / "hippocampus"
    arguments: list[str] = []
    for image in sorted((source / "images").glob("*.nii.gz"))[:FITTED_PATIENTS]:
        volume = load_volume(image)
        reference = load_label_map(source / "labels" / image.name, volume)
        annotations = protocol.painted_annotations(reference, Plane.SAGITTAL, FITTED_SLICES)
        arguments += ["--case", str(image), str(_save(volume, annotations, folder / image.name))]
    return [*arguments, "--plane", str(Plane.SAGITTAL), "--output", str(folder / "model.safetensors")]


def _save(volume: Volume, annotations: SparseAnnotations, path: Path) -> Path:
    """A label map with the painted slices alone."""
    label_map = np.zeros(volume.shape, np.uint16)
    for index, painted in annotations.slices.items():
        take_slice(label_map, annotations.plane, index)[...] = painted
    save_label_map(label_map, volume, path)
    return path
