"""Every request that writes something, by what it asks for, and what the server holds around it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from benchmarks.attacks import inputs
from benchmarks.attacks.cases import new_project, upload
from benchmarks.attacks.server import AttackedServer
from benchmarks.torture.ledger import COLUMNS, ROWS, SLICES, scan
from benchmarks.torture.servers import DEADLINE_S, END_STATES
from benchmarks.torture.valid_files import all_files


@dataclass(frozen=True)
class Things:
    """What exists before the fault, to be changed during it.

    Attributes:
        label, spare_label: as the API describes them.
        volume: has a painted slice and a mask.
        spare_volume, spare_project: to be deleted.
        upload_id, series: files of two series that wait for a choice.
    """

    project: str
    label: dict[str, Any]
    spare_label: dict[str, Any]
    volume: str
    mask: str
    spare_volume: str
    spare_project: str
    upload_id: str
    series: str


def make_things(client: httpx.Client, number: int) -> Things:
    """Make them; waits for a run."""
    project, spare_project = new_project(client), new_project(client)
    labels = [client.post(f"/api/projects/{project}/labels", json={"name": n}).json() for n in ("a", "b")]
    volumes = [upload(client, project, scan(10 * number + each)).json()["id"] for each in range(2)]
    for index in (3, 20):
        save(client, volumes[0], labels[0]["value"], index).raise_for_status()
    run = client.post(f"/api/volumes/{volumes[0]}/runs", json={"kind": "propagate"}).json()
    run = ended(client, run["id"])
    waiting = upload(client, project, ("two.zip", two_series())).json()["error"]
    return Things(
        project, labels[0], labels[1], volumes[0], run["mask_id"], volumes[1], spare_project,
        waiting["upload_id"], waiting["choices"][0]["series_uid"],
    )  # fmt: skip


def ended(client: httpx.Client, run_id: str) -> dict[str, Any]:
    """A run when it has ended, or as it is after a minute."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        answer = client.get(f"/api/runs/{run_id}")
        run: dict[str, Any] = answer.json()
        if run.get("state") in END_STATES or time.monotonic() > deadline:
            return run
        time.sleep(0.1)


def save(client: httpx.Client, volume: str, value: int, index: int, base: int = 0) -> httpx.Response:
    """Save a slice that is half painted."""
    cells = np.zeros((ROWS, COLUMNS), np.uint8)
    cells[: ROWS // 2] = value
    headers = {"X-Base-Version": str(base), "X-State": "painted"}
    address = f"/api/volumes/{volume}/annotations/axial/{index}"
    return client.put(address, content=cells.tobytes(), headers=headers)


def two_series() -> bytes:
    """A zip of two DICOM series."""
    slices = all_files()["dicom explicit"]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in slices.items():
            archive.writestr(f"1/{name}", content)
            archive.writestr(f"2/{name}", content.replace(b"1.2.3.4", b"1.2.3.5"))
    return held.getvalue()


def label_map() -> inputs.Upload:
    """A label map on the grid of :func:`benchmarks.torture.ledger.scan`."""
    codes = np.zeros((COLUMNS, ROWS, SLICES), np.int16)
    codes[2:6, 2:6, 10] = 1
    return "labels.nii", inputs.nifti_header(codes.shape) + codes.tobytes(order="F")


RENAMED = {"name": "renamed"}
Point = Callable[[httpx.Client, Things], httpx.Response]
POINTS: dict[str, Point] = {
    "save a slice": lambda client, t: save(client, t.volume, t.label["value"], 7),
    "save a slice again": lambda client, t: save(client, t.volume, t.label["value"], 3, 1),
    "new project": lambda client, t: client.post("/api/projects", json={"name": "new"}),
    "rename a project": lambda client, t: client.patch(f"/api/projects/{t.project}", json=RENAMED),
    "new label": lambda client, t: client.post(f"/api/projects/{t.project}/labels", json={"name": "new"}),
    "rename a label": lambda client, t: client.patch(f"/api/labels/{t.label['id']}", json=RENAMED),
    "delete a label": lambda client, t: client.delete(f"/api/labels/{t.spare_label['id']}?force=true"),
    "import a scan": lambda client, t: upload(client, t.project, scan(time.time_ns())),
    "import a label map": lambda client, t: client.post(
        f"/api/volumes/{t.volume}/annotations/import", files=[("files", label_map())]
    ),
    "choose a series": lambda client, t: client.post(
        f"/api/uploads/{t.upload_id}", json={"series_uid": t.series}
    ),
    "rename a volume": lambda client, t: client.patch(f"/api/volumes/{t.volume}", json=RENAMED),
    "start a run": lambda client, t: client.post(f"/api/volumes/{t.volume}/runs", json={"kind": "propagate"}),
    "download a bundle": lambda client, t: client.get(f"/api/masks/{t.mask}/download?format=bundle"),
    "download a NIfTI": lambda client, t: client.get(f"/api/masks/{t.mask}/download?format=nifti"),
    "preview": lambda client, t: client.get(f"/api/volumes/{t.spare_volume}/preview.nii"),
    "delete a volume": lambda client, t: client.delete(f"/api/volumes/{t.spare_volume}"),
    "delete a project": lambda client, t: client.delete(f"/api/projects/{t.spare_project}"),
}
"""In an order in which each can be done after the one before."""


def new_workspace(server: AttackedServer) -> httpx.Response:
    """What a new visitor's page asks for first."""
    with server.visitor() as client:
        return client.post("/api/workspace")


def held(client: httpx.Client) -> dict[str, Any]:
    """All that the visitor has, without what changes by itself."""
    found: dict[str, Any] = {}
    for each in client.get("/api/projects").json():
        project = client.get(f"/api/projects/{each['id']}").json()
        found[each["id"]] = {
            "name": project["name"],
            "labels": [(label["id"], label["name"]) for label in project["labels"]],
            "volumes": {v["id"]: (v["name"], _painted(client, v["id"])) for v in project["volumes"]},
        }
    return found


def _painted(client: httpx.Client, volume: str) -> list[tuple[int, int, bytes]]:
    listed = client.get(f"/api/volumes/{volume}/annotations").json()
    return [
        (
            row["slice_index"],
            row["version"],
            client.get(f"/api/volumes/{volume}/annotations/{row['plane']}/{row['slice_index']}").content,
        )
        for row in listed
    ]
