"""Which scans a model says differ, and what two slices painted there are worth.

``python -m benchmarks.domain_shift``. Models of 10 and of 1 hippocampus patient and of either CT are applied
to unseen patients, to the same with their intensities changed, to the other CT and to other anatomy. Then the
reference of the two slices that each prediction proposes (or, of a scan that does not differ, the two that
are worth most) is painted, and everything is fitted again together: Dice on the slices that stay unpainted,
before and after. Results are kept in benchmarks/results/domain_shift.json and not run again while the code is
the same.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from benchmarks import protocol
from benchmarks.cross_patient import (
    CT_BUDGET,
    CT_CODES,
    SLICES_A_PATIENT,
    TRAINING_PATIENTS,
    Labelled,
    hippocampus_patients,
)
from benchmarks.markdown import table
from benchmarks.methods import METHODS, hash_files
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.suite_file import FOLDER, SuiteFile
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.prediction import Prediction
from fewshot_sam.data.volume import Volume
from fewshot_sam.evaluation import domain_shift
from fewshot_sam.evaluation.metrics import dice
from fewshot_sam.io.demo import demo_volume
from fewshot_sam.segmenter import FewShotSegmenter

RESULTS = SuiteFile(FOLDER / "domain_shift.json")
UNSEEN, CHANGED, ONE_BUDGET = 10, 6, 5
"""Unseen patients that are painted too; those whose intensities are changed; slices of a single patient."""
_ABOUT = (
    "Written by `python -m benchmarks.domain_shift`. Mean Dice of the labels; before and after: on the "
    "slices that stay unpainted of the scans that two slices are painted of, everything fitted again "
    "together. A scan is said to differ from 2.5 times the usual distance on, where the model is unsure of "
    "most of what it found, or found nothing. The limits were chosen on these very scans."
)
_log = logging.getLogger("benchmarks.domain_shift")

Painted = tuple[Volume, SparseAnnotations]


@dataclass(frozen=True)
class Source:
    """What a model is fitted on."""

    title: str
    plane: Plane
    codes: tuple[int, ...]
    cases: list[Painted]


@dataclass(frozen=True)
class AppliedTo:
    """Scans that a model is applied to.

    Attributes:
        scans: with their references, None where nothing of what the model knows is in them.
        painted: of how many two slices are painted.
    """

    title: str
    scans: list[tuple[Volume, np.ndarray | None]]
    painted: int = 0


@dataclass(frozen=True)
class ShiftResult:
    """Of one source and one target; by scan. Dice is the mean over labels on what stays unpainted."""

    source: str
    target: str
    fingerprint: str
    times_usual: list[float | None]
    reasons: list[list[str]]
    before_all: list[float]
    before: list[float]
    after: list[float]
    slices: int
    seconds: float


def _blur(voxels: np.ndarray) -> np.ndarray:
    return gaussian_filter(voxels, 1.0)


def _noise(voxels: np.ndarray) -> np.ndarray:
    low, high = np.percentile(voxels, [1, 99])
    return voxels + np.random.default_rng(0).normal(0.0, 0.15 * (high - low), voxels.shape)


def _invert(voxels: np.ndarray) -> np.ndarray:
    low, high = np.percentile(voxels, [1, 99])
    return low + high - voxels


def _gamma(voxels: np.ndarray) -> np.ndarray:
    low, high = np.percentile(voxels, [1, 99])
    return low + (high - low) * np.clip((voxels - low) / (high - low), 0.0, 1.0) ** 2.5


def _bias(voxels: np.ndarray) -> np.ndarray:
    return voxels * np.linspace(0.4, 1.6, voxels.shape[1])[None, :, None]


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "blurred by 1 mm": _blur,
    "noise of 15 %": _noise,
    "inverted": _invert,
    "gamma 2.5": _gamma,
    "coil bias of 0.4 to 1.6": _bias,
}


def _changed(scan: Labelled, change: Callable[[np.ndarray], np.ndarray]) -> Labelled:
    volume, reference = scan
    voxels = change(volume.voxels.astype(np.float64)).astype(np.float32)
    return replace(volume, voxels=voxels), reference


def _painted(scan: Labelled, plane: Plane, budget: int) -> Painted:
    return scan[0], protocol.painted_annotations(scan[1], plane, budget)


def experiments(data: Path) -> list[tuple[Source, list[AppliedTo]]]:
    """All sources with what they are applied to."""
    patients = hippocampus_patients(data)
    training, unseen = patients[:TRAINING_PATIENTS], patients[TRAINING_PATIENTS:]
    cts = {name: _ct(name, data) for name in ("ct_abdomen", "ct_dicom")}
    mr = protocol.load_case(protocol.CASES[-1], data)[0]
    head, sagittal, axial = demo_volume(), Plane.SAGITTAL, Plane.AXIAL
    changed = [
        AppliedTo(f"unseen patients, {name}", [_changed(each, change) for each in unseen[:CHANGED]], CHANGED)
        for name, change in CHANGES.items()
    ]
    other = [AppliedTo("head MR", [(head, None)]), AppliedTo("torso MR", [(mr, None)])]
    of_hippocampus = [AppliedTo("unseen patients", [*unseen], UNSEEN), *changed, *other]
    ten = [_painted(each, sagittal, SLICES_A_PATIENT) for each in training]
    found: list[tuple[Source, list[AppliedTo]]] = [
        (Source("10 hippocampi, 2 slices each", sagittal, (1, 2), ten), of_hippocampus),
        (
            Source("1 hippocampus", sagittal, (1, 2), [_painted(training[0], sagittal, ONE_BUDGET)]),
            of_hippocampus,
        ),
    ]
    for name, scan in cts.items():
        source = Source(name, axial, CT_CODES, [_painted(scan, axial, CT_BUDGET)])
        (rest,) = (each for each in cts if each != name)
        found.append((source, [AppliedTo(rest, [cts[rest]], 1), *other]))
    return found


def _ct(name: str, data: Path) -> Labelled:
    case = next(case for case in protocol.CASES if case.name == name)
    volume, reference = protocol.load_case(case, data)
    return volume, np.where(np.isin(reference, CT_CODES), reference, 0).astype(np.uint16)


def main() -> int:
    """Run what has no result yet, then write the table."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    fingerprint = METHODS["ours"].fingerprint() + hash_files([Path(domain_shift.__file__), Path(__file__)])
    for source, targets in experiments(protocol.data_folder()):
        kept = {each.title: RESULTS.load(f"{source.title}: {each.title}") for each in targets}
        if all(each is not None and each["fingerprint"] == fingerprint for each in kept.values()):
            continue
        segmenter = FewShotSegmenter(seed=0).fit(source.cases)
        for target in targets:
            result = measure(source, target, segmenter, fingerprint)
            RESULTS.save(f"{source.title}: {target.title}", asdict(result))
            _log.info("%s", result)
    write_section(
        RESULTS_FILE, "domain-shift", shift_text([ShiftResult(**each) for each in RESULTS.all().values()])
    )
    return 0


