"""How accuracy on new patients grows with labels: ``python -m benchmarks.learning_curve``.

Hippocampus: learnt from the first 1, 2, 5, 10 and 20 patients by name, always scored whole on the last 20 of
the 40. Ours with 2 slices a patient and with every slice, and a 3D U-Net on every voxel of the same patients.
Results are kept in benchmarks/results/learning_curve.json, each as soon as it is there, and not run again
while the code is the same; parts can be chosen, so that a machine may be lent for minutes only.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import fmean, median

import numpy as np
import torch

from benchmarks import protocol
from benchmarks.cross_patient import (
    SLICES_A_PATIENT,
    Labelled,
    Predictor,
    Transfer,
    TransferResult,
    fit_ours,
    fit_unet,
    hippocampus_patients,
    paint,
    score_test,
    transfer_cell,
    unet_fingerprint,
)
from benchmarks.markdown import table
from benchmarks.methods import METHODS, SEEDS
from benchmarks.peers.augment3d import AUGMENTATIONS
from benchmarks.peers.unet3d import UnetSettings
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.suite_file import FOLDER, SuiteFile
from fewshot_sam.data.planes import Plane
from fewshot_sam.encoders.devices import resolve_device
from fewshot_sam.encoders.torch_backend import TorchNetwork

RESULTS = SuiteFile(FOLDER / "learning_curve.json")
PATIENTS, TEST_PATIENTS = (1, 2, 5, 10, 20), 20
UNET_STEPS = {"cpu": 400, "cuda": 2000}
COMPARABLE_DICE = 0.01
"""Below the U-Net's mean Dice at most by so much counts as comparable."""
_log = logging.getLogger("benchmarks.learning_curve")


@dataclass(frozen=True)
class CurveResult(TransferResult):
    """Dice of the test patients at one point of the curve.

    Attributes:
        training_patients: how many were learnt from.
        labelled_slices: how many of their slices show a label that had to be drawn.
        device: what it ran on, for people.
        training: how the U-Net was trained, for people; empty for ours.
    """

    training_patients: int
    labelled_slices: int
    device: str
    training: str


@dataclass(frozen=True)
class CurveMethod:
    """A way to learn from the training patients.

    Attributes:
        every_slice: all slices of the training patients are labelled, not 2.
        trained: it is a network of its own, see :func:`unet_settings`.
    """

    title: str
    fit: Callable[[Transfer, int, torch.device], Predictor]
    fingerprint: Callable[[], str]
    seeds: tuple[int, ...]
    every_slice: bool
    trained: bool = False


def _fit_ours(transfer: Transfer, seed: int, device: torch.device, every_slice: bool) -> Predictor:
    return fit_ours(transfer, seed, every_slice, str(device))


CURVE_METHODS = {
    "ours": CurveMethod(
        f"Ours, {SLICES_A_PATIENT} slices a patient",
        partial(_fit_ours, every_slice=False),
        METHODS["ours"].fingerprint,
        SEEDS,
        every_slice=False,
    ),
    "ours_all": CurveMethod(
        "Ours, every slice",
        partial(_fit_ours, every_slice=True),
        METHODS["ours"].fingerprint,
        (0,),
        every_slice=True,
    ),
    "unet": CurveMethod(
        "3D U-Net (monai), every voxel", fit_unet, unet_fingerprint, (0,), every_slice=True, trained=True
    ),
}


