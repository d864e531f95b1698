"""The process of a call: what it answers, and when it is ended."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from backend.calls.files import CallFiles
from backend.calls.requests import FAILED, EvaluateCall
from backend.calls.runner import CallRunner
from backend.config import Config
from fewshot_sam.errors import UserError

CALL = EvaluateCall(mask=Path("a.nii"), reference=Path("b.nii"))
ANSWERS = "import sys, pathlib; pathlib.Path(sys.argv[1], 'answer.json').write_text({!r})"


def runner(config: Config, code: str) -> CallRunner:
    config.temporary_folder.mkdir(parents=True, exist_ok=True)
    files = CallFiles(config.uploads_folder, by_account=False)
    return CallRunner(config, files, (sys.executable, "-S", "-c", code))


def refusal(config: Config, code: str) -> str:
    """What the caller is told; nothing is left behind."""
    with pytest.raises(UserError) as caught:
        runner(config, code).run(CALL, "me")
    assert not list(config.uploads_folder.iterdir()) and not list(config.temporary_folder.iterdir())
    return str(caught.value)


def test_the_report_is_what_it_writes(config: Config) -> None:
    report, made = runner(config, ANSWERS.format('{"mean": 1}')).run(CALL, "me")
    assert (report, made.parent) == ({"mean": 1}, config.uploads_folder)
    assert not list(config.temporary_folder.iterdir())


def test_errors_reach_the_caller(config: Config) -> None:
    assert refusal(config, ANSWERS.format('{"error": "The mask is empty."}')) == "The mask is empty."
    assert refusal(config, "raise SystemExit(3)") == FAILED


def test_it_is_ended_after_a_time_and_with_the_server(config: Config) -> None:
    sleeping = "import time; time.sleep(60)"
    assert "limit of this server" in refusal(replace(config, run_time_limit_s=0.3), sleeping)
    started = runner(config, sleeping)
    threading.Timer(0.3, started.stop).start()
    with pytest.raises(UserError, match="being stopped"):
        started.run(CALL, "me")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told by /proc")
def test_it_is_ended_at_a_limit_of_memory(config: Config) -> None:
    hungry = "import time; held = bytearray(200_000_000); time.sleep(60)"
    assert "of memory" in refusal(replace(config, worker_memory_limit_bytes=100_000_000), hungry)
