"""``restore``: a backup into an empty data folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, program

EXAMPLES = """\
restore fewshot-sam-monday.zip"""

DETAILS = (
    "The data folder (FEWSHOT_SAM_HOME) must be empty or not exist yet: nothing is overwritten. Every file "
    "is compared with its hash before any of them is put in place."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "restore", run, "Restore a backup into an empty data folder", EXAMPLES, DETAILS
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")


def run(args: argparse.Namespace) -> int:
    """Become backend.restore."""
    program.become("backend.restore", ["--", str(args.file)])
