"""The accuracy benchmark's bookkeeping: results that resume, tables, the quick verdict."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import accuracy, methods, protocol, report
from benchmarks.methods import METHODS, Segmentation, Task
from benchmarks.peers import PeerEntry
from benchmarks.results import Result, ResultsByMethod, ResultStore
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.segmenter import Prediction

CASE = protocol.BenchmarkCase("ct_abdomen", "unused", Plane.AXIAL, (1, 2))


def result(method: str, dice: float, seed: int = 0, budget: int = 5, **changes: object) -> Result:
    labels = {
        str(code): {"dice": dice, "iou": dice / 2, "assd_mm": 1.5}
        for case in protocol.CASES
        for code in case.codes
    }
    values = {"case": "ct_abdomen", "budget": budget, "method": method, "seed": seed, "fingerprint": "code"}
    return Result(**{**values, "painted": [3], "labels": labels, "seconds": {"total": 12.0}, **changes})


@pytest.fixture
def task() -> Task:
    reference = np.zeros((6, 6, 30), np.uint16)
    reference[1:5, 1:3, 5:25], reference[1:5, 3:5, 5:25] = 1, 2
    voxels = (reference * 100).astype(np.int16)
    return Task.of(CASE, 3, Volume(voxels, SourceGrid((6, 6, 30), np.diag([2.0, 2.0, 2.5, 1.0]))), reference)


class Fixed:
    """A method that answers with a given label map, or raises."""

    title, seeds, missing = "Fixed", (0, 1), ""

    def __init__(self, label_map: np.ndarray | None) -> None:
        self.label_map, self.runs = label_map, 0

    def run(self, task: Task, seed: int, memory: methods.Memory) -> Segmentation:
        self.runs += 1
        if self.label_map is None:
            raise RuntimeError("no answer")
        return Segmentation(self.label_map, {"total": 1.0})

    def fingerprint(self) -> str:
        return "code"


def test_a_result_survives_the_disk(tmp_path: Path) -> None:
    store, kept = ResultStore(tmp_path / "accuracy.json"), result("ours", 0.75)
    store.save(kept)
    assert store.load("ct_abdomen", 5, "ours", 0) == kept
    assert store.load("ct_abdomen", 5, "ours", 1) is None
    assert list(store) == [kept]


def test_means_leave_missing_distances_out() -> None:
    labels = {"1": {"dice": 1.0, "iou": 1.0, "assd_mm": 2.0}, "2": {"dice": 0.0, "iou": 0.0, "assd_mm": None}}
    one = result("ours", 0.0, labels=labels)
    assert (one.dice, one.iou, one.assd_mm, one.missed) == (0.5, 0.5, 2.0, 1)


def test_run_scores_and_measures_what_leaks_beyond_the_extent(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaking = task.reference.copy()
    leaking[0, 0, 0] = 1  # the extent begins at slice 2
    monkeypatch.setitem(METHODS, "fixed", Fixed(leaking))
    found = accuracy.Runner().run(task, "fixed", 0)
    assert found is not None
    assert found.dice == 1.0
    assert found.outside_ml == pytest.approx(0.01)
    assert found.painted == [10, 14, 19]


def test_a_failing_method_is_no_result(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "fixed", Fixed(None))
    assert accuracy.Runner().run(task, "fixed", 0) is None


def test_an_oracle_answers_once_for_all_budgets(task: Task) -> None:
    calls = []

    def segment(volume, window, annotations, codes):
        calls.append(sorted(annotations.slices))
        return np.zeros(volume.shape, np.uint16)

    memory, oracle = methods.Memory(), methods.PeerMethod(PeerEntry("Oracle", segment, oracle=True))
    rival = methods.PeerMethod(PeerEntry("Rival", segment))
    for method in (oracle, oracle, rival, rival):
        assert method.run(task, 0, memory).label_map.shape == task.volume.shape
    everything, painted = list(range(26)), [8, 12, 17]  # counted from the extent's first slice, 2
    assert calls == [everything, painted, painted]


def test_methods_that_predict_differently_share_a_fit(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    class Segmenter:
        fits = 0

        def __init__(self, encoder, seed, settings, cache) -> None:
            self.encoder, self.settings = encoder, settings

        def fit(self, cases) -> None:
            Segmenter.fits += 1

        def predict(self, volume, annotations) -> Prediction:
            code = 1 if "random_walker" in self.settings.predict.steps else 2
            return Prediction(np.full(volume.shape, code, np.uint16))

    monkeypatch.setattr(methods, "FewShotSegmenter", Segmenter)
    monkeypatch.setattr(methods, "encode_planes", lambda *args: None)
    monkeypatch.setattr(methods, "load_encoder", lambda: SimpleNamespace(backend="none"))
    memory = methods.Memory()
    found = [METHODS[name].run(task, seed, memory) for name in ("ours_head", "ours") for seed in (0, 1)]
    assert Segmenter.fits == 2
    assert [int(answer.label_map[0, 0, 0]) for answer in found] == [2, 2, 1, 1]
    assert set(found[0].seconds) == {"encode", "fit", "predict", "total"}


def test_runs_resume_and_follow_the_code(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = Fixed(task.reference)
    monkeypatch.setitem(METHODS, "fixed", method)
    monkeypatch.setattr(protocol, "CASES", (CASE,))
    monkeypatch.setattr(protocol, "load_case", lambda case, data: (task.volume, task.reference))
    store = ResultStore(tmp_path / "accuracy.json")
    args = accuracy._parser().parse_args(["--budgets", "3", "--methods", "fixed"])
    assert accuracy._run_all(args, store) == 0
    assert method.runs == 2  # one a seed
    accuracy._run_all(args, store)
    assert method.runs == 2
    monkeypatch.setattr(method, "fingerprint", lambda: "other code")
    accuracy._run_all(args, store)
    assert method.runs == 4


def test_of_many_labels_only_what_the_targets_compare_is_run_unless_named(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def run(runner: object, task: Task, name: str, seed: int, fingerprint: str) -> Result:
        ran.append(name)
        return result(name, 0.5)

    many = protocol.BenchmarkCase("many", "unused", Plane.AXIAL, tuple(range(1, 12)))
    monkeypatch.setattr(accuracy.Runner, "run", run)
    monkeypatch.setattr(protocol, "CASES", (many,))
    monkeypatch.setattr(protocol, "load_case", lambda case, data: (task.volume, task.reference))
    options = ["--budgets", "3", "--seeds", "0"]
    for named in ([], ["--methods", "sam_box"]):
        args = accuracy._parser().parse_args([*options, *named])
        accuracy._run_all(args, ResultStore(tmp_path / "accuracy.json"))
    assert set(ran[:-1]) == {*methods.RIVALS, "ours", "noise_floor"}
    assert ran[-1] == "sam_box"


@pytest.mark.parametrize(
    ("easy", "hard", "status"), [(0.9, 0.9, 0), (0.7, 0.9, 1), (0.9, 0.7, 1), (0.9, None, 1)]
)
def test_quick_fails_when_a_peer_is_better_on_either_case(
    easy: float, hard: float | None, status: int, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(runner: object, task: Task, name: str, seed: int) -> Result | None:
        ours = hard if task.case.name.endswith("bones") else easy
        dice = ours if name == "ours" else 0.8
        return None if dice is None else result(name, dice)

    monkeypatch.setattr(accuracy.Runner, "run", run)
    monkeypatch.setattr(protocol, "load_case", lambda case, data: (task.volume, task.reference))
    assert accuracy.main(["--quick"]) == status


def test_summary_takes_the_best_peer_and_the_mean_over_seeds() -> None:
    peers = [result("random_walker", 0.8), result("morphological", 0.7), result("sam_box", 0.95)]
    runs = ResultsByMethod([*peers, result("ours", 0.85, seed=0), result("ours", 0.95, seed=1)])
    assert runs.best_peer("ct_abdomen", 5) == (pytest.approx(0.8), "random_walker")
    text = report.accuracy_text(runs)
    assert "| 5, best peer below 0.95 | 1 | 0.100 | 0.200 | 0.50 | +0.100 (ct_abdomen) |" in text
    assert "0.900 ± 0.050" in text


def test_a_case_of_many_labels_has_a_line_a_label_and_one_per_label_says_what_was_painted() -> None:
    runs = ResultsByMethod(
        [result("ours", 0.9, case=case) for case in ("ct_dicom_all", "ct_abdomen_per_label")]
    )
    text = report.accuracy_text(runs)
    assert "| label | Ours, in full (the default) |" in text
    assert "| 117 | - / 0.90 / - |" in text
    assert text.count("Slices painted for all labels together: 1 at 5 a label.") == 1


def test_sections_are_replaced_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# Results\n\nwritten by hand\n")
    report.write_section(path, "accuracy", "first")
    report.write_section(path, "speed", "fast")
    report.write_section(path, "accuracy", "second")
    text = path.read_text()
    assert "written by hand" in text and "second" in text and "fast" in text
    assert "first" not in text


def test_plot_shows_what_has_run(tmp_path: Path) -> None:
    plot = pytest.importorskip("benchmarks.plot", reason="matplotlib is not installed", exc_type=ImportError)
    plot.plot_dice(
        ResultsByMethod([result("ours", 0.9), result("random_walker", 0.8)]), tmp_path / "dice.png"
    )
    assert (tmp_path / "dice.png").stat().st_size > 1000


def test_every_method_has_a_fingerprint_and_a_line_in_the_plot() -> None:
    prints = {name: method.fingerprint() for name, method in METHODS.items()}
    assert prints["ours"] != prints["ours_plain"]
    assert set(methods.RIVALS) == {"signed_distance", "morphological", "random_walker"}
