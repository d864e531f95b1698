"""A project of a hundred volumes: ``python -m benchmarks.speed_list``.

The 40 hippocampi and a CT, imported as often as it takes, two slices of the first painted, all others
predicted by the tests' toy method, so that every row of the list has its state, its picture and its figures.
Then the list, the opening of a volume and the server's memory, beside a project that holds the CT and one
other. Writes the speed-list part of benchmarks/RESULTS.md. Meant for a quiet machine.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from playwright.sync_api import Page, expect

from benchmarks import protocol
from benchmarks.attacks.server import MEBIBYTE, AttackedServer, descendants
from benchmarks.begin import begin
from benchmarks.page.app import VIEWPORT, chromium, page_of
from benchmarks.page.opening import open_large
from benchmarks.report import RESULTS_FILE, write_section
from benchmarks.speed import scans
from benchmarks.speed.machine import load_average, machine_name, today
from benchmarks.speed.table import Row, at_most, rows_table
from benchmarks.torture.servers import toy_server
from fewshot_sam.data.folders import data_home
from tests.e2e.workspace import Workspace

VOLUMES, RUNS = 100, 5
HEADERS = {"X-Fewshot-Sam": "1"}
BATCH_DEADLINE_S = 1800
_log = logging.getLogger("benchmarks.speed_list")


@dataclass(frozen=True)
class Project:
    """A project that can be opened by name.

    Attributes:
        ct: id of its CT, the last volume that was imported.
    """

    name: str
    id: str
    ct: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; the exit status is 0 unless something broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_list", description=__doc__)
    parser.add_argument("--volumes", type=int, default=VOLUMES)
    parser.add_argument("--quick", action="store_true", help="printed, nothing written")
    args = parser.parse_args(arguments)
    begin()
    load = load_average()
    data_home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=data_home()) as folder:
        server = toy_server(Path(folder) / "home")
        with server, chromium() as browser, page_of(browser) as page:
            text = section_text(measure(page, server, args.volumes), args.volumes, load)
    if args.quick:
        print(text)
    else:
        write_section(RESULTS_FILE, "speed-list", text)
    return 0


def measure(page: Page, server: AttackedServer, volumes: int) -> list[Row]:
    """All rows of the table."""
    workspace = Workspace(page, server.url)
    workspace.open()
    alone = import_project(page, server.url, "Alone", 2)
    idle = memory_mb(server)
    many = import_project(page, server.url, "Many", volumes)
    predict_all(page, server.url, many)
    workspace.reload()
    asked, listed, opened, opened_alone = [], [], [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        call(page, server.url, "get", f"projects/{many.id}")
        asked.append(time.perf_counter() - began)
        open_project(workspace, alone, 2)
        opened_alone.append(open_large(workspace, alone.ct)[0])
        listed.append(open_project(workspace, many, volumes))
        opened.append(open_large(workspace, many.ct)[0])
    return [
        Row(f"list of {volumes} volumes, asked for and answered", asked, "s", target=at_most(1)),
        Row("... from the click on the project to its last row", listed, "s", target=at_most(1)),
        Row(
            "CT of 512x512x24 in that project, from the click to its first sharp slice", opened, "s",
            reference=f"{np.median(opened_alone):.2f} s in a project of two",
        ),
        Row(
            "memory of the server afterwards", [memory_mb(server)], "MB", target=at_most(600),
            reference=f"{idle:.0f} MB before", remark="proportional; with its readers, without the worker",
        ),
    ]  # fmt: skip


def import_project(page: Page, url: str, name: str, volumes: int) -> Project:
    """A project of the hippocampi, again and again, and the CT last."""
    _log.info("%s: importing %d", name, volumes)
    project = call(page, url, "post", "projects", data={"name": name})["id"]
    call(page, url, "post", f"projects/{project}/labels", data={"name": "Hippocampus"})
    hippocampi = sorted((protocol.data_folder() / "hippocampus" / "images").iterdir())
    found = ""
    ct = scans.ct_dicom().volume
    ct_file = ("ct.nii", nib.Nifti1Image(ct.voxels, ct.source.affine).to_bytes())
    small = ((path.name, path.read_bytes()) for path in islice(cycle(hippocampi), volumes - 1))
    for file_name, content in (*small, ct_file):
        file = {"name": file_name, "mimeType": "application/octet-stream", "buffer": content}
        path = f"projects/{project}/volumes?again=1"
        found = call(page, url, "post", path, multipart={"files": file})["id"]
    return Project(name, project, found)


def predict_all(page: Page, url: str, project: Project) -> None:
    """Paint the first volume, learn from it, and apply that to all others."""
    first = call(page, url, "get", f"projects/{project.id}")["volumes"][0]
    shape = first["shape"]
    cells = np.zeros((shape[1], shape[0]), np.uint8)
    cells[: shape[1] // 2] = 1
    headers = {"X-Base-Version": "0", "X-State": "painted", "Content-Type": "application/octet-stream"}
    for index in (shape[2] // 3, shape[2] // 2):
        path = f"volumes/{first['id']}/annotations/axial/{index}"
        call(page, url, "put", path, headers={**HEADERS, **headers}, data=cells.tobytes())
    run = call(page, url, "post", f"volumes/{first['id']}/runs", data={"kind": "propagate"})["id"]
    wait_until(lambda: call(page, url, "get", f"runs/{run}")["state"] == "done")
    batch = call(page, url, "post", f"projects/{project.id}/batches", data={})["id"]
    _log.info("%s: predicting", project.name)
    wait_until(lambda: call(page, url, "get", f"batches/{batch}")["state"] == "done")


def wait_until(holds: Any) -> None:
    """Ask until it holds. Raises TimeoutError."""
    deadline = time.monotonic() + BATCH_DEADLINE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {BATCH_DEADLINE_S} s")
        time.sleep(0.5)


def call(page: Page, url: str, method: str, path: str, **given: Any) -> Any:
    """A request of the page's visitor to the API; its answer. Raises RuntimeError where refused."""
    given.setdefault("headers", HEADERS)
    answer = getattr(page.request, method)(f"{url}/api/{path}", timeout=600_000, **given)
    if not answer.ok:
        raise RuntimeError(f"{method} {path}: {answer.status} {answer.text()[:200]}")
    return answer.json()


