"""Accuracy on patients nobody painted: ``python -m benchmarks.cross_patient``.

Hippocampus: 2 slices of each of the first 10 patients, scored whole on the other 30. CT: 8 slices of
ct_abdomen, scored on ct_dicom. References: the same decoder with every slice painted, and a 3D U-Net
with every voxel of the training patients labelled. Results are kept in benchmarks/results/cross_patient.json
and not run again while the code is the same; the tables go into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, median, pstdev

import numpy as np
import torch

from benchmarks import protocol
from benchmarks.markdown import table
from benchmarks.methods import METHODS, SEEDS, hash_files
from benchmarks.peers import augment3d, unet3d
from benchmarks.peers.unet3d import SupervisedUnet, UnetSettings
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.suite_file import FOLDER, SuiteFile
from fewshot_sam.data.annotations import SparseAnnotations
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.segmenter import FewShotSegmenter

RESULTS = SuiteFile(FOLDER / "cross_patient.json")
TRAINING_PATIENTS, SLICES_A_PATIENT = 10, 2
CT_CODES, CT_BUDGET = (1, 5, 6, 52), 8
Labelled = tuple[Volume, np.ndarray]
"""A volume and its canonical (X, Y, Z) uint16 reference."""
_log = logging.getLogger("benchmarks.cross_patient")


@dataclass(frozen=True)
class Transfer:
    """Patients to learn from and patients to find the labels in.

    Attributes:
        painted: slices taken of each training patient.
        whole: also score all labels as one structure.
    """

    name: str
    plane: Plane
    codes: tuple[int, ...]
    painted: int
    training: list[Labelled]
    test: list[Labelled]
    unet: UnetSettings
    whole: bool


@dataclass(frozen=True)
class TransferResult:
    """Dice of each test patient: label code (or "whole") to Dice."""

    transfer: str
    method: str
    seed: int
    fingerprint: str
    patients: dict[str, dict[str, float]]
    seconds: float

    def mean(self, label: str) -> float:
        """Mean over the patients."""
        return fmean(patient[label] for patient in self.patients.values())

    @property
    def labels(self) -> list[str]:
        """What each patient was scored on."""
        return list(next(iter(self.patients.values())))

    @property
    def mean_of_labels(self) -> float:
        """Mean over the labels and patients, the whole structure left out."""
        return fmean(self.mean(label) for label in self.labels if label != "whole")


def hippocampus(data: Path, plane: Plane = Plane.SAGITTAL) -> Transfer:
    """40 patients; the first 10 by name are learnt from."""
    patients = hippocampus_patients(data)
    training, test = patients[:TRAINING_PATIENTS], patients[TRAINING_PATIENTS:]
    return Transfer(
        "hippocampus", plane, (1, 2), SLICES_A_PATIENT, training, test, UnetSettings(), whole=True
    )


def hippocampus_patients(data: Path) -> list[Labelled]:
    """All of them, by name."""
    folder = data / "hippocampus"
    names = sorted(path.name for path in (folder / "images").glob("*.nii.gz"))
    return [_load(folder / "images" / name, folder / "labels" / name) for name in names]


def abdomen(data: Path) -> Transfer:
    """From one CT to the CT of another patient with other voxels."""
    pairs = []
    for name in ("ct_abdomen", "ct_dicom"):
        case = next(case for case in protocol.CASES if case.name == name)
        volume, reference = protocol.load_case(case, data)
        pairs.append((volume, np.where(np.isin(reference, CT_CODES), reference, 0).astype(np.uint16)))
    unet = UnetSettings(spacing_mm=3.0, patch=(64, 64, 24), steps=300, batch_size=2)
    return Transfer("ct", Plane.AXIAL, CT_CODES, CT_BUDGET, pairs[:1], pairs[1:], unet, whole=False)


TRANSFERS: dict[str, Callable[[Path], Transfer]] = {
    "hippocampus": hippocampus,
    "hippocampus_coronal": partial(hippocampus, plane=Plane.CORONAL),
    "ct": abdomen,
}
"""By the name results are kept under."""
DEFAULT_TRANSFERS = ("hippocampus", "ct")


def _load(image: Path, labels: Path) -> Labelled:
    volume = load_volume(image)
    return volume, load_label_map(labels, volume)


Predictor = Callable[[Volume], np.ndarray]


def fit_ours(transfer: Transfer, seed: int, every_slice: bool = False, device: str = "auto") -> Predictor:
    """The few-shot segmenter on the painted slices, or on all labelled ones."""
    cases = [(volume, paint(transfer, labels, every_slice)) for volume, labels in transfer.training]
    segmenter = FewShotSegmenter(device=device, seed=seed).fit(cases)
    return lambda volume: segmenter.predict(volume).label_map


def paint(transfer: Transfer, labels: np.ndarray, every_slice: bool) -> SparseAnnotations:
    """What is painted of a training patient, from its canonical (X, Y, Z) uint16 reference."""
    if every_slice:
        return protocol.annotate(labels, transfer.plane, protocol.extent(labels, transfer.plane))
    return protocol.painted_annotations(labels, transfer.plane, transfer.painted)


def fit_unet(transfer: Transfer, seed: int, device: torch.device | None = None) -> Predictor:
    """The supervised U-Net on the fully labelled training patients; on the CPU unless told otherwise."""
    return SupervisedUnet(transfer.codes, transfer.unet, seed, device).fit(transfer.training).predict


def unet_fingerprint() -> str:
    """Changes with the code of the U-Net and of its training."""
    return hash_files([Path(module.__file__) for module in (unet3d, augment3d)])


@dataclass(frozen=True)
class TransferMethod:
    """A way to learn from the training patients."""

    title: str
    fit: Callable[[Transfer, int], Predictor]
    fingerprint: Callable[[], str]
    seeds: tuple[int, ...]


TRANSFER_METHODS = {
    "ours": TransferMethod("Ours, painted slices", fit_ours, METHODS["ours"].fingerprint, SEEDS),
    "ours_all": TransferMethod(
        "Ours, every slice painted", partial(fit_ours, every_slice=True), METHODS["ours"].fingerprint, (0,)
    ),
    "unet": TransferMethod("3D U-Net (monai), every voxel labelled", fit_unet, unet_fingerprint, (0,)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what has no result yet, then write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cross_patient", description=__doc__)
    parser.add_argument("--transfers", nargs="+", choices=list(TRANSFERS), default=list(DEFAULT_TRANSFERS))
    parser.add_argument(
        "--methods", nargs="+", choices=list(TRANSFER_METHODS), default=list(TRANSFER_METHODS)
    )
    parser.add_argument("--seeds", nargs="+", type=int, help="only these; default all of each method")
    parser.add_argument("--force", action="store_true", help="run again what has a result of the same code")
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    for name in args.transfers:
        transfer = TRANSFERS[name](protocol.data_folder())
        for method in args.methods:
            for seed in TRANSFER_METHODS[method].seeds:
                if not args.seeds or seed in args.seeds:
                    _run_unless_kept(name, transfer, method, seed, args.force)
    write_section(RESULTS_FILE, "cross-patient", transfer_text(load_results()))
    return 0


def _run_unless_kept(name: str, transfer: Transfer, method: str, seed: int, force: bool) -> None:
    stored_as = f"{name}-{method}-{seed}"
    fingerprint = TRANSFER_METHODS[method].fingerprint()
    kept = RESULTS.load(stored_as)
    if kept is not None and not force and kept["fingerprint"] == fingerprint:
        return
    started = time.monotonic()
    patients = score_test(transfer, TRANSFER_METHODS[method].fit(transfer, seed))
    seconds = round(time.monotonic() - started, 1)
    result = TransferResult(name, method, seed, fingerprint, patients, seconds)
    RESULTS.save(stored_as, asdict(result))
    means = ", ".join(f"{label} {result.mean(label):.3f}" for label in result.labels)
    _log.info("%s, %s, seed %d: %s in %.0f s", name, method, seed, means, seconds)


def score_test(transfer: Transfer, predict: Predictor) -> dict[str, dict[str, float]]:
    """Dice per test patient and label, and "whole" where all labels are one structure."""
    scores = {}
    for volume, reference in transfer.test:
        found = predict(volume)
        scores[volume.name] = {str(c): _dice(found == c, reference == c) for c in transfer.codes}
        if transfer.whole:
            anywhere = np.isin(found, transfer.codes)
            scores[volume.name]["whole"] = _dice(anywhere, np.isin(reference, transfer.codes))
    return scores


def _dice(found: np.ndarray, wanted: np.ndarray) -> float:
    total = int(found.sum()) + int(wanted.sum())
    return 2 * int((found & wanted).sum()) / total if total else 1.0


def load_results() -> list[TransferResult]:
    """All results kept."""
    return [TransferResult(**values) for values in RESULTS.all().values()]


def transfer_text(results: list[TransferResult]) -> str:
    """The tables in Markdown."""
    parts = [
        "## Across patients",
        "Written by `python -m benchmarks.cross_patient`. Mean Dice over test patients and seeds, with the "
        "standard deviation between seeds and, in brackets, the worst patient. hippocampus: 10 patients with "
        "2 sagittal slices each, 30 test patients, 1 anterior, 2 posterior (hippocampus_coronal: coronal "
        "slices). ct: 8 axial slices of ct_abdomen, tested on ct_dicom. Seconds are fitting and all "
        "predictions, the median of the seeds; the first also encodes what the cache does not hold.",
    ]
    for name in TRANSFERS:
        here = [result for result in results if result.transfer == name]
        if here:
            parts.append(f"### {name}\n\n{_transfer_table(here)}")
    return "\n\n".join(parts)


def _transfer_table(results: list[TransferResult]) -> str:
    labels, rows = results[0].labels, []
    for method, entry in TRANSFER_METHODS.items():
        seeds = [result for result in results if result.method == method]
        if seeds:
            cells = [transfer_cell(seeds, label) for label in labels]
            mean = fmean(result.mean_of_labels for result in seeds)
            rows.append([entry.title, *cells, f"{mean:.3f}", f"{median(r.seconds for r in seeds):.0f}"])
    return table(["method", *labels, "mean of labels", "s"], rows)


def transfer_cell(seeds: Sequence[TransferResult], label: str) -> str:
    """Mean over patients and seeds, the standard deviation between seeds, and the worst patient."""
    means = [result.mean(label) for result in seeds]
    worst = min(patient[label] for result in seeds for patient in result.patients.values())
    return f"{fmean(means):.3f} ± {pstdev(means):.3f} ({worst:.2f})"


if __name__ == "__main__":
    sys.exit(main())
