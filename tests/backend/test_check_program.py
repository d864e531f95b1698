"""``check`` as a program: errors of the user's, its output, and where it is started from."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import Config
from tests.backend.check_helpers import blob, put_leftover, run

pytestmark = pytest.mark.usefixtures("one_process", "check_environment")
ROOT = Path(__file__).resolve().parents[2]


def test_errors_of_the_users_are_one_line_and_code_2(
    filled: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with sqlite3.connect(filled.home / "fewshot-sam.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    code, out = run(capsys)
    assert (code, out.count("\n"), "newer version" in out) == (2, 1, True)
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    assert run(capsys)[0] == 2
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "none"))
    code, out = run(capsys)
    assert (code, "There is no data folder at" in out) == (2, True)
    assert not (tmp_path / "none").exists()


def test_a_terminal_of_another_encoding_and_a_report_without_a_place(filled: Config) -> None:
    with sqlite3.connect(filled.home / "fewshot-sam.sqlite3") as connection:
        connection.execute("UPDATE volume SET name = 'Müller'")
    connection.close()
    blob(filled).unlink()
    done = subprocess.run(
        [sys.executable, "-m", "backend.check", "--json", "/dev/full"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "volume 'M\\xfcller'" in done.stdout
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "The report cannot be written to /dev/full" in done.stderr


def test_the_command_line_starts_it_from_any_folder(filled: Config, tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "__init__.py").write_text("raise SystemExit('another backend')")
    key = put_leftover(filled)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from fewshot_sam.cli.main import main; sys.exit(main(['check']))",
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert f"FAULT: {key}" in done.stdout