def open_project(workspace: Workspace, project: Project, volumes: int) -> float:
    """Switch to it by a click; seconds until all of its rows are there."""
    workspace.part("project-select").click()
    item = workspace.part("project-item").filter(has_text=project.name)
    expect(item).to_be_visible()
    workspace.page.evaluate(
        """count => { window.listed = new Promise((done) => {
             addEventListener("click", ({ timeStamp }) => {
               const rows = () => document.querySelectorAll('[data-testid="volume-item"]').length;
               const look = () => requestAnimationFrame(
                 rows() === count ? () => done(performance.now() - timeStamp) : look);
               look();
             }, { capture: true, once: true });
           }); }""",
        volumes,
    )
    item.click()
    seconds = workspace.page.evaluate("window.listed") / 1000
    workspace.wait_ready()
    workspace.part("volume-open").first.click()  # a hippocampus, should the CT be on screen
    workspace.page.wait_for_function("fewshotSam.ready && fewshotSam.whole")
    return float(seconds)


def memory_mb(server: AttackedServer) -> float:
    """Proportional memory of the server and what it started, without the worker and what that started."""
    worker = server.worker_pid()
    below_worker = {worker, *(pid for pid, _ in descendants(worker))} if worker else set()
    pids = {server.pid, *(pid for pid, _ in descendants(server.pid))} - below_worker
    return sum(map(proportional_bytes, pids)) / MEBIBYTE


def proportional_bytes(pid: int) -> int:
    """Resident memory of a process, what it shares divided among those that share it; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def section_text(rows: Sequence[Row], volumes: int, load: float) -> str:
    """The section of RESULTS.md."""
    return (
        f"## A project of {volumes} volumes\n\n"
        f"Written by `python -m benchmarks.speed_list`, {today()}: {machine_name()}; server and headless "
        f"Chromium on the same machine, page of {VIEWPORT['width']}x{VIEWPORT['height']}. Load average at "
        f"the start: {load:.1f}. Volumes are the 40 hippocampi, again and again, and a CT; all have masks, "
        "of the tests' toy method. Medians.\n\n" + rows_table([("project", rows)])
    )


if __name__ == "__main__":
    sys.exit(main())
