"""The same mutations over HTTP, to a server with its real worker: scans, and label maps."""

from __future__ import annotations

import collections
import concurrent.futures
from pathlib import Path

import httpx

from benchmarks.attacks.cases import new_project, upload
from benchmarks.attacks.server import MEBIBYTE, AttackedServer, Sampler
from benchmarks.torture.mutations import mutation
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import NO_QUOTAS, leftover_files
from benchmarks.torture.valid_files import Files, all_files

TOGETHER = 2
LABEL_KINDS = ("nii", "nii.gz", "nrrd", "nrrd gzip", "mha", "mha zlib")


def send_mutations(folder: Path, count: int, seed: int) -> Found:
    """Upload ``count`` mutated files, two at a time; every sixth as a label map."""
    valid, found = all_files(), Found()
    statuses: collections.Counter[int] = collections.Counter()
    server = AttackedServer(folder / "home", **NO_QUOTAS)
    with server, Sampler(server) as sampler, server.visitor() as client:
        project = new_project(client)
        scan = upload(client, project, ("a.nii", valid["nii"]["a.nii"])).json()["id"]

        def send(number: int) -> tuple[int, httpx.Response]:
            if number % 6 == 5:
                labels = {kind: valid[kind] for kind in LABEL_KINDS}
                _, files = mutation(seed, number, labels)
                return number, _send(client, f"/api/volumes/{scan}/annotations/import", files)
            _, files = mutation(seed, number, valid)
            return number, _send(client, f"/api/projects/{project}/volumes", files)

        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
            for number, answer in pool.map(send, range(count)):
                statuses[answer.status_code] += 1
                if answer.status_code >= 500 or "Traceback" in answer.text:
                    found.faults.append(f"{number}: {answer.status_code} {answer.text[:200]}")
        if not server.alive:
            found.faults.append("the server ended")
        waiting = [name for name in leftover_files(server.home) if not name.startswith("uploads/")]
        found.faults += [f"left over: {name}" for name in waiting]
    log = (folder / "server.log").read_text(errors="replace")
    if "Traceback" in log:
        found.faults.append(
            f"{log.count('Traceback')} tracebacks in the log: {log.partition('Traceback')[2][-300:]}"
        )
    answers = ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items()))
    peak = sampler.peak
    found.figures = (
        f"{count} uploads: {answers}; server {peak.server_bytes / MEBIBYTE:.0f} MiB, readers together "
        f"{peak.readers_bytes / MEBIBYTE:.0f} MiB"
    )
    return found


def _send(client: httpx.Client, path: str, files: Files) -> httpx.Response:
    return client.post(path, files=[("files", file) for file in files.items()])


MUTATIONS_HTTP = TortureRow("no crash of the server, no 5xx, no traceback", 500, "uploads", send_mutations)
