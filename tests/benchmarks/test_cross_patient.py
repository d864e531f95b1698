"""The cross-patient benchmark: which slices are painted, how patients are scored, the U-Net reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import cross_patient
from benchmarks.cross_patient import Transfer, TransferResult
from benchmarks.peers.unet3d import SupervisedUnet, UnetSettings
from benchmarks.suite_file import SuiteFile
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume


def patient(seed: int, code: int = 40) -> cross_patient.Labelled:
    """A noisy volume of 2 mm voxels with one bright box somewhere in it."""
    generator = np.random.default_rng(seed)
    labels = np.zeros((16, 20, 18), np.uint16)
    x, y, z = generator.integers(2, 6, 3)
    labels[x : x + 8, y : y + 8, z : z + 8] = code
    voxels = (labels > 0) * 200.0 + generator.normal(0, 20, labels.shape)
    grid = SourceGrid((16, 20, 18), np.diag([2.0, 2.0, 2.0, 1.0]))
    return Volume(voxels.astype(np.float32), grid, name=f"patient {seed}"), labels


@pytest.fixture
def transfer() -> Transfer:
    unet = UnetSettings(spacing_mm=2.0, patch=(16, 16, 16), steps=60, batch_size=2)
    people = [patient(seed) for seed in range(4)]
    return Transfer("test", Plane.SAGITTAL, (40,), 2, people[:2], people[2:], unet, whole=True)


def test_two_inner_slices_of_each_patient_are_painted(transfer: Transfer) -> None:
    labels = np.zeros((16, 20, 18), np.uint16)
    labels[3:13] = 40
    few = cross_patient.paint(transfer, labels, every_slice=False)
    assert (few.plane, list(few.slices)) == (Plane.SAGITTAL, [6, 9])
    assert list(cross_patient.paint(transfer, labels, every_slice=True).slices) == list(range(0, 16))


def test_test_patients_are_scored_whole(transfer: Transfer) -> None:
    answers = iter([transfer.test[0][1], np.zeros((16, 20, 18), np.uint16)])
    scores = cross_patient.score_test(transfer, lambda volume: next(answers))
    assert scores == {"patient 2": {"40": 1.0, "whole": 1.0}, "patient 3": {"40": 0.0, "whole": 0.0}}


def test_unet_learns_a_bright_box_and_repeats_itself(transfer: Transfer) -> None:
    found = [cross_patient.fit_unet(transfer, seed=0)(transfer.test[0][0]) for _ in range(2)]
    reference = transfer.test[0][1]
    assert found[0].dtype == np.uint16
    assert cross_patient._dice(found[0] == 40, reference == 40) > 0.7
    np.testing.assert_array_equal(*found)


def test_unet_resamples_and_pads_patients_smaller_than_a_patch() -> None:
    small = Volume(np.ones((5, 9, 4), np.float32), SourceGrid((5, 9, 4), np.diag([1.0, 1.0, 3.0, 1.0])))
    settings = UnetSettings(spacing_mm=2.0, patch=(16, 16, 16), steps=1, batch_size=1)
    labels = np.ones((5, 9, 4), np.uint16)
    assert SupervisedUnet((1,), settings).fit([(small, labels)]).predict(small).shape == (5, 9, 4)


def test_results_are_kept_and_tabled(
    transfer: Transfer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []

    def fit(transfer: Transfer, seed: int) -> cross_patient.Predictor:
        runs.append(seed)
        return lambda volume: {v.name: labels for v, labels in transfer.test}[volume.name]

    method = cross_patient.TransferMethod("Perfect", fit, lambda: "code", (0,))
    monkeypatch.setitem(cross_patient.TRANSFER_METHODS, "perfect", method)
    monkeypatch.setattr(cross_patient, "RESULTS", SuiteFile(tmp_path / "cross_patient.json"))
    for _ in range(2):
        cross_patient._run_unless_kept("ct", transfer, "perfect", 0, force=False)
    assert runs == [0]
    (kept,) = cross_patient.load_results()
    assert kept.mean("40") == 1.0
    text = cross_patient.transfer_text([kept])
    assert "| Perfect | 1.000 ± 0.000 (1.00) | 1.000 ± 0.000 (1.00) | 1.000 |" in text


def test_a_result_averages_its_patients() -> None:
    patients = {"a": {"1": 0.5}, "b": {"1": 1.0}}
    assert TransferResult("ct", "ours", 0, "code", patients, 1.0).mean("1") == 0.75


def test_hippocampus_is_split_by_name(data_dir: Path) -> None:
    transfer = cross_patient.hippocampus(data_dir)
    assert (len(transfer.training), len(transfer.test)) == (10, 30)
    assert max(v.name for v, _ in transfer.training) < min(v.name for v, _ in transfer.test)
