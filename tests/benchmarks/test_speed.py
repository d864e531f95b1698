"""The speed benchmark's bookkeeping: statistics, targets, the table, results that resume. No times."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.speed import __main__ as speed
from benchmarks.speed import case as case_module
from benchmarks.speed import rates, samples, scans
from benchmarks.speed.case import Context, PartError, SpeedCase, run_part
from benchmarks.speed.cases import CASES, cuda, encode_volumes, encoder, large, method, scaling
from benchmarks.speed.section import section_text
from benchmarks.speed.store import CaseResult, SpeedStore
from benchmarks.speed.table import Row, at_least, at_most, rows_table, unmet
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume

TIMED = {
    "seconds": [3.0, 1.0, 2.0],
    "stages": {"encode": 0.001, "fine_tune": 1.5, "decode": 0.5},
    "dice": 0.9,
    "labels": 1,
    "slices": 155,
    "steps": 30,
    "peak_rss_mb": 900.0,
    "threads": 2,
}


def result(rows: list[Row], name: str = "encode_slice") -> CaseResult:
    return CaseResult(name, "encode a slice", "code", "2026-11-25", "A CPU, 2 cores", 0.1, 2, {}, rows)


@pytest.fixture
def scan() -> scans.Scan:
    reference = np.zeros((8, 6, 12), np.uint16)
    reference[1:7, 1:3, 2:10], reference[1:3, 3:5, 2:10], reference[6, 5, 5] = 1, 2, 3
    voxels = np.asfortranarray((reference * 100).astype(np.int16))
    return scans.Scan(Volume(voxels, SourceGrid((8, 6, 12), np.diag([3.0, 3.0, 2.0, 1.0]))), reference)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (1.234, "1.23"), (12.34, "12.3"), (0.999, "0.999"), (1234.5, "1234")],
)
def test_three_digits_without_exponent(value: float, text: str) -> None:
    assert samples.number_text(value) == text


def test_the_median_and_the_run_nearest_to_it() -> None:
    assert samples.median([5.0, 1.0, 2.0]) == 2.0
    assert samples.median_run([5.0, 1.0, 2.0]) == 2
    assert samples.median_run([4.0, 2.0]) == 0
    assert samples.spread_text([5.0, 1.0, 2.0], "s") == "2.00 s (1.00 to 5.00)"
    assert samples.spread_text([6.1], "x") == "6.10x"


def test_what_is_long_runs_twice() -> None:
    calls: list[int] = []
    assert len(samples.repeat(lambda: calls.append(1), runs=5, warm_up=2)) == 5
    assert len(calls) == 7
    assert len(samples.repeat(lambda: calls.append(1), runs=5, long_s=-1)) == 2
    assert len(samples.repeat(lambda: calls.append(1), runs=1, long_s=-1)) == 1


def test_a_target_holds_at_its_limit_and_judges_the_median() -> None:
    assert at_most(8).met(8.0) and not at_most(8).met(8.01)
    assert at_least(6).met(6.0) and not at_least(6).met(5.99)
    assert Row("a", [1.0, 9.0, 2.0], "s", target=at_most(8)).verdict == "met"
    assert Row("a", [9.0], "s", target=at_most(8)).verdict == "**not met**"
    assert Row("a", [9.0], "s").verdict == ""


def test_the_table_names_a_case_once_and_escapes_bars() -> None:
    rows = [Row("a|b", [1.0, 2.0, 3.0], "s", "eager 6.00 s", at_most(2)), Row("peak", [900.0], "MB")]
    lines = rows_table([("encode", rows)]).splitlines()
    assert (
        lines[2] == "| encode | a\\|b | 2.00 s (1.00 to 3.00) | 3 | eager 6.00 s | at most 2.00 s | met |  |"
    )
    assert lines[3].startswith("|  | peak | 900 MB | 1 |")
    assert unmet(rows) == []


def test_a_result_survives_the_disk(tmp_path: Path) -> None:
    store = SpeedStore(tmp_path / "speed.json")
    kept = result([Row("a", [1.0], "s", target=at_most(2)), Row("b", [1.0], "MB")])
    store.save(kept)
    assert store.load("encode_slice") == kept
    assert store.load("labels_1") is None


def test_the_section_counts_targets_and_names_what_was_skipped() -> None:
    text = section_text([result([Row("a", [1.0], "s", target=at_most(0.5))])], "the command")
    assert "Targets: 0 of 1 met." in text
    assert "A CPU, 2 cores" in text and "2026-11-25" in text and "`the command`" in text
    assert "Left out, for want of a CUDA device: on a GPU." in text
    assert "Left out" not in section_text([result([], "cuda")], "the command")


def test_runs_resume_and_a_failing_case_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    def run_case(case: SpeedCase, quick: bool, full: bool, code: str) -> CaseResult:
        runs.append(case.name)
        if case.name == "broken":
            raise PartError("broken/ours ended with status 1")
        return dataclasses.replace(result([], case.name), fingerprint=code)

    cases = tuple(SpeedCase(name, name, {}, lambda parts: []) for name in ("broken", "fine"))
    monkeypatch.setattr(speed, "CASES", (*cases, SpeedCase("gpu", "gpu", {}, lambda parts: [], cuda=True)))
    monkeypatch.setattr(speed, "run_case", run_case)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    store = SpeedStore(tmp_path / "speed.json")
    found, failed = speed.measure(speed.parser().parse_args([]), store)
    assert ([each.name for each in found], failed) == (["fine"], 1)
    speed.measure(speed.parser().parse_args([]), store)
    assert runs == ["broken", "fine", "broken"]
    speed.measure(speed.parser().parse_args(["--full"]), store)
    assert runs[3:] == ["broken", "fine"]
    assert speed.chosen(speed.parser().parse_args(["--report-only"])) == []


def test_a_part_runs_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lone = SpeedCase("none", "none", {"missing": lambda context: {}}, lambda parts: [])
    monkeypatch.setattr(case_module.sys, "executable", "false")
    with pytest.raises(PartError, match="none/missing ended with status 1"):
        run_part(lone, "missing", Context(str(tmp_path)))
    assert case_module.peak_rss_mb() > 10


def test_names_are_unique_and_the_quick_part_is_small() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert [case.name for case in CASES if case.quick] == ["encode_slice", "labels_1"]


def test_the_floor_is_the_faster_library_in_the_dtype_used() -> None:
    rate_of = {"f32 torch": [100.0], "bf16 torch": [200.0], "bf16 openvino": [300.0, 310.0, 320.0]}
    assert rates.best_rate(rate_of, "bf16") == 310
    assert rates.best_rate(rate_of, "f32") == 100
    parts = {
        "torch": {"seconds": [1.2], "gflop": 62.0, "backend": "PyTorch f32", "relative_errors": [0.0]},
        "default": {
            "seconds": [0.3],
            "backend": "OpenVINO bf16",
            "relative_errors": [0.01, 0.02, 0.04],
            "first_s": 1.0,
        },
        "openvino_f32": {},
        "rates": {"rates": rate_of},
    }
    rows = {row.what: row for row in encoder.rows(parts)}
    assert rows["... faster than eager"].values == [pytest.approx(4.0)]
    assert rows["... multiple of the floor"].values == [pytest.approx(1.5)]
    assert rows["... relative error of the embedding"].verdict == "met"


def test_matrix_products_are_counted() -> None:
    assert all(rate > 0 for rate in rates.torch_matmul_gflops(torch.float32, size=8))


def test_relative_errors_are_of_each_slice(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", np.array([3.0, 4.4]), np.array([1.0]))
    np.savez(tmp_path / "b.npz", np.array([3.0, 4.0]), np.array([1.0]))
    assert encoder.relative_errors(tmp_path / "a.npz", tmp_path / "b.npz") == [pytest.approx(0.08), 0.0]


def test_rows_of_the_method() -> None:
    parts = {"ours": TIMED, "walker": {"seconds": [4.0], "dice": 0.8, "peak_rss_mb": 500.0}}
    first, ratio, memory = method.rows("120x126", 8, True, parts)
    assert first.what == "155 slices of 120x126, 5 painted" and first.verdict == "met"
    assert first.remark == "fine_tune 1.50, decode 0.500 s; Dice 0.900"
    assert ratio.values == [0.5] and ratio.verdict == "met"
    assert memory.values == [900.0]
    assert method.correct_rows({"ours": TIMED, "scratch": TIMED})[0].verdict == "met"
    assert method.stage_seconds({"seconds": {"encode": 1.0}}, {"seconds": {"encode": 2.0}}, {}) == {
        "encode": 3.0
    }


def test_rows_of_volumes_and_of_memory() -> None:
    about = {"read": 428} | {
        "seconds": [60.0],
        "slices": 300,
        "encoded": 10,
        "cache_bytes_a_slice": 2_097_152,
        "voxel_mb": 157.0,
    }
    parts = {"ours": TIMED | about, "eager": {"slice_s": [1.0, 2.0, 3.0]}}
    whole, _, cache = encode_volumes.rows("300 slices", parts)
    read = "the method reads 428 slices of three planes, 85.6 s"
    assert whole.remark == f"5.00 slices/s; {read}; extrapolated from 10 slices a run"
    assert whole.reference == "eager torch float32 600 s (5 slices)"
    assert cache.verdict == "met"
    peak, _ = large.rows({"ours": TIMED | {"voxel_mb": 157.0, "embedding_mb": 629.0}})
    assert peak.verdict == "met"


def test_growth_is_a_line_or_bends() -> None:
    assert scaling.bend({50: 100.0, 100: 150.0, 200: 250.0, 400: 450.0}) == pytest.approx(1.0)
    assert scaling.bend({n: float(n * n) for n in (50, 100, 200, 400)}) > scaling.MAX_BEND
    assert scaling.bend({50: 100.0, 200: 100.1, 400: 100.2}) == 1.0
    numbers = {
        name: TIMED | {"peak_rss_mb": float(name.split("x")[0])} for name in scaling.CASE.parts if "x" in name
    }
    rows = scaling.rows(numbers)
    assert len(rows) == len(scaling.SLICES) + len(scaling.LABELS) + 2
    assert rows[-2].verdict == "met"


def test_rows_of_a_gpu() -> None:
    network = {"network": [2000.0], "encode": [1000.0], "gflop": 75.0, "batch": 64}
    parts = {
        "rates": {"bf16": [600_000.0], "f32": [50_000.0]},
        "lite": network | {"volume": [100.0]},
        "vit_b": network | {"gflop": 970.0},
        "ours": TIMED | {"peak_gpu_mb": 1000.0},
    }
    rows = {row.what: row for row in cuda.rows(parts)}
    assert rows["LiteMedSAM, bf16, batches of 64"].verdict == "met"
    assert rows["... share of the matrix rate"].unit == "%"
    assert rows["6 labels, ct_abdomen"].verdict == "met"


def test_gpu_measurements_of_a_network_run_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "RUNS", 2)
    numbers = cuda._network_numbers(torch.nn.Conv2d(3, 4, 3), 8, 2, device="cpu")
    assert len(numbers["network"]) == 2
    assert numbers["gflop"] == pytest.approx(2 * 3 * 9 * 4 * 36 / 1e9)


def test_a_scan_survives_the_disk_as_a_memory_map(scan: scans.Scan, tmp_path: Path) -> None:
    scan.save(tmp_path)
    found = scans.open_scan(tmp_path)
    assert isinstance(found.volume.voxels, np.memmap) and found.volume.voxels.flags.f_contiguous
    np.testing.assert_array_equal(found.volume.voxels, scan.volume.voxels)
    np.testing.assert_array_equal(found.reference, scan.reference)
    assert found.volume.spacing_mm == scan.volume.spacing_mm


def test_resampled_scans_keep_extent_type_and_labels(scan: scans.Scan) -> None:
    other = scans.resampled(scan, (4, 12, 12), "other")
    assert other.volume.shape == (4, 12, 12) and other.volume.voxels.dtype == np.int16
    assert other.volume.spacing_mm == (6.0, 1.5, 2.0)
    assert set(np.unique(other.reference)) <= {0, 1, 2, 3}
    longer = scans.stretched(scan, 24, "long")
    assert longer.volume.shape == (8, 6, 24) and longer.volume.spacing_mm == (3.0, 3.0, 1.0)


def test_the_labels_that_are_most_painted(scan: scans.Scan) -> None:
    assert set(np.unique(scan.largest_painted(1).reference)) == {0, 1}
    assert set(np.unique(scan.largest_painted(2).reference)) == {0, 1, 2}
    painted = scan.only([1, 2]).painted()
    assert painted.plane is Plane.AXIAL and len(painted.slices) == 5
    assert scans.mean_dice(scan.only([1, 2]).reference, scan.only([1, 2]), painted) == 1.0
    assert scans.mean_dice(np.zeros_like(scan.reference), scan.only([1, 2]), painted) == 0.0


def test_a_cache_is_filled_by_repeating_the_nearest_real_slice(
    scan: scans.Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[int, int] = {}
    wanted = {Plane.AXIAL: list(range(12)), Plane.CORONAL: [0, 11]}
    monkeypatch.setattr(scans, "slices_to_encode", lambda *args: wanted)

    class Embeddings:
        done = np.isin(np.arange(12), (0, 11))
        read = staticmethod(lambda index: index)
        write = staticmethod(written.__setitem__)

    monkeypatch.setattr(scans, "encode_volume", lambda *args, **kwargs: Embeddings())
    scans.fill_by_repeating(scan, None, None, 2)
    assert written == {index: 0 if index < 6 else 11 for index in range(1, 11)}
    assert scans.slices_read(scan, None) == 14


def test_the_worst_slice_is_painted_next(scan: scans.Scan) -> None:
    painted, answer = scan.painted(), scan.reference.copy()
    wrong = next(k for k in range(2, 10) if k not in painted.slices)
    answer[..., wrong] = 0
    corrected = method._with_worst_slice(scan, painted, answer)
    assert sorted(corrected.slices) == sorted([*painted.slices, wrong])


def test_parts_can_be_found_by_the_child() -> None:
    assert all(callable(part) for case in CASES for part in case.parts.values())
    assert isinstance(scaling.CASE.parts["50x5"], partial)
