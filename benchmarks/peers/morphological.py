"""ITK's morphological contour interpolation: "fill between slices" of 3D Slicer, interpolation of ITK-SNAP.

Zukić, Vicory, McCormick, Wisse, Gerig, Yushkevich and Aylward, "N-dimensional morphological contour
interpolation", Insight Journal 2016. Intensities are not used.

The module (2.1.2) damages its process's heap: about one in two ends with SIGABRT after the answer is there.
It therefore runs in a process of its own:
``python -m benchmarks.peers.morphological SPARSE.npy FILLED.npy AXIS``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window

_REPOSITORY = Path(__file__).resolve().parents[2]


def interpolate(
    volume: Volume, window: Window, annotations: SparseAnnotations, codes: tuple[int, ...]
) -> np.ndarray:
    """The module's own defaults, as in 3D Slicer.

    A :data:`benchmarks.peers.Peer`: the answer is a canonical (X, Y, Z) uint16 label map.

    Raises:
        RuntimeError: if the module gives no answer.
    """
    sparse = np.zeros(volume.shape, np.uint16)
    stacked = np.moveaxis(sparse, annotations.plane.axis, 0)
    for index, painted in annotations.slices.items():
        stacked[index] = np.where(np.isin(painted, codes), painted, 0)
    with tempfile.TemporaryDirectory(prefix="morphological-") as folder:
        given, answer = Path(folder) / "sparse.npy", Path(folder) / "filled.npy"
        np.save(given, sparse)
        command = [sys.executable, "-m", __name__, str(given), str(answer), str(annotations.plane.axis)]
        done = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, check=False)
        if not answer.exists():
            raise RuntimeError(
                f"ITK's interpolation gave no answer (exit {done.returncode}): {done.stderr[-500:]}"
            )
        return np.load(answer)


def _fill(given: Path, answer: Path, axis: int) -> None:
    """Interpolate the (X, Y, Z) uint16 label map in a file along ``axis`` into another file."""
    import itk

    image = itk.image_from_array(np.ascontiguousarray(np.load(given).T))
    interpolator = itk.MorphologicalContourInterpolator[type(image)].New(image)
    interpolator.SetAxis(axis)
    interpolator.Update()
    filled = itk.array_from_image(interpolator.GetOutput()).T.astype(np.uint16)
    draft = answer.with_name("draft.npy")
    np.save(draft, filled)
    draft.replace(answer)


if __name__ == "__main__":
    _fill(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
