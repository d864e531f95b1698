"""``check``: whether the app's data folder is whole, and its repair."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, program

EXAMPLES = """\
check
check --json check.json
check --repair"""

DETAILS = (
    "Compares the database with the stored files and every file with its hash. Exit code 1 if something is "
    "wrong; each fault is one line that starts with FAULT."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "check", run, "Find what is missing or damaged in the data folder", EXAMPLES, DETAILS
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="move damaged and left-over files to the data folder's bin, and files that are needed back "
        "from there; forget masks and models that are lost; the app must be stopped",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found as JSON")


def run(args: argparse.Namespace) -> int:
    """Become backend.check."""
    options = ["--repair"] if args.repair else []
    options += ["--json", str(args.json)] if args.json is not None else []
    program.become("backend.check", options)
