"""``app.py`` with the tests' toy worker, whose runs take half a second: for rows that start hundreds.

What is tortured is the server, the database and what surrounds a run, which are the real ones. A worker
that was killed is started again at once, not after half a minute as after the third quick death in a row.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import app  # noqa: E402
from backend.config import Config  # noqa: E402
from backend.jobs import supervisor  # noqa: E402

REAL_COMMAND = supervisor.worker_command


def _toy_command(config: Config) -> list[str]:
    command = REAL_COMMAND(config)
    command[command.index("backend.jobs.worker")] = "tests.backend.fake_worker"
    return command


if __name__ == "__main__":
    supervisor.worker_command = _toy_command
    supervisor.RESTART_DELAYS_S = (0.0,)
    sys.exit(app.main())
