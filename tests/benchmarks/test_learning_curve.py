"""The learning curve: who is learnt from, what was labelled, runs that resume, tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import learning_curve
from benchmarks.cross_patient import Labelled, Predictor, Transfer
from benchmarks.learning_curve import CurveMethod, CurveResult
from benchmarks.peers.unet3d import SupervisedUnet, UnetSettings
from benchmarks.suite_file import SuiteFile
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.volume import Volume

SHAPE = (16, 12, 10)


def patient(number: int) -> Labelled:
    """Sagittal slices 3 to 12 hold label 1, 8 to 12 label 2 too."""
    labels = np.zeros(SHAPE, np.uint16)
    labels[3:13, 2:6, 2:8], labels[8:13, 6:10, 2:8] = 1, 2
    return Volume(
        (labels * 100.0).astype(np.float32), SourceGrid(SHAPE, np.eye(4)), name=f"{number:02}"
    ), labels


@pytest.fixture
def people() -> list[Labelled]:
    return [patient(number) for number in range(40)]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: list[Labelled]) -> list[tuple[int, int]]:
    """A method that answers with the reference and notes patients and seed; files go to ``tmp_path``."""
    noted: list[tuple[int, int]] = []

    def fit(transfer: Transfer, seed: int, device: torch.device) -> Predictor:
        noted.append((len(transfer.training), seed))
        return lambda volume: {v.name: labels for v, labels in transfer.test}[volume.name]

    method = CurveMethod("Perfect", fit, lambda: "code", (0, 1), every_slice=False)
    monkeypatch.setitem(learning_curve.CURVE_METHODS, "ours", method)
    monkeypatch.setattr(learning_curve, "RESULTS", SuiteFile(tmp_path / "learning_curve.json"))
    monkeypatch.setattr(learning_curve, "RESULTS_FILE", tmp_path / "RESULTS.md")
    monkeypatch.setattr(learning_curve, "hippocampus_patients", lambda data: people)
    return noted


def result(method: str, patients: int, dice: float, slices: int) -> CurveResult:
    scores = {"a": {"1": dice, "2": dice, "whole": 1.0}}
    return CurveResult("hippocampus", method, 0, "code", scores, 1.0, patients, slices, "CPU", "")


def test_every_point_is_scored_on_the_same_patients(people: list[Labelled]) -> None:
    points = [learning_curve.curve_point(people, n, UnetSettings()) for n in learning_curve.PATIENTS]
    assert [len(point.training) for point in points] == [1, 2, 5, 10, 20]
    for point in points:
        assert [volume.name for volume, _ in point.test] == [f"{n:02}" for n in range(20, 40)]
        assert [volume.name for volume, _ in point.training] == [
            f"{n:02}" for n in range(len(point.training))
        ]


def test_slices_that_show_a_label_are_counted(people: list[Labelled]) -> None:
    point = learning_curve.curve_point(people, 2, UnetSettings())
    assert learning_curve.labelled_slices(point, every_slice=False) == 4
    assert learning_curve.labelled_slices(point, every_slice=True) == 20  # the extent's margin is empty


def test_a_gpu_trains_nnu_nets_network_for_longer() -> None:
    on_cpu, on_gpu = (learning_curve.unet_settings(torch.device(kind)) for kind in ("cpu", "cuda"))
    assert (on_cpu.network, on_cpu.augmentation, on_cpu.steps) == ("small", "mild", 400)
    assert (on_gpu.network, on_gpu.augmentation, on_gpu.steps) == ("nnunet", "nnunet", 2000)
    other = learning_curve.unet_settings(torch.device("cpu"), 10, "nnunet")
    assert (other.augmentation, other.steps) == ("nnunet", 10)


def test_nnu_nets_network_trains_and_predicts(people: list[Labelled]) -> None:
    settings = UnetSettings(patch=(16, 16, 16), steps=1, batch_size=1, network="nnunet")
    found = SupervisedUnet((1, 2), settings).fit(people[:1]).predict(people[1][0])
    assert (found.shape, found.dtype) == (SHAPE, np.uint16)


def test_parts_run_small_points_first_and_resume(runs: list[tuple[int, int]], tmp_path: Path) -> None:
    parts = ["--methods", "ours", "--device", "cpu", "--patients", "1", "5"]
    assert learning_curve.main(parts) == 0
    assert learning_curve.main(parts) == 0
    assert runs == [(1, 0), (1, 1), (5, 0), (5, 1)]
    learning_curve.main(["--methods", "ours", "--patients", "2", "--seeds", "7", "--device", "cpu"])
    assert runs[4:] == [(2, 7)]
    learning_curve.main(["--report-only"])
    assert len(runs) == 5
    row = "| 5 | Perfect | 10 | 1.000 ± 0.000 (1.00) | 1.000 ± 0.000 (1.00) | 1.000 ± 0.000 (1.00) | 1.000 |"
    assert row in (tmp_path / "RESULTS.md").read_text()


def test_a_failed_point_does_not_stop_the_others(
    runs: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(transfer: Transfer, seed: int, device: torch.device) -> Predictor:
        raise RuntimeError("out of memory")

    broken = CurveMethod("Broken", fail, lambda: "code", (0,), every_slice=True)
    monkeypatch.setitem(learning_curve.CURVE_METHODS, "ours_all", broken)
    parts = ["--patients", "1", "2", "--seeds", "0", "--device", "cpu"]
    assert learning_curve.main([*parts, "--methods", "ours_all", "ours"]) == 1
    assert runs == [(1, 0), (2, 0)]
    assert [result.method for result in learning_curve.load_results()] == ["ours", "ours"]


def test_how_many_fewer_labels_are_comparable() -> None:
    ours = [result("ours", 1, 0.6, 2), result("ours", 5, 0.795, 10), result("ours", 10, 0.82, 20)]
    unets = [result("unet", 5, 0.8, 100), result("unet", 20, 0.9, 400)]
    text = learning_curve.curve_text([*ours, *unets])
    assert "| 5 | 100 | 0.800 | 5 | 10 | 0.795 | 10.0 |" in text
    assert "| 20 | 400 | 0.900 | - | - | - | - |" in text


def test_without_results_there_is_the_description_alone() -> None:
    assert "| patients |" not in learning_curve.curve_text([])


def test_the_real_patients_suffice(data_dir: Path) -> None:
    people = learning_curve.hippocampus_patients(data_dir)
    assert len(people) >= max(learning_curve.PATIENTS) + learning_curve.TEST_PATIENTS
