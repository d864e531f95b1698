"""How a benchmark that starts servers begins: its log tells the time, and they go when it is ended."""

from __future__ import annotations

import logging
import signal
import sys


def begin() -> None:
    """To be called once, by the command. SIGTERM ends it as an exception does, so that folders go too."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
