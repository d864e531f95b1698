"""The HTTP server: Uvicorn in a thread, with deadlines for slow clients and a bounded number of them.

Gradio's own ``launch`` starts Uvicorn without either, so the page is mounted on our application and
served from here.
"""

from __future__ import annotations

import dataclasses
import socket
import sys
import threading
import time
from typing import Any

import uvicorn

from backend.http.connections import Deadlines, protocol_class
from backend.port import port_error
from fewshot_sam.errors import UserError

START_WITHIN_S = 30.0
STOP_WITHIN_S = 5
WANTED_FILES = 4096
FILES_FOR_OTHERS = 256  # database, blobs, uploads, pipes to children


class HttpServer:
    """Serves an ASGI application from :meth:`start` to :meth:`stop`."""

    def __init__(self, app: Any, host: str, port: int, deadlines: Deadlines | None = None) -> None:
        self._host, self._port = host, port
        chosen = deadlines or Deadlines()
        fitting = max(16, min(chosen.max_connections, _allow_open_files() - FILES_FOR_OTHERS))
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=protocol_class(dataclasses.replace(chosen, max_connections=fitting)),
                ws="none",
                loop="asyncio",
                log_config=None,  # warnings go where ours go
                access_log=False,
                server_header=False,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=STOP_WITHIN_S - 2,
            )
        )
        self._thread: threading.Thread | None = None
        self.port = port

    def start(self) -> None:
        """Listen and answer; returns when the first request would be answered.

        Raises:
            UserError: the port is taken, or the host is no address of this machine.
        """
        listening = self._listen()
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, args=([listening],), name="http", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise UserError("The web server did not start; the log says why.")
            time.sleep(0.005)

    def stop(self) -> None:
        """Let running requests end, for some seconds; stopping twice is harmless."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=STOP_WITHIN_S)

    def _listen(self) -> socket.socket:
        host = self._host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            return socket.create_server((host, self._port), family=family, backlog=2048)
        except (OSError, OverflowError) as error:
            raise port_error(self._host, self._port) from error


def _allow_open_files() -> int:
    """How many files this process may have open, raised to WANTED_FILES where the system lets us."""
    if sys.platform == "win32":
        return WANTED_FILES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return WANTED_FILES if soft == resource.RLIM_INFINITY else soft
