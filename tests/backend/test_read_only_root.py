"""As in a container with a read-only root and no capabilities: data folder and temporary folder are enough.

The app runs in a mount namespace in which everything else is mounted read-only, without a home and in an
otherwise empty environment. A write to another place fails there, so it would be seen in the log or in what
the app cannot do.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.backend.tiny import write_tiny_nifti

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 200.0
# $1 data, $2 temporary folder, then the command. Its own /dev/shm is a container's too.
READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"; mount --bind "$2" "$2"
while read -r _ _ _ _ place _; do
  case "$place" in "$1"|"$2"|/dev/shm) continue;; esac
  mount -o remount,bind,ro "$place" 2>/dev/null || true
done < /proc/self/mountinfo
if touch "$3/probe" 2>/dev/null; then exit 77; fi
shift 3
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@"
"""


def contained(place: Path, command: list[str]) -> list[str]:
    """The command line of a program that can write to ``data`` and ``tmp`` in ``place`` alone."""
    folders = [str(place / "data"), str(place / "tmp"), str(place)]
    return ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", *folders, *command]


def can_contain(place: Path) -> bool:
    if sys.platform != "linux" or not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    return subprocess.run(contained(place, ["true"]), capture_output=True, check=False).returncode == 0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("data", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    if not can_contain(tmp_path):
        pytest.skip("this system gives no mount namespace")
    return tmp_path


def start(place: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(place / "tmp"),
        "FEWSHOT_SAM_HOME": str(place / "data"), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = contained(place, [sys.executable, "app.py", "--port", str(port)])
    with (place / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


def wait_healthy(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            assert client.get("/api/health").status_code == 200
            return
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


def work(client: httpx.Client, file: Path) -> None:
    """What a person does first: open the page, import, paint, wait for the worker."""
    assert client.get("/").status_code == client.get("/workspace").status_code == 200
    project = client.post("/api/projects", json={"name": "p"}).json()["id"]
    client.post(f"/api/projects/{project}/labels", json={"name": "l"})
    files = {"files": (file.name, file.read_bytes())}
    answer = client.post(f"/api/projects/{project}/volumes", files=files)
    assert answer.status_code == 201, answer.text
    volume = answer.json()["id"]
    headers = {"X-Base-Version": "0", "X-State": "painted"}
    url = f"/api/volumes/{volume}/annotations/axial/0"
    assert client.put(url, content=bytes([1]) * 30, headers=headers).status_code == 200
    deadline = time.monotonic() + DEADLINE_S
    while client.get(f"/api/volumes/{volume}/preview.nii").status_code != 200:  # the worker makes it
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_data_folder_and_temporary_folder_are_all_it_writes(place: Path) -> None:
    file = write_tiny_nifti(place / "v.nii.gz")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process, log = start(place, port), place / "log"
    address = {"base_url": f"http://127.0.0.1:{port}", "headers": {"X-Fewshot-Sam": "1"}}
    try:
        with httpx.Client(**address, timeout=60) as client:  # type: ignore[arg-type]
            wait_healthy(client, process, log)
            status = Path(f"/proc/{process.pid}/status").read_text()
            work(client, file)
    finally:
        process.terminate()
        process.wait(timeout=60)
    said = log.read_text()
    assert process.returncode == 0, said
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
    assert not [line for line in said.splitlines() if "Read-only" in line or "Traceback" in line], said
    assert (place / "data" / "fewshot-sam.sqlite3").is_file()
    assert not (place / "probe").exists()
