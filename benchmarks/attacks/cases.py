"""The attacks: each sends something to a server and says in a sentence what it answered."""

from __future__ import annotations

import concurrent.futures
import contextlib
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from benchmarks.attacks import inputs
from benchmarks.attacks.server import AttackedServer

MEBIBYTE, GIBIBYTE = 2**20, 2**30
HALF_REQUESTS = 2000


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: what is sent, in words.
        earlier: what commit 43200cd did, as measured when the attack was reported.
        run: does it, and returns what came back.
        make: what is made before, and not timed.
    """

    name: str
    earlier: str
    run: Callable[[AttackedServer, inputs.Upload], str]
    make: Callable[[], inputs.Upload] = inputs.small_scan


def said(answer: httpx.Response) -> str:
    """Status and sentence of an answer."""
    try:
        message = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.text[:80]
    return f"{answer.status_code} {message[:160]}" if answer.status_code >= 400 else str(answer.status_code)


def new_project(client: httpx.Client) -> str:
    """The id of a new project of this visitor."""
    return str(client.post("/api/projects", json={"name": "attacked"}).json()["id"])


def upload(client: httpx.Client, project: str, *files: inputs.Upload) -> httpx.Response:
    """Send files as one scan, though the project may have it already."""
    return client.post(f"/api/projects/{project}/volumes?again=1", files=[("files", file) for file in files])


def huge_json(server: AttackedServer, _made: inputs.Upload) -> str:
    """400 MB as a project's name."""

    def body() -> Iterator[bytes]:
        yield b'{"name": "'
        for _ in range(400):
            yield b"x" * MEBIBYTE
        yield b'"}'

    with server.visitor() as client:
        try:
            return said(
                client.post("/api/projects", content=body(), headers={"Content-Type": "application/json"})
            )
        except httpx.TransportError as error:
            return f"connection closed ({type(error).__name__})"


def cookieless_reads(server: AttackedServer, _made: inputs.Upload) -> str:
    """200 reads of the project list, each without a cookie."""
    found = 0
    for _ in range(200):
        with server.visitor() as client:
            found += len(client.get("/api/projects").json())
    return f"200 answers that list {found} projects"


def saves_beside_readers(server: AttackedServer, scan: inputs.Upload) -> str:
    """One person saves 100 slices while 60 connections read without a cookie."""
    with server.visitor() as client, concurrent.futures.ThreadPoolExecutor(60) as pool:
        project = new_project(client)
        label = client.post(f"/api/projects/{project}/labels", json={"name": "l"}).json()["value"]
        volume = upload(client, project, scan).json()["id"]
        ends_at = time.monotonic() + 20

        def read_on() -> None:
            while time.monotonic() < ends_at:
                with server.visitor() as other:
                    other.get("/api/projects")

        readers = [pool.submit(read_on) for _ in range(60)]
        waits_s = []
        for save in range(100):
            started = time.monotonic()
            content = bytes([label]) * (save + 1) + bytes(1024 - save - 1)
            address = f"/api/volumes/{volume}/annotations/axial/{save % 16}"
            client.put(
                address, content=content, headers={"X-Base-Version": str(save // 16)}
            ).raise_for_status()
            waits_s.append(time.monotonic() - started)
        ends_at = 0.0
        for reader in readers:
            reader.result()
    p95_s = statistics.quantiles(waits_s, n=20)[-1]
    times = (("median", statistics.median(waits_s)), ("p95", p95_s), ("longest", max(waits_s)))
    return ", ".join(f"{name} {seconds * 1e3:.0f} ms" for name, seconds in times) + " a save"


def one_upload(server: AttackedServer, file: inputs.Upload) -> str:
    """One visitor uploads one file."""
    with server.visitor() as client:
        return f"{len(file[1]) / MEBIBYTE:.3f} MiB: {said(upload(client, new_project(client), file))}"


def six_at_once(server: AttackedServer, file: inputs.Upload) -> str:
    """Six visitors upload the same file at once."""

    def one(_: int) -> str:
        with server.visitor() as client:
            return said(upload(client, new_project(client), file))[:60]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(6)))
    return f"{len(file[1]) / MEBIBYTE:.2f} MiB each: " + "; ".join(sorted(set(answers)))


