"""The process a part runs in: ``python -m benchmarks.speed.child ORDER``, ORDER being JSON of run_part."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from benchmarks.speed.case import Context, peak_rss_mb
from benchmarks.speed.cases import CASES


def main(order: dict) -> None:
    """Run one part and write its numbers."""
    case = next(case for case in CASES if case.name == order["case"])
    numbers = case.parts[order["part"]](Context(**order["context"]))
    numbers |= {"peak_rss_mb": peak_rss_mb(), "threads": torch.get_num_threads()}
    Path(order["answer"]).write_text(json.dumps(numbers))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
