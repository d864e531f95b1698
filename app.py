"""Few-shot SAM's server; also a Hugging Face Space's entry point.

Run it: `.venv/bin/python app.py [--host 127.0.0.1] [--port 7860]`, make run or python -m fewshot_sam serve.
State is stored in FEWSHOT_SAM_HOME; FEWSHOT_SAM_HOST and FEWSHOT_SAM_PORT: see backend/config.py.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

# Before Gradio is imported: it would otherwise report usage, look for updates and fetch fonts.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from backend.config import Config
from backend.logs import configure_logging, log_uncaught_errors
from backend.permissions import restrict_new_files
from backend.port import host_in_address, require_free_port
from fewshot_sam.errors import UserError

logger = logging.getLogger("fewshot_sam.app")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 0 on a clean end, 2 on a mistake of the user's."""
    restrict_new_files()
    log_uncaught_errors()
    configure_logging()  # to the terminal; the data folder's file comes once the folder is ours
    try:
        serve(_configure(arguments))
    except UserError as error:
        logger.error("%s", error)
        return 2
    return 0


def serve(config: Config) -> None:
    """Start everything: database, worker, page and routes; returns when interrupted."""
    from backend.asker import Asker
    from backend.http.exposure import require_safe_start
    from backend.http.policy import ContentPolicies
    from backend.http.routes import build_middleware, build_routes
    from backend.http.server import HttpServer
    from backend.janitor import Janitor
    from backend.jobs.records import JobRecords
    from backend.jobs.supervisor import Supervisor
    from backend.queries.owners import LOCAL_OWNER
    from backend.start import start_services
    from backend.state import start_errors

    require_safe_start(config)
    require_free_port(config.host, config.port)
    services, lock = start_services(config)
    from ui.page import STATIC_DIR, mount_page  # Gradio looks for its temporary folder now

    janitor = Janitor(services.upkeep)
    supervisor = Supervisor(
        config, JobRecords(services.database, services.blobs), services.jobs, link=services.outlines.link
    )
    policies = ContentPolicies.for_config(config)
    app = mount_page(build_routes(services, STATIC_DIR), build_middleware(services), policies, services.calls)
    server = HttpServer(app, config.host, config.port)
    interrupted = _interrupts()  # before the first answer: a server that answers can be stopped, too
    try:
        server.start()
        with contextlib.suppress(OSError):  # a full disk; only links of invitations need it
            config.server_address_file.write_text(config.public_address, encoding="utf-8")
        supervisor.start()  # after the page is served: the worker's imports would slow it down
        if not config.multi_user:
            with start_errors(config):
                # The slices of the demo are then being read when the page opens.
                services.workspaces.open(Asker(LOCAL_OWNER))
        janitor.start()
        services.readers.log_confinement()  # starts a reader, for which the page need not wait
        _say_ready(config, server.port, lacks_accounts=config.auth and not services.logins.have_accounts())
        interrupted.wait()
    finally:
        config.server_address_file.unlink(missing_ok=True)
        server.stop()
        janitor.stop()
        supervisor.stop()
        services.end()
        lock.release()


def _say_ready(config: Config, port: int, *, lacks_accounts: bool) -> None:
    if lacks_accounts:
        logger.warning("There are no accounts yet: make one with 'fewshot-sam users add NAME --role admin'.")
    address = f"http://{host_in_address(config.host)}:{port}"
    logger.info("Few-shot SAM is ready: %s", address)
    if config.monai_label:
        logger.info("Programs of MONAI Label take %s/monailabel/PROJECT; docs/monai_label.md", address)


def _configure(arguments: Sequence[str] | None) -> Config:
    config = Config.from_environment()
    parser = argparse.ArgumentParser(prog="app.py", description="Serve Few-shot SAM to a web browser.")
    parser.add_argument("--host", default=config.host, help="address to listen on (default %(default)s)")
    parser.add_argument("--port", default=config.port, type=int, help="port (default %(default)s)")
    parser.add_argument(
        "--adopt-database",
        action="store_true",
        help="use data folder and database together although they do not know each other, as after "
        "restoring a backup; see docs/deploying.md",
    )
    parser.add_argument(
        "--auth",
        action="store_true",
        default=config.auth,
        help="people log in; make their accounts with 'fewshot-sam users'; see docs/deploying.md",
    )
    parser.add_argument(
        "--open",
        action="store_true",
        default=config.open,
        help="let the network reach the app without logins, as behind a proxy that has its own",
    )
    parser.add_argument(
        "--deidentify",
        action="store_true",
        default=config.deidentify,
        help="imports keep no name, UID or description of a file; volumes are called Scan 1, Scan 2 ...",
    )
    chosen = parser.parse_args(arguments)
    if chosen.auth:  # which decides the limits of several users too
        config = Config.from_environment({**os.environ, "FEWSHOT_SAM_AUTH": "1"})
    return dataclasses.replace(config, **vars(chosen))


def _interrupts() -> threading.Event:
    """Set once the process is interrupted (Ctrl+C) or asked to end."""
    interrupted = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: interrupted.set())
    return interrupted


if __name__ == "__main__":
    sys.exit(main())
