"""Starts the process that carries out a call, and ends it where it takes too much.

Threads: :meth:`CallRunner.run` blocks its thread until the call is done; :meth:`CallRunner.stop` may be
called from any other.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.calls.files import CallFiles
from backend.calls.requests import ANSWER_FILE, FAILED, REQUEST_FILE, AnyCall, ProgramRequest
from backend.config import Config
from backend.jobs.limits import out_of_memory, out_of_time
from backend.records.processes import process_memory_bytes
from fewshot_sam.errors import UserError

COMMAND = (sys.executable, "-P", "-m", "backend.calls.program")
LIMIT_S = 3600.0
"""Of a call, where runs have no limit."""
MAX_ANSWER_BYTES = 16 * 2**20
_POLL_S = 0.2
_ROOT = Path(__file__).resolve().parents[2]
logger = logging.getLogger(__name__)


class CallRunner:
    """Carries out calls, each in a process of its own.

    Args:
        files: where what is made goes.
        command: starts the process; the folder of the request is added.
    """

    def __init__(self, config: Config, files: CallFiles, command: Sequence[str] = COMMAND) -> None:
        self._config = config
        self._files = files
        self._command = command
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End the call that is being carried out, and refuse others; harmless when repeated."""
        self._stopping.set()

    def run(self, call: AnyCall, owner: str) -> tuple[dict[str, Any], Path]:
        """The report of a call, and the folder with the files it made, which is the caller's.

        Raises:
            UserError: what the caller sent cannot be used, or it took more than the server allows.
        """
        outputs = self._files.new_folder(owner)
        try:
            with TemporaryDirectory(dir=self._config.temporary_folder, prefix="call-") as name:
                return self._report(call, Path(name), outputs), outputs
        except BaseException:
            self._files.delete(outputs)
            raise

    def _report(self, call: AnyCall, folder: Path, outputs: Path) -> dict[str, Any]:
        config = self._config
        request = ProgramRequest(
            home=config.home, encoder=config.encoder, device=config.device, outputs=outputs, call=call
        )
        (folder / REQUEST_FILE).write_text(request.model_dump_json(), encoding="utf-8")
        self._carry_out(folder)
        answer = folder / ANSWER_FILE
        if not answer.is_file() or answer.stat().st_size > MAX_ANSWER_BYTES:
            raise UserError(FAILED)
        report: dict[str, Any] = json.loads(answer.read_bytes())
        if "error" in report:
            raise UserError(report["error"])
        return report

    def _carry_out(self, folder: Path) -> None:
        paths = filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])
        environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        with subprocess.Popen(
            [*self._command, str(folder.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the server, which then ends it
        ) as process:
            try:
                self._wait_for(process)
            finally:
                process.kill()

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        """Raises UserError where the process takes more than it may, or the server ends."""
        limit_s = self._config.run_time_limit_s or LIMIT_S
        limit_bytes, started = self._config.worker_memory_limit_bytes, time.monotonic()
        while process.poll() is None:
            if self._stopping.wait(_POLL_S):
                raise UserError("The server is being stopped. Call it again when it is back.")
            if time.monotonic() - started > limit_s:
                raise UserError(out_of_time(limit_s))
            held = process_memory_bytes(process.pid)
            if limit_bytes is not None and held is not None and held > limit_bytes:
                raise UserError(out_of_memory(limit_bytes))
        if process.returncode:
            logger.error("the process of a call ended with %d", process.returncode)
