"""``audit``: who logged in, read, changed and exported what."""

from __future__ import annotations

import argparse
from typing import Any

from fewshot_sam.cli import arguments, program

EXAMPLES = """\
audit
audit --since 2026-11-26"""

DETAILS = (
    "Where people log in. One line each: when (UTC), who, address, what, path and status, separated by tabs."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "audit", run, "Print who read, changed and exported what", EXAMPLES, DETAILS
    )
    parser.add_argument("--since", metavar="DATE", help="leave out what was before, as 2026-11-26")


def run(args: argparse.Namespace) -> int:
    """Become backend.audit."""
    program.become("backend.audit", ["--since", args.since] if args.since else [])