def label_import(server: AttackedServer, file: inputs.Upload) -> str:
    """A label map on another grid than the scan's."""
    with server.visitor() as client:
        volume = upload(client, new_project(client), inputs.small_scan()).json()["id"]
        answer = client.post(f"/api/volumes/{volume}/annotations/import", files=[("files", file)])
        return f"{len(file[1]) / MEBIBYTE:.2f} MiB: {said(answer)}"


def extreme_runs(server: AttackedServer, scan: inputs.Upload) -> str:
    """Settings that would keep the worker busy or eat memory."""
    extremes = ({"head_steps": 10**9}, {"hidden": 40_000}, {"points": 3_000_000})
    with server.visitor() as client:
        project = new_project(client)
        label = client.post(f"/api/projects/{project}/labels", json={"name": "l"}).json()["value"]
        volume = upload(client, project, scan).json()["id"]
        client.put(
            f"/api/volumes/{volume}/annotations/axial/8",
            content=bytes([label]) * 200 + bytes(1024 - 200),
            headers={"X-Base-Version": "0"},
        ).raise_for_status()
        bodies = [{"kind": "propagate", "settings": {"fit": fit}} for fit in extremes]
        return "; ".join(said(client.post(f"/api/volumes/{volume}/runs", json=body)) for body in bodies)


def half_requests(server: AttackedServer, _made: inputs.Upload) -> str:
    """2000 connections that send half a request and stay."""
    with contextlib.ExitStack() as stack:
        held = []
        for _ in range(HALF_REQUESTS):
            with contextlib.suppress(OSError):
                link = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
                link.sendall(b"POST /api/projects HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
                held.append(link)
        started = time.monotonic()
        try:
            health = f"{httpx.get(f'{server.url}/api/health', timeout=10).status_code}"
        except httpx.TransportError as error:
            health = type(error).__name__
        answered_s = time.monotonic() - started
        while held and time.monotonic() - started < 90:
            time.sleep(1)
            held = [link for link in held if _is_open(link)]
        ended_s = time.monotonic() - started
    return f"health {health} in {answered_s:.2f} s; {len(held)} connections left after {ended_s:.0f} s"


def _is_open(link: socket.socket) -> bool:
    link.setblocking(False)
    try:
        return link.recv(65536) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


ATTACKS = (
    Attack("JSON body of 400 MB", "5.0 GB for 53 s, accepted", huge_json),
    Attack("Extreme run settings", "worker busy for ever, or past 6 GB", extreme_runs),
    Attack("200 reads without a cookie", "200 projects, 200 volumes, 220 encodings", cookieless_reads),
    Attack("Saves beside 60 readers without a cookie", "1.2 to 5.1 s a save", saves_beside_readers),
    Attack(
        "Gzip with 3 GiB behind a tiny NIfTI",
        "6.2 GB, accepted",
        one_upload,
        lambda: inputs.nifti_of_zeros((8, 8, 8), 3 * GIBIBYTE),
    ),
    Attack(
        "Deflated DICOM of 1.9 GiB",
        "5.8 GB, accepted",
        one_upload,
        lambda: inputs.deflated_dicom(1945 * MEBIBYTE),
    ),
    Attack(
        "Six uploads of 500 MiB of zeros at once",
        "5.7 GB together",
        six_at_once,
        lambda: inputs.nifti_of_zeros((512, 512, 1000)),
    ),
    Attack(
        "NIfTI that states 1.2 GB of zeros",
        "server itself 1.2 GB larger",
        one_upload,
        lambda: inputs.nifti_of_zeros((850, 850, 850)),
    ),
    Attack(
        "Label map of 1 GiB of zeros on a small scan",
        "server itself 2.9 GB larger",
        label_import,
        lambda: inputs.nifti_of_zeros((512, 512, 2000)),
    ),
    Attack(
        "Zip of 2 GiB of zeros",
        "2 GB of temporary files in 30 s",
        one_upload,
        lambda: inputs.zip_of_zeros(2 * GIBIBYTE),
    ),
    Attack(
        "Scan of 8 x 8 x 20000 voxels",
        "21 hours of encoding booked",
        one_upload,
        lambda: inputs.nifti_of_zeros((8, 8, 20_000)),
    ),
    Attack("2000 half requests", "never ended", half_requests),
)
