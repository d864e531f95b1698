"""The program itself where it cannot start: exit code 2 and one line."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import Config
from backend.errors import StartError
from backend.port import require_free_port
from tests.backend.data_folders import database_file, listing

pytestmark = pytest.mark.usefixtures("one_process")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("port", [-1, 0, 65536, 99999, 10**30])
def test_a_port_out_of_range(port: int) -> None:
    with pytest.raises(StartError, match=f"must be from 1 to 65535, got {port}"):
        require_free_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["a..b", "192.0.2.1", "x" * 300, "256.1.1.1"])
def test_a_host_that_is_not_this_machine(host: str) -> None:
    with pytest.raises(StartError, match="no address of this machine"):
        require_free_port(host, 7999)


def run_app(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FEWSHOT_SAM_", "GRADIO_"))}
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=kept | {"FEWSHOT_SAM_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert all(part in line for part in parts), line


def test_the_program_ends_with_code_2_and_one_line(filled: Config, tmp_path: Path) -> None:
    path = database_file(filled)
    whole = path.read_bytes()
    path.write_bytes(b"garbage" * 1000)
    before = listing(filled.home)
    assert_one_line(run_app(filled.home, "--port", "7996"), "is damaged")
    path.write_bytes(whole)
    path.rename(tmp_path / "kept")
    assert_one_line(run_app(filled.home, "--port", "7996"), "is missing", "--adopt-database")
    (tmp_path / "kept").rename(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    locked = run_app(filled.home, "--port", "7996", FEWSHOT_SAM_START_WAIT_S="0.2")
    assert_one_line(locked, "is locked by another program")
    holder.close()
    path.write_bytes(b"garbage" * 1000)
    assert listing(filled.home) == before


def test_a_bad_port_or_url_or_number_touches_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert_one_line(run_app(home, "--port", "99999"), "must be from 1 to 65535, got 99999")
    assert_one_line(run_app(home, "--port", "7996", DATABASE_URL="nonsense"), "must be a URL such as")
    assert_one_line(run_app(home, FEWSHOT_SAM_PORT="1e999"), "FEWSHOT_SAM_PORT must be a number")
    assert not home.exists()
