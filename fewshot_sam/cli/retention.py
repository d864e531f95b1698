"""``retention``: which projects are deleted when."""

from __future__ import annotations

import argparse
from typing import Any

from fewshot_sam.cli import arguments, program

EXAMPLES = "retention"

DETAILS = (
    "One line for each project that is not kept for ever, the first to go first: the day (UTC) on which it "
    "is deleted unless it is changed, its last change, days, whose rule that is, whether a run or an upload "
    "postpones it, id and name, separated by tabs."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    arguments.add_command(
        subparsers, "retention", run, "Print which projects are deleted when", EXAMPLES, DETAILS
    )


def run(_: argparse.Namespace) -> int:
    """Become backend.retention."""
    program.become("backend.retention", [])
