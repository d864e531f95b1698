"""What a press waits for, and first commands: requests and command lines; server and processes are faked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import httpx
import nibabel as nib
import numpy as np
import pytest

from benchmarks.minutes import commands, waiting
from benchmarks.minutes.cases import LabelledScan
from benchmarks.minutes.hand import HandModel
from benchmarks.protocol import BenchmarkCase
from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane, to_display
from fewshot_sam.data.volume import Volume


@pytest.fixture
def scan() -> LabelledScan:
    reference = np.zeros((6, 5, 9), np.uint16)
    reference[1:4, 1:3, 2:7] = 300
    volume = Volume(reference.astype(np.int16), SourceGrid((6, 5, 9), np.eye(4)))
    return LabelledScan(BenchmarkCase("toy", "", Plane.AXIAL, (300,)), volume, reference, {300: "bar"})


class ToyServer:
    """Answers the page's requests; a run is queued, then shows a draft, then is done."""

    def __init__(self, scan: LabelledScan) -> None:
        self.scan = scan
        self.painted: dict[str, bytes] = {}
        self.states = [("queued", None), ("running", None), ("running", "draft"), ("done", "full")]

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "PUT":
            assert request.headers["X-State"] == "painted"
            self.painted[path] = request.content
            return httpx.Response(200, json={})
        if path.endswith("/labels"):
            return httpx.Response(201, json={"value": 7})
        if "/masks/" in path:
            found = (
                self.scan.reference == 300 if "full" in path else np.zeros(self.scan.reference.shape, bool)
            )
            return httpx.Response(200, content=(found * 7).astype(np.uint8).tobytes(order="F"))
        if path.endswith("/volumes"):
            return httpx.Response(201, json={"id": "v"})
        state, mask_id = self.states.pop(0)
        return httpx.Response(200, json={"id": "r", "state": state, "mask_id": mask_id, "error": "no memory"})


@pytest.fixture
def server(scan: LabelledScan) -> ToyServer:
    return ToyServer(scan)


@pytest.fixture
def client(server: ToyServer) -> httpx.Client:
    return httpx.Client(base_url="http://toy", transport=httpx.MockTransport(server.answer))


def test_draft_and_full_mask_are_timed_and_scored(
    scan: LabelledScan, client: httpx.Client, tmp_path: Path
) -> None:
    app = SimpleNamespace(home=tmp_path)
    found = waiting._press(client, app, "v", scan, {300: 7}, {3, 5})  # type: ignore[arg-type]
    assert found["draft_dice"] == 0.0 and found["full_dice"] == 1.0
    assert 0 < found["draft_s"] <= found["full_s"]
    assert (found["slices_before"], found["slices"], found["gflop"]) == (0, 0, 0)


def test_a_run_that_fails_is_no_result(
    scan: LabelledScan, client: httpx.Client, server: ToyServer, tmp_path: Path
) -> None:
    server.states = [("queued", None), ("failed", None)]
    with pytest.raises(RuntimeError, match="ended failed: no memory"):
        waiting._press(client, SimpleNamespace(home=tmp_path), "v", scan, {300: 7}, set())  # type: ignore[arg-type]


def test_slices_are_painted_with_the_pages_own_values(
    scan: LabelledScan, client: httpx.Client, server: ToyServer
) -> None:
    assert waiting._open(client, "p", scan) == "v"
    values = waiting._labels(client, "p", scan)
    waiting._paint(client, "v", scan, 4, values)
    expected = to_display((scan.wanted(4) == 300).astype(np.uint8) * 7)
    assert server.painted == {"/api/volumes/v/annotations/axial/4": expected.tobytes()}


def test_the_large_scan_has_its_size_and_labels(data_dir: Path) -> None:
    assert set(waiting.SCANS) == {"ct_abdomen", "ct_dicom", "mr_torso", "demo", "large"}
    demo = waiting.demo_scan()
    assert demo.reference.shape == demo.volume.shape
    assert demo.ends[0] < demo.ends[1]


@pytest.mark.parametrize(("kind", "case"), [("propagate", "ct_abdomen"), ("fit", "hippocampus")])
def test_commands_run_twice_on_one_empty_data_folder(
    kind: str, case: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path))
    calls: list[tuple[list[str], str]] = []

    def run(command: list[str], *, env: dict[str, str], **_: object) -> None:
        calls.append((command, env["FEWSHOT_SAM_HOME"]))
        after = {"propagate": ("--annotations", 1), "fit": ("--case", 2)}[kind]
        painted = command[command.index(after[0]) + after[1]]
        label_map = np.asarray(nib.load(painted).dataobj)
        assert label_map.any()
        Path(command[command.index("--json") + 1]).write_text(json.dumps({"stages_s": {"Encoding": 1.25}}))

    monkeypatch.setattr(subprocess, "run", run)
    found = commands.measure(kind, case, HandModel())
    assert found["first_stages"] == {"Encoding": 1.2}
    (first, home), (second, same) = calls
    assert first == second and home == same != str(tmp_path)
    assert first[1:4] == ["-m", "fewshot_sam", kind]
    assert first.count("--case") == (10 if kind == "fit" else 0)
