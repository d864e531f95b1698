"""The worker process: takes jobs from the database, one at a time, until its server is gone.

Concurrency: the main thread works; one thread listens on stdin, where the supervisor writes a line
when there is news and whose end means that the server died, by whatever means; one renews the process's
lease every few seconds (:mod:`backend.jobs.heartbeat`); one makes previews and surfaces
(:mod:`backend.media.maker`); one answers the server's questions for outlines, which come on stdin too
(:mod:`backend.outlines.answering`); while a job runs, one asks the database whether it
should stop (:mod:`backend.jobs.watch`). Runs go before encodings.
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
from functools import partial
from io import FileIO
from pathlib import Path

from sqlalchemy.exc import OperationalError

from backend.blobs import ServedBlobs
from backend.config import Config
from backend.jobs.encode_job import encode_in_background
from backend.jobs.heartbeat import Heartbeat
from backend.jobs.records import JobRecords
from backend.jobs.run_job import RunJob
from backend.jobs.toolbox import Toolbox
from backend.logs import configure_logging, log_uncaught_errors
from backend.media.files import MediaFiles
from backend.media.maker import MediaMaker, MediaThread
from backend.outlines.answering import OutlineThread
from backend.outlines.maker import OutlineMaker
from fewshot_sam.errors import UserError
from storage.blobs import BlobStore
from storage.database import Database

logger = logging.getLogger(__name__)
IDLE_POLL_S = 2.0


def main(make_toolbox: Callable[[Config], Toolbox] = Toolbox) -> None:
    """Entry point of ``python -m backend.jobs.worker``."""
    parser = argparse.ArgumentParser(description="Few-shot SAM's worker; started by the server.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--token", required=True, help="what this process takes bears it")
    parser.add_argument("--run-time-limit-s", type=float, help="a run that takes longer fails")
    chosen = parser.parse_args()
    config = Config(
        chosen.home,
        os.environ["DATABASE_URL"],
        encoder=chosen.encoder,
        device=chosen.device,
        run_time_limit_s=chosen.run_time_limit_s,
    )
    configure_logging(config.worker_log_file)
    log_uncaught_errors()
    warnings.simplefilter("ignore", FutureWarning)  # of libraries about each other
    _yield_to_the_server()
    run_worker(config, make_toolbox(config), chosen.token, _answers())


def run_worker(config: Config, toolbox: Toolbox, token: str, answers: FileIO) -> None:
    """Work until stdin ends; what the server asks there is answered on ``answers``."""
    wake = threading.Event()
    database, blobs = Database(config.database_url), ServedBlobs(config.blobs_folder)
    files = MediaFiles(config.preview_folder, config.mesh_folder)
    media = MediaThread(MediaMaker(database, blobs, files).make_next)
    outlines = OutlineThread(OutlineMaker(database, blobs, toolbox).outline, answers)
    wake_ups = (wake.set, media.wake)
    threading.Thread(target=_listen, args=(wake_ups, outlines.add), name="listener", daemon=True).start()
    media.start()
    records = JobRecords(database, blobs, token)
    heartbeat = Heartbeat(lambda: records.renew(os.getpid()))
    heartbeat.start()
    outlines.start(_introduce(records, toolbox))
    runs = RunJob(records, toolbox, database, blobs, config.run_time_limit_s)
    while True:
        if (job := _claim(records, runs, toolbox, blobs)) is None:
            heartbeat.set_working(False)
            wake.wait(IDLE_POLL_S)
            wake.clear()
        else:
            heartbeat.set_working(True)
            job()
            media.wake()  # a run that is done has asked for the surfaces of its mask


def _claim(
    records: JobRecords, runs: RunJob, toolbox: Toolbox, blobs: BlobStore
) -> Callable[[], None] | None:
    """Take the most urgent job; None when there is none, or the database cannot say now."""
    try:
        if run_id := records.claim_run():
            return partial(runs.execute, run_id)
        if volume_id := records.claim_encoding():
            return partial(encode_in_background, records, toolbox, blobs, volume_id)
    except OperationalError:  # such as one that another program keeps locked
        logger.warning("could not look for work in the database; trying again", exc_info=True)
    return None


def _introduce(records: JobRecords, toolbox: Toolbox) -> tuple[str, ...]:
    """Load the encoder now, so that the first job need not, and say what it is or why there is none.

    Returns:
        The prompts that it answers.
    """
    try:
        records.set_worker_status(pid=os.getpid(), error=None, **toolbox.describe())
        return toolbox.prompt_kinds()
    except UserError as error:  # jobs will fail with the same sentence
        records.set_worker_status(pid=os.getpid(), error=str(error), encoder="", device="")
        return ()


def _answers() -> FileIO:
    """Stdout for the server alone: what libraries print goes nowhere."""
    answers = FileIO(os.dup(1), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return answers


def _listen(wake_ups: tuple[Callable[[], None], ...], answer: Callable[[str], None]) -> None:
    """An empty line is a wake-up, any other a question."""
    for line in sys.stdin:
        if line.strip():
            answer(line)
            continue
        for wake_up in wake_ups:
            wake_up()
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