def unet_settings(
    device: torch.device, steps: int | None = None, augmentation: str | None = None
) -> UnetSettings:
    """nnU-Net's network and augmentations and more steps on a GPU; on a CPU that would take an hour."""
    network, usual = ("nnunet", "nnunet") if device.type == "cuda" else ("small", "mild")
    steps = steps or UNET_STEPS[device.type]
    return UnetSettings(steps=steps, network=network, augmentation=augmentation or usual)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what has no result yet, then write the tables; the exit status is 1 if a run failed."""
    args = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    failed = 0 if args.report_only else _run_all(args)
    write_section(RESULTS_FILE, "learning-curve", curve_text(load_results()))
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning_curve", description=__doc__)
    parser.add_argument("--patients", nargs="+", type=int, choices=PATIENTS, default=PATIENTS)
    parser.add_argument("--methods", nargs="+", choices=list(CURVE_METHODS), default=list(CURVE_METHODS))
    parser.add_argument("--seeds", nargs="+", type=int, help="of all methods; default 3 of ours, 1 otherwise")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    steps = ", ".join(f"{count} on {kind}" for kind, count in UNET_STEPS.items())
    parser.add_argument("--unet-steps", type=int, help=f"training steps of the U-Net; default {steps}")
    parser.add_argument(
        "--unet-augmentation", choices=list(AUGMENTATIONS), help="default nnunet on cuda, mild on cpu"
    )
    parser.add_argument("--keep", action="store_true", help="keep results of other code than today's")
    parser.add_argument("--force", action="store_true", help="run again what has a result of the same code")
    parser.add_argument("--report-only", action="store_true", help="run nothing, write the tables again")
    return parser


def _run_all(args: argparse.Namespace) -> int:
    """Small points first: a time limit cuts off the end of the curve. Returns how many runs failed."""
    failed = 0
    device = resolve_device(args.device)
    people = hippocampus_patients(protocol.data_folder())
    for count in args.patients:
        unet = unet_settings(device, args.unet_steps, args.unet_augmentation)
        transfer = curve_point(people, count, unet)
        for name in args.methods:
            for seed in args.seeds or CURVE_METHODS[name].seeds:
                try:
                    _run_unless_kept(transfer, name, seed, device, args)
                except Exception:  # the other points are wanted from a machine that is lent for minutes
                    _log.exception("%d patients, %s, seed %d: failed", count, name, seed)
                    failed += 1
    return failed


def curve_point(people: list[Labelled], count: int, unet: UnetSettings) -> Transfer:
    """The first ``count`` patients to learn from, and the last :data:`TEST_PATIENTS` to be scored on."""
    test = people[-TEST_PATIENTS:]
    training = people[: min(count, len(people) - len(test))]
    return Transfer("hippocampus", Plane.SAGITTAL, (1, 2), SLICES_A_PATIENT, training, test, unet, whole=True)


def labelled_slices(transfer: Transfer, every_slice: bool) -> int:
    """Slices of the training patients on which a label had to be drawn; empty ones need only a look."""
    painted = [paint(transfer, labels, every_slice) for _, labels in transfer.training]
    return sum(bool(np.any(image)) for annotations in painted for image in annotations.slices.values())


def _run_unless_kept(
    transfer: Transfer, name: str, seed: int, device: torch.device, args: argparse.Namespace
) -> None:
    method, count = CURVE_METHODS[name], len(transfer.training)
    stored_as, fingerprint = f"{name}-{count}-{seed}", method.fingerprint()
    kept = RESULTS.load(stored_as)
    if kept is not None and not args.force and (args.keep or kept["fingerprint"] == fingerprint):
        return
    started = time.monotonic()
    patients = score_test(transfer, method.fit(transfer, seed, device))
    unet = transfer.unet
    how = f"{unet.network} network, {unet.augmentation} augmentation, {unet.steps} steps of {unet.batch_size}"
    result = CurveResult(
        transfer.name,
        name,
        seed,
        fingerprint,
        patients,
        round(time.monotonic() - started, 1),
        training_patients=count,
        labelled_slices=labelled_slices(transfer, method.every_slice),
        device=TorchNetwork.place(device),
        training=how if method.trained else "",
    )
    RESULTS.save(stored_as, asdict(result))
    means = ", ".join(f"{label} {result.mean(label):.3f}" for label in result.labels)
    _log.info("%d patients, %s, seed %d: %s in %.0f s", count, name, seed, means, result.seconds)


def load_results() -> list[CurveResult]:
    """All results kept."""
    return [CurveResult(**values) for values in RESULTS.all().values()]


def curve_text(results: list[CurveResult]) -> str:
    """The tables in Markdown."""
    parts = [
        "## Learning curve",
        "Written by `python -m benchmarks.learning_curve`. Hippocampus: learnt from the first patients by "
        f"name, always scored whole on the last {TEST_PATIENTS} of the 40; 1 anterior, 2 posterior. Mean "
        "Dice over test patients and seeds, with the standard deviation between seeds and, in brackets, the "
        "worst patient. Labelled slices are the sagittal slices of the training patients on which a label "
        "had to be drawn: 2 a patient (inner points of its extent), or all. The U-Net is trained on the same "
        "patients: *nnunet network* is nnU-Net's for this task, *small network* monai's residual U-Net, for "
        "CPUs; *nnunet augmentation* is nnU-Net's without flips, *mild* scales, noise and brightness alone. "
        "Which patients come first matters most with 1 and 2 of them. Seconds are fitting and all "
        "predictions, the median of the seeds; the first also encodes. "
        "Reported elsewhere, on other patients: nnU-Net trained on all 260 has about 0.90 and 0.89.",
    ]
    if results:
        parts += [_curve_table(results), _fewer_labels_table(results)]
    return "\n\n".join(part for part in parts if part)


def _of(results: list[CurveResult], method: str, patients: int) -> list[CurveResult]:
    return [r for r in results if r.method == method and r.training_patients == patients]


def _curve_table(results: list[CurveResult]) -> str:
    labels, rows = results[0].labels, []
    for count in PATIENTS:
        for name, method in CURVE_METHODS.items():
            seeds = _of(results, name, count)
            if seeds:
                devices = sorted({", ".join(filter(None, (r.device, r.training))) for r in seeds})
                rows.append(
                    [
                        *(str(count), method.title, str(seeds[0].labelled_slices)),
                        *(transfer_cell(seeds, label) for label in labels),
                        f"{fmean(r.mean_of_labels for r in seeds):.3f}",
                        *(f"{median(r.seconds for r in seeds):.0f}", "; ".join(devices)),
                    ]
                )
    return table(["patients", "method", "labelled slices", *labels, "mean of labels", "s", "on"], rows)


def _fewer_labels_table(results: list[CurveResult]) -> str:
    """The paper's second claim: how many fewer labels are comparable with a supervised network."""
    ours = [(count, seeds) for count in PATIENTS if (seeds := _of(results, "ours", count))]
    rows = []
    for count in PATIENTS:
        unet = _of(results, "unet", count)
        if not unet or not ours:
            continue
        target = fmean(r.mean_of_labels for r in unet)
        cells = [str(count), str(unet[0].labelled_slices), f"{target:.3f}"]
        enough = [
            (patients, seeds[0].labelled_slices, dice)
            for patients, seeds in ours
            if (dice := fmean(r.mean_of_labels for r in seeds)) >= target - COMPARABLE_DICE
        ]
        if enough:
            patients, slices, dice = enough[0]
            cells += [str(patients), str(slices), f"{dice:.3f}", f"{unet[0].labelled_slices / slices:.1f}"]
        rows.append([*cells, *("-",) * (7 - len(cells))])
    if not rows:
        return ""
    head = ["U-Net's patients", "labelled slices", "mean of labels"]
    head += ["ours: patients", "labelled slices", "mean of labels", "times fewer labels"]
    return (
        "The fewest patients with 2 slices each with which ours is comparable, which is at most "
        f"{COMPARABLE_DICE} below the U-Net's mean Dice (the paper: comparable with ten times fewer labels):"
        "\n\n" + table(head, rows)
    )


if __name__ == "__main__":
    sys.exit(main())
