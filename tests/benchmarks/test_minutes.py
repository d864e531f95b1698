"""The minutes benchmark without an app: what the hand does in which order, watching runs, counting."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest

from benchmarks.minutes import cases
from benchmarks.minutes.app_row import outcome
from benchmarks.minutes.cases import LabelledScan, farthest
from benchmarks.minutes.clock import VirtualClock
from benchmarks.minutes.desk import MaskSeen
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.peer_desk import PeerDesk
from benchmarks.minutes.strategy import label_scan
from benchmarks.minutes.watch import RunWatch
from benchmarks.minutes.work import encoding_work, padded_pixels
from benchmarks.protocol import BenchmarkCase
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.embeddings.cache import CacheKey, EmbeddingCache

RUN_S, DRAFT_S = 30.0, 5.0


@pytest.fixture
def scan() -> LabelledScan:
    """A bright and a dark bar that drift through 24 slices, 4 to 19 of them labelled."""
    reference = np.zeros((40, 36, 24), np.uint16)
    for index in range(4, 20):
        reference[4 + index // 3 : 16 + index // 3, 4:14, index] = 3
        reference[20:30, 12 + index // 4 : 26 + index // 4, index] = 8
    voxels = np.select([reference == 3, reference == 8], [200, 80], 10).astype(np.int16)
    volume = Volume(voxels, SourceGrid((40, 36, 24), np.diag([2.0, 2.0, 5.0, 1.0])))
    return LabelledScan(
        BenchmarkCase("toy", "", Plane.AXIAL, (3, 8)), volume, reference, {3: "bar", 8: "dark"}
    )


@dataclass
class ToyDesk(PeerDesk):
    """Runs take RUN_S; a mask's Dice is ``dice`` of the number of slices painted; a draft has 0.1 less."""

    dice: dict[int, float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    ends_at: float = 0.0

    def propagate(self) -> None:
        """Masks to come."""
        assert not self.running()
        self.log.append("run")
        now, slices = self.clock.now(), sorted(self.painted)
        self.ends_at = now + RUN_S
        for seconds, draft in ((DRAFT_S, True), (RUN_S, False)):
            value = self.dice[len(slices)] - 0.1 * draft
            self.found.append(MaskSeen(now + seconds, draft, {3: value, 8: value}, slices))

    @property
    def masks(self) -> list[MaskSeen]:
        """Those that are there by now."""
        return [mask for mask in self.found if mask.at_s <= self.clock.now()]

    def running(self) -> bool:
        """Whether the last run still goes on."""
        return self.clock.now() < self.ends_at

    def paint(self, index: int) -> None:
        """Noted."""
        super().paint(index)
        self.log.append(f"paint {index}")

    def look(self) -> None:
        """Noted."""
        super().look()
        self.log.append("look")


def toy(scan: LabelledScan, **dice: float) -> ToyDesk:
    values = {n: dice.get(f"at_{n}", 0.5) for n in range(1, 20)}
    return ToyDesk(scan, HandModel(), VirtualClock(), dice=values)


def test_three_slices_then_the_suggested_ones_while_the_runs_go_on(scan: LabelledScan) -> None:
    desk = toy(scan, at_3=0.8, at_4=0.85, at_5=0.87, at_6=0.95)
    label_scan(desk)
    painted = [line for line in desk.log if line.startswith("paint")]
    assert sorted(painted[:3]) == ["paint 12", "paint 15", "paint 8"]
    assert desk.log[3] == "run"
    assert desk.log[4].startswith("paint")  # the hand goes on while the first run does
    assert desk.log.count("run") >= 2 and "look" in desk.log
    numbers = outcome(desk.masks, desk.clock, desk.painted)
    assert numbers["reached_s"] == round(desk.masks[-1].at_s, 1)
    assert numbers["painted_when_reached"] >= 6
    assert not numbers["reached_by_draft"]
    assert numbers["hand_s"] + numbers["waiting_s"] == pytest.approx(numbers["reached_s"], abs=0.11)


def test_a_draft_that_is_good_enough_stops_the_clock_and_its_run_is_awaited(scan: LabelledScan) -> None:
    desk = toy(scan, at_3=1.0)
    label_scan(desk)
    numbers = outcome(desk.masks, desk.clock, desk.painted)
    assert numbers["reached_by_draft"]
    assert numbers["full_s"] == pytest.approx(numbers["reached_s"] + RUN_S - DRAFT_S, abs=0.1)
    assert numbers["painted_when_reached"] == 3
    assert len(numbers["masks"]) == 2


def test_twelve_slices_are_the_most_and_the_best_is_told(scan: LabelledScan) -> None:
    desk = toy(scan, at_12=0.89)
    label_scan(desk)
    assert len(desk.painted) == 12
    assert not desk.running()
    numbers = outcome(desk.masks, desk.clock, desk.painted)
    assert numbers["reached_s"] is numbers["full_s"] is None
    assert numbers["best"] == 0.89
    assert numbers["best_s"] == round(desk.masks[-1].at_s, 1)


def test_a_session_has_a_limit(scan: LabelledScan) -> None:
    desk = toy(scan)
    label_scan(desk, limit_s=1.0)
    assert desk.log.count("run") == 1


def test_the_farthest_slice_is_the_middle_of_a_gap_or_an_end() -> None:
    assert farthest((0, 20), {5, 10}) == 20
    assert farthest((0, 20), {0, 20}) == 10
    assert farthest((0, 2), {0, 1, 2}) is None


def test_a_peer_is_painted_for_and_its_seconds_count(scan: LabelledScan) -> None:
    desk = PeerDesk(scan, HandModel(), VirtualClock(), peer="random_walker")
    label_scan(desk)
    reached = outcome(desk.masks, desk.clock, desk.painted)
    assert reached["reached_s"] > reached["hand_s"] > 30
    assert set(reached["hand_s_by_kind"]) == {
        *("choosing", "naming", "outlining", "propagating", "reading", "scrolling")
    }
    for index, painted in desk.slices.items():
        assert np.mean(painted == scan.wanted(index)) > 0.97


def test_a_case_of_the_protocol_is_what_a_person_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scan: LabelledScan
) -> None:
    (tmp_path / "ct_dicom" / "series").mkdir(parents=True)
    (tmp_path / "ct_dicom" / "series" / "1.dcm").write_bytes(b"x")
    monkeypatch.setenv("FEWSHOT_SAM_TEST_DATA", str(tmp_path))
    series = dataclasses.replace(scan, case=BenchmarkCase("ct_dicom", "ct_dicom/series", Plane.AXIAL, (3,)))
    assert cases.file_to_drop(series, tmp_path).name == "ct_dicom.zip"
    assert scan.ends == (4, 19)
    assert cases.first_slices(scan) == (8, 12, 15)
    assert scan.dice(scan.reference, {8}) == {3: 1.0, 8: 1.0}


