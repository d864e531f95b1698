"""``backup``: the app's database and the files it names in one archive, while the app runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, program

EXAMPLES = """\
backup fewshot-sam-monday.zip"""

DETAILS = (
    "Holds projects, scans, painted slices, masks and models; embeddings, previews and surfaces are made "
    "again. The app may run and people may save meanwhile. FILE must be new. Exit code 1 if files that the "
    "database names are missing or damaged; each is one line that starts with FAULT."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "backup", run, "Back up the app's data folder while it is in use", EXAMPLES, DETAILS
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="zip file to write")


def run(args: argparse.Namespace) -> int:
    """Become backend.backup."""
    program.become("backend.backup", ["--", str(args.file)])
