"""``serve``: start the app."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments
from fewshot_sam.errors import UserError

EXAMPLES = """\
serve
serve --port 8080"""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(subparsers, "serve", run, "Start the app in the browser", EXAMPLES)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default: %(default)s")
    parser.add_argument("--port", type=int, default=7860, help="default: %(default)s")
    parser.add_argument(
        "--adopt-database",
        action="store_true",
        help="use data folder and database together although they do not know each other; "
        "see docs/deploying.md",
    )


def run(args: argparse.Namespace) -> int:
    """Become app.py, which lies above this package and so is started, not imported."""
    app = Path(__file__).resolve().parents[2] / "app.py"
    if not app.is_file():
        raise UserError(
            f"The app must lie at {app}, but it does not; start it from a checkout of the project."
        )
    options = ["--host", args.host, "--port", str(args.port)]
    if args.adopt_database:
        options.append("--adopt-database")
    os.execv(sys.executable, [sys.executable, str(app), *options])