def test_masks_are_scored_when_they_are_there(scan: LabelledScan) -> None:
    runs: list[dict] = []
    masks = {"d": (True, np.zeros_like(scan.reference)), "f": (False, scan.reference)}

    def answer(request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        if parts[-1] == "runs":
            return httpx.Response(200, json=runs)
        draft, label_map = masks[parts[3]]
        if parts[-1] == "voxels":
            values = np.select([label_map == 3, label_map == 8], [1, 2], 0).astype(np.uint8)
            return httpx.Response(200, content=values.tobytes(order="F"))
        return httpx.Response(200, json={"draft": draft})

    client = httpx.Client(base_url="http://toy", transport=httpx.MockTransport(answer))
    with RunWatch(client, "v", scan, VirtualClock(), {1: 3, 2: 8}) as watch:
        assert not watch.active
        run = {"state": "running", "mask_id": "d", "error": None}
        watch.submit({8, 12}, lambda: runs.append(run))
        assert watch.active
        wait_until(lambda: len(watch.masks) == 1)
        run |= {"state": "done", "mask_id": "f"}
        wait_until(lambda: not watch.active)
        assert [(mask.draft, mask.mean, mask.painted) for mask in watch.masks] == [
            (True, 0.0, [8, 12]), (False, 1.0, [8, 12])
        ]  # fmt: skip
        run |= {"state": "failed", "error": "no memory"}
        with pytest.raises(RuntimeError, match="cannot be watched"):
            wait_until(lambda: watch.active)


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def test_encoded_slices_are_counted_with_their_padding(tmp_path: Path) -> None:
    cache, volume_hash = EmbeddingCache(tmp_path), "0123456789abcdef0123"
    for plane, preparation, done in (("axial", "v1 window 0 1 input (256, 256)", 2),
                                     ("coronal", "v1 input (80, 256) padded (112, 256)", 4)):  # fmt: skip
        key = CacheKey(volume_hash, plane, "toy", preparation, 6, (1, 2, 2))
        entry = cache.open(key)
        for index in range(done):
            entry.write(index, np.zeros((1, 2, 2)))
    cache.open(CacheKey("f" * 20, "axial", "toy", "v1", 6, (1, 2, 2))).write(0, np.zeros((1, 2, 2)))
    work = encoding_work(tmp_path, volume_hash)
    assert work.slices == 6
    assert work.gflop == round(2 * 75 + 4 * 75 * 112 / 256)
    assert padded_pixels("padded (56, 112)") == 56 * 112


def test_a_prediction_that_is_mostly_wrong_is_wiped_and_a_good_one_mended(scan: LabelledScan) -> None:
    desk = PeerDesk(scan, HandModel(), VirtualClock(), peer="random_walker")
    desk.slices = {10: scan.wanted(10).copy(), 11: np.roll(scan.wanted(11), 4, axis=(0, 1))}
    desk.slices[10][7:12, 4:9] = 0
    for index in (10, 11):
        desk.paint(index)
    assert "starting afresh" in desk.clock.hand_s_by_kind()
    assert desk.clock.hand_s_by_kind()["starting afresh"] == HandModel().press_s
