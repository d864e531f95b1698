"""The worker process: takes jobs from the database, one at a time, until its server is gone.

Concurrency: the main thread works; one thread listens on stdin, where the supervisor writes a line
when there is news and whose end means that the server died, by whatever means; while a job runs, one
thread asks the database whether it should stop (:mod:`backend.jobs.watch`). Runs go before encodings.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from backend.blobs import ServedBlobs
from backend.config import Config
from backend.jobs.encode_job import encode_in_background
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.jobs.toolbox import Toolbox
from backend.logs import configure_logging
from fewshot_sam.errors import UserError
from storage.blobs import BlobStore
from storage.database import Database

logger = logging.getLogger(__name__)
IDLE_POLL_S = 2.0


def main(make_toolbox: Callable[[Config], Toolbox] = Toolbox) -> None:
    """Entry point of ``python -m backend.jobs.worker``."""
    parser = argparse.ArgumentParser(description="Few-shot SAM's worker; started by the server.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--device", required=True)
    chosen = parser.parse_args()
    config = Config(chosen.home, chosen.database_url, encoder=chosen.encoder, device=chosen.device)
    configure_logging(config.worker_log_file)
    warnings.simplefilter("ignore", FutureWarning)  # of libraries about each other
    _yield_to_the_server()
    run_worker(config, make_toolbox(config))


def run_worker(config: Config, toolbox: Toolbox) -> None:
    """Work until stdin ends."""
    wake = threading.Event()
    threading.Thread(target=_listen, args=(wake,), name="listener", daemon=True).start()
    database, blobs = Database(config.database_url), ServedBlobs(config.blobs_folder)
    records = JobRecords(database, blobs)
    _introduce(records, toolbox)
    runs = RunJob(records, toolbox, database, blobs)
    while True:
        if not _work_once(records, runs, toolbox, blobs):
            wake.wait(IDLE_POLL_S)
            wake.clear()


def _work_once(records: JobRecords, runs: RunJob, toolbox: Toolbox, blobs: BlobStore) -> bool:
    """Do the most urgent job; False when there is none."""
    if run_id := records.claim_run():
        runs.execute(run_id)
        return True
    if volume_id := records.claim_encoding():
        encode_in_background(records, toolbox, blobs, volume_id)
        return True
    return False


def _introduce(records: JobRecords, toolbox: Toolbox) -> None:
    """Load the encoder now, so that the first job need not, and say what it is or why there is none."""
    try:
        records.set_worker_status(pid=os.getpid(), error=None, **toolbox.describe())
    except UserError as error:  # jobs will fail with the same sentence
        records.set_worker_status(pid=os.getpid(), error=str(error), encoder="", device="")


def _listen(wake: threading.Event) -> None:
    for _line in sys.stdin:
        wake.set()
    # The server is gone. Work in native code cannot be interrupted politely; all state is crash-safe.
    os._exit(0)


def _yield_to_the_server() -> None:
    """When processor or memory are short, this process gives way, not the web server."""
    with suppress(OSError, AttributeError):
        os.nice(5)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


if __name__ == "__main__":
    main()
