"""What a press of the button waits for, with the scan opened a minute before; over the API, without a "
"page."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import nibabel as nib
import numpy as np

from benchmarks import protocol
from benchmarks.minutes import cases
from benchmarks.minutes.app_row import fresh_app
from benchmarks.minutes.cases import LabelledScan
from benchmarks.minutes.hand import HandModel
from benchmarks.minutes.work import encoding_work
from benchmarks.speed import scans
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.io.demo import GREY_MATTER, WHITE_MATTER, demo_label_map, demo_volume
from tests.e2e.server import AppServer

OPEN_S = 60.0
"""From the scan on the server to the press."""
POLL_S = 0.1
LARGE_SLICES, LARGE_LABELS = 300, 5
DEMO = "demo"
_HEADERS = {"X-Fewshot-Sam": "1"}


def measure(kind: str, case: str, hand: HandModel) -> dict[str, Any]:
    """The numbers of a row; ``kind`` ends with the number of painted slices. The hand is not needed."""
    scan = SCANS[case]()
    painted = protocol.painted_slices(scan.reference, scan.case.plane, int(kind[-1]))
    with (
        fresh_app() as server,
        httpx.Client(base_url=server.url, headers=_HEADERS, timeout=600) as client,
    ):
        project = _json(client.post("/api/workspace", json={}))[0]["id"]
        began = time.monotonic()
        volume_id = _open(client, project, scan)
        opened = time.monotonic()
        values = _labels(client, project, scan)
        for index in painted:
            _paint(client, volume_id, scan, index, values)
        time.sleep(max(0.0, OPEN_S - (time.monotonic() - opened)))
        numbers = _press(client, server, volume_id, scan, values, set(painted))
    return {"open_s": round(opened - began, 1), "painted": list(painted), **numbers}


def demo_scan() -> LabelledScan:
    """The head that a newcomer sees, with its tissues."""
    codes = (GREY_MATTER, WHITE_MATTER)
    case = protocol.BenchmarkCase(DEMO, "", Plane.AXIAL, codes)
    return LabelledScan(case, demo_volume(), demo_label_map(), {code: str(code) for code in codes})


def large_scan() -> LabelledScan:
    """A CT of 512x512x300 voxels with five labels, stretched from a real one of 20 slices."""
    scan = scans.stretched(scans.ct_dicom(), LARGE_SLICES, "Large CT").largest_painted(LARGE_LABELS)
    codes = tuple(int(code) for code in np.unique(scan.reference) if code)
    case = protocol.BenchmarkCase("large", "", Plane.AXIAL, codes)
    return LabelledScan(case, scan.volume, scan.reference, {code: str(code) for code in codes})


SCANS: dict[str, Callable[[], LabelledScan]] = {
    **{name: lambda name=name: cases.load(name) for name in cases.CASES},  # type: ignore[misc]
    DEMO: demo_scan,
    "large": large_scan,
}


def _open(client: httpx.Client, project: str, scan: LabelledScan) -> str:
    """The volume's id, once it is on the server."""
    if scan.case.name == DEMO:
        return _json(client.get(f"/api/projects/{project}"))["volumes"][0]["id"]
    with tempfile.TemporaryDirectory() as folder:
        if scan.case.image:
            path = cases.file_to_drop(scan, Path(folder))
        else:
            path = Path(folder) / f"{scan.case.name}.nii"
            nib.save(nib.Nifti1Image(scan.volume.voxels, scan.volume.source.affine), path)
        with path.open("rb") as file:
            sent = client.post(f"/api/projects/{project}/volumes", files={"files": (path.name, file)})
        return _json(sent)["id"]


def _labels(client: httpx.Client, project: str, scan: LabelledScan) -> dict[int, int]:
    """Label values by code; the demo has its labels."""
    path = f"/api/projects/{project}"
    if scan.case.name == DEMO:
        return {label["code"]: label["value"] for label in _json(client.get(path))["labels"]}
    made = {
        code: _json(client.post(f"{path}/labels", json={"name": scan.names[code]})) for code in scan.codes
    }
    return {code: label["value"] for code, label in made.items()}


def _paint(
    client: httpx.Client, volume_id: str, scan: LabelledScan, index: int, values: dict[int, int]
) -> None:
    wanted = take_slice(scan.reference, scan.case.plane, index)
    labels = np.zeros(wanted.shape, np.uint8)
    for code, value in values.items():
        labels[wanted == code] = value
    path = f"/api/volumes/{volume_id}/annotations/{scan.case.plane}/{index}"
    headers = {"X-Base-Version": "0", "X-State": "painted"}
    client.put(path, content=to_display(labels).tobytes(), headers=headers).raise_for_status()


def _press(
    client: httpx.Client,
    server: AppServer,
    volume_id: str,
    scan: LabelledScan,
    values: dict[int, int],
    painted: set[int],
) -> dict[str, Any]:
    """Start a run; when its masks are there, how good they are, and what was encoded before and for it."""
    cache, content_hash = server.home / "cache", scan.volume.content_hash
    before = encoding_work(cache, content_hash)
    request = {"kind": "propagate", "plane": str(scan.case.plane)}
    pressed = time.monotonic()
    run = _json(client.post(f"/api/volumes/{volume_id}/runs", json=request))
    draft_s = draft_dice = None
    while run["state"] in ("queued", "running"):
        time.sleep(POLL_S)
        run = _json(client.get(f"/api/runs/{run['id']}"))
        if draft_s is None and run["mask_id"] and run["state"] == "running":
            draft_s = time.monotonic() - pressed
            draft_dice = _mean_dice(client, run["mask_id"], scan, values, painted)
    if run["state"] != "done":
        raise RuntimeError(f"The run ended {run['state']}: {run['error']}")
    full_s = time.monotonic() - pressed
    after = encoding_work(cache, content_hash)
    return {
        "draft_s": draft_s and round(draft_s, 1),
        "draft_dice": draft_dice,
        "full_s": round(full_s, 1),
        "full_dice": _mean_dice(client, run["mask_id"], scan, values, painted),
        "slices_before": before.slices,
        "gflop_before": before.gflop,
        "slices": after.slices,
        "gflop": after.gflop,
    }


def _mean_dice(
    client: httpx.Client, mask_id: str, scan: LabelledScan, values: dict[int, int], painted: set[int]
) -> float:
    table = np.zeros(256, np.uint16)
    table[list(values.values())] = list(values)
    content = client.get(f"/api/masks/{mask_id}/voxels").raise_for_status().content
    label_map = table[np.frombuffer(content, np.uint8).reshape(scan.volume.shape, order="F")]
    scores = scan.dice(label_map, painted)
    return round(float(sum(scores.values())) / len(scores), 4)


def _json(answer: httpx.Response) -> Any:
    return answer.raise_for_status().json()
