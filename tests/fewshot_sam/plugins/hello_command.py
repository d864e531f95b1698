"""A plug-in: a command. Registered by one line in the tests."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fewshot_sam.cli import arguments


def add_parser(subparsers: Any) -> None:
    """``hello NAME``."""
    parser = arguments.add_command(subparsers, "hello", run, "Greet someone", "hello Ada")
    parser.add_argument("name")


def run(args: argparse.Namespace) -> int:
    """Say it."""
    sys.stdout.write(f"Hello {args.name}.\n")
    return 0
