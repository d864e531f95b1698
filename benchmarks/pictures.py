"""Unrelated pictures: learn from five, predict the rest.

``python -m benchmarks.pictures``. Three stacks: a coronal slice of each of 40 hippocampus patients, X-rays
made of ct_abdomen (mean of the HU along rotated rays, the labels' shadows as truth), and tiles of a stained
section in colour, which scikit-image brings (truth by a rule: brown by colour deconvolution); those once more
in grey. Five pictures are painted as the truth has them, three times other ones.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
import skimage.data
from PIL import Image
from scipy.ndimage import gaussian_filter, rotate
from skimage.color import rgb2hed

from benchmarks import protocol
from benchmarks.cross_patient import hippocampus_patients
from benchmarks.markdown import table
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.speed.machine import machine_name, today
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane, from_display, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.evaluation.metrics import dice
from fewshot_sam.io import load_volume
from fewshot_sam.segmenter import FewShotSegmenter
from fewshot_sam.settings import Settings

PAINTED, DRAWS = 5, 3
METHODS = ("triplanar", "sam_decoder")
_ANGLES = np.linspace(-40, 40, 17)
_ORGANS = (1, 2, 3, 5)
"""Spleen, both kidneys and liver: what casts a shadow that can be seen."""
_TILE, _BROWN = 128, 0.035
_ABOUT = (
    "Five pictures painted as the truth has them, all others "
    "predicted; Dice of each label over all pixels of those, the mean of three draws of five (lowest to "
    "highest). The views of the X-rays are of one patient, 5 degrees apart, so they are much alike; the "
    "truth of the stained tiles is a rule. Cross-validated: what the fit says of itself, leaving out whole "
    "pictures."
)
_HEAD = [
    *("pictures", "number", "method", "Dice, mean of labels", "of each label", "cross-validated"),
    "processor s a draw, encoding included where it was not done before",
]
_log = logging.getLogger("benchmarks.pictures")

Shown = tuple[np.ndarray, np.ndarray]
"""(rows, columns[, 3]) uint8 and the (rows, columns) codes drawn on it."""


def hippocampi(data: Path) -> Iterator[Shown]:
    """The coronal slice of each patient that holds most of it."""
    for scan, labels in hippocampus_patients(data):
        index = int((labels > 0).sum((0, 2)).argmax())
        grey = to_display(take_slice(scan.voxels, Plane.CORONAL, index)).astype(np.float32)
        yield _bytes(grey / grey.max()), to_display(take_slice(labels, Plane.CORONAL, index))


def xrays(data: Path) -> Iterator[Shown]:
    """Views of ct_abdomen from the front, turned about the long axis."""
    case = next(each for each in protocol.CASES if each.name == "ct_abdomen")
    scan, labels = protocol.load_case(case, data)
    tissue = np.clip(scan.voxels, -1000, 1500).astype(np.float32) + 1000
    wanted = np.where(np.isin(labels, _ORGANS), labels, 0).astype(np.uint8)
    for angle in _ANGLES:
        turned = rotate(tissue, angle, (0, 1), reshape=False, order=1, cval=0.0).mean(axis=1)
        shadow = rotate(wanted, angle, (0, 1), reshape=False, order=0).max(axis=1)
        yield _bytes(to_display(turned) / turned.max()), to_display(shadow)


def stained(grey: bool = False) -> Iterator[Shown]:
    """Tiles of a section, brown where an antibody bound."""
    section = skimage.data.immunohistochemistry()
    brown = gaussian_filter(rgb2hed(section)[..., 2], 2) > _BROWN
    for row in range(0, section.shape[0], _TILE):
        for column in range(0, section.shape[1], _TILE):
            at = (slice(row, row + _TILE), slice(column, column + _TILE))
            tile = section[at]
            yield np.asarray(Image.fromarray(tile).convert("L")) if grey else tile, brown[at].astype(np.uint8)


def _bytes(grey: np.ndarray) -> np.ndarray:
    return np.rint(255.0 * np.clip(grey, 0, 1)).astype(np.uint8)


def _stack(shown: list[Shown], folder: Path) -> tuple[Volume, np.ndarray]:
    """The pictures as the reader makes a stack of their files, and its canonical codes."""
    for number, (image, _) in enumerate(shown):
        Image.fromarray(image).save(folder / f"{number:03d}.png")
    stack = load_volume(folder, pictures=True)
    truth = np.zeros(stack.shape, np.uint16)
    for index, (_, codes) in enumerate(shown):
        whole = np.zeros(stack.shape[1::-1], np.uint16)
        stack.pictures[index].inside(whole)[...] = codes
        truth[:, :, index] = from_display(whole)
    return stack, truth


def measure(name: str, shown: list[Shown], method: str) -> list[str]:
    """A row of the table."""
    found: dict[int, list[float]] = {}
    cross: list[float] = []
    started = time.process_time()
    with TemporaryDirectory() as folder:
        stack, truth = _stack(shown, Path(folder))
    for draw in range(DRAWS):
        chosen = np.random.default_rng(draw).choice(len(shown), PAINTED, replace=False).tolist()
        painted = SparseAnnotations(Plane.AXIAL, {index: truth[:, :, index] for index in sorted(chosen)})
        segmenter = FewShotSegmenter(settings=Settings.for_method(method)).fit([(stack, painted)])
        predicted = np.delete(segmenter.predict(stack, painted).label_map, chosen, 2)
        for code in segmenter.codes:
            found.setdefault(code, []).append(dice(predicted == code, np.delete(truth, chosen, 2) == code))
        cross += [each for each in segmenter.fit_report["cross_validated_dice"].values() if each is not None]
    cells = [
        f"{code}: {fmean(each):.3f} ({min(each):.2f} to {max(each):.2f})" for code, each in found.items()
    ]
    mean = fmean(fmean(each) for each in found.values())
    seconds = (time.process_time() - started) / DRAWS
    _log.info("%s, %s: %.3f", name, method, mean)
    said = f"{fmean(cross):.3f}" if cross else ""
    return [name, str(len(shown)), method, f"{mean:.3f}", "; ".join(cells), said, f"{seconds:.0f}"]


def main() -> int:
    """Measure all and write the section."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    data = protocol.data_folder()
    stacks: dict[str, Callable[[], Iterator[Shown]]] = {
        "hippocampus, a slice of each patient": lambda: hippocampi(data),
        "X-rays of a CT": lambda: xrays(data),
        "stained tissue, in colour": stained,
        "stained tissue, in grey": lambda: stained(grey=True),
    }
    rows: list[list[str]] = []
    for method in METHODS:
        for name, make in stacks.items():
            rows.append(measure(name, list(make()), method))
            about = f"Written by `python -m benchmarks.pictures`, {today()}: {machine_name()}. {_ABOUT}"
            text = "\n\n".join(["## Unrelated pictures", about, table(_HEAD, rows)])
            write_section(
                RESULTS_FILE, "pictures", text
            )  # what is measured is kept when the rest is not waited for
    return 0


if __name__ == "__main__":
    sys.exit(main())
