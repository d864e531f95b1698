"""The wheel: what is in it, and that its commands work where the checkout cannot be seen."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

import fewshot_sam
from tests.package.conftest import ROOT, Installed

SERVER = "fewshot_sam/server"
START_S = 120


def source_files() -> set[str]:
    """The program's files in this checkout, those not yet committed too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--",
         "app.py", "backend", "fewshot_sam", "storage", "ui"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def installed_name(name: str) -> str:
    """Where the wheel has a file of the checkout."""
    return name if name.startswith("fewshot_sam/") else f"{SERVER}/{name}"


def test_the_wheel_holds_every_file_of_the_program_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {installed_name(name) for name in source_files()}
    assert f"{SERVER}/ui/static/fonts/inter-latin-wght.woff2" in packed
    assert any(name.startswith(f"{SERVER}/storage/migrations/versions/0001") for name in packed)


def test_its_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"fewshot_sam-{fewshot_sam.__version__}.dist-info"
        about = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        names = archive.namelist()
    assert about["Version"] == fewshot_sam.__version__
    assert about["License-Expression"] == "Apache-2.0"
    assert set(about.get_all("Provides-Extra", [])) == {"test", "bench"}
    assert f"{folder}/licenses/LICENSE" in names
    assert f"{folder}/licenses/ui/static/fonts/INTER-LICENSE.txt" in names


def test_the_installed_package_is_the_one_that_runs(installed: Installed) -> None:
    result = installed.run(installed.python, "-c", "import fewshot_sam; print(fewshot_sam.__file__)")
    assert Path(result.stdout.strip()).is_relative_to(installed.python.parents[1])


def test_version(installed: Installed) -> None:
    result = installed.run(installed.command, "--version")
    assert (result.returncode, result.stdout.strip()) == (0, f"fewshot_sam {fewshot_sam.__version__}")


def test_doctor_finds_nothing_wrong(installed: Installed, tmp_path: Path) -> None:
    report = tmp_path / "doctor.json"
    result = installed.run(installed.command, "doctor", "--device", "cpu", "--json", report)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing is wrong." in result.stdout
    home = Path(json.loads(report.read_text())["findings"]["data folder"]["path"])
    assert home == installed.folder / "data" / "fewshot-sam"  # and so not among the packages


@pytest.fixture
def server(installed: Installed, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """``fewshot-sam serve``, run where folders have the names of the program's own; its URL and log."""
    for name in ("app", "backend", "storage", "ui"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not the program')")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [installed.command, "serve", "--host", "127.0.0.1", "--port", str(port)],
            cwd=tmp_path,
            env=installed.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    yield f"http://127.0.0.1:{port}", log
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


def wait_for(url: str, key: str, value: Any, log: Path) -> None:
    """Ask until the JSON answer's ``key`` is ``value``."""
    deadline = time.monotonic() + START_S
    answer: Any = "no answer"
    while time.monotonic() < deadline:
        try:
            answer = json.loads(get(url))
        except OSError as error:
            answer = error
        else:
            if answer[key] == value:
                return
        time.sleep(0.2)
    pytest.fail(f"{url}: {answer}\n{log.read_text()[-3000:]}")


def test_serve_starts_page_and_worker(server: tuple[str, Path]) -> None:
    url, log = server
    wait_for(f"{url}/api/health", "status", "ok", log)
    static = ROOT / "ui" / "static"
    for name in ("main.js", "css/app.css", "fonts/inter-latin-wght.woff2"):
        assert get(f"{url}/static/{name}") == (static / name).read_bytes()
    assert b"static/shell.js" in get(f"{url}/")
    assert b"static/workspace.js" in get(f"{url}/workspace")
    wait_for(f"{url}/api/ready", "ready", True, log)  # the worker runs and the database is migrated
    assert "The reading process" in log.read_text()


def test_check_runs_and_says_what_it_misses(installed: Installed, tmp_path: Path) -> None:
    result = subprocess.run(
        [installed.command, "check"],
        cwd=tmp_path,
        env=installed.environment() | {"FEWSHOT_SAM_HOME": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert f"There is no data folder at {tmp_path / 'none'}" in result.stderr