def measure(source: Source, target: AppliedTo, segmenter: FewShotSegmenter, fingerprint: str) -> ShiftResult:
    """Apply the model to all scans, paint what is proposed on some and fit again."""
    started = time.monotonic()
    found = [segmenter.predict(volume) for volume, _ in target.scans]
    shifts = [prediction.report["domain_shift"] for prediction in found]
    labelled = [(each, scan) for each, scan in zip(found, target.scans, strict=True) if scan[1] is not None]
    before_all = [_dice(each.label_map, scan[1], source.codes) for each, scan in labelled]
    chosen = labelled[: target.painted]
    painted = [_proposed(prediction, scan, source.plane) for prediction, scan in chosen]
    before, after = [], []
    if painted:
        again = FewShotSegmenter(segmenter.encoder, seed=0).fit([*source.cases, *painted])
        for (prediction, (volume, reference)), (_, slices) in zip(chosen, painted, strict=True):
            now = again.predict(volume, slices).label_map
            before.append(_dice(prediction.label_map, reference, source.codes, slices))
            after.append(_dice(now, reference, source.codes, slices))
    return ShiftResult(
        source=source.title,
        target=target.title,
        fingerprint=fingerprint,
        times_usual=[each["distance"] and each["distance"] / each["usual_distance"] for each in shifts],
        reasons=[each["reasons"] for each in shifts],
        before_all=before_all,
        before=before,
        after=after,
        slices=sum(len(annotations.slices) for _, annotations in painted),
        seconds=round(time.monotonic() - started, 1),
    )


def _proposed(prediction: Prediction, scan: tuple[Volume, Any], plane: Plane) -> Painted:
    slices = prediction.report["domain_shift"]["slices"]
    worth = [each["slice_index"] for each in prediction.report.get("next_slices", [])]
    return scan[0], protocol.annotate(scan[1], plane, tuple(slices or worth[: domain_shift.PROPOSED_SLICES]))


def _dice(
    found: np.ndarray, reference: np.ndarray, codes: tuple[int, ...], painted: SparseAnnotations | None = None
) -> float:
    """Mean over the labels, on the slices that are not painted; (X, Y, Z) integer label maps."""
    if painted is not None:
        axis = painted.plane.axis
        found, reference = (np.delete(each, list(painted.slices), axis) for each in (found, reference))
    return fmean(dice(found == code, reference == code) for code in codes)


def shift_text(results: list[ShiftResult]) -> str:
    """The table in Markdown."""
    rows = [
        [
            each.source,
            each.target,
            str(len(each.reasons)),
            _range([times for times in each.times_usual if times is not None]),
            str(sum(bool(reasons) for reasons in each.reasons)),
            _mean(each.before_all),
            str(each.slices) if each.slices else "",
            _mean(each.before),
            _mean(each.after),
        ]
        for each in sorted(results, key=lambda each: (-len(each.source), each.source))
    ]
    head = [
        *("fitted on", "applied to", "scans", "times the usual distance: median (range)", "said to differ"),
        *("Dice", "slices painted there", "Dice there before", "Dice there after"),
    ]
    return "\n\n".join(["## A scan that differs", _ABOUT, table(head, rows)])


def _range(values: list[float]) -> str:
    return f"{median(values):.1f} ({min(values):.1f} to {max(values):.1f})" if values else "nothing found"


def _mean(values: list[float]) -> str:
    return f"{fmean(values):.3f}" if values else ""


if __name__ == "__main__":
    sys.exit(main())
