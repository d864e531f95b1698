"""``serve``: start the app."""

from __future__ import annotations

import argparse
from typing import Any

from fewshot_sam.cli import arguments, program

EXAMPLES = """\
serve
serve --port 8080"""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(subparsers, "serve", run, "Start the app in the browser", EXAMPLES)
    parser.add_argument("--host", help="address to listen on; default: FEWSHOT_SAM_HOST, else 127.0.0.1")
    parser.add_argument("--port", type=int, help="default: FEWSHOT_SAM_PORT, else 7860")
    parser.add_argument(
        "--adopt-database",
        action="store_true",
        help="use data folder and database together although they do not know each other; "
        "see docs/deploying.md",
    )
    parser.add_argument(
        "--auth",
        action="store_true",
        help="people log in; 'users' makes their accounts",
    )
    parser.add_argument(
        "--open",
        action="store_true",
        help="let the network reach the app without logins",
    )
    parser.add_argument(
        "--deidentify",
        action="store_true",
        help="imports keep no name, UID or description of a file; volumes are called Scan 1, Scan 2 ...",
    )


def run(args: argparse.Namespace) -> int:
    """Become the app."""
    options = ["--host", args.host] if args.host else []
    options += ["--port", str(args.port)] if args.port is not None else []
    options += ["--adopt-database"] if args.adopt_database else []
    options += ["--auth"] if args.auth else []
    options += ["--deidentify"] if args.deidentify else []
    options += ["--open"] if args.open else []
    program.become("app", options)
